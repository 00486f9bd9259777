/* The providers of the credential chain. */
#ifndef REEVE_AWS_CREDENTIALS_PROVIDER_PRIVATE_H
#define REEVE_AWS_CREDENTIALS_PROVIDER_PRIVATE_H

#include "aws/client_private.h"
#include "aws/session.h"

enum { PROVIDER_ABSENT = 1 };

struct provider {
	struct aws *aws;
	const struct profile_set *profiles;
	char absent[120]; /* the reason why the provider has no credentials, as one phrase */
};

/* Keeps the cause and returns PROVIDER_ABSENT. */
#define provider_absent(provider, ...) \
	(snprintf((provider)->absent, sizeof(provider)->absent, __VA_ARGS__), PROVIDER_ABSENT)

/* A small request to this machine or a local agent; provider_fetch sends it up to `tries` times. */
struct provider_request {
	const char *what; /* names the server in errors */
	const char *method, *url;
	const struct http_header *headers;
	size_t header_count;
	int64_t timeout_ms;
	int tries;
};

#endif
