/* The role of an EC2 instance, from its metadata service, version 2 only. */
#ifndef REEVE_AWS_CREDENTIALS_PROVIDER_IMDS_H
#define REEVE_AWS_CREDENTIALS_PROVIDER_IMDS_H

#include "base/compiler.h"
#include "base/err.h"

struct aws_credentials;
struct provider;

MAY_YIELD int provider_imds(struct provider *provider, struct aws_credentials *out, struct err *err)
	MUST_CHECK;

#endif
