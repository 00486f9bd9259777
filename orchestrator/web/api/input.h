/* Reads and checks the parameters of a request; makes the forms of answers. */
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

/* The current parts of the process; not to be kept over a yield. */
const struct engine *api_engine(const struct api_request *request);
/* Refuses a text that doesn't have the form of such an id (InvalidId); NULL, for not given, is
 * fine. */
int api_check_id(enum api_id kind, const char *text, struct err *err) MUST_CHECK;

/* Query parameters: NULL or false when not given. */
const char *api_text(const struct api_request *request, const char *name);
bool api_flag(const struct api_request *request, const char *name);
int api_page(const struct api_request *request, struct api_page *page, struct err *err) MUST_CHECK;
int api_bad_after(struct err *err); /* refuses a cursor that no page gave; returns -1 */

/* An RFC 3339 time of the query or body; 0 where `text` is NULL. */
int api_time(const char *name, const char *text, int64_t *ms, struct err *err) MUST_CHECK;

/* The body's "reason" and the like: NULL when not given; refused when it is longer than
 * API_REASON_MAX bytes. */
int api_reason(const struct api_request *request, const char *name, const char **out,
	struct err *err) MUST_CHECK;

/* {NAME: list, "next": after or null}; takes over the list. */
void api_answer_page(struct api_response *response, const char *name, json_t *list,
	const char *next);
/* {NAME: value}; takes over the value. */
void api_answer(struct api_response *response, const char *name, json_t *value);
/* Answers {"error": {"code", "message"}} with a status that no kind of err has. Returns 0. */
int api_refuse(struct api_response *response, int status, const char *code, const char *message);
/* Turns an error of the engine whose code means the same into one of the API: 404, or 409. Returns
 * -1. */
int api_as_not_found(struct err *err, const char *code);
int api_as_conflict(struct err *err, const char *code);

/* The page of a list that begins after the item with the id page->after; *next is the id of its
 * last item, or NULL at the end. */
int api_page_of_list(const json_t *list, const struct api_page *page, json_t **out,
	const char **next, struct err *err) MUST_CHECK;
/* For handlers: an error that becomes 404. Returns -1. */
int api_not_found(struct err *err, const char *what, const char *id);

#endif
