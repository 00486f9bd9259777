/* The handlers of the API, and the types and limits that they share.
 * A list is answered a page at a time. A page has at most `limit` items, or fewer when many records
 * have to be read to find them, and "next", the value of `after` for the next page; null at the
 * end. The store is read by ledger_scan, which yields, so that the loop is never busy for long. */
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
#define API_AFTER_MAX 1100 /* bytes of the parameter `after` */
#define API_PAGE_BYTES \
	((size_t)4 << 20) /* bytes of stored records; a page ends with the record that passes it */
#define API_PAGE_RECORDS 20000 /* accounts that are read for one page */
#define API_REASON_MAX 1024

/* --- ids and pages of a request (input.c) --- */

enum api_id {
	API_ID_ACCOUNT,
	API_ID_REGION,
	API_ID_BASELINE,
	API_ID_CHANGE,
	API_ID_RUN,
	API_ID_APPROVAL,
	API_ID_EXCEPTION
};

struct api_page {
	size_t limit;
	const char *after; /* NULL: the first page */
};

/* --- the newest records (newest.c) --- */

/* Keeps the newest records that are older than a cursor, sorted by time and then by id. */
struct api_newest {
	size_t limit, count;
	bool more;         /* true: some records did not fit */
	int64_t before_ms; /* the cursor; INT64_MAX: begin with the newest */
	char before_id[64];
	struct api_newest_item {
		int64_t ms;
		json_t *record; /* an object with the key "id" */
	} *items;
};

/* --- handlers --- */

/* Declares a handler of the table. */
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
