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

/* Queues all writes or none, without a yield. A request stays in memory until it is on disk and
 * must not be altered meanwhile: readers get a copy. `denied`, when not NULL, is the id of a change
 * that is held from then on. */
MAY_YIELD int approvals_write(struct approvals *approvals, const struct approvals_write *writes,
	size_t count, const char *denied, struct err *err) MUST_CHECK;

/* Waits for the disk when much has been written, so that memory stays bounded. */
MAY_YIELD int approvals_settle(struct approvals *approvals, struct err *err) MUST_CHECK;
/* Waits for the disk, even while the run is being stopped. */
MAY_YIELD int approvals_flush(struct approvals *approvals, struct err *err) MUST_CHECK;

/* {"hash"}: the last request for the change's resource, or NULL; new reference. */
int approvals_read_index(struct approvals *approvals, const json_t *change, json_t **out,
	struct err *err) MUST_CHECK;

/* --- the open requests, in memory (approvals_open.c) --- */

struct open_requests;
struct open_requests *open_requests_new(void);
void open_requests_free(struct open_requests *open); /* NULL is fine */

/* Takes note of a checked request that was written; it counts as open while it waits or is
 * approved. */
void open_requests_keep(struct open_requests *open, const json_t *request);
/* Loads all stored requests, the values of an object; none of them counts as seen. */
void open_requests_load(struct open_requests *open, const json_t *records);

/* The open requests of the store, which is read the first time only. */
int approvals_open_requests(struct approvals *approvals, struct open_requests **open,
	struct err *err) MUST_CHECK;

#endif
