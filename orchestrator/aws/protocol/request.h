/*
 * A request on its way from the serializers to the signer: path, query, headers and body, without
 * host and signature.
 */
#ifndef REEVE_AWS_PROTOCOL_REQUEST_H
#define REEVE_AWS_PROTOCOL_REQUEST_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

#define AWS_REQUEST_MAX_HEADERS 24

struct aws_request_header {
	char *name, *value; /* owned; a value may be empty, and is sent all the same */
};

struct aws_request {
	const char *method; /* borrowed from the operation */
	struct buf path;    /* percent-encoded, begins with "/" */
	struct buf query;   /* percent-encoded, without "?"; sorted only by the signer */
	struct buf body;
	struct aws_request_header headers[AWS_REQUEST_MAX_HEADERS];
	size_t header_count;
	struct buf host_prefix; /* "111122223333." or empty */
};

void aws_request_init(struct aws_request *request);
void aws_request_release(struct aws_request *request);
int aws_request_add_header(struct aws_request *request, const char *name, const char *value,
	struct err *err) MUST_CHECK;

/* Makes a random version 4 UUID. */
void aws_uuid(char out[37]);

#endif
