/*
 * Private to the serializers: what their files share. All of them take parameters that
 * serialize_check has accepted.
 */
#ifndef REEVE_AWS_PROTOCOL_SERIALIZE_H
#define REEVE_AWS_PROTOCOL_SERIALIZE_H

#include "aws/protocol/protocol.h"
#include "aws/protocol/protocol_wire.h"

/* Refuses a value that is no object, an unknown member, a missing required member, and a union that
 * hasn't exactly one member set. */
int serialize_check(const struct aws_shape *structure, const json_t *params,
	const struct wire_place *place, struct err *err) MUST_CHECK;
/* The value of a member, NULL when absent or null. Borrowed. */
const json_t *serialize_member(const json_t *params, const struct aws_member *member);

/* A list or map that has a value of the right type and isn't too deep; ERR_UNDECLARED otherwise. */
int serialize_check_container(const struct aws_shape *shape, const json_t *value,
	const struct wire_place *place, struct err *err) MUST_CHECK;

/* The value in the body of a JSON protocol. */
int serialize_json_value(const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct buf *out, struct err *err) MUST_CHECK;
/* A structure without the members that go elsewhere (URI, query, headers). */
int serialize_json_body(const struct aws_shape *structure, const json_t *params,
	const struct wire_place *place, struct buf *out, struct err *err) MUST_CHECK;

/* A structure as an XML document with this root. The namespace of member, shape or service, the
 * first that has one. */
int serialize_xml_document(const struct aws_member *member, const char *root,
	const char *xml_namespace, const json_t *value, const struct wire_place *place, struct buf *out,
	struct err *err) MUST_CHECK;

/* One per protocol: fill *out, whose buffers are empty. */
int serialize_json(const struct aws_operation *operation, const json_t *params,
	const struct wire_place *place, struct aws_request *out, struct err *err) MUST_CHECK;
int serialize_query(const struct aws_operation *operation, const json_t *params,
	const struct wire_place *place, struct aws_request *out, struct err *err) MUST_CHECK;
int serialize_rest(const struct aws_operation *operation, const json_t *params,
	const struct wire_place *place, struct aws_request *out, struct err *err) MUST_CHECK;

#endif
