/* Refuses parameters that don't fit the operation's table, for every serializer. */
#include "aws/protocol/serialize_check.h"

#include "aws/operations/shape.h"
#include "aws/protocol/protocol_wire.h"
#include "base/banned.h"

#include <stddef.h>

const json_t *serialize_member(const json_t *params, const struct aws_member *member)
{
	const json_t *value = json_object_get(params, member->name);

	return json_is_null(value) ? NULL : value;
}

static bool has_member(const struct aws_shape *structure, const char *name)
{
	for (size_t i = 0; i < structure->member_count; i++)
		if (strcmp(structure->members[i].name, name) == 0)
			return true;
	return false;
}

static int check_depth(const struct wire_place *place, struct err *err)
{
	if (place->depth > WIRE_MAX_DEPTH)
		return wire_error(err, ERR_LIMIT, "TooDeep", place,
			"parameters are nested deeper than %d levels", WIRE_MAX_DEPTH);
	return 0;
}

int serialize_check(const struct aws_shape *structure, const json_t *params,
	const struct wire_place *place, struct err *err)
{
	size_t set = 0;
	const char *name;
	json_t *value;

	if (check_depth(place, err) < 0)
		return -1;
	if (!json_is_object(params))
		return wire_error(err, ERR_UNDECLARED, "WrongParameterType", place, "must be %s",
			wire_type_name(AWS_STRUCTURE));
	json_object_foreach((json_t *)params, name, value) {
		if (!has_member(structure, name))
			return wire_error(err, ERR_UNDECLARED, "UnknownParameter", place,
				"has no parameter %.80s", name);
		set += !json_is_null(value);
	}
	for (size_t i = 0; i < structure->member_count; i++)
		if ((structure->members[i].flags & AWS_REQUIRED) &&
			serialize_member(params, &structure->members[i]) == NULL)
			return wire_error(err, ERR_UNDECLARED, "MissingParameter", place,
				"parameter %s is required", structure->members[i].name);
	if (structure->is_union && set != 1)
		return wire_error(err, ERR_UNDECLARED, "BadUnion", place,
			"must have exactly one member set, and has %zu", set);
	return 0;
}

int serialize_check_container(const struct aws_shape *shape, const json_t *value,
	const struct wire_place *place, struct err *err)
{
	if (check_depth(place, err) < 0)
		return -1;
	if (shape->type == AWS_LIST ? !json_is_array(value) : !json_is_object(value))
		return wire_error(err, ERR_UNDECLARED, "WrongParameterType", place, "must be %s",
			wire_type_name(shape->type));
	return 0;
}
