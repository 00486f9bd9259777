/* Query and EC2. */
#ifndef REEVE_AWS_PROTOCOL_SERIALIZE_QUERY_H
#define REEVE_AWS_PROTOCOL_SERIALIZE_QUERY_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct aws_operation;
struct aws_request;
struct wire_place;

int serialize_query(const struct aws_operation *operation, const json_t *params,
	const struct wire_place *place, struct aws_request *out, struct err *err) MUST_CHECK;

#endif
