/*
 * Finds credentials in the places where AWS's own tools look for them, in the same order:
 * environment, web identity, shared files with profiles (role_arn, source_profile,
 * credential_source, credential_process), container endpoint (ECS, EKS Pod Identity), IMDSv2.
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
#ifndef REEVE_AWS_CREDENTIALS_CREDENTIALS_H
#define REEVE_AWS_CREDENTIALS_CREDENTIALS_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>

struct aws;
struct aws_credentials;

/* Finds credentials by the standard chain; the function that aws_new is given. With `again` the
 * shared files are read anew. */
MAY_YIELD int credentials_resolve(struct aws *aws, bool again, struct aws_credentials *out,
	struct err *err) MUST_CHECK;

#endif
