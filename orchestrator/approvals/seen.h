/*
 * What a run sees, compared with the open requests. An approval is for what the person was shown:
 * once the resource was seen in another state, or is gone, the request for it is void, and the same
 * drift later needs another approval.
 */
#ifndef REEVE_APPROVALS_SEEN_H
#define REEVE_APPROVALS_SEEN_H

#include "approvals/open_requests.h"
#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdint.h>

struct approvals;

/* A resource was seen, or read again after a change: an open request for it is void unless it was
 * made for exactly this state. image: what was seen, when it is drifted and can be remediated
 * (baseline_image); else NULL. region: the resource's. Costs next to nothing where the resource has
 * no open request. */
MAY_YIELD int approvals_seen(struct approvals *approvals, const struct approvals_cell *cell,
	const char *region, const char *resource, const json_t *image, int64_t now_ms, struct err *err)
	MUST_CHECK;

/* The same for a whole cell. A resource that neither approvals_seen nor approvals_not_seen has
 * named between approvals_look, which fills *look, and approvals_looked does not exist any more,
 * and its request is void. */
int approvals_look(struct approvals *approvals, int64_t *look, struct err *err) MUST_CHECK;
MAY_YIELD int approvals_looked(struct approvals *approvals, const struct approvals_cell *cell,
	int64_t look, int64_t now_ms, struct err *err) MUST_CHECK;

/* Notes that the resource (NULL: the whole cell) could not be read, so that it may exist in any
 * state. */
int approvals_not_seen(struct approvals *approvals, const struct approvals_cell *cell,
	const char *resource, struct err *err) MUST_CHECK;

#endif
