/*
 * Signs requests and parses answers for check_protocol.py, which compares both with botocore. Each
 * line of stdin is a case, {"sign": ...} or {"parse": ...}; each line of stdout its result.
 */
#include "aws/operations/operation.h"
#include "aws/operations/operations.h"
#include "aws/protocol/parse_answer.h"
#include "aws/protocol/protocol.h"
#include "aws/sigv4/sigv4.h"

#include "base/banned.h"

#include <stdlib.h>
#include <strings.h>

#define MAX_HEADERS 32

static json_t *text_of(const struct buf *buf)
{
	return buf->length > 0 ? json_stringn(buf->data, buf->length) : json_string("");
}

static json_t *error_of(const struct err *err)
{
	return json_pack("{s{ssssssss}}", "error", "kind", err_kind_name(err->kind), "code", err->code,
		"message", err->message, "request_id", err->request_id);
}

static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_t *sign(const json_t *one)
{
	struct sigv4_header headers[MAX_HEADERS];
	struct sigv4_request request = { .method = text(one, "method"),
		.path = text(one, "path"),
		.query = text(one, "query"),
		.headers = headers,
		.body_sha256 = text(one, "sha256"),
		.normalize_path = json_is_true(json_object_get(one, "plain")),
		.double_encode_path = json_is_true(json_object_get(one, "plain")) };
	struct sigv4_scope scope = { text(one, "date"), text(one, "region"), text(one, "service") };
	struct sigv4_cache *cache = sigv4_cache_new(text(one, "key"), text(one, "secret"));
	struct sigv4_texts texts;
	struct buf authorization;
	struct err err = ERR_INIT;
	size_t index;
	json_t *pair, *out;

	json_array_foreach(json_object_get(one, "headers"), index, pair)
		if (index < MAX_HEADERS)
			headers[request.header_count++] =
				(struct sigv4_header){ json_string_value(json_array_get(pair, 0)),
					json_string_value(json_array_get(pair, 1)) };
	sigv4_texts_init(&texts);
	buf_init(&authorization, 1 << 16);
	if (sigv4_sign(cache, &scope, &request, &texts, &authorization, &err) < 0)
		out = error_of(&err);
	else
		out = json_pack("{so so so}", "canonical", text_of(&texts.canonical), "string_to_sign",
			text_of(&texts.string_to_sign), "authorization", text_of(&authorization));
	buf_release(&authorization);
	sigv4_texts_release(&texts);
	sigv4_cache_free(cache);
	return out;
}

static bool header_at(const void *context, size_t index, const char **name, const char **value)
{
	const json_t *pair = json_array_get(context, index);

	*name = json_string_value(json_array_get(pair, 0));
	*value = json_string_value(json_array_get(pair, 1));
	return pair != NULL;
}

static const char *header(const void *context, const char *name)
{
	const char *other, *value;

	for (size_t i = 0; header_at(context, i, &other, &value); i++)
		if (strcasecmp(name, other) == 0)
			return value;
	return NULL;
}

static json_t *parse(const json_t *one)
{
	const struct aws_operation *operation =
		aws_operation_find(text(one, "service"), text(one, "operation"));
	struct aws_answer answer = { .status = (int)json_integer_value(json_object_get(one, "status")),
		.body = text(one, "body"),
		.body_length = json_string_length(json_object_get(one, "body")),
		.header = header,
		.header_at = header_at,
		.context = json_object_get(one, "headers") };
	struct err err = ERR_INIT;
	char request_id[72];
	json_t *output = NULL;

	if (operation == NULL)
		return json_pack("{ss}", "error", "no such operation");
	if (aws_parse(operation, &answer, &output, request_id, &err) < 0)
		return error_of(&err);
	return json_pack("{so ss}", "output", output, "request_id", request_id);
}

static json_t *answer_case(const char *line, size_t length)
{
	json_t *one = json_loadb(line, length, JSON_ALLOW_NUL, NULL), *inner, *out;

	if ((inner = json_object_get(one, "sign")) != NULL)
		out = sign(inner);
	else if ((inner = json_object_get(one, "parse")) != NULL)
		out = parse(inner);
	else
		out = json_pack("{ss}", "error", "no case");
	json_decref(one);
	return out;
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) > 0) {
		json_t *out = answer_case(line, (size_t)length);

		if (out == NULL || json_dumpf(out, stdout, JSON_COMPACT) != 0 || putchar('\n') == EOF)
			return 1;
		json_decref(out);
	}
	free(line);
	return fflush(stdout) != 0;
}
