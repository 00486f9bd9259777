/*
 * Converts a json_t of parameters to an HTTP request, and an HTTP answer to a json_t or an error,
 * in AWS's five protocols. Pure: no I/O, no yield. Checked against the published protocol vectors.
 */
#ifndef REEVE_AWS_PROTOCOL_PROTOCOL_H
#define REEVE_AWS_PROTOCOL_PROTOCOL_H

#include "aws/operations/operation.h"
#include "aws/protocol/request.h"
#include "base/err.h"

#include <jansson.h>

/* Serializes the parameters. Refuses (ERR_UNDECLARED) a missing required member, an unknown member
 * and a wrong type: these are mistakes of this program, and their kind differs from that of a
 * refusal by AWS. A member that is JSON null counts as absent. Random idempotency tokens come from
 * aws_uuid, so a retry must send the same request again and not serialize it anew. */
int aws_serialize(const struct aws_operation *operation, const json_t *params,
	struct aws_request *out, struct err *err) MUST_CHECK;

struct aws_answer {
	int status;
	const char *body;
	size_t body_length;
	/* header returns the value of the header of that name (lower case) or NULL; header_at serves to
	 * find headers by a prefix. */
	const char *(*header)(const void *context, const char *name);
	/* The nth header, or false after the last. */
	bool (*header_at)(const void *context, size_t index, const char **name, const char **value);
	const void *context;
};

#endif
