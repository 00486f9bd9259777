/* AssumeRoleWithWebIdentity. */
#ifndef REEVE_AWS_CREDENTIALS_PROVIDER_WEB_IDENTITY_H
#define REEVE_AWS_CREDENTIALS_PROVIDER_WEB_IDENTITY_H

#include "base/compiler.h"
#include "base/err.h"

struct aws_credentials;
struct provider;

MAY_YIELD int provider_web_identity(struct provider *provider, struct aws_credentials *out,
	struct err *err) MUST_CHECK;

/* Calls AssumeRoleWithWebIdentity with the token in a file. */
MAY_YIELD int provider_assume_with_token(struct provider *provider, const char *role_arn,
	const char *session_name, const char *token_file, struct aws_credentials *out, struct err *err)
	MUST_CHECK;

#endif
