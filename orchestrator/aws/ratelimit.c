#include "aws/ratelimit.h"

#include "base/banned.h"
#include "base/mem.h"
#include "io/fiber.h"

#include <assert.h>

#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

enum {
	ACCOUNT_BYTES = 16,
	/* After this time a bucket is full again, for all rows of services.def but the few slowest. */
	IDLE_US = 10 * 1000000,
	/* After this time a slowed bucket is forgotten, with the rate that it learned. */
	IDLE_SLOW_US = 300 * 1000000,
	DROP_STEPS = 4,
	MAX_PAUSE_MS = 20000,
};

#define MIN_RATE_PER_S 0.5
#define RECOVERY_PER_S 0.05      /* of the ceiling */
#define RECOVERY_HOLD_US 1000000 /* after a cut, before the climb */

struct key {
	const struct limit *limit;
	const void *place;
	char account[ACCOUNT_BYTES];
};

/* On the stack of a fiber that waits for a token. */
struct waiter {
	struct waiter *next, *previous;
	struct fiber_ticket ticket;
};

struct ratelimit_bucket {
	struct key key;
	double tokens, rate_per_s;
	int64_t filled_us; /* tokens are counted up to here */
	int64_t paused_until_us;
	int64_t cut_us;     /* last halving; 0: never */
	int64_t climbed_us; /* recovery is counted up to here */
	/* The rate at which calls were really sent lately. A bucket that is throttled although it is
	 * used at a tenth of its rate is halved from this rate; otherwise it would take many refusals
	 * to get below AWS's real limit. */
	int64_t measured_us;
	int measured_count;
	double measured_per_s;
	int holders;
	int64_t used_us, looked_us; /* when it was last checked for being idle */
	struct waiter *first, *last;
	struct ratelimit_bucket *older, *newer; /* all buckets in the order in which they are checked
											   for being idle */
	UT_hash_handle hh;
};

struct ratelimit {
	struct ratelimit_bucket *buckets;
	struct ratelimit_bucket *oldest, *newest;
};

struct ratelimit *ratelimit_new(void)
{
	return xcalloc(1, sizeof(struct ratelimit));
}

/* --- the round --- */

static void unlink_bucket(struct ratelimit *ratelimit, struct ratelimit_bucket *bucket)
{
	if (bucket->older != NULL)
		bucket->older->newer = bucket->newer;
	else
		ratelimit->oldest = bucket->newer;
	if (bucket->newer != NULL)
		bucket->newer->older = bucket->older;
	else
		ratelimit->newest = bucket->older;
}

static void append_bucket(struct ratelimit *ratelimit, struct ratelimit_bucket *bucket)
{
	bucket->newer = NULL;
	bucket->older = ratelimit->newest;
	if (ratelimit->newest != NULL)
		ratelimit->newest->newer = bucket;
	else
		ratelimit->oldest = bucket;
	ratelimit->newest = bucket;
}

void ratelimit_free(struct ratelimit *ratelimit)
{
	if (ratelimit == NULL)
		return;
	HASH_CLEAR(hh, ratelimit->buckets);
	for (struct ratelimit_bucket *bucket = ratelimit->oldest, *next; bucket != NULL;
		bucket = next) {
		assert(bucket->first == NULL);
		next = bucket->newer;
		free(bucket);
	}
	free(ratelimit);
}

/* Returns how many tokens the bucket holds: one less than AWS's bucket, since calls arrive a little
 * closer together than they were sent, and a refusal costs more than one token. */
static double capacity(const struct limit *limit)
{
	return limit->burst >= 2 ? limit->burst - 1 : limit->burst;
}

/* Returns whether a new bucket would behave like this one, or this one learned its rate too long
 * ago. */
static bool is_droppable(const struct ratelimit_bucket *bucket, int64_t now_us)
{
	int64_t idle_us = now_us - bucket->used_us;

	if (bucket->holders > 0)
		return false;
	if (idle_us >= IDLE_SLOW_US)
		return true;
	return idle_us >= IDLE_US && bucket->rate_per_s >= bucket->key.limit->rate_per_s &&
		bucket->tokens + (double)idle_us * bucket->rate_per_s / 1e6 >= capacity(bucket->key.limit);
}

/* The analyzer does not see that uthash forgets an element that it deletes. */
/* NOLINTBEGIN(clang-analyzer-unix.Malloc,clang-analyzer-core.NullDereference) */
/* Checks the bucket that was checked longest ago: drops it, or moves it to the end. */
static void look_at_oldest(struct ratelimit *ratelimit, int64_t now_us)
{
	struct ratelimit_bucket *bucket = ratelimit->oldest;

	if (bucket == NULL)
		return;
	unlink_bucket(ratelimit, bucket);
	if (!is_droppable(bucket, now_us)) {
		bucket->looked_us = now_us;
		append_bucket(ratelimit, bucket);
		return;
	}
	HASH_DEL(ratelimit->buckets, bucket);
	free(bucket);
}

/* Checks the buckets whose turn it is. Each is checked once in IDLE_US, so an idle one is kept for
 * at most twice that time. */
static void look_at_due(struct ratelimit *ratelimit, int64_t now_us)
{
	for (int i = 0; i < DROP_STEPS && ratelimit->oldest != NULL &&
		now_us - ratelimit->oldest->looked_us >= IDLE_US;
		i++)
		look_at_oldest(ratelimit, now_us);
}
/* NOLINTEND(clang-analyzer-unix.Malloc,clang-analyzer-core.NullDereference) */

void ratelimit_drop_idle(struct ratelimit *ratelimit, int64_t now_us)
{
	for (size_t i = HASH_COUNT(ratelimit->buckets); i > 0; i--)
		look_at_oldest(ratelimit, now_us);
}

size_t ratelimit_count(const struct ratelimit *ratelimit)
{
	return HASH_COUNT(ratelimit->buckets);
}

/* --- buckets --- */

static struct ratelimit_bucket *new_bucket(struct ratelimit *ratelimit, const struct key *key,
	unsigned hash, int64_t now_us)
{
	struct ratelimit_bucket *bucket = xcalloc(1, sizeof *bucket);

	look_at_due(ratelimit, now_us);
	bucket->key = *key;
	bucket->tokens = capacity(key->limit);
	bucket->rate_per_s = key->limit->rate_per_s;
	bucket->filled_us = bucket->climbed_us = bucket->measured_us = bucket->used_us =
		bucket->looked_us = now_us;
	HASH_ADD_BYHASHVALUE(hh, ratelimit->buckets, key, sizeof bucket->key, hash, bucket);
	append_bucket(ratelimit, bucket);
	return bucket;
}

struct ratelimit_bucket *ratelimit_get(struct ratelimit *ratelimit, const struct limit *limit,
	const void *place, const char *account_id)
{
	struct ratelimit_bucket *bucket;
	struct key key;
	unsigned hash;

	memset(&key, 0, sizeof key); /* hashed whole, padding too */
	key.limit = limit;
	key.place = place;
	memcpy(key.account, account_id, strnlen(account_id, ACCOUNT_BYTES - 1));
	HASH_VALUE(&key, sizeof key, hash);
	HASH_FIND_BYHASHVALUE(hh, ratelimit->buckets, &key, sizeof key, hash, bucket);
	if (bucket == NULL)
		bucket = new_bucket(ratelimit, &key, hash, fiber_now_us());
	bucket->holders++;
	return bucket;
}

void ratelimit_release(struct ratelimit *ratelimit, struct ratelimit_bucket *bucket)
{
	(void)ratelimit;
	assert(bucket->holders > 0);
	bucket->holders--;
}

double ratelimit_rate(const struct ratelimit_bucket *bucket)
{
	return bucket->rate_per_s;
}

static void climb(struct ratelimit_bucket *bucket, int64_t now_us)
{
	double ceiling = bucket->key.limit->rate_per_s;

	if (bucket->rate_per_s >= ceiling || now_us - bucket->cut_us < RECOVERY_HOLD_US) {
		bucket->climbed_us = now_us;
		return;
	}
	bucket->rate_per_s += ceiling * RECOVERY_PER_S * (double)(now_us - bucket->climbed_us) / 1e6;
	if (bucket->rate_per_s > ceiling)
		bucket->rate_per_s = ceiling;
	bucket->climbed_us = now_us;
}

static void measure(struct ratelimit_bucket *bucket, int64_t now_us)
{
	int64_t span_us = now_us - bucket->measured_us;

	bucket->measured_count++;
	if (span_us < 500000)
		return;
	bucket->measured_per_s = bucket->measured_count * 1e6 / (double)span_us;
	bucket->measured_count = 0;
	bucket->measured_us = now_us;
}

int64_t ratelimit_try(struct ratelimit_bucket *bucket, int64_t now_us)
{
	double most = capacity(bucket->key.limit);

	bucket->used_us = now_us;
	if (now_us < bucket->paused_until_us)
		return bucket->paused_until_us - now_us;
	climb(bucket, now_us);
	bucket->tokens += (double)(now_us - bucket->filled_us) * bucket->rate_per_s / 1e6;
	bucket->filled_us = now_us;
	if (bucket->tokens > most)
		bucket->tokens = most;
	if (bucket->tokens < 1)
		return (int64_t)((1 - bucket->tokens) * 1e6 / bucket->rate_per_s) + 1;
	bucket->tokens -= 1;
	measure(bucket, now_us);
	return 0;
}

void ratelimit_throttled(struct ratelimit_bucket *bucket, int64_t sent_us, int64_t now_us,
	int64_t wait_ms)
{
	if (sent_us <= bucket->cut_us)
		return;
	/* The current window may have more calls than the last one. */
	double open_per_s = bucket->measured_count * 1e6 /
		(double)(now_us - bucket->measured_us + 100000);
	double measured_per_s = open_per_s > bucket->measured_per_s ? open_per_s
																: bucket->measured_per_s;
	double from = measured_per_s < bucket->rate_per_s ? measured_per_s : bucket->rate_per_s;

	bucket->rate_per_s = from / 2 < MIN_RATE_PER_S ? MIN_RATE_PER_S : from / 2;
	/* A row's own rate may be below the floor. */
	if (bucket->rate_per_s > bucket->key.limit->rate_per_s)
		bucket->rate_per_s = bucket->key.limit->rate_per_s;
	/* AWS's bucket is empty. It gains one token during the pause, and we may use it when the pause
	 * ends. */
	int64_t pause_us = (int64_t)(1e6 / bucket->rate_per_s);
	if (pause_us > 1000000)
		pause_us = 1000000;
	if (wait_ms > MAX_PAUSE_MS)
		wait_ms = MAX_PAUSE_MS;
	if (wait_ms >= 0 && wait_ms * 1000 > pause_us)
		pause_us = wait_ms * 1000;
	bucket->tokens = 1;
	bucket->cut_us = bucket->climbed_us = now_us;
	bucket->paused_until_us = bucket->filled_us = now_us + pause_us;
}

/* --- waiting --- */

static void wake_first(struct ratelimit_bucket *bucket)
{
	if (bucket->first != NULL)
		fiber_wake(bucket->first->ticket, 0);
}

static void enter_queue(struct ratelimit_bucket *bucket, struct waiter *waiter)
{
	waiter->previous = bucket->last;
	if (bucket->last != NULL)
		bucket->last->next = waiter;
	else
		bucket->first = waiter;
	bucket->last = waiter;
}

static void leave_queue(struct ratelimit_bucket *bucket, struct waiter *waiter)
{
	if (waiter->previous != NULL)
		waiter->previous->next = waiter->next;
	else
		bucket->first = waiter->next;
	if (waiter->next != NULL)
		waiter->next->previous = waiter->previous;
	else
		bucket->last = waiter->previous;
	/* The next waiter is the head of the queue now, and has no timer yet. */
	wake_first(bucket);
}

int ratelimit_take(struct ratelimit_bucket *bucket)
{
	int64_t wait_us;
	struct waiter waiter = { .next = NULL };

	if (bucket->first == NULL && ratelimit_try(bucket, fiber_now_us()) == 0)
		return 0;
	enter_queue(bucket, &waiter);
	for (;;) {
		int64_t timeout_ms = FIBER_FOREVER;

		if (bucket->first == &waiter) {
			wait_us = ratelimit_try(bucket, fiber_now_us());
			if (wait_us == 0)
				break;
			timeout_ms = (wait_us + 999) / 1000;
		}
		waiter.ticket = fiber_ticket();
		if (fiber_wait(timeout_ms) == FIBER_CANCELLED) {
			leave_queue(bucket, &waiter);
			return FIBER_CANCELLED;
		}
	}
	leave_queue(bucket, &waiter);
	return 0;
}
