/* The credentials endpoint of a container. */
#ifndef REEVE_AWS_CREDENTIALS_PROVIDER_CONTAINER_H
#define REEVE_AWS_CREDENTIALS_PROVIDER_CONTAINER_H

#include "base/compiler.h"
#include "base/err.h"

struct aws_credentials;
struct provider;

MAY_YIELD int provider_container(struct provider *provider, struct aws_credentials *out,
	struct err *err) MUST_CHECK;

#endif
