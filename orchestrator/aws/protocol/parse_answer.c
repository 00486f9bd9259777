/* Parses an answer: a success by its protocol, else the error. */
#include "aws/protocol/parse_answer.h"

#include "aws/protocol/parse.h"
#include "aws/protocol/parse_error.h"
#include "aws/protocol/parse_headers.h"
#include "aws/protocol/parse_json.h"
#include "aws/protocol/protocol_base64.h"

#include "aws/protocol/xml.h"
#include "base/banned.h"

static void take_header_id(struct parse *parse)
{
	static const char *const names[] = { "x-amz-request-id", "x-amzn-requestid",
		"x-amzn-request-id" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		parse_take_request_id(parse, parse->answer->header(parse->answer->context, names[i]));
}

static const struct aws_member *payload_of(const struct aws_shape *output)
{
	for (size_t i = 0; output != NULL && output->payload != NULL && i < output->member_count; i++)
		if (strcmp(output->members[i].name, output->payload) == 0)
			return &output->members[i];
	return NULL;
}

/* Returns whether the output can't be read from an empty body. A raw payload may be empty, and a
 * union may have no member set. */
static bool needs_body(const struct aws_shape *output)
{
	const struct aws_member *payload = payload_of(output);

	if (payload != NULL)
		return payload->shape->type != AWS_STRING && payload->shape->type != AWS_BLOB &&
			!payload->shape->is_union;
	for (size_t i = 0; output != NULL && i < output->member_count; i++)
		if (output->members[i].location == AWS_IN_BODY)
			return true;
	return false;
}

static int empty_answer(const struct parse *parse, struct err *err)
{
	return wire_error(err, ERR_PROTOCOL, "EmptyAnswer", parse->place,
		"the answer is empty (HTTP status %d)", parse->answer->status);
}

/* Reads a body that is the value of one string or blob. */
static int raw_body(const struct parse *parse, const struct aws_member *member, json_t **value,
	struct err *err)
{
	const struct aws_answer *answer = parse->answer;
	struct wire_place at = WIRE_AT(parse->place, member->name);

	if (answer->body_length == 0)
		return 0;
	if (member->shape->type == AWS_BLOB && !member->shape->streaming) {
		CLEANUP_BUF struct buf text;

		buf_init(&text, answer->body_length / 3 * 4 + 8);
		wire_add_base64(&text, answer->body, answer->body_length);
		*value = json_stringn_nocheck(text.data, text.length);
	} else {
		*value = json_stringn(answer->body, answer->body_length);
	}
	if (*value == NULL)
		return wire_error(err, ERR_PROTOCOL, "InvalidUtf8", &at, "the answer is not valid UTF-8");
	return 0;
}

/* --- JSON --- */

static int json_body(const struct parse *parse, const struct aws_member *payload, json_t **value,
	struct err *err)
{
	const struct aws_shape *shape = parse->operation->output;
	const struct aws_member whole = { .shape = shape };

	if (parse->answer->body_length == 0)
		return needs_body(shape) ? empty_answer(parse, err) : 0;
	if (payload != NULL && (payload->shape->type == AWS_STRING || payload->shape->type == AWS_BLOB))
		return raw_body(parse, payload, value, err);
	if (shape == NULL)
		return 0;
	if (parse->answer->body[0] == '<')
		return wire_error(err, ERR_PROTOCOL, "NotAnAwsAnswer", parse->place,
			"the answer is XML or HTML where JSON is expected");
	return parse_json(parse, payload != NULL ? payload : &whole, value, err);
}

/* --- XML --- */

/* Describes the document that an output is read from. */
static void expect_of(const struct aws_operation *operation, const struct aws_member *payload,
	const struct aws_member *whole, char name[128], struct xml_expect *expect)
{
	const struct aws_member *value = payload != NULL ? payload
		: operation->output != NULL                  ? whole
													 : NULL;

	*expect = (struct xml_expect){ .operation = operation->name, .value = value };
	if (operation->service->protocol == AWS_REST_XML) {
		if (value != NULL)
			expect->root = value->wire != NULL ? value->wire : value->shape->wire;
		return;
	}
	snprintf(name, 128, "%sResponse", operation->name);
	expect->root = name;
	if (operation->service->protocol == AWS_QUERY)
		expect->wrapper = operation->result_wrapper;
}

static int xml_body(struct parse *parse, const struct aws_member *payload, json_t **value,
	struct err *err)
{
	const struct aws_operation *operation = parse->operation;
	const struct aws_answer *answer = parse->answer;
	const struct aws_member whole = { .shape = operation->output };
	char root[128], wrapper[128];
	struct xml_expect expect;
	struct xml_result result;

	if (answer->body_length == 0)
		return needs_body(operation->output) ? empty_answer(parse, err) : 0;
	/* A string payload with a name is an element around the text (S3's GetBucketLocation). */
	if (payload != NULL &&
		((payload->shape->type == AWS_STRING && payload->shape->wire == NULL) ||
			payload->shape->type == AWS_BLOB))
		return raw_body(parse, payload, value, err);
	expect_of(operation, payload, &whole, root, &expect);
	if (operation->service->protocol == AWS_QUERY && expect.wrapper == NULL) {
		snprintf(wrapper, sizeof wrapper, "%sResult", operation->name);
		expect.wrapper = wrapper;
	}
	int outcome = xml_read(answer->body, answer->body_length, &expect, &result, err);
	parse_take_request_id(parse, result.request_id);
	if (outcome < 0)
		return -1;
	if (result.error != NULL)
		return parse_error_document(parse, result.error, err);
	*value = result.value;
	return 0;
}

/* Parses a success. The body's value is that of the output's payload, where it has one, else the
 * output itself. */
static int parse_success(struct parse *parse, json_t **output, struct err *err)
{
	enum aws_protocol protocol = parse->operation->service->protocol;
	const struct aws_shape *shape = parse->operation->output;
	const struct aws_member *payload = payload_of(shape);
	bool rest = protocol == AWS_REST_JSON || protocol == AWS_REST_XML;
	bool is_json = protocol == AWS_JSON || protocol == AWS_REST_JSON;
	json_t *value = NULL;

	if ((is_json ? json_body(parse, payload, &value, err) : xml_body(parse, payload, &value, err)) <
		0)
		return -1;
	*output = payload == NULL && value != NULL ? value : json_object();
	if (payload != NULL && value != NULL)
		json_object_set_new_nocheck(*output, payload->name, value);
	return rest && shape != NULL ? parse_headers(parse, *output, err) : 0;
}

int aws_parse(const struct aws_operation *operation, const struct aws_answer *answer, json_t **out,
	char request_id[72], struct err *err)
{
	struct wire_place place = { .name = operation->name };
	struct parse parse = {
		.operation = operation, .answer = answer, .place = &place, .request_id = request_id
	};
	json_t *output = NULL;
	int result;

	request_id[0] = '\0';
	take_header_id(&parse);
	if (answer->status >= 200 && answer->status < 300)
		result = parse_success(&parse, &output, err);
	else
		result = parse_error(&parse, err);
	if (result < 0) {
		json_decref(output);
		/* AWS sends no answer that exceeds our limits, so this is a protocol error. ERR_LIMIT would
		 * say that the request was not sent. */
		if (err != NULL && err->kind == ERR_LIMIT)
			err->kind = ERR_PROTOCOL;
		if (err != NULL && err->http_status == 0) {
			err->http_status = answer->status;
			snprintf(err->request_id, sizeof err->request_id, "%s", request_id);
		}
		return -1;
	}
	*out = output;
	return 0;
}
