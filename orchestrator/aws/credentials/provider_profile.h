/* A profile of the shared files. */
#ifndef REEVE_AWS_CREDENTIALS_PROVIDER_PROFILE_H
#define REEVE_AWS_CREDENTIALS_PROVIDER_PROFILE_H

#include "base/compiler.h"
#include "base/err.h"

struct aws_credentials;
struct provider;

MAY_YIELD int provider_profile(struct provider *provider, struct aws_credentials *out,
	struct err *err) MUST_CHECK;

#endif
