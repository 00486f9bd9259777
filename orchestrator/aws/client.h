/*
 * One call shape for every service. `struct aws` is the process's connection to AWS:
 * HTTP client, settings, rate limits, retry quota, counters. A reader and a writer are
 * views on it for one user (a baseline, the walk, ...), one session and one account; each refuses
 * calls that its user did not declare, so that the policies that `reeve policy` writes from the
 * declarations grant every call.
 *
 * A call: wait for the account/region/service token bucket, resolve the endpoint, serialize,
 * sign, send, parse on the loop's stack; on a transient failure back off with full jitter,
 * within the retry quota; on a clock skew correct it; on expired credentials renew them;
 * on an S3 region redirect go there.
 */
#ifndef REEVE_AWS_CLIENT_H
#define REEVE_AWS_CLIENT_H

#include "aws/endpoint/endpoint.h"
#include "aws/operations/operation.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct aws;
struct aws_credentials;
struct aws_session;
struct aws_stats;

struct aws_options {
	int in_flight;              /* most HTTP requests at once; 0: 256 */
	const char *default_region; /* when neither the environment nor the profile names one; NULL:
								   us-east-1 */
	int max_attempts;           /* 0: AWS_MAX_ATTEMPTS, else 5 */
	int64_t attempt_timeout_ms; /* 0: 30,000 */
};

/* Finds the credentials of the process; `again` when it found some before. */
typedef int aws_provide(struct aws *aws, bool again, struct aws_credentials *out, struct err *err);

/* Opens the connection. Nothing is sent, and no credentials are looked up, before the first call;
 * `provide`, outside of tests credentials_resolve, finds them then. */
int aws_new(struct loop *loop, const struct aws_options *options, aws_provide *provide,
	struct aws **out, struct err *err) MUST_CHECK;
void aws_free(struct aws *aws); /* NULL is fine; sessions other than the default one must have been
								   released */
/* Returns the session with the credentials of the process. It lives as long as *aws; it may be
 * retained and released, which changes nothing. */
struct aws_session *aws_session_default(struct aws *aws);
const char *aws_region(struct aws *aws); /* from AWS_REGION, AWS_DEFAULT_REGION, the profile or
											default_region */

/* --- declared permissions --- */

/* One IAM action that a user declares, with what `reeve policy` needs to grant it tightly. */
struct aws_permission {
	const char *action; /* "s3:PutEncryptionConfiguration" */
	/* Resource ARN pattern with ${Partition}; NULL: the action takes no resource ("*"). */
	const char *resource;
	/* NULL, or conditions as JSON: {"StringEquals": {"aws:ResourceAccount":
	 * "${aws:PrincipalAccount}"}} */
	const char *condition_json;
	/* AWS calls the action on our behalf when we call another one (e.g.
	 * iam:CreateServiceLinkedRole). */
	bool implied;
	/* The same read is made again in one sweep: by several baselines, or for several resources,
	 * regions or member accounts. Its answers are kept (struct aws_read_cache); other answers are
	 * freed after their use. */
	bool reused;
	const char *why; /* one phrase for the reader of the policy */
};
#define AWS_PERMISSIONS_END { .action = NULL }

/* --- clients --- */

/* The answers of reads that are declared as reused, kept for one account during one sweep. NULL in
 * a reader: each read calls AWS. */
struct aws_read_cache;

struct aws_reader {
	struct aws *aws;
	struct aws_session *session;
	const char *account_id;                /* 12 digits: rate limits are charged to it */
	const struct aws_permission *declared; /* ends with AWS_PERMISSIONS_END */
	struct aws_read_cache *cache;
	struct aws_stats *charged; /* counters that each call adds to besides the process's own; NULL:
								  none */
};

struct aws_writer {
	struct aws *aws;
	struct aws_session *session;
	const char *account_id;
	const struct aws_permission *declared;
	/* NULL, or called right before each attempt of a mutating call: -1 with err stops the call. The
	 * kill switch and the limits are checked there. */
	MAY_YIELD int (*permit)(void *argument, const struct aws_operation *operation, struct err *err);
	/* NULL, or called after each mutating call: failure is NULL when it succeeded; request_id may
	 * be "". */
	MAY_YIELD void (*done)(void *argument, const struct aws_operation *operation,
		const char *request_id, const struct err *failure);
	void *permit_argument;     /* of both */
	struct aws_stats *charged; /* as a reader's */
};

/* Evidence: the request ids of the calls behind an observation, in order:
 * ["guardduty.GetDetector:3f2a…"]. */
struct aws_trace {
	json_t *request_ids; /* array, made at the first call; NULL: none yet */
};

struct aws_call {
	const struct aws_operation *operation;
	const char *region;      /* NULL: the service's global region or aws_region */
	json_t *params;          /* taken over (also on failure); NULL: none */
	struct aws_trace *trace; /* NULL: no evidence wanted */
	int64_t hold_ms;  /* how long AWS may hold its answer back (a long poll); added to the timeouts
					   */
	int max_attempts; /* 0: as configured */
	bool abandonable; /* a mutating call that may be cut off when the fiber is cancelled, because
						 its outcome doesn't matter */
};

/* --- counters --- */

struct aws_stats {
	uint64_t api_calls; /* answered or failed calls; a retried call counts once */
	uint64_t attempts, retries, throttled, assume_role_calls, mutating_calls;
	uint64_t cache_hits;
	uint64_t peak_in_flight, connections;
};
struct aws_stats aws_stats_now(const struct aws *aws);

#endif
