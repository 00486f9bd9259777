#ifndef REEVE_AWS_SIGV4_SIGV4_CANONICAL_H
#define REEVE_AWS_SIGV4_SIGV4_CANONICAL_H

#include "base/compiler.h"
#include "base/err.h"

struct buf;
struct sigv4_request;

/* Stage 1; also gives the names of the signed headers ("host;x-amz-date"). */
int sigv4_canonical_request(const struct sigv4_request *request, struct buf *out,
	struct buf *signed_headers, struct err *err) MUST_CHECK;

#endif
