/*
 * One token bucket per account, region, service and class of operations (a row of services.def),
 * shared by all callers. A bucket starts full at its row's rate. A throttled answer halves the rate
 * and pauses the bucket, once per round trip, since answers to calls that were sent before the last
 * cut say nothing new. From then on the rate recovers by a twentieth of the ceiling a second. A
 * caller that finds no token waits in a queue, first come, first served; only the head of the queue
 * has a timer. An idle bucket that is back at its full rate is dropped: a new one would be the
 * same.
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
void ratelimit_free(struct ratelimit *ratelimit); /* no fiber may be waiting for a token */

/* Returns the bucket of `account_id` (at most 15 characters count) at `place`, a pointer that
 * identifies service and region. It is held until ratelimit_release; each get needs its own
 * release. */
struct ratelimit_bucket *ratelimit_get(struct ratelimit *ratelimit, const struct limit *limit,
	const void *place, const char *account_id);
void ratelimit_release(struct ratelimit *ratelimit, struct ratelimit_bucket *bucket);

/* Takes a token, and waits for its turn if there is none. Returns 0, or FIBER_CANCELLED without a
 * token. */
MAY_YIELD int ratelimit_take(struct ratelimit_bucket *bucket) MUST_CHECK;
/* Reports that AWS throttled a call that was sent at sent_us (monotonic clock). wait_ms is the
 * least pause, from Retry-After; -1: AWS named none. */
void ratelimit_throttled(struct ratelimit_bucket *bucket, int64_t sent_us, int64_t now_us,
	int64_t wait_ms);

double ratelimit_rate(const struct ratelimit_bucket *bucket); /* tokens a second now */
size_t ratelimit_count(const struct ratelimit *ratelimit);    /* buckets kept */

/* --- the arithmetic, for tests --- */

/* Takes a token if there is one and returns 0; else returns the microseconds until there will be
 * one. */
int64_t ratelimit_try(struct ratelimit_bucket *bucket, int64_t now_us);
/* Drops the buckets that are idle at now_us, however few are kept. */
void ratelimit_drop_idle(struct ratelimit *ratelimit, int64_t now_us);

#endif
