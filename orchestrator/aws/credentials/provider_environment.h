/* AWS_ACCESS_KEY_ID and its companions. */
#ifndef REEVE_AWS_CREDENTIALS_PROVIDER_ENVIRONMENT_H
#define REEVE_AWS_CREDENTIALS_PROVIDER_ENVIRONMENT_H

#include "base/compiler.h"
#include "base/err.h"

struct aws_credentials;
struct provider;

/* Like every provider, returns 0 with keys, PROVIDER_ABSENT with the cause in provider->absent, or
 * -1 when it is configured and failed. */
int provider_environment(struct provider *provider, struct aws_credentials *out, struct err *err)
	MUST_CHECK;

#endif
