/*
 * Query and EC2: a form of flattened names. EC2 takes its names from queryName or with a
 * capital, and all its lists are flat.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 * https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
#include "aws/protocol/serialize_query.h"

#include "aws/operations/operation.h"
#include "aws/operations/shape.h"
#include "aws/protocol/protocol_wire.h"
#include "aws/protocol/request.h"
#include "aws/protocol/serialize_check.h"
#include "base/banned.h"
#include "base/buf.h"

#include <stddef.h>

struct form {
	struct buf *out;
	struct buf name; /* of the value at hand: "Foo.member.1" */
	struct buf scratch;
	bool ec2;
};

static int add_value(struct form *form, const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct err *err);

/* push_name and push_number return the length of the name before, so that cut_name can restore it.
 */
static size_t push_name(struct form *form, const char *name)
{
	size_t before = form->name.length;

	if (before > 0)
		buf_add_char(&form->name, '.');
	buf_add_string(&form->name, name);
	return before;
}

static size_t push_number(struct form *form, size_t number)
{
	size_t before = form->name.length;

	buf_add_format(&form->name, ".%zu", number);
	return before;
}

static void cut_name(struct form *form, size_t length)
{
	if (length < form->name.length) {
		form->name.length = length;
		form->name.data[length] = '\0';
	}
}

static void add_pair(struct form *form, const char *text, size_t length)
{
	if (form->out->length > 0)
		buf_add_char(form->out, '&');
	buf_add_percent(form->out, form->name.data, form->name.length, false);
	buf_add_char(form->out, '=');
	buf_add_percent(form->out, text, length, false);
	if (!buf_ok(&form->name))
		form->out->overflow = true;
}

static size_t push_member(struct form *form, const struct aws_member *member)
{
	if (!form->ec2)
		return push_name(form, wire_name(member));
	if (member->query_name != NULL)
		return push_name(form, member->query_name);
	size_t before = push_name(form, wire_name(member));
	char *first = &form->name.data[before > 0 ? before + 1 : 0];

	if (buf_ok(&form->name) && *first >= 'a' && *first <= 'z')
		*first = (char)(*first - 'a' + 'A');
	return before;
}

static int add_structure(struct form *form, const struct aws_shape *shape, const json_t *params,
	const struct wire_place *place, struct err *err)
{
	for (size_t i = 0; i < shape->member_count; i++) {
		const struct aws_member *member = &shape->members[i];
		const json_t *value = serialize_member(params, member);
		struct wire_place at = WIRE_AT(place, member->name);

		if (value == NULL)
			continue;
		size_t before = push_member(form, member);
		if (add_value(form, member, value, &at, err) < 0)
			return -1;
		cut_name(form, before);
	}
	return 0;
}

static bool is_flattened(const struct aws_member *member)
{
	return ((member->flags | member->shape->flags) & AWS_FLATTENED) != 0;
}

/* Renames a flattened list without a wire name of its own: it takes the name of its elements. */
static void replace_last_name(struct form *form, const char *name)
{
	char *dot = strrchr(form->name.data, '.');

	cut_name(form, dot != NULL ? (size_t)(dot - form->name.data) : 0);
	push_name(form, name);
}

static int add_list(struct form *form, const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct err *err)
{
	const struct aws_member *element = &member->shape->element;
	size_t index;
	json_t *item;

	if (serialize_check_container(member->shape, value, place, err) < 0)
		return -1;
	if (json_array_size(value) == 0 && !form->ec2)
		add_pair(form, "", 0);
	if (!form->ec2 && !is_flattened(member))
		push_name(form, element->wire != NULL ? element->wire : "member");
	else if (!form->ec2 && member->wire == NULL && element->wire != NULL)
		replace_last_name(form, element->wire);
	json_array_foreach((json_t *)value, index, item) {
		struct wire_place at = WIRE_AT_INDEX(place, index);
		size_t before = push_number(form, index + 1);

		if (add_value(form, element, item, &at, err) < 0)
			return -1;
		cut_name(form, before);
	}
	return 0;
}

static int add_map(struct form *form, const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct err *err)
{
	const struct aws_shape *shape = member->shape;
	size_t number = 0;
	const char *key;
	json_t *item;

	if (serialize_check_container(shape, value, place, err) < 0)
		return -1;
	if (!is_flattened(member))
		push_name(form, "entry");
	json_object_foreach((json_t *)value, key, item) {
		struct wire_place at = WIRE_AT(place, key);
		size_t entry = push_number(form, ++number);
		size_t before = push_name(form, shape->key.wire != NULL ? shape->key.wire : "key");

		add_pair(form, key, strlen(key));
		cut_name(form, before);
		push_name(form, shape->element.wire != NULL ? shape->element.wire : "value");
		if (add_value(form, &shape->element, item, &at, err) < 0)
			return -1;
		cut_name(form, entry);
	}
	return 0;
}

static int add_value(struct form *form, const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct err *err)
{
	const char *text;
	size_t length;

	switch (member->shape->type) {
	case AWS_STRUCTURE:
		if (serialize_check(member->shape, value, place, err) < 0)
			return -1;
		return add_structure(form, member->shape, value, place, err);
	case AWS_LIST:
		return add_list(form, member, value, place, err);
	case AWS_MAP:
		return add_map(form, member, value, place, err);
	default:
		if (wire_scalar_text(member, value, AWS_TIMESTAMP_ISO8601, place, &form->scratch, &text,
				&length, err) < 0)
			return -1;
		add_pair(form, text, length);
		return 0;
	}
}

int serialize_query(const struct aws_operation *operation, const json_t *params,
	const struct wire_place *place, struct aws_request *out, struct err *err)
{
	struct form form = { .out = &out->body, .ec2 = operation->service->protocol == AWS_EC2 };
	int result = 0;

	buf_add_string(&out->path, operation->http_path != NULL ? operation->http_path : "/");
	buf_add_string(&out->body, "Action=");
	buf_add_string(&out->body, operation->name);
	buf_add_string(&out->body, "&Version=");
	buf_add_string(&out->body, operation->service->api_version);
	if (aws_request_add_header(out, "Content-Type", "application/x-www-form-urlencoded", err) < 0)
		return -1;
	if (operation->input == NULL)
		return 0;
	buf_init(&form.name, 4096);
	buf_init(&form.scratch, 256);
	result = add_structure(&form, operation->input, params, place, err);
	buf_release(&form.name);
	buf_release(&form.scratch);
	return result;
}
