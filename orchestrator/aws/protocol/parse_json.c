/*
 * JSON answers, read straight into the value that the shape describes: each member is checked,
 * renamed and converted as it is read, and members that the shape does not list are passed over.
 */
#include "aws/protocol/parse_json.h"

#include "aws/protocol/parse.h"
#include "aws/protocol/protocol_base64.h"
#include "aws/protocol/protocol_time.h"
#include "base/json_read_string.h"

#include "base/banned.h"
#include "base/json_read.h"
#include "base/mem.h"

static int read_value(struct json_reader *reader, const struct aws_member *member,
	const struct wire_place *place, json_t **out);

static int bad_type(struct json_reader *reader, const struct aws_shape *shape,
	const struct wire_place *place)
{
	return wire_error(reader->err, ERR_PROTOCOL, "UnexpectedType", place,
		"the answer should have %s here", wire_type_name(shape->type));
}

/* Reports a value of another type; if it isn't even JSON, that is reported instead. */
static int other_type(struct json_reader *reader, const struct aws_shape *shape,
	const struct wire_place *place)
{
	return json_skip_value(reader) < 0 ? -1 : bad_type(reader, shape, place);
}

/* --- containers --- */

static bool is_named(const struct aws_member *member, const struct json_name *name)
{
	const char *wire = wire_name(member);

	return wire[0] == name->text[0] && strncmp(wire, name->text, name->length) == 0 &&
		wire[name->length] == '\0' && member->location != AWS_IN_HEADER &&
		member->location != AWS_IN_HEADERS && member->location != AWS_IN_STATUS;
}

/* Finds a member by its name. Members mostly arrive in the model's order, so the search starts
 * where the last one ended. */
static const struct aws_member *find_member(const struct aws_shape *structure,
	const struct json_name *name, size_t *next)
{
	size_t count = structure->member_count, index = *next;

	for (size_t i = 0; i < count; i++, index++) {
		if (index >= count)
			index = 0;
		if (is_named(&structure->members[index], name)) {
			*next = index + 1;
			return &structure->members[index];
		}
	}
	return NULL;
}

/* Reads the value of a member or entry into the object. A null stays until drop_nulls, so that a
 * second member of the same name is noticed. */
static int add_value(struct json_reader *reader, json_t *object, const struct aws_member *member,
	const char *key, const char *at, const struct wire_place *place, bool *nulls)
{
	json_t *value = NULL;

	if (json_peek(reader) == 'n') {
		if ((value = json_read_literal(reader)) == NULL)
			return -1;
		*nulls = true;
	} else if (read_value(reader, member, place, &value) < 0) {
		return -1;
	}
	return json_add_member(reader, object, key, strlen(key), at, value);
}

/* Removes the members that are null, which count as not set. */
static void drop_nulls(json_t *object)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, key, value) if (json_is_null(value))
		json_object_del(object, key);
}

/* Gives the object in *out when its end was read, else frees it. */
static int finish_object(json_t *object, int more, bool nulls, json_t **out)
{
	if (more != 0) {
		json_decref(object);
		return -1;
	}
	if (nulls)
		drop_nulls(object);
	*out = object;
	return 0;
}

static int structure(struct json_reader *reader, const struct aws_shape *shape,
	const struct wire_place *place, json_t **out)
{
	struct json_name name;
	bool nulls = false;
	size_t next = 0;
	int more;

	if (json_enter(reader) < 0)
		return -1;
	json_t *object = json_object();
	while ((more = json_next_member(reader, &name)) > 0) {
		const struct aws_member *member = find_member(shape, &name, &next);

		if (member == NULL) {
			if (json_skip_value(reader) < 0)
				break;
			continue;
		}
		struct wire_place at = WIRE_AT(place, wire_name(member));
		if (add_value(reader, object, member, member->name, name.at, &at, &nulls) < 0)
			break;
	}
	return finish_object(object, more, nulls, out);
}

static int map(struct json_reader *reader, const struct aws_shape *shape,
	const struct wire_place *place, json_t **out)
{
	struct json_name name;
	bool nulls = false;
	int more;

	if (json_enter(reader) < 0)
		return -1;
	json_t *object = json_object();
	while ((more = json_next_member(reader, &name)) > 0) {
		CLEANUP_FREE char *key = xstrndup(name.text, name.length);
		struct wire_place at = WIRE_AT(place, key);

		if (add_value(reader, object, &shape->element, key, name.at, &at, &nulls) < 0)
			break;
	}
	return finish_object(object, more, nulls, out);
}

/* Reads a list. It keeps its nulls, since they have a position. */
static int list(struct json_reader *reader, const struct aws_shape *shape,
	const struct wire_place *place, json_t **out)
{
	int more;

	if (json_enter(reader) < 0)
		return -1;
	json_t *array = json_array();
	while ((more = json_next_item(reader)) > 0) {
		struct wire_place at = WIRE_AT_INDEX(place, json_array_size(array));
		json_t *item = NULL;

		if (json_peek(reader) == 'n') {
			if ((item = json_read_literal(reader)) == NULL)
				break;
		} else if (read_value(reader, &shape->element, &at, &item) < 0) {
			break;
		}
		if (json_array_append_new(array, item) < 0)
			abort(); /* no memory */
	}
	if (more == 0) {
		*out = array;
		return 0;
	}
	json_decref(array);
	return -1;
}

/* --- scalars --- */

static int string_value(struct json_reader *reader, const struct aws_shape *shape,
	const struct wire_place *place, json_t **out)
{
	const char *text;
	size_t length;

	if (json_read_string(reader, &text, &length) < 0)
		return -1;
	if (shape->type == AWS_BLOB && wire_check_base64(text, length) == 0) {
		*out = json_stringn_nocheck(text, length);
		return 0;
	}
	if (shape->type == AWS_BLOB)
		return bad_type(reader, shape, place);
	/* A string, a double that is no number, or a timestamp: neither of these two is empty. */
	if (wire_scalar_value(shape, text, length, place, out, reader->err) < 0)
		return -1;
	return *out != NULL ? 0 : bad_type(reader, shape, place);
}

/* Reads a number. It may have either of JSON's forms: "1.0" is an integer, too. */
static int number_value(struct json_reader *reader, const struct aws_shape *shape,
	const struct wire_place *place, json_t **out)
{
	struct json_number number;
	int64_t ms;

	if (json_read_number(reader, &number) < 0)
		return -1;
	if (shape->type == AWS_TIMESTAMP) {
		*out = wire_timestamp_of_seconds(number.real, &ms) == 0 ? wire_timestamp_value(ms) : NULL;
		return *out != NULL ? 0 : bad_type(reader, shape, place);
	}
	if (shape->type == AWS_INTEGER && !number.is_integer) {
		if (!(number.real >= -9007199254740992.0 && number.real <= 9007199254740992.0) ||
			number.real != (double)(json_int_t)number.real)
			return bad_type(reader, shape, place);
		number = (struct json_number){ .is_integer = true, .integer = (json_int_t)number.real };
	}
	*out = number.is_integer ? json_integer(number.integer) : json_real(number.real);
	return 0;
}

static int boolean_value(struct json_reader *reader, json_t **out)
{
	*out = json_read_literal(reader);
	return *out != NULL ? 0 : -1;
}

/* --- values --- */

static bool begins_number(char c)
{
	return c == '-' || (c >= '0' && c <= '9');
}

static int read_value(struct json_reader *reader, const struct aws_member *member,
	const struct wire_place *place, json_t **out)
{
	const struct aws_shape *shape = member->shape;
	char first = json_peek(reader);

	switch (shape->type) {
	case AWS_STRUCTURE:
		return first == '{' ? structure(reader, shape, place, out)
							: other_type(reader, shape, place);
	case AWS_LIST:
		return first == '[' ? list(reader, shape, place, out) : other_type(reader, shape, place);
	case AWS_MAP:
		return first == '{' ? map(reader, shape, place, out) : other_type(reader, shape, place);
	case AWS_STRING:
	case AWS_BLOB:
		return first == '"' ? string_value(reader, shape, place, out)
							: other_type(reader, shape, place);
	case AWS_DOUBLE:
	case AWS_TIMESTAMP:
		if (first == '"')
			return string_value(reader, shape, place, out);
		return begins_number(first) ? number_value(reader, shape, place, out)
									: other_type(reader, shape, place);
	case AWS_INTEGER:
		return begins_number(first) ? number_value(reader, shape, place, out)
									: other_type(reader, shape, place);
	case AWS_BOOLEAN:
		return first == 't' || first == 'f' ? boolean_value(reader, out)
											: other_type(reader, shape, place);
	case AWS_DOCUMENT:
		break;
	}
	*out = json_read_value(reader);
	return *out != NULL ? 0 : -1;
}

int parse_json(const struct parse *parse, const struct aws_member *member, json_t **out,
	struct err *err)
{
	struct json_reader reader;

	json_reader_init(&reader, parse->answer->body, parse->answer->body_length, "the answer to ",
		err);
	reader.whose = parse->operation->name;
	int result = read_value(&reader, member, parse->place, out);
	if (result == 0 && json_read_end(&reader) < 0) {
		json_decref(*out);
		result = -1;
	}
	json_reader_release(&reader);
	return result;
}
