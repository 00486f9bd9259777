/* rest-json and rest-xml. */
#ifndef REEVE_AWS_PROTOCOL_SERIALIZE_REST_H
#define REEVE_AWS_PROTOCOL_SERIALIZE_REST_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct aws_operation;
struct aws_request;
struct wire_place;

int serialize_rest(const struct aws_operation *operation, const json_t *params,
	const struct wire_place *place, struct aws_request *out, struct err *err) MUST_CHECK;

#endif
