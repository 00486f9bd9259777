/*
 * rest-json and rest-xml: parameters go where their location says, the rest into the body.
 * https://smithy.io/2.0/spec/http-bindings.html
 */
#include "aws/protocol/serialize_rest.h"

#include "aws/operations/operation.h"
#include "aws/operations/shape.h"
#include "aws/protocol/protocol_base64.h"
#include "aws/protocol/protocol_wire.h"
#include "aws/protocol/request.h"
#include "aws/protocol/serialize_check.h"
#include "aws/protocol/serialize_json.h"
#include "aws/protocol/serialize_xml.h"
#include "base/banned.h"
#include "base/buf.h"

#include <strings.h>

struct rest {
	const struct aws_operation *operation;
	const struct aws_shape *input;
	const json_t *params;
	const struct wire_place *place;
	struct aws_request *out;
	struct buf scratch;
	struct buf value; /* a header's */
};

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

/* --- headers --- */

/* Adds a string of a list, quoted where it has a comma or a quote. */
static void add_list_string(struct buf *out, const char *text, size_t length)
{
	if (memchr(text, ',', length) == NULL && memchr(text, '"', length) == NULL) {
		buf_add(out, text, length);
		return;
	}
	buf_add_char(out, '"');
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '"' || text[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, text[i]);
	}
	buf_add_char(out, '"');
}

static int add_header_text(struct rest *rest, const struct aws_member *member, const json_t *value,
	bool in_list, const struct wire_place *place, struct err *err)
{
	const char *text;
	size_t length;

	if (wire_scalar_text(member, value, AWS_TIMESTAMP_RFC822, place, &rest->scratch, &text, &length,
			err) < 0)
		return -1;
	if (strlen(text) != length)
		return wire_error(err, ERR_UNDECLARED, "BadHeader", place, "has a NUL character");
	if (member->flags & AWS_JSON_VALUE)
		wire_add_base64(&rest->value, text, length);
	else if (in_list && member->shape->type == AWS_STRING)
		add_list_string(&rest->value, text, length);
	else
		buf_add(&rest->value, text, length);
	return 0;
}

static int add_header_list(struct rest *rest, const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct err *err)
{
	size_t index;
	json_t *item;

	if (serialize_check_container(member->shape, value, place, err) < 0)
		return -1;
	json_array_foreach((json_t *)value, index, item) {
		struct wire_place at = WIRE_AT_INDEX(place, index);

		if (index > 0)
			buf_add_string(&rest->value, ", ");
		if (add_header_text(rest, &member->shape->element, item, true, &at, err) < 0)
			return -1;
	}
	return 0;
}

static int add_header(struct rest *rest, const char *name, const struct aws_member *member,
	const json_t *value, const struct wire_place *place, struct err *err)
{
	bool is_list = member->shape->type == AWS_LIST;

	buf_reset(&rest->value);
	if (is_list ? add_header_list(rest, member, value, place, err) < 0
				: add_header_text(rest, member, value, false, place, err) < 0)
		return -1;
	if (!buf_ok(&rest->value))
		return wire_error(err, ERR_LIMIT, "RequestTooLarge", place, "is too large for a header");
	return aws_request_add_header(rest->out, name, rest->value.data, err);
}

static int add_prefix_headers(struct rest *rest, const struct aws_member *member,
	const json_t *value, const struct wire_place *place, struct err *err)
{
	const char *key;
	json_t *item;

	if (serialize_check_container(member->shape, value, place, err) < 0)
		return -1;
	json_object_foreach((json_t *)value, key, item) {
		struct wire_place at = WIRE_AT(place, key);
		CLEANUP_BUF struct buf name;

		buf_init(&name, 1024);
		buf_add_format(&name, "%s%s", member->wire != NULL ? member->wire : "", key);
		if (!buf_ok(&name))
			return wire_error(err, ERR_LIMIT, "RequestTooLarge", &at,
				"is too long for a header's name");
		if (add_header(rest, name.data, &member->shape->element, item, &at, err) < 0)
			return -1;
	}
	return 0;
}

static bool has_header(const struct aws_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return true;
	return false;
}

static int add_content_type(struct rest *rest, const char *content_type, struct err *err)
{
	if (has_header(rest->out, "Content-Type"))
		return 0;
	return aws_request_add_header(rest->out, "Content-Type", content_type, err);
}

/* --- body --- */

/* Writes a blob or string that is the whole body. */
static int add_raw_payload(struct rest *rest, const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct err *err)
{
	const struct aws_shape *shape = member->shape;
	bool is_blob = shape->type == AWS_BLOB;
	const char *text;
	size_t length;

	if (wire_scalar_text(member, value, AWS_TIMESTAMP_DEFAULT, place, &rest->scratch, &text,
			&length, err) < 0)
		return -1;
	if (!is_blob || shape->streaming)
		buf_add(&rest->out->body, text, length);
	else if (wire_decode_base64(text, length, &rest->out->body) < 0)
		return wire_error(err, ERR_UNDECLARED, "WrongParameterType", place, "must be base64 text");
	if (shape->media_type_default != NULL)
		return add_content_type(rest, shape->media_type_default, err);
	return add_content_type(rest, is_blob ? "application/octet-stream" : "text/plain", err);
}

static int add_payload(struct rest *rest, const struct aws_member *member, struct err *err)
{
	const struct aws_shape *shape = member->shape;
	const json_t *value = serialize_member(rest->params, member);
	struct wire_place at = WIRE_AT(rest->place, member->name);

	if (shape->type == AWS_STRING || shape->type == AWS_BLOB)
		return value != NULL ? add_raw_payload(rest, member, value, &at, err) : 0;
	if (rest->operation->service->protocol == AWS_REST_JSON) {
		if (value == NULL && (shape->type != AWS_STRUCTURE || shape->is_union))
			return 0;
		if (value == NULL)
			buf_add_string(&rest->out->body, "{}");
		else if (serialize_json_value(member, value, &at, &rest->out->body, err) < 0)
			return -1;
		return add_content_type(rest, "application/json", err);
	}
	if (value == NULL)
		return 0;
	if (shape->type != AWS_STRUCTURE)
		return wire_error(err, ERR_UNDECLARED, "BadShape", &at, "can't be an XML document");
	const char *root = member->wire != NULL ? member->wire
		: shape->wire != NULL               ? shape->wire
											: member->name;
	if (serialize_check(shape, value, &at, err) < 0 ||
		serialize_xml_document(member, root, rest->operation->service->xml_namespace, value, &at,
			&rest->out->body, err) < 0)
		return -1;
	return add_content_type(rest, "application/xml", err);
}

/* Writes the members that go nowhere else into the body. */
static int add_members_body(struct rest *rest, struct err *err)
{
	const struct aws_service *service = rest->operation->service;
	bool any = false, any_set = false;

	for (size_t i = 0; i < rest->input->member_count; i++) {
		const struct aws_member *member = &rest->input->members[i];

		any = any || member->location == AWS_IN_BODY;
		any_set = any_set ||
			(member->location == AWS_IN_BODY && serialize_member(rest->params, member) != NULL);
	}
	if (service->protocol == AWS_REST_JSON) {
		if (!any)
			return 0;
		if (serialize_json_body(rest->input, rest->params, rest->place, &rest->out->body, err) < 0)
			return -1;
		return add_content_type(rest, "application/json", err);
	}
	if (!any_set)
		return 0;
	CLEANUP_BUF struct buf root;
	buf_init(&root, 256);
	if (rest->input->wire != NULL)
		buf_add_string(&root, rest->input->wire);
	else
		buf_add_format(&root, "%sRequest", rest->operation->name);
	const struct aws_member top = { .shape = rest->input };
	if (serialize_xml_document(&top, root.data, service->xml_namespace, rest->params, rest->place,
			&rest->out->body, err) < 0)
		return -1;
	return add_content_type(rest, "application/xml", err);
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
		return add_header(rest, wire_name(member), member, value, &at, err);
	case AWS_IN_HEADERS:
		return add_prefix_headers(rest, member, value, &at, err);
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
	return payload != NULL ? add_payload(rest, payload, err) : add_members_body(rest, err);
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
