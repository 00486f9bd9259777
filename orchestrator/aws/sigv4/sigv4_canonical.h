/* Stage 1 of Signature Version 4: the canonical request. */
#ifndef REEVE_AWS_SIGV4_SIGV4_CANONICAL_H
#define REEVE_AWS_SIGV4_SIGV4_CANONICAL_H

#include "base/compiler.h"
#include "base/err.h"

struct buf;
struct sigv4_request;

/* Writes the canonical request into *out, and the names of the signed headers ("host;x-amz-date")
 * into *signed_headers. */
int sigv4_canonical_request(const struct sigv4_request *request, struct buf *out,
	struct buf *signed_headers, struct err *err) MUST_CHECK;

#endif
