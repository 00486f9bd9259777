/*
 * AWS's request limits, one const table. They are where a token bucket starts and its
 * ceiling; throttling slows a bucket below it (ratelimit.h).
 */
#ifndef REEVE_AWS_ENDPOINT_LIMITS_H
#define REEVE_AWS_ENDPOINT_LIMITS_H

#include "aws/operations/operation.h"

struct limit {
	const char *service; /* aws_service.id */
	/* An operation's name, or a prefix with "*"; NULL: whatever no other row of the service names.
	 * All operations of one row share one bucket. */
	const char *operation;
	double rate_per_s, burst;
	const char *source; /* the page that documents it; NULL: assumed */
};

/* The first row that fits; never NULL. */
const struct limit *limits_find(const struct aws_operation *operation);
const struct limit *limits_find_named(const char *service, const char *operation);
/* The nth row, or NULL after the last: for tests and documentation. */
const struct limit *limits_at(size_t index);

#endif
