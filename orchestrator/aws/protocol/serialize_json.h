/* JSON 1.0 and 1.1, and the JSON bodies of rest-json. */
#ifndef REEVE_AWS_PROTOCOL_SERIALIZE_JSON_H
#define REEVE_AWS_PROTOCOL_SERIALIZE_JSON_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct aws_member;
struct aws_operation;
struct aws_request;
struct aws_shape;
struct buf;
struct wire_place;

/* Writes the value in the form of a JSON protocol. */
int serialize_json_value(const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct buf *out, struct err *err) MUST_CHECK;
/* Writes a structure without the members that go elsewhere (URI, query, headers). */
int serialize_json_body(const struct aws_shape *structure, const json_t *params,
	const struct wire_place *place, struct buf *out, struct err *err) MUST_CHECK;

/* Serializes for JSON 1.0 and 1.1. Like every serializer it fills *out, whose buffers are empty,
 * from parameters that serialize_check has accepted. */
int serialize_json(const struct aws_operation *operation, const json_t *params,
	const struct wire_place *place, struct aws_request *out, struct err *err) MUST_CHECK;

#endif
