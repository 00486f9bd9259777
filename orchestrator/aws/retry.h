/*
 * Decides whether a failed call is tried again, and when. Pure: no I/O, no yield. It follows the
 * standard mode of AWS's SDKs: full-jitter backoff, and a quota of tokens per endpoint that
 * failures spend and successes give back, so that a service that is down is not flooded with
 * retries. Throttling spends no tokens: its bucket slows down instead (ratelimit.h), so that a busy
 * hour costs time and never a call.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
#ifndef REEVE_AWS_RETRY_H
#define REEVE_AWS_RETRY_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum retry_kind {
	RETRY_NEVER,
	RETRY_TRANSIENT, /* 500, 502, 503, 504, a broken connection */
	RETRY_TIMEOUT,   /* no answer in time */
	RETRY_THROTTLE,  /* refused for its rate: it had no effect */
	RETRY_SKEW,      /* refused for its date; our clock may be wrong */
	RETRY_EXPIRED,   /* refused for its credentials: they may be renewed */
	RETRY_REDIRECT,  /* S3: the bucket is in another region */
};

/* Classifies by kind, code and status alone; the caller decides whether a retry is safe and worth
 * it. */
enum retry_kind retry_classify(const struct err *err, bool is_s3);

/* Returns whether a refusal of class RETRY_SKEW names the date as its cause, and not the signature.
 */
bool retry_blames_time(const struct err *err);
/* Returns whether the code says that the credentials are unknown; that has a meaning only once they
 * have expired. */
bool retry_code_is_unknown_credentials(const char *code);

enum {
	RETRY_QUOTA_TOKENS = 500,
	RETRY_COST_TRANSIENT = 5,
	RETRY_COST_TIMEOUT = 10,
	RETRY_REFUND_SUCCESS = 1, /* a call that needed no retry */
	RETRY_MAX_WAIT_MS = 20000,
	RETRY_THROTTLE_ATTEMPTS = 12,
};

struct retry_quota {
	int tokens;
};
/* Returns the number of tokens taken, 0 when the retry is free, or -1 when the quota has too few.
 */
int retry_quota_take(struct retry_quota *quota, enum retry_kind kind) MUST_CHECK;
void retry_quota_refund(struct retry_quota *quota, int cost);

/* Returns the wait with full jitter: evenly spread from 0 to min(20 s, base * 2^(retry - 1)); retry
 * counts from 1. `random` is the state of the generator, not zero. */
int64_t retry_backoff_ms(enum retry_kind kind, int retry, uint64_t *random);
uint64_t retry_random(uint64_t *state);

/* Reads Retry-After, in seconds or as a date; bounded to RETRY_MAX_WAIT_MS; -1 when absent or
 * malformed. */
int64_t retry_after_ms(const char *header, int64_t now_ms);
/* Reads "Tue, 24 Nov 2026 08:00:00 GMT" (RFC 9110); 0 for anything else. */
int64_t retry_parse_http_date(const char *text);

/* A signature is refused when AWS's clock and ours differ by a little more than this. */
#define RETRY_SKEW_MIN_MS (4 * 60 * 1000)

#endif
