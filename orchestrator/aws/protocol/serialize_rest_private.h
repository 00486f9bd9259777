/* Private to serialize_rest*.c: a request while it is written. */
#ifndef REEVE_AWS_PROTOCOL_SERIALIZE_REST_PRIVATE_H
#define REEVE_AWS_PROTOCOL_SERIALIZE_REST_PRIVATE_H

#include "base/buf.h"

#include <jansson.h>

struct aws_operation;
struct aws_request;
struct aws_shape;
struct wire_place;

struct rest {
	const struct aws_operation *operation;
	const struct aws_shape *input;
	const json_t *params;
	const struct wire_place *place;
	struct aws_request *out;
	struct buf scratch;
	struct buf value; /* a header's */
};

#endif
