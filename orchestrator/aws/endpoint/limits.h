/*
 * AWS's request limits, the rows of services.def. A token bucket starts at its row's rate and never
 * goes above it; throttling slows the bucket (ratelimit.h).
 */
#ifndef REEVE_AWS_ENDPOINT_LIMITS_H
#define REEVE_AWS_ENDPOINT_LIMITS_H

#include "aws/operations/operation.h"

struct limit {
	const char *service;   /* aws_service.id */
	const char *operation; /* a name, or a prefix with "*"; NULL: all others of the service */
	double rate_per_s, burst;
	const char *source; /* the page that documents it; NULL: assumed */
};

/* Returns the first row that matches the operation; never NULL. */
const struct limit *limits_find(const struct aws_operation *operation);

#endif
