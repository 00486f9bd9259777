/* Refuses parameters that don't fit the operation's table, for every serializer. */
#ifndef REEVE_AWS_PROTOCOL_SERIALIZE_CHECK_H
#define REEVE_AWS_PROTOCOL_SERIALIZE_CHECK_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct aws_member;
struct aws_shape;
struct wire_place;

/* Refuses a value that is no object, an unknown member, a missing required member, and a union that
 * hasn't exactly one member set. */
int serialize_check(const struct aws_shape *structure, const json_t *params,
	const struct wire_place *place, struct err *err) MUST_CHECK;
/* Returns the value of a member, NULL when absent or null. Borrowed. */
const json_t *serialize_member(const json_t *params, const struct aws_member *member);

/* Checks that a list or map has a value of the right type and isn't too deep; ERR_UNDECLARED
 * otherwise. */
int serialize_check_container(const struct aws_shape *shape, const json_t *value,
	const struct wire_place *place, struct err *err) MUST_CHECK;

#endif
