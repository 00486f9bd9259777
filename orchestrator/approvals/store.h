/*
 * Approval requests in the store, and those whose write is not committed yet: these are kept in
 * memory, so that all fibers see each other's answers. All functions run on the loop's thread.
 * Those that only read work beside a writing process (a store that is open for STORE_READ).
 */
#ifndef REEVE_APPROVALS_STORE_H
#define REEVE_APPROVALS_STORE_H

#include "base/compiler.h"
#include "base/err.h"
#include "ledger/request_record.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct approvals;
struct open_requests;
struct store;

struct approvals *approvals_new(struct store *store); /* borrows the store */
void approvals_free(struct approvals *approvals);     /* NULL is fine */

/* Reads the last request for the change, in any state, which approval_request_release ends. *found
 * is false, and *out zeroed, when there is none. */
int approvals_by_hash(struct approvals *approvals, const char *hash, struct approval_request *out,
	bool *found, struct err *err) MUST_CHECK;

/* --- for the other files of this room --- */

/* Where a request lies. */
enum approvals_place {
	APPROVALS_REQUEST, /* "request", hash: the last request for the change */
	APPROVALS_PAST,    /* "past", id: one that was superseded */
	APPROVALS_INDEX,   /* "resource", account, region, baseline, resource: the hash of the last
						  request for it */
};

struct approvals_write {
	enum approvals_place place;
	const struct approval_request *request; /* NULL: nothing is written */
};

/* Queues all writes or none, without a yield. `denied`, when not NULL, is the id of a change that
 * is held from then on. */
MAY_YIELD int approvals_write(struct approvals *approvals, const struct approvals_write *writes,
	size_t count, const char *denied, struct err *err) MUST_CHECK;

/* Queues the deletion of what lies at the request's place. */
MAY_YIELD int approvals_drop(struct approvals *approvals, enum approvals_place place,
	const struct approval_request *request, struct err *err) MUST_CHECK;

/* Waits for the disk when much has been written, so that memory stays bounded. */
MAY_YIELD int approvals_settle(struct approvals *approvals, struct err *err) MUST_CHECK;
/* Waits for the disk, even while the run is being stopped. */
MAY_YIELD int approvals_flush(struct approvals *approvals, struct err *err) MUST_CHECK;

/* Reads which request was the last one for the change's resource. *found is false, and *out
 * zeroed, when there was none. */
int approvals_read_index(struct approvals *approvals, const struct change_record *change,
	struct approval_index *out, bool *found, struct err *err) MUST_CHECK;

/* Reads one that was superseded, by its whole id. */
int approvals_read_past(struct approvals *approvals, const char *id, struct approval_request *out,
	bool *found, struct err *err) MUST_CHECK;

/* Adds all requests of the place (not APPROVALS_INDEX) as JSON, which approvals_read_record reads,
 * by what their key says: the hash or the id. */
int approvals_collect(struct approvals *approvals, enum approvals_place place, json_t *records,
	struct err *err) MUST_CHECK;

/* Reads and checks a request that was collected. `name` is what its key says. */
int approvals_read_record(enum approvals_place place, const char *name, const json_t *record,
	struct approval_request *out, struct err *err) MUST_CHECK;

/* The open requests in memory; the store is read the first time only, or `records` where they were
 * collected already (NULL: they were not). */
int approvals_open_requests(struct approvals *approvals, const json_t *records,
	struct open_requests **open, struct err *err) MUST_CHECK;

#endif
