/*
 * One token bucket per account, region, service and class of operations (a row of
 * limits.h), shared by everything that calls.
 *
 * A bucket starts full at its row's rate. A throttled answer halves its rate and pauses
 * it (once per round trip: answers to what was sent before the last cut say nothing
 * new); from then on it climbs back, a twentieth of the ceiling a second. Who finds no
 * token waits in a queue, first come, first served; only its head has a timer.
 *
 * A bucket that is idle and back at its full rate is as good as a new one, and dropped.
 */
#ifndef REEVE_AWS_RATELIMIT_H
#define REEVE_AWS_RATELIMIT_H

#include "aws/endpoint/limits.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ratelimit;
struct ratelimit_bucket;

struct ratelimit *ratelimit_new(void);
void ratelimit_free(struct ratelimit *ratelimit); /* nobody may wait */

/* The bucket of `account_id` (at most 15 characters count) at `place`, a pointer that stands for
 * service and region. It is held until ratelimit_release: every get has its release. */
struct ratelimit_bucket *ratelimit_get(struct ratelimit *ratelimit, const struct limit *limit,
	const void *place, const char *account_id);
void ratelimit_release(struct ratelimit *ratelimit, struct ratelimit_bucket *bucket);

/* Takes a token, waiting for it in turn: 0, or FIBER_CANCELLED without one. */
MAY_YIELD int ratelimit_take(struct ratelimit_bucket *bucket) MUST_CHECK;
/* A call that was sent at sent_us (monotonic) was refused for its rate. wait_ms: pause at least so
 * long, from Retry-After; -1: none was named. */
void ratelimit_throttled(struct ratelimit_bucket *bucket, int64_t sent_us, int64_t now_us,
	int64_t wait_ms);

double ratelimit_rate(const struct ratelimit_bucket *bucket); /* tokens a second now */
size_t ratelimit_count(const struct ratelimit *ratelimit);    /* buckets kept */

/* --- the arithmetic, for tests --- */

/* Takes a token if there is one: 0, else the microseconds until there will be. */
int64_t ratelimit_try(struct ratelimit_bucket *bucket, int64_t now_us);
/* Drops what is idle at now_us, whatever the number kept. */
void ratelimit_drop_idle(struct ratelimit *ratelimit, int64_t now_us);

#endif
