/* credential_process. */
#ifndef REEVE_AWS_CREDENTIALS_PROVIDER_PROCESS_H
#define REEVE_AWS_CREDENTIALS_PROVIDER_PROCESS_H

#include "base/compiler.h"
#include "base/err.h"

struct aws_credentials;
struct provider;

/* Runs a command of the user's and reads the keys that it prints. */
MAY_YIELD int provider_process(struct provider *provider, const char *command,
	struct aws_credentials *out, struct err *err) MUST_CHECK;

#endif
