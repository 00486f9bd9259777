/*
 * The headers that carry parameters.
 * https://smithy.io/2.0/spec/http-bindings.html#httpheader-trait
 */
#include "aws/protocol/serialize_rest_headers.h"

#include "aws/operations/operation.h"
#include "aws/operations/shape.h"
#include "aws/protocol/protocol_base64.h"
#include "aws/protocol/protocol_wire.h"
#include "aws/protocol/request.h"
#include "aws/protocol/serialize_check.h"
#include "aws/protocol/serialize_rest_private.h"
#include "base/banned.h"

#include <strings.h>

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

int rest_add_header(struct rest *rest, const char *name, const struct aws_member *member,
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

int rest_add_prefix_headers(struct rest *rest, const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct err *err)
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
		if (rest_add_header(rest, name.data, &member->shape->element, item, &at, err) < 0)
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

int rest_add_content_type(struct rest *rest, const char *content_type, struct err *err)
{
	if (has_header(rest->out, "Content-Type"))
		return 0;
	return aws_request_add_header(rest->out, "Content-Type", content_type, err);
}
