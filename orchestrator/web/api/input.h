/* Reads and checks the parameters of a request; makes the JSON of answers. */
#ifndef REEVE_WEB_API_INPUT_H
#define REEVE_WEB_API_INPUT_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"
#include "web/api/private.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct api_request;
struct api_response;
struct engine;

/* Returns the engine with its current parts, which a reload changes; borrowed until a yield. */
const struct engine *api_engine(const struct api_request *request);
/* Fails with InvalidId when the text doesn't have the form of such an id. NULL (not given) is
 * accepted. */
int api_check_id(enum api_id kind, const char *text, struct err *err) MUST_CHECK;

/* Return a query parameter; NULL or false when it is not given. */
const char *api_text(const struct api_request *request, const char *name);
bool api_flag(const struct api_request *request, const char *name);
int api_page(const struct api_request *request, struct api_page *page, struct err *err) MUST_CHECK;
/* Sets the error for a cursor that no page gave, and returns -1. */
int api_bad_after(struct err *err);

/* Reads an RFC 3339 time of the query or body; *ms is 0 where `text` is NULL. */
int api_time(const char *name, const char *text, int64_t *ms, struct err *err) MUST_CHECK;

/* Reads a text such as "reason" from the body; *out is NULL when it is not given. Fails when it is
 * longer than API_REASON_MAX bytes. */
int api_reason(const struct api_request *request, const char *name, const char **out,
	struct err *err) MUST_CHECK;

/* Answers {NAME: list, "next": after or null}; takes over the list. */
void api_answer_page(struct api_response *response, const char *name, json_t *list,
	const char *next);
/* Answers {NAME: value}; takes over the value. */
void api_answer(struct api_response *response, const char *name, json_t *value);
/* Answers {"error": {"code", "message"}} with a status to which no kind of err leads. Returns 0. */
int api_refuse(struct api_response *response, int status, const char *code, const char *message);
/* Turn an error of the engine with that code into one that the API answers with 404, or with 409;
 * other errors stay. Return -1. */
int api_as_not_found(struct err *err, const char *code);
int api_as_conflict(struct err *err, const char *code);

/* Puts into *out the page of a list that begins after the item with the id page->after. *next is
 * the id of the page's last item, or NULL at the end of the list. */
int api_page_of_list(const json_t *list, const struct api_page *page, json_t **out,
	const char **next, struct err *err) MUST_CHECK;
/* Sets an error that is answered with 404. Returns -1. */
int api_not_found(struct err *err, const char *what, const char *id);

#endif
