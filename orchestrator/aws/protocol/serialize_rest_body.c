/*
 * The body: one member that is the whole body, or the members that go nowhere else.
 * https://smithy.io/2.0/spec/http-bindings.html#httppayload-trait
 */
#include "aws/protocol/serialize_rest_body.h"

#include "aws/operations/operation.h"
#include "aws/operations/shape.h"
#include "aws/protocol/protocol_base64.h"
#include "aws/protocol/protocol_wire.h"
#include "aws/protocol/request.h"
#include "aws/protocol/serialize_check.h"
#include "aws/protocol/serialize_json.h"
#include "aws/protocol/serialize_rest_headers.h"
#include "aws/protocol/serialize_rest_private.h"
#include "aws/protocol/serialize_xml.h"
#include "base/banned.h"

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
		return rest_add_content_type(rest, shape->media_type_default, err);
	return rest_add_content_type(rest, is_blob ? "application/octet-stream" : "text/plain", err);
}

int rest_add_payload(struct rest *rest, const struct aws_member *member, struct err *err)
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
		return rest_add_content_type(rest, "application/json", err);
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
	return rest_add_content_type(rest, "application/xml", err);
}

/* Writes the members that go nowhere else into the body. */
int rest_add_members(struct rest *rest, struct err *err)
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
		return rest_add_content_type(rest, "application/json", err);
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
	return rest_add_content_type(rest, "application/xml", err);
}
