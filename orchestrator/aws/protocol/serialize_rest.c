/*
 * rest-json and rest-xml: parameters go where their location says, the rest into the body.
 * https://smithy.io/2.0/spec/http-bindings.html
 */
#include "aws/protocol/serialize_rest.h"

#include "aws/operations/operation.h"
#include "aws/operations/shape.h"
#include "aws/protocol/protocol_wire.h"
#include "aws/protocol/request.h"
#include "aws/protocol/serialize_check.h"
#include "aws/protocol/serialize_rest_body.h"
#include "aws/protocol/serialize_rest_headers.h"
#include "aws/protocol/serialize_rest_private.h"
#include "base/banned.h"
#include "base/buf.h"

/* --- path --- */

static const struct aws_member *find_label(const struct rest *rest, const char *name, size_t length)
{
	for (size_t i = 0; i < rest->input->member_count; i++) {
		const struct aws_member *member = &rest->input->members[i];

		if (member->location == AWS_IN_URI && strlen(wire_name(member)) == length &&
			strncmp(wire_name(member), name, length) == 0)
			return member;
	}
	return NULL;
}

/* Adds a parameter to the path. "{Key+}" is greedy: its slashes stay. */
static int add_label(struct rest *rest, const char *name, size_t length, struct err *err)
{
	bool greedy = length > 0 && name[length - 1] == '+';
	const struct aws_member *member = find_label(rest, name, length - greedy);
	const json_t *value = member != NULL ? serialize_member(rest->params, member) : NULL;
	const char *text;
	size_t text_length;

	if (value == NULL)
		return wire_error(err, ERR_UNDECLARED, "MissingParameter", rest->place,
			"parameter %.*s of the path is required", (int)length, name);
	struct wire_place at = WIRE_AT(rest->place, member->name);
	if (wire_scalar_text(member, value, AWS_TIMESTAMP_ISO8601, &at, &rest->scratch, &text,
			&text_length, err) < 0)
		return -1;
	/* With an empty label this would be the path of another operation. */
	if (text_length == 0)
		return wire_error(err, ERR_UNDECLARED, "EmptyLabel", &at,
			"is part of the path and can't be empty");
	/* The same holds for a dot segment, which a proxy may resolve. */
	if (!greedy &&
		((text_length == 1 && text[0] == '.') || (text_length == 2 && memcmp(text, "..", 2) == 0)))
		return wire_error(err, ERR_UNDECLARED, "BadLabel", &at,
			"is part of the path and can't be \"%s\"", text);
	buf_add_percent(&rest->out->path, text, text_length, greedy);
	return 0;
}

/* Adds the template's path with its labels filled in, and its constant query. */
static int add_path(struct rest *rest, struct err *err)
{
	const char *cursor = rest->operation->http_path != NULL ? rest->operation->http_path : "/";

	while (*cursor != '\0' && *cursor != '?') {
		size_t literal = strcspn(cursor, "{?");

		buf_add(&rest->out->path, cursor, literal);
		cursor += literal;
		if (*cursor != '{')
			continue;
		size_t length = strcspn(cursor, "}") - 1;
		if (add_label(rest, cursor + 1, length, err) < 0)
			return -1;
		cursor += 1 + length + (cursor[1 + length] == '}');
	}
	if (*cursor == '?')
		buf_add_string(&rest->out->query, cursor + 1);
	return 0;
}

/* --- query --- */

static void add_pair(struct rest *rest, const char *name, size_t name_length, const char *text,
	size_t length)
{
	struct buf *query = &rest->out->query;

	if (query->length > 0)
		buf_add_char(query, '&');
	buf_add_percent(query, name, name_length, false);
	buf_add_char(query, '=');
	buf_add_percent(query, text, length, false);
}

static int add_query_value(struct rest *rest, const char *name, const struct aws_member *member,
	const json_t *value, const struct wire_place *place, struct err *err)
{
	const char *text;
	size_t length;

	if (wire_scalar_text(member, value, AWS_TIMESTAMP_ISO8601, place, &rest->scratch, &text,
			&length, err) < 0)
		return -1;
	add_pair(rest, name, strlen(name), text, length);
	return 0;
}

/* Adds a query parameter. A list repeats its name for each element. */
static int add_query(struct rest *rest, const char *name, const struct aws_member *member,
	const json_t *value, const struct wire_place *place, struct err *err)
{
	size_t index;
	json_t *item;

	if (member->shape->type != AWS_LIST)
		return add_query_value(rest, name, member, value, place, err);
	if (serialize_check_container(member->shape, value, place, err) < 0)
		return -1;
	json_array_foreach((json_t *)value, index, item) {
		struct wire_place at = WIRE_AT_INDEX(place, index);

		if (add_query_value(rest, name, &member->shape->element, item, &at, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_named_query(const struct rest *rest, const char *name)
{
	for (size_t i = 0; i < rest->input->member_count; i++) {
		const struct aws_member *member = &rest->input->members[i];

		if (member->location == AWS_IN_QUERY && member->shape->type != AWS_MAP &&
			strcmp(wire_name(member), name) == 0 && serialize_member(rest->params, member) != NULL)
			return true;
	}
	return false;
}

/* Adds each key of a map as a query parameter; a member of the same name takes precedence. */
static int add_query_map(struct rest *rest, const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct err *err)
{
	const char *key;
	json_t *item;

	if (serialize_check_container(member->shape, value, place, err) < 0)
		return -1;
	json_object_foreach((json_t *)value, key, item) {
		struct wire_place at = WIRE_AT(place, key);

		if (is_named_query(rest, key))
			continue;
		if (add_query(rest, key, &member->shape->element, item, &at, err) < 0)
			return -1;
	}
	return 0;
}

static int add_located(struct rest *rest, const struct aws_member *member, struct err *err)
{
	const json_t *value = serialize_member(rest->params, member);
	struct wire_place at = WIRE_AT(rest->place, member->name);

	if (value == NULL)
		return 0;
	switch (member->location) {
	case AWS_IN_QUERY:
		if (member->shape->type == AWS_MAP)
			return add_query_map(rest, member, value, &at, err);
		return add_query(rest, wire_name(member), member, value, &at, err);
	case AWS_IN_HEADER:
		return rest_add_header(rest, wire_name(member), member, value, &at, err);
	case AWS_IN_HEADERS:
		return rest_add_prefix_headers(rest, member, value, &at, err);
	default:
		return 0;
	}
}

static int serialize_parts(struct rest *rest, struct err *err)
{
	const struct aws_member *payload = NULL;

	if (add_path(rest, err) < 0)
		return -1;
	for (size_t i = 0; i < rest->input->member_count; i++) {
		if (add_located(rest, &rest->input->members[i], err) < 0)
			return -1;
		if (rest->input->payload != NULL &&
			strcmp(rest->input->members[i].name, rest->input->payload) == 0)
			payload = &rest->input->members[i];
	}
	return payload != NULL ? rest_add_payload(rest, payload, err) : rest_add_members(rest, err);
}

int serialize_rest(const struct aws_operation *operation, const json_t *params,
	const struct wire_place *place, struct aws_request *out, struct err *err)
{
	static const struct aws_shape nothing = { .type = AWS_STRUCTURE };
	struct rest rest = {
		.operation = operation,
		.input = operation->input != NULL ? operation->input : &nothing,
		.params = params,
		.place = place,
		.out = out,
	};
	int result;

	buf_init(&rest.scratch, 4096);
	buf_init(&rest.value, 64 * 1024);
	result = serialize_parts(&rest, err);
	buf_release(&rest.scratch);
	buf_release(&rest.value);
	return result;
}
