/*
 * XML bodies of rest-xml.
 * https://smithy.io/2.0/spec/protocol-traits.html#xml-bindings
 */
#include "aws/protocol/serialize_xml.h"

#include "aws/operations/shape.h"
#include "aws/protocol/protocol_wire.h"
#include "aws/protocol/serialize_check.h"
#include "base/banned.h"
#include "base/buf.h"

#include <stddef.h>

struct xml_writer {
	struct buf *out;
	struct buf scratch;
};

static int add_element(struct xml_writer *writer, const struct aws_member *member, const char *name,
	const json_t *value, const struct wire_place *place, struct err *err);

static const char *entity_of(char c, bool attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r':
		return "&#13;"; /* an XML parser would turn it into a newline */
	case '"':
		return attribute ? "&quot;" : NULL;
	case '\n':
		return attribute ? "&#10;" : NULL;
	case '\t':
		return attribute ? "&#9;" : NULL;
	default:
		return NULL;
	}
}

static int add_text(struct xml_writer *writer, const char *text, size_t length, bool attribute,
	const struct wire_place *place, struct err *err)
{
	size_t start = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		const char *entity = entity_of(text[i], attribute);

		if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
			return wire_error(err, ERR_UNDECLARED, "BadText", place,
				"has a control character, which XML can't carry");
		if (entity == NULL)
			continue;
		buf_add(writer->out, text + start, i - start);
		buf_add_string(writer->out, entity);
		start = i + 1;
	}
	buf_add(writer->out, text + start, length - start);
	return 0;
}

static void open_tag(struct xml_writer *writer, const char *name, const char *xml_namespace,
	const char *prefix)
{
	buf_add_char(writer->out, '<');
	buf_add_string(writer->out, name);
	if (xml_namespace != NULL)
		buf_add_format(writer->out, " xmlns%s%s=\"%s\"", prefix != NULL ? ":" : "",
			prefix != NULL ? prefix : "", xml_namespace);
}

static void close_tag(struct xml_writer *writer, const char *name)
{
	buf_add(writer->out, "</", 2);
	buf_add_string(writer->out, name);
	buf_add_char(writer->out, '>');
}

/* Opens the tag with the member's own namespace, else with its shape's. */
static void open_member_tag(struct xml_writer *writer, const struct aws_member *member,
	const char *name)
{
	const struct aws_shape *shape = member->shape;

	if (member->xml_namespace != NULL)
		open_tag(writer, name, member->xml_namespace, member->xml_prefix);
	else
		open_tag(writer, name, shape->xml_namespace, shape->xml_prefix);
}

static int add_scalar_text(struct xml_writer *writer, const struct aws_member *member,
	const json_t *value, bool attribute, const struct wire_place *place, struct err *err)
{
	const char *text;
	size_t length;

	if (wire_scalar_text(member, value, AWS_TIMESTAMP_ISO8601, place, &writer->scratch, &text,
			&length, err) < 0)
		return -1;
	return add_text(writer, text, length, attribute, place, err);
}

static int add_attributes(struct xml_writer *writer, const struct aws_shape *shape,
	const json_t *params, const struct wire_place *place, struct err *err)
{
	for (size_t i = 0; i < shape->member_count; i++) {
		const struct aws_member *member = &shape->members[i];
		const json_t *value = (member->flags & AWS_XML_ATTRIBUTE) ? serialize_member(params, member)
																  : NULL;
		struct wire_place at = WIRE_AT(place, member->name);

		if (value == NULL)
			continue;
		buf_add_format(writer->out, " %s=\"", wire_name(member));
		if (add_scalar_text(writer, member, value, true, &at, err) < 0)
			return -1;
		buf_add_char(writer->out, '"');
	}
	return 0;
}

/* Writes the attributes, ">" and the members: everything between a structure's opened tag and its
 * closing tag. */
static int add_structure(struct xml_writer *writer, const struct aws_shape *shape,
	const json_t *params, const struct wire_place *place, struct err *err)
{
	if (add_attributes(writer, shape, params, place, err) < 0)
		return -1;
	buf_add_char(writer->out, '>');
	for (size_t i = 0; i < shape->member_count; i++) {
		const struct aws_member *member = &shape->members[i];
		const json_t *value = serialize_member(params, member);
		struct wire_place at = WIRE_AT(place, member->name);

		if (value == NULL || (member->flags & AWS_XML_ATTRIBUTE) || member->location != AWS_IN_BODY)
			continue;
		if (add_element(writer, member, wire_name(member), value, &at, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_flattened(const struct aws_member *member)
{
	return ((member->flags | member->shape->flags) & AWS_FLATTENED) != 0;
}

static int add_list(struct xml_writer *writer, const struct aws_member *member, const char *name,
	const json_t *value, const struct wire_place *place, struct err *err)
{
	const struct aws_member *element = &member->shape->element;
	bool flattened = is_flattened(member);
	const char *item_name = flattened ? name : element->wire != NULL ? element->wire : "member";
	size_t index;
	json_t *item;

	if (serialize_check_container(member->shape, value, place, err) < 0)
		return -1;
	if (!flattened) {
		open_member_tag(writer, member, name);
		buf_add_char(writer->out, '>');
	}
	json_array_foreach((json_t *)value, index, item) {
		struct wire_place at = WIRE_AT_INDEX(place, index);

		if (add_element(writer, element, item_name, item, &at, err) < 0)
			return -1;
	}
	if (!flattened)
		close_tag(writer, name);
	return 0;
}

static int add_map(struct xml_writer *writer, const struct aws_member *member, const char *name,
	const json_t *value, const struct wire_place *place, struct err *err)
{
	const struct aws_shape *shape = member->shape;
	bool flattened = is_flattened(member);
	const char *entry_name = flattened ? name : "entry";
	const char *key_name = shape->key.wire != NULL ? shape->key.wire : "key";
	const char *value_name = shape->element.wire != NULL ? shape->element.wire : "value";
	const char *key;
	json_t *item;

	if (serialize_check_container(shape, value, place, err) < 0)
		return -1;
	if (!flattened) {
		open_member_tag(writer, member, name);
		buf_add_char(writer->out, '>');
	}
	json_object_foreach((json_t *)value, key, item) {
		struct wire_place at = WIRE_AT(place, key);

		open_tag(writer, entry_name, flattened ? member->xml_namespace : NULL, member->xml_prefix);
		buf_add_char(writer->out, '>');
		open_member_tag(writer, &shape->key, key_name);
		buf_add_char(writer->out, '>');
		if (add_text(writer, key, strlen(key), false, &at, err) < 0)
			return -1;
		close_tag(writer, key_name);
		if (add_element(writer, &shape->element, value_name, item, &at, err) < 0)
			return -1;
		close_tag(writer, entry_name);
	}
	if (!flattened)
		close_tag(writer, name);
	return 0;
}

static int add_element(struct xml_writer *writer, const struct aws_member *member, const char *name,
	const json_t *value, const struct wire_place *place, struct err *err)
{
	int result;

	switch (member->shape->type) {
	case AWS_LIST:
		return add_list(writer, member, name, value, place, err);
	case AWS_MAP:
		return add_map(writer, member, name, value, place, err);
	case AWS_STRUCTURE:
		if (serialize_check(member->shape, value, place, err) < 0)
			return -1;
		open_member_tag(writer, member, name);
		result = add_structure(writer, member->shape, value, place, err);
		break;
	default:
		open_member_tag(writer, member, name);
		buf_add_char(writer->out, '>');
		result = add_scalar_text(writer, member, value, false, place, err);
	}
	close_tag(writer, name);
	return result;
}

int serialize_xml_document(const struct aws_member *member, const char *root,
	const char *xml_namespace, const json_t *value, const struct wire_place *place, struct buf *out,
	struct err *err)
{
	struct xml_writer writer = { .out = out };
	struct aws_member top = *member;
	int result;

	if (top.xml_namespace == NULL && top.shape->xml_namespace == NULL)
		top.xml_namespace = xml_namespace;
	buf_init(&writer.scratch, 256);
	open_member_tag(&writer, &top, root);
	result = add_structure(&writer, top.shape, value, place, err);
	close_tag(&writer, root);
	buf_release(&writer.scratch);
	return result;
}
