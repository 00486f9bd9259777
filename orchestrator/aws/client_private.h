/*
 * Private to the client's files: the process's connection to AWS, its resolved endpoints, and a
 * call in flight.
 */
#ifndef REEVE_AWS_CLIENT_PRIVATE_H
#define REEVE_AWS_CLIENT_PRIVATE_H

#include "aws/client.h"
#include "aws/endpoint/limits.h"
#include "aws/profile.h"
#include "aws/protocol/protocol.h"
#include "aws/ratelimit.h"
#include "aws/retry.h"
#include "aws/sigv4/sigv4.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/http/http.h"

/* Out of memory is fatal in one place; uthash itself would call exit(). */
#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

enum {
	CLIENT_REGION_SIZE = 40,
	CLIENT_MAX_BODY_BYTES = 8 * 1024 * 1024,
	CLIENT_DEFAULT_ATTEMPTS = 5,
	CLIENT_DEFAULT_ATTEMPT_MS = 30000,
};

/* The settings are read once, in aws_new. */
struct client_settings {
	struct profile_set *profiles;
	char *profile; /* the one in use */
	char *region;
	bool ignore_endpoints, use_fips, use_dualstack, sts_global;
	int max_attempts;
	int64_t attempt_timeout_ms;
};

/* The endpoint of a service in a region, resolved once. */
struct client_endpoint_key {
	const struct aws_service *service;
	bool sts_global;
	char region[CLIENT_REGION_SIZE]; /* zero-filled: it is hashed whole */
};
struct client_endpoint {
	struct client_endpoint_key key;
	struct aws_endpoint at;
	/* The entry of the region that requests are signed for: a global service has one rate limit and
	 * one retry quota, whatever region the caller named. */
	struct client_endpoint *canonical;
	bool host_prefix_allowed;
	size_t scheme_length; /* of "https://" in at.url */
	struct retry_quota quota;
	UT_hash_handle hh;
};

/* The rate limit of an operation, looked up once. */
struct client_operation {
	const struct aws_operation *operation;
	const struct limit *limit;
	UT_hash_handle hh;
};

struct aws {
	struct loop *loop;
	aws_provide *provide;
	struct http_client *http;
	struct client_settings settings;
	struct client_endpoint *endpoints;
	struct client_operation *operations;
	struct ratelimit *ratelimit;
	struct aws_session *default_session;
	struct aws_stats stats;
	/* AWS's time minus ours, learned from a refusal that our wrong clock caused. All accounts share
	 * it. */
	int64_t clock_offset_ms;
	struct sigv4_texts signing; /* scratch for the signature that is being made; signing does not
								   yield, so one is enough */
	int64_t date_second;        /* the second that `date` was formatted for */
	char date[SIGV4_DATE_SIZE];
	uint64_t random;
};

/* Returns the time by AWS's clock. */
static inline int64_t client_now_ms(const struct aws *aws)
{
	return clock_now_ms() + aws->clock_offset_ms;
}

/* --- a call --- */

struct client_call {
	struct aws *aws;
	struct aws_session *session; /* NULL: the call is not signed */
	const char *account_id; /* the account whose rate limits count; NULL: the caller's own account
							 */
	const struct aws_operation *operation;
	const char *region;               /* NULL: aws_region */
	struct client_endpoint *endpoint; /* endpoint of that region; NULL: client_endpoint_of has not
										 found it yet */
	const json_t *params;             /* borrowed; NULL: none */
	struct aws_writer *writer;        /* its permit is asked before each attempt; NULL: none */
	bool sts_global;                  /* may go to the legacy global endpoint of STS */
	bool secret;                      /* request and answer hold secrets: wiped */
	struct aws_stats *charged;        /* the call is counted there, too; NULL: nowhere else */
	int64_t hold_ms;                  /* this and the next two are those of struct aws_call */
	int max_attempts;
	bool abandonable;
	char request_id[72]; /* out: AWS's id of the last attempt, or "" */
};

/* Adds to a counter of the process, and to the same counter of the user that the call is charged
 * to. */
#define CLIENT_COUNT(call, counter, amount) \
	do { \
		(call)->aws->stats.counter += (amount); \
		if ((call)->charged != NULL) \
			(call)->charged->counter += (amount); \
	} while (0)

/* One call on its way. */
struct client_exchange {
	struct client_call *call;
	struct client_endpoint *endpoint; /* NULL: not found yet */
	struct ratelimit_bucket *bucket;
	struct buf url, path; /* path: only where the endpoint has one of its own */
	const char *host, *signed_path;
	char body_sha256[65];
	const struct aws_credentials *credentials; /* of the last attempt, held; NULL: unsigned */
	json_t *output;
	bool parsed; /* the last attempt's answer was read whole */
	int parse_result;
	struct err *err; /* of the attempt under way, for the parser */
	int64_t sent_us;
	/* The large members are last: they have their own init functions, or none, and are not cleared
	 * for each call. */
	struct aws_request request;
	struct http_response response;
	char prefixed_host[320]; /* only where the request has a host prefix */
};

#endif
