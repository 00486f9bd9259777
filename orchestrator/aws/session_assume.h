/* Sessions by AssumeRole. */
#ifndef REEVE_AWS_SESSION_ASSUME_H
#define REEVE_AWS_SESSION_ASSUME_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>

struct aws;
struct aws_credentials;
struct aws_session;
struct aws_stats;
struct session_role;

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
 * before they expire. AWS's refusal is kept until aws_session_forget_failure. Everything in *role
 * is copied. */
struct aws_session *aws_session_assume_role(struct aws *aws, struct aws_session *source,
	const struct aws_assume_role *role);

/* One role, for the provider that assumes it without a session. */
struct session_role *session_role_new(struct aws *aws, struct aws_session *source,
	const struct aws_assume_role *role, bool sts_global);
void session_role_free(struct session_role *role);
/* Sends the role's SourceIdentity as long as AWS accepts it: one that the caller's credentials
 * carry already can't be changed. */
MAY_YIELD int session_role_assume(struct session_role *role, struct aws_stats *charged,
	struct aws_credentials *out, struct err *err) MUST_CHECK;

#endif
