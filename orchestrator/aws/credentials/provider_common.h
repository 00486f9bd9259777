/* Shared by several providers of the credential chain. */
#ifndef REEVE_AWS_CREDENTIALS_PROVIDER_COMMON_H
#define REEVE_AWS_CREDENTIALS_PROVIDER_COMMON_H

#include "base/compiler.h"
#include "base/err.h"

struct aws;
struct aws_credentials;
struct buf;
struct provider_request;

/* Sends the request. The body of the answer goes to *body, its HTTP status to *status. */
MAY_YIELD int provider_fetch(struct aws *aws, const struct provider_request *request,
	struct buf *body, int *status, struct err *err) MUST_CHECK;
/* Parses the document of a container or instance endpoint: {"AccessKeyId", …, "Token",
 * "Expiration"}. */
int provider_read_keys(const struct buf *body, const char *token_key, const char *what,
	struct aws_credentials *out, struct err *err) MUST_CHECK;

/* Reads a file that holds one secret; trailing white space is cut. At most 64 KiB. */
int provider_read_file(const char *path, const char *what, struct buf *out, struct err *err)
	MUST_CHECK;
/* Makes a name for a session where none is configured: "reeve-" and the time. */
void provider_session_name(char out[64]);

#endif
