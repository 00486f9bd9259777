/*
 * Serializes calls for check_generator.py, which compares the requests with botocore's. Each line
 * of stdin is {"service", "operation", "params"}; each line of stdout the request, or {"error"}.
 */
#include "aws/operations/operation.h"
#include "aws/operations/operations.h"
#include "aws/protocol/protocol.h"

#include "base/banned.h"

static json_t *text_of(const struct buf *buf)
{
	return buf->length > 0 ? json_stringn(buf->data, buf->length) : json_string("");
}

/* A body may be any bytes. */
static json_t *hex_of(const struct buf *buf)
{
	static const char digits[] = "0123456789abcdef";
	CLEANUP_BUF struct buf hex;

	buf_init(&hex, buf->length * 2 + 1);
	for (size_t i = 0; i < buf->length; i++) {
		buf_add_char(&hex, digits[(unsigned char)buf->data[i] >> 4]);
		buf_add_char(&hex, digits[buf->data[i] & 15]);
	}
	return text_of(&hex);
}

static json_t *request_of(const struct aws_request *request)
{
	json_t *headers = json_array();

	for (size_t i = 0; i < request->header_count; i++)
		json_array_append_new(headers,
			json_pack("[ss]", request->headers[i].name, request->headers[i].value));
	return json_pack("{ss so so so so so}", "method", request->method, "host_prefix",
		text_of(&request->host_prefix), "path", text_of(&request->path), "query",
		text_of(&request->query), "headers", headers, "body", hex_of(&request->body));
}

static json_t *serialize(const json_t *call)
{
	const struct aws_operation *operation =
		aws_operation_find(json_string_value(json_object_get(call, "service")),
			json_string_value(json_object_get(call, "operation")));
	struct aws_request request;
	struct err err = { 0 };
	json_t *out;

	if (operation == NULL)
		return json_pack("{ss}", "error", "no such operation");
	aws_request_init(&request);
	if (aws_serialize(operation, json_object_get(call, "params"), &request, &err) == 0)
		out = request_of(&request);
	else
		out = json_pack("{ss}", "error", err.message);
	aws_request_release(&request);
	return out;
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) > 0) {
		json_t *call = json_loadb(line, (size_t)length, 0, NULL);
		json_t *out = call != NULL ? serialize(call) : json_pack("{ss}", "error", "no JSON");

		if (out == NULL || json_dumpf(out, stdout, JSON_COMPACT) != 0 || putchar('\n') == EOF)
			return 1;
		json_decref(out);
		json_decref(call);
	}
	free(line);
	return fflush(stdout) != 0;
}
