/*
 * Finds settings and credentials in the places where AWS's own tools look for them, in the same
 * order: environment, web identity, shared files with profiles (role_arn, source_profile,
 * credential_source, credential_process), container endpoint (ECS, EKS Pod Identity), IMDSv2. A
 * session hands out credentials and refreshes them ahead of expiry.
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
#ifndef REEVE_AWS_CREDENTIALS_CREDENTIALS_H
#define REEVE_AWS_CREDENTIALS_CREDENTIALS_H

#include "aws/sigv4/sigv4.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct aws;
struct aws_stats;

struct aws_credentials {
	char *access_key_id, *secret_access_key, *session_token; /* session_token may be NULL */
	int64_t expires_ms;                                      /* 0: never */
	struct sigv4_cache *signer;
};

/* The credentials of one identity, renewed as needed. A session is counted: each holder releases
 * its own reference. */
struct aws_session;
struct aws_session *aws_session_retain(struct aws_session *session);
void aws_session_release(struct aws_session *session); /* NULL is fine; the last one wipes */

/* Returns the session of the process, which uses the standard chain. Nothing is looked up before
 * its first use. It lives as long as *aws; it may be retained and released, which changes nothing.
 */
struct aws_session *aws_session_default(struct aws *aws);

struct aws_assume_role {
	const char *role_arn, *session_name;
	const char *external_id; /* NULL: none */
	/* NULL: none. It is left out where AWS refuses it but grants the role without it, as when the
	 * source's credentials carry another one. */
	const char *source_identity;
	const char *policy;                /* inline session policy as JSON text, NULL: none */
	const char *policy_arn;            /* one managed session policy, NULL: none */
	const json_t *tags;                /* {"key": "value"} or NULL */
	const json_t *transitive_tag_keys; /* array or NULL */
	const char *region;                /* the region whose STS endpoint is called */
	int duration_seconds;              /* 0: 3,600 */
};
/* Makes a session that calls AssumeRole with the credentials of `source`: at its first use, and
 * before they expire. The first fiber that needs them makes the call and the others wait. A failure
 * is kept and reported to all of them, so that they don't repeat the call, until
 * aws_session_forget_failure. Everything in *role is copied. */
struct aws_session *aws_session_assume_role(struct aws *aws, struct aws_session *source,
	const struct aws_assume_role *role);

/* Makes the next aws_session_get try again. */
void aws_session_forget_failure(struct aws_session *session);

/* Gives current credentials, with at least two minutes of life left where AWS gives that. They are
 * borrowed until the caller's next yield: take what you need before. An AssumeRole that this needs
 * is counted in *charged too (NULL: nowhere else). */
MAY_YIELD int aws_session_get(struct aws_session *session, struct aws_stats *charged,
	const struct aws_credentials **out, struct err *err) MUST_CHECK;

/* Reports that AWS called the credentials with that access key id expired or invalid: the next get
 * renews them. */
void aws_session_invalidate(struct aws_session *session, const char *access_key_id);

#endif
