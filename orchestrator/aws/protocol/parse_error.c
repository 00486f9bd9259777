/*
 * Reads the errors that AWS answers with, in each protocol's form.
 * https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
 */
#include "aws/protocol/parse_error.h"

#include "aws/protocol/parse.h"
#include "base/json_read.h"

#include "aws/protocol/xml.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/log.h"

#include <strings.h>

/* Returns the code for an error whose body has none: S3's HEAD has no body, and the body of an AWS
 * gateway may have no code. */
static const char *code_of_status(int status, char buffer[16])
{
	switch (status) {
	case 301:
		return "PermanentRedirect";
	case 304:
		return "NotModified";
	case 307:
		return "TemporaryRedirect";
	case 400:
		return "BadRequest";
	case 403:
		return "Forbidden";
	case 404:
		return "NotFound";
	case 405:
		return "MethodNotAllowed";
	case 409:
		return "Conflict";
	case 412:
		return "PreconditionFailed";
	case 429:
		return "TooManyRequests";
	case 500:
		return "InternalError";
	case 503:
		return "ServiceUnavailable";
	default:
		snprintf(buffer, 16, "Http%d", status);
		return buffer;
	}
}

/* Cuts the code down to its name: "aws.protocoltests#FooError:http://..." is FooError. */
static void clean_code(const char *code, char *out, size_t size)
{
	size_t length = strcspn(code, ":");
	const char *start = code;

	for (size_t i = 0; i < length; i++)
		if (code[i] == '#')
			start = code + i + 1;
	length -= (size_t)(start - code);
	if (length >= size)
		length = size - 1;
	for (size_t i = 0; i < length; i++)
		out[i] = start[i] > 0x20 && start[i] < 0x7f ? start[i] : '?';
	out[length] = '\0';
}

/* Cuts a message that does not fit, between two characters. */
static int fits(const char *message, size_t most)
{
	size_t length = strlen(message);

	if (length <= most)
		return (int)length;
	for (length = most; length > 0 && ((unsigned char)message[length] & 0xc0) == 0x80; length--)
		continue;
	return (int)length;
}

/* Reports the error. Without a code (NULL or "") the status decides. */
static int refused(const struct parse *parse, const char *code, const char *message,
	struct err *err)
{
	char clean[sizeof err->code] = "", buffer[16];
	int status = parse->answer->status;

	if (code != NULL)
		clean_code(code, clean, sizeof clean);
	if (clean[0] == '\0')
		code = code_of_status(status, buffer);
	else
		code = clean;
	if (message == NULL || message[0] == '\0')
		err_set(err, ERR_AWS, code, "AWS gave no reason (HTTP status %d)", status);
	else
		err_set(err, ERR_AWS, code, "%.*s", fits(message, sizeof err->message - 1), message);
	if (err != NULL) {
		err->http_status = status;
		snprintf(err->request_id, sizeof err->request_id, "%s", parse->request_id);
	}
	return -1;
}

static const char *header(const struct parse *parse, const char *name)
{
	return parse->answer->header(parse->answer->context, name);
}

static const char *first_string(const json_t *object, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (json_get_string(object, keys[i]) != NULL)
			return json_get_string(object, keys[i]);
	return NULL;
}

static int not_aws(const struct parse *parse, struct err *err)
{
	const struct aws_answer *answer = parse->answer;
	bool html = answer->body_length > 0 && answer->body[0] == '<';
	CLEANUP_BUF struct buf quote;

	buf_init(&quote, 512);
	if (html)
		log_add_escaped(&quote, answer->body, answer->body_length < 60 ? answer->body_length : 60);
	return err_set(err, ERR_PROTOCOL, "NotAnAwsAnswer",
		"%s got HTTP status %d with %s%s, which is not an answer from AWS", parse->operation->name,
		answer->status, html ? "" : "a body that is not JSON", quote.data);
}

static int json_error(struct parse *parse, struct err *err)
{
	static const char *const code_keys[] = { "__type", "code", "Code" };
	static const char *const message_keys[] = { "message", "Message", "errorMessage" };
	const struct aws_answer *answer = parse->answer;
	const char *code = header(parse, "x-amzn-errortype"),
			   *query_error = header(parse, "x-amzn-query-error");
	CLEANUP_JSON json_t *body = NULL;
	char old_code[sizeof err->code];

	if (answer->body_length > 0 &&
		json_parse(answer->body, answer->body_length, "the error", &body, NULL) < 0 && code == NULL)
		return not_aws(parse, err);
	if (code == NULL || code[0] == '\0')
		code = first_string(body, code_keys, ARRAY_LENGTH(code_keys));
	/* The header holds the code that the service had as a query service:
	 * "AWS.SimpleQueueService.NonExistentQueue;Sender". */
	if (query_error != NULL && query_error[0] != ';' && strchr(query_error, ';') != NULL) {
		snprintf(old_code, sizeof old_code, "%.*s", (int)strcspn(query_error, ";"), query_error);
		code = old_code;
	}
	return refused(parse, code, first_string(body, message_keys, ARRAY_LENGTH(message_keys)), err);
}

int parse_error_document(struct parse *parse, json_t *error, struct err *err)
{
	int result;

	parse_take_request_id(parse, json_get_string(error, "RequestId"));
	result = refused(parse, json_get_string(error, "Code"), json_get_string(error, "Message"), err);
	json_decref(error);
	return result;
}

static int xml_error(struct parse *parse, struct err *err)
{
	const struct aws_answer *answer = parse->answer;
	struct xml_expect expect = { .operation = parse->operation->name, .is_error = true };
	struct xml_result result;
	int outcome;

	if (answer->body_length == 0)
		return refused(parse, header(parse, "x-amzn-errortype"), NULL, err);
	outcome = xml_read(answer->body, answer->body_length, &expect, &result, err);
	parse_take_request_id(parse, result.request_id);
	return outcome < 0 ? -1 : parse_error_document(parse, result.error, err);
}

int parse_error(struct parse *parse, struct err *err)
{
	switch (parse->operation->service->protocol) {
	case AWS_JSON:
	case AWS_REST_JSON:
		return json_error(parse, err);
	default:
		return xml_error(parse, err);
	}
}
