/*
 * The open requests by resource, in memory: a run compares every resource that it sees with them,
 * and most resources have none. A sighting is a number that grows whenever something is seen.
 */
#ifndef REEVE_APPROVALS_OPEN_REQUESTS_H
#define REEVE_APPROVALS_OPEN_REQUESTS_H

#include "base/compiler.h"
#include "ledger/request_record.h"

#include <jansson.h>
#include <stdint.h>

/* The cell that a run checks; borrowed. */
struct approvals_cell {
	const char *account, *region, *baseline;
};

struct open_requests;
struct open_requests *open_requests_new(void);
void open_requests_free(struct open_requests *open); /* NULL is fine */

/* Takes note of a checked request that was written, as of something that was seen. It counts as
 * open while it waits or is approved. */
void open_requests_keep(struct open_requests *open, const struct approval_request *request);
/* Takes note of a checked request that is in the store: its resource was not seen yet. */
void open_requests_load(struct open_requests *open, const struct approval_request *request);

int64_t open_requests_sightings(const struct open_requests *open);

/* Notes that the resource was seen, and gives the hashes of its open requests as a new array; NULL
 * when it has none. region: the resource's. */
json_t *open_requests_see(struct open_requests *open, const struct approvals_cell *cell,
	const char *region, const char *resource) MUST_CHECK;
/* Notes that the resource (NULL: every resource of the cell) could not be read. */
void open_requests_excuse(struct open_requests *open, const struct approvals_cell *cell,
	const char *resource);
/* The hashes of the cell's open requests whose resource was not seen after that sighting, as a new
 * array; NULL when the cell has no open request. */
json_t *open_requests_unseen(const struct open_requests *open, const struct approvals_cell *cell,
	int64_t since) MUST_CHECK;

#endif
