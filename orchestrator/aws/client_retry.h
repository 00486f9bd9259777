/* Decides whether a failed attempt of a call is followed by another one. */
#ifndef REEVE_AWS_CLIENT_RETRY_H
#define REEVE_AWS_CLIENT_RETRY_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct client_exchange;

/* The attempts of a call so far. */
struct client_progress {
	bool delivered; /* the last attempt was sent; if not, its failure is final */
	int failures;   /* attempts that failed for a transient cause */
	int throttles;
	int quota_taken; /* taken from the quota for the current retry */
	int clock_corrections, renewals, redirects;
	/* The first failure after which it is unknown whether a mutation took effect; owned; NULL:
	 * none. */
	struct err *uncertain;
};

/* Returns the wait that the answer's Retry-After asks for, in ms; -1: none. */
int64_t client_named_wait_ms(const struct client_exchange *exchange);
/* Returns whether to make another attempt, after removing the cause of the failure (a clock that is
 * off, old credentials, a bucket in another region) or waiting for the backoff. */
MAY_YIELD bool client_retry(struct client_exchange *exchange, struct client_progress *progress,
	struct err *err);

#endif
