/* AssumeRole. */
#ifndef REEVE_AWS_SESSION_ASSUME_H
#define REEVE_AWS_SESSION_ASSUME_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>

struct aws;
struct aws_assume_role;
struct aws_credentials;
struct aws_session;
struct aws_stats;
struct session_role;

struct session_role *session_role_new(struct aws_session *source,
	const struct aws_assume_role *role, bool sts_global);
void session_role_free(struct session_role *role);
/* Sends the role's SourceIdentity as long as AWS accepts it: one that the caller's credentials
 * carry already can't be changed. */
MAY_YIELD int session_role_assume(struct aws *aws, struct session_role *role,
	struct aws_stats *charged, struct aws_credentials *out, struct err *err) MUST_CHECK;

#endif
