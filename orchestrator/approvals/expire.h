/* What time ends: requests expire, and are deleted long after. */
#ifndef REEVE_APPROVALS_EXPIRE_H
#define REEVE_APPROVALS_EXPIRE_H

#include "base/compiler.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct approvals;

/* Records expired requests (nothing depends on that, since the clock is checked each time), and
 * deletes requests that ended 400 days ago. *count, which may be NULL, is how many expired. */
MAY_YIELD int approvals_expire(struct approvals *approvals, int64_t now_ms, size_t *count,
	struct err *err) MUST_CHECK;

#endif
