/* The providers of the credential chain. */
#ifndef REEVE_AWS_CREDENTIALS_PROVIDER_PRIVATE_H
#define REEVE_AWS_CREDENTIALS_PROVIDER_PRIVATE_H

#include "aws/client_private.h"
#include "aws/session.h"

enum { PROVIDER_ABSENT = 1 };

struct provider {
	struct aws *aws;
	const struct profile_set *profiles;
	char absent[120]; /* why the provider has no credentials, as one phrase */
};

/* Each returns 0 with keys, PROVIDER_ABSENT with the cause in provider->absent, or -1 when it is
 * configured and failed. */
int provider_environment(struct provider *provider, struct aws_credentials *out, struct err *err)
	MUST_CHECK;
MAY_YIELD int provider_web_identity(struct provider *provider, struct aws_credentials *out,
	struct err *err) MUST_CHECK;
MAY_YIELD int provider_profile(struct provider *provider, struct aws_credentials *out,
	struct err *err) MUST_CHECK;
MAY_YIELD int provider_container(struct provider *provider, struct aws_credentials *out,
	struct err *err) MUST_CHECK;
MAY_YIELD int provider_imds(struct provider *provider, struct aws_credentials *out, struct err *err)
	MUST_CHECK;

/* --- parts --- */

/* Keeps the cause and returns PROVIDER_ABSENT. */
#define provider_absent(provider, ...) \
	(snprintf((provider)->absent, sizeof(provider)->absent, __VA_ARGS__), PROVIDER_ABSENT)

/* AssumeRoleWithWebIdentity with the token in a file. */
MAY_YIELD int provider_assume_with_token(struct provider *provider, const char *role_arn,
	const char *session_name, const char *token_file, struct aws_credentials *out, struct err *err)
	MUST_CHECK;
/* Runs a command of the user's and reads the keys that it prints. */
MAY_YIELD int provider_process(struct provider *provider, const char *command,
	struct aws_credentials *out, struct err *err) MUST_CHECK;

/* Sends a small request to this machine or a local agent, up to `tries` times. The answer's body
 * goes to *body. */
struct provider_request {
	const char *what; /* names the server in errors */
	const char *method, *url;
	const struct http_header *headers;
	size_t header_count;
	int64_t timeout_ms;
	int tries;
};
MAY_YIELD int provider_fetch(struct aws *aws, const struct provider_request *request,
	struct buf *body, int *status, struct err *err) MUST_CHECK;
/* Parses the document of a container or instance endpoint: {"AccessKeyId", …, "Token",
 * "Expiration"}. */
int provider_read_keys(const struct buf *body, const char *token_key, const char *what,
	struct aws_credentials *out, struct err *err) MUST_CHECK;

/* A file that holds one secret; trailing white space is cut. At most 64 KiB. */
int provider_read_file(const char *path, const char *what, struct buf *out, struct err *err)
	MUST_CHECK;
/* A name for a session where none is configured: "reeve-" and the time. */
void provider_session_name(char out[64]);

#endif
