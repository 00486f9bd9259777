/* Between approvals.c, approvals_store.c and approvals_open.c: how requests lie in the store and in
 * memory. */
#ifndef REEVE_APPROVALS_PRIVATE_H
#define REEVE_APPROVALS_PRIVATE_H

#include "approvals/approvals.h"

/* Where a request is written. */
enum approvals_place {
	APPROVALS_REQUEST, /* "request", hash: the last request for the change */
	APPROVALS_PAST,    /* "past", id: one that was superseded */
	APPROVALS_INDEX,   /* "resource", account, region, baseline, resource: {"hash"} of the last
						  request for it */
};

struct approvals_write {
	enum approvals_place place;
	const json_t *request; /* NULL: nothing is written */
};

/* Queues all or nothing, without a yield. A request is kept as it is until it is on disk, so that
 * it must not be altered any more: whoever reads one is given a copy. `denied`, when not NULL, is
 * the id of a change that is held from then on. */
MAY_YIELD int approvals_write(struct approvals *approvals, const struct approvals_write *writes,
	size_t count, const char *denied, struct err *err) MUST_CHECK;

/* Waits for the disk when much has been written, so that it need not be kept here. */
MAY_YIELD int approvals_settle(struct approvals *approvals, struct err *err) MUST_CHECK;
/* Waits for the disk, whatever stops the run. */
MAY_YIELD int approvals_flush(struct approvals *approvals, struct err *err) MUST_CHECK;

/* {"hash"}: the last request for the change's resource, or NULL; new reference. */
int approvals_read_index(struct approvals *approvals, const json_t *change, json_t **out,
	struct err *err) MUST_CHECK;

/* --- the open requests, in memory (approvals_open.c) --- */

struct open_requests;
struct open_requests *open_requests_new(void);
void open_requests_free(struct open_requests *open); /* NULL is fine */

/* The checked request is written: it is among them while it waits or is approved. */
void open_requests_keep(struct open_requests *open, const json_t *request);
/* All that are stored, as the values of an object; none of them counts as seen. */
void open_requests_load(struct open_requests *open, const json_t *records);

/* Those of the store, which is read for it the first time only. */
int approvals_open_requests(struct approvals *approvals, struct open_requests **open,
	struct err *err) MUST_CHECK;

#endif
