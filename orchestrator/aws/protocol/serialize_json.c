/*
 * JSON 1.0 and 1.1, and the JSON bodies of rest-json. They are written straight into the buffer,
 * since the parameters are a tree already.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
#include "aws/protocol/serialize_json.h"

#include "aws/operations/operation.h"
#include "aws/protocol/protocol_time.h"
#include "aws/protocol/protocol_wire.h"
#include "aws/protocol/request.h"
#include "aws/protocol/serialize_check.h"
#include "base/banned.h"
#include "base/buf.h"

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

static void add_string(struct buf *out, const char *text, size_t length)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < length;) {
		size_t run = i;

		while (run < length && is_plain((unsigned char)text[run]))
			run++;
		buf_add(out, text + i, run - i);
		if (run < length) {
			char c = text[run++];

			switch (c) {
			case '"':
				buf_add(out, "\\\"", 2);
				break;
			case '\\':
				buf_add(out, "\\\\", 2);
				break;
			case '\n':
				buf_add(out, "\\n", 2);
				break;
			default:
				buf_add_format(out, "\\u%04x", (unsigned char)c);
			}
		}
		i = run;
	}
	buf_add_char(out, '"');
}

static int dump_chunk(const char *data, size_t length, void *out)
{
	buf_add(out, data, length);
	return 0;
}

static int add_list(const struct aws_shape *shape, const json_t *value,
	const struct wire_place *place, struct buf *out, struct err *err)
{
	size_t index;
	json_t *item;

	if (serialize_check_container(shape, value, place, err) < 0)
		return -1;
	buf_add_char(out, '[');
	json_array_foreach((json_t *)value, index, item) {
		struct wire_place at = WIRE_AT_INDEX(place, index);

		if (index > 0)
			buf_add_char(out, ',');
		if (serialize_json_value(&shape->element, item, &at, out, err) < 0)
			return -1;
	}
	buf_add_char(out, ']');
	return 0;
}

static int add_map(const struct aws_shape *shape, const json_t *value,
	const struct wire_place *place, struct buf *out, struct err *err)
{
	const char *key;
	json_t *item;
	bool first = true;

	if (serialize_check_container(shape, value, place, err) < 0)
		return -1;
	buf_add_char(out, '{');
	json_object_foreach((json_t *)value, key, item) {
		struct wire_place at = WIRE_AT(place, key);

		if (!first)
			buf_add_char(out, ',');
		first = false;
		add_string(out, key, strlen(key));
		buf_add_char(out, ':');
		if (serialize_json_value(&shape->element, item, &at, out, err) < 0)
			return -1;
	}
	buf_add_char(out, '}');
	return 0;
}

/* Adds the members that stand in the body. Only the top structure has others, which the caller has
 * handled; nested structures have none. */
static int add_members(const struct aws_shape *structure, const json_t *params,
	const struct wire_place *place, struct buf *out, struct err *err)
{
	bool first = true;

	buf_add_char(out, '{');
	for (size_t i = 0; i < structure->member_count; i++) {
		const struct aws_member *member = &structure->members[i];
		const json_t *value = member->location == AWS_IN_BODY ? serialize_member(params, member)
															  : NULL;
		struct wire_place at = WIRE_AT(place, member->name);

		if (value == NULL)
			continue;
		if (!first)
			buf_add_char(out, ',');
		first = false;
		add_string(out, wire_name(member), strlen(wire_name(member)));
		buf_add_char(out, ':');
		if (serialize_json_value(member, value, &at, out, err) < 0)
			return -1;
	}
	buf_add_char(out, '}');
	return 0;
}

int serialize_json_body(const struct aws_shape *structure, const json_t *params,
	const struct wire_place *place, struct buf *out, struct err *err)
{
	return add_members(structure, params, place, out, err);
}

static int add_scalar(const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct buf *out, struct err *err)
{
	enum aws_type type = member->shape->type;
	CLEANUP_BUF struct buf scratch;
	const char *text;
	size_t length;

	buf_init(&scratch, 256);
	if (wire_scalar_text(member, value, AWS_TIMESTAMP_EPOCH, place, &scratch, &text, &length, err) <
		0)
		return -1;
	bool bare = type == AWS_BOOLEAN || type == AWS_INTEGER ||
		(type == AWS_DOUBLE && json_is_number(value)) ||
		(type == AWS_TIMESTAMP &&
			wire_timestamp_format(member, AWS_TIMESTAMP_EPOCH) == AWS_TIMESTAMP_EPOCH);
	if (bare)
		buf_add(out, text, length);
	else
		add_string(out, text, length);
	return 0;
}

int serialize_json_value(const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct buf *out, struct err *err)
{
	const struct aws_shape *shape = member->shape;

	switch (shape->type) {
	case AWS_STRUCTURE:
		if (serialize_check(shape, value, place, err) < 0)
			return -1;
		return add_members(shape, value, place, out, err);
	case AWS_LIST:
		return add_list(shape, value, place, out, err);
	case AWS_MAP:
		return add_map(shape, value, place, out, err);
	case AWS_DOCUMENT:
		if (json_dump_callback(value, dump_chunk, out, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
			return wire_error(err, ERR_UNDECLARED, "WrongParameterType", place, "must be JSON");
		return 0;
	default:
		return add_scalar(member, value, place, out, err);
	}
}

int serialize_json(const struct aws_operation *operation, const json_t *params,
	const struct wire_place *place, struct aws_request *out, struct err *err)
{
	const struct aws_service *service = operation->service;
	const char *version = service->json_version != NULL ? service->json_version : "1.1";
	char target[160], content_type[40];

	snprintf(content_type, sizeof content_type, "application/x-amz-json-%s", version);
	if (snprintf(target, sizeof target, "%s.%s", service->target_prefix, operation->name) >=
		(int)sizeof target)
		return wire_error(err, ERR_UNDECLARED, "BadTarget", place,
			"the name of its target is too long");
	buf_add_string(&out->path, operation->http_path != NULL ? operation->http_path : "/");
	if (aws_request_add_header(out, "Content-Type", content_type, err) < 0 ||
		aws_request_add_header(out, "X-Amz-Target", target, err) < 0)
		return -1;
	if (service->query_compatible &&
		aws_request_add_header(out, "x-amzn-query-mode", "true", err) < 0)
		return -1;
	if (operation->input == NULL) {
		buf_add_string(&out->body, "{}");
		return 0;
	}
	return add_members(operation->input, params, place, &out->body, err);
}
