/*
 * What the handlers of the API share: reading the request, paging, and the forms of answers.
 *
 * A list is answered a page at a time: at most `limit` items, fewer where much has to be read to
 * find them, and "next", which is the `after` of the next page; null at the end. The store is read
 * by ledger_scan, which never keeps the loop busy for long.
 */
#ifndef REEVE_WEB_API_PRIVATE_H
#define REEVE_WEB_API_PRIVATE_H

#include "accounts/organization.h"
#include "engine/work.h"
#include "ledger/scan.h"
#include "store/store.h"
#include "web/api/host.h"
#include "web/http/request.h"

#include <stdint.h>

/* --- limits --- */

#define API_PAGE_DEFAULT 100
#define API_PAGE_MOST 1000
#define API_AFTER_MAX 1100 /* characters of `after` */
#define API_PAGE_BYTES \
	((size_t)4 << 20) /* bytes of stored records; a page ends with the record that passes it */
#define API_PAGE_RECORDS 20000 /* accounts that are read for one page */
#define API_REASON_MAX 1024

/* --- what came (input.c) --- */

/* The current parts of the process; not to be kept over a yield. */
const struct engine *api_engine(const struct api_request *request);

enum api_id {
	API_ID_ACCOUNT,
	API_ID_REGION,
	API_ID_BASELINE,
	API_ID_CHANGE,
	API_ID_RUN,
	API_ID_APPROVAL,
	API_ID_EXCEPTION
};
/* Refuses a text that doesn't have the form of such an id (InvalidId); NULL, for not given, is
 * fine. */
int api_check_id(enum api_id kind, const char *text, struct err *err) MUST_CHECK;

/* Query parameters: NULL or false when not given. */
const char *api_text(const struct api_request *request, const char *name);
bool api_flag(const struct api_request *request, const char *name);

struct api_page {
	size_t limit;
	const char *after; /* NULL: the first page */
};
int api_page(const struct api_request *request, struct api_page *page, struct err *err) MUST_CHECK;
int api_bad_after(struct err *err); /* refuses a cursor that no page gave; returns -1 */

/* An RFC 3339 time of the query or body; 0 where `text` is NULL. */
int api_time(const char *name, const char *text, int64_t *ms, struct err *err) MUST_CHECK;

/* The body's "reason" and the like: NULL when not given; refused when it is longer than
 * API_REASON_MAX bytes. */
int api_reason(const struct api_request *request, const char *name, const char **out,
	struct err *err) MUST_CHECK;

/* --- answers (input.c) --- */

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

/* --- the newest records (newest.c) --- */

/* Keeps the newest of records that come in any order: by time, then by id, and older than a cursor.
 */
struct api_newest {
	size_t limit, count;
	bool more;         /* some records had to be left out */
	int64_t before_ms; /* INT64_MAX: from the newest */
	char before_id[64];
	struct api_newest_item {
		int64_t ms;
		json_t *record; /* has an "id" */
	} *items;
};
int api_newest_init(struct api_newest *newest, const struct api_page *page, struct err *err)
	MUST_CHECK;
void api_newest_release(struct api_newest *newest);
/* Whether the record would be kept, so that only then a copy is made. */
bool api_newest_wants(struct api_newest *newest, int64_t ms, const char *id);
/* takes over the record; only after wants */
void api_newest_add(struct api_newest *newest, int64_t ms, json_t *record);
/* The list, as a new reference; *next is the cursor, or "" at the end. */
json_t *api_newest_list(const struct api_newest *newest, char next[96]);

/* --- between the files of handlers --- */

/* The place of a stored account in the organization (accounts.c); the texts are borrowed from the
 * record. */
const struct org_place *api_place(const json_t *account, struct account_place *storage);

/* The latest runs, the newest first, at most `limit`; with `before` not NULL only those older than
 * that id (runs.c). */
MAY_YIELD int api_latest_runs(struct store *store, size_t limit, const char *before, json_t **runs,
	bool *more, struct err *err) MUST_CHECK;

/* Each handler of the table. */
#define API_HANDLER(name) \
	MAY_YIELD int api_##name(const struct api_request *request, struct api_response *response, \
		struct err *err)
API_HANDLER(health);
API_HANDLER(readiness);
API_HANDLER(metrics);
API_HANDLER(openapi);
API_HANDLER(status);
API_HANDLER(list_accounts);
API_HANDLER(get_account);
API_HANDLER(list_cells);
API_HANDLER(list_findings);
API_HANDLER(export_findings);
API_HANDLER(list_changes);
API_HANDLER(get_change);
API_HANDLER(rollback_change);
API_HANDLER(rollback_changes);
API_HANDLER(list_runs);
API_HANDLER(get_run);
API_HANDLER(rollback_run);
API_HANDLER(list_approvals);
API_HANDLER(get_approval);
API_HANDLER(approve);
API_HANDLER(deny);
API_HANDLER(list_exceptions);
API_HANDLER(add_exception);
API_HANDLER(end_exception);
API_HANDLER(list_pauses);
API_HANDLER(pause);
API_HANDLER(record_pauses);
API_HANDLER(resume);
API_HANDLER(sweep);
API_HANDLER(put_signals);
API_HANDLER(list_signals);

#endif
