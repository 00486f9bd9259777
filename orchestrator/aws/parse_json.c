/*
 * JSON answers: members get the model's names while the text is read; then the values are
 * checked against the shapes, and turned into the model's forms in place.
 */
#include "aws/parse.h"

#include "base/banned.h"

static int bad_type(const struct aws_shape *shape, const struct wire_place *place, json_t *value, struct err *err)
{
	json_decref(value);
	return wire_error(err, ERR_PROTOCOL, "UnexpectedType", place, "the answer has something else than %s here",
	                  wire_type_name(shape->type));
}

static bool in_body(const struct aws_member *member)
{
	return member->location != AWS_IN_HEADER && member->location != AWS_IN_HEADERS && member->location != AWS_IN_STATUS;
}

static bool is_listed_name(const struct aws_shape *structure, const char *name, size_t length)
{
	for (size_t i = 0; i < structure->member_count; i++)
		if (strncmp(structure->members[i].name, name, length) == 0 && structure->members[i].name[length] == '\0')
			return true;
	return false;
}

/* Members that aren't listed keep their name, unless it is one that the model gives to a listed member: what stands
 * under such a name has always the listed type. */
static int member_of_structure(const struct aws_shape *structure, const char **name, size_t *length, const void **inner)
{
	for (size_t i = 0; i < structure->member_count; i++) {
		const struct aws_member *member = &structure->members[i];
		const char *wire = wire_name(member);

		if (strncmp(wire, *name, *length) != 0 || wire[*length] != '\0' || !in_body(member))
			continue;
		*inner = member->shape;
		if (wire != member->name) {
			*name = member->name;
			*length = strlen(member->name);
		}
		return 0;
	}
	return is_listed_name(structure, *name, *length) ? -1 : 0;
}

static int guide_member(const void *described, const char **name, size_t *length, const void **inner)
{
	const struct aws_shape *shape = described;

	if (shape->type == AWS_STRUCTURE)
		return member_of_structure(shape, name, length, inner);
	if (shape->type == AWS_MAP)
		*inner = shape->element.shape;
	return 0;
}

static const void *guide_item(const void *described)
{
	const struct aws_shape *shape = described;

	return shape->type == AWS_LIST ? shape->element.shape : NULL;
}

const struct json_guide parse_json_guide = { .member = guide_member, .item = guide_item };

static int structure_members(const struct aws_shape *structure, json_t *value, const struct wire_place *place,
                                json_t **out, struct err *err)
{
	for (size_t i = 0; i < structure->member_count; i++) {
		const struct aws_member *member = &structure->members[i];
		json_t *item = json_object_get(value, member->name), *converted = NULL;
		struct wire_place at = WIRE_AT(place, wire_name(member));

		if (item == NULL)
			continue;
		if (json_is_null(item)) {
			json_object_del(value, member->name);
			continue;
		}
		if (parse_json_value(member, json_incref(item), &at, &converted, err) < 0) {
			json_decref(value);
			return -1;
		}
		if (converted == item)
			json_decref(converted);
		else
			json_object_set_new_nocheck(value, member->name, converted);
	}
	*out = value;
	return 0;
}

static int list(const struct aws_shape *shape, json_t *value, const struct wire_place *place, json_t **out,
                struct err *err)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_t *item = json_array_get(value, i), *converted = NULL;
		struct wire_place at = WIRE_AT_INDEX(place, i);

		if (json_is_null(item))
			continue;
		if (parse_json_value(&shape->element, json_incref(item), &at, &converted, err) < 0) {
			json_decref(value);
			return -1;
		}
		if (converted == item)
			json_decref(converted);
		else
			json_array_set_new(value, i, converted);
	}
	*out = value;
	return 0;
}

static int map(const struct aws_shape *shape, json_t *value, const struct wire_place *place, json_t **out,
               struct err *err)
{
	const char *key;
	json_t *item;
	void *next;

	json_object_foreach_safe(value, next, key, item) {
		struct wire_place at = WIRE_AT(place, key);
		json_t *converted = NULL;

		if (json_is_null(item)) {
			json_object_del(value, key);
			continue;
		}
		if (parse_json_value(&shape->element, json_incref(item), &at, &converted, err) < 0) {
			json_decref(value);
			return -1;
		}
		if (converted == item)
			json_decref(converted);
		else
			json_object_set_new_nocheck(value, key, converted); /* an existing key: the iterator stays valid */
	}
	*out = value;
	return 0;
}

static int timestamp(const struct aws_shape *shape, json_t *value, const struct wire_place *place, json_t **out,
                     struct err *err)
{
	int64_t ms;

	*out = NULL;
	if (json_is_string(value) && json_string_length(value) > 0) {
		int result = wire_scalar_value(shape, json_string_value(value), json_string_length(value), place, out, err);

		json_decref(value);
		return result < 0 || *out != NULL ? result : bad_type(shape, place, NULL, err);
	}
	if (json_is_number(value) && wire_timestamp_of_seconds(json_number_value(value), &ms) == 0)
		*out = wire_timestamp_value(ms);
	if (*out == NULL)
		return bad_type(shape, place, value, err);
	json_decref(value);
	return 0;
}

/* Numbers in either of JSON's forms: "1.0" is an integer, too. */
static int number(const struct aws_shape *shape, json_t *value, const struct wire_place *place, json_t **out,
                  struct err *err)
{
	double real = json_number_value(value);

	if (shape->type == AWS_DOUBLE && json_is_string(value)) {
		int result = wire_scalar_value(shape, json_string_value(value), json_string_length(value), place, out, err);

		json_decref(value);
		return result;
	}
	if (!json_is_number(value))
		return bad_type(shape, place, value, err);
	*out = value;
	if (shape->type == AWS_DOUBLE || json_is_integer(value))
		return 0;
	if (!(real >= -9007199254740992.0 && real <= 9007199254740992.0) || real != (double)(json_int_t)real)
		return bad_type(shape, place, value, err);
	*out = json_integer((json_int_t)real);
	json_decref(value);
	return 0;
}

int parse_json_value(const struct aws_member *member, json_t *value, const struct wire_place *place, json_t **out,
                     struct err *err)
{
	const struct aws_shape *shape = member->shape;

	switch (shape->type) {
	case AWS_STRUCTURE:
		if (!json_is_object(value))
			return bad_type(shape, place, value, err);
		return structure_members(shape, value, place, out, err);
	case AWS_LIST:
		return json_is_array(value) ? list(shape, value, place, out, err) : bad_type(shape, place, value, err);
	case AWS_MAP:
		return json_is_object(value) ? map(shape, value, place, out, err) : bad_type(shape, place, value, err);
	case AWS_INTEGER:
	case AWS_DOUBLE:
		return number(shape, value, place, out, err);
	case AWS_TIMESTAMP:
		return timestamp(shape, value, place, out, err);
	case AWS_BOOLEAN:
		if (!json_is_boolean(value))
			return bad_type(shape, place, value, err);
		break;
	case AWS_STRING:
		if (!json_is_string(value))
			return bad_type(shape, place, value, err);
		break;
	case AWS_BLOB:
		if (!json_is_string(value) || wire_check_base64(json_string_value(value), json_string_length(value)) < 0)
			return bad_type(shape, place, value, err);
		break;
	case AWS_DOCUMENT:
		break;
	}
	*out = value;
	return 0;
}
