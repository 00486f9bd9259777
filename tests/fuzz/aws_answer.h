/*
 * Shared by the fuzz targets of answers. An input is a line "SERVICE OPERATION STATUS HEADER",
 * where HEADER is the value of every header that is looked up and may be missing, and then the
 * body. A first line that names no operation chooses one.
 */
#ifndef REEVE_TESTS_FUZZ_AWS_ANSWER_H
#define REEVE_TESTS_FUZZ_AWS_ANSWER_H

#include "aws/operations/operations.h"
#include "aws/protocol/parse_answer.h"
#include "aws/protocol/protocol.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/json_write.h"

#include <stdint.h>

static const char *answer_header(const void *context, const char *name)
{
	(void)name;
	return context;
}

static bool answer_header_at(const void *context, size_t index, const char **name,
	const char **value)
{
	*name = "x-amz-meta-name";
	*value = context;
	return context != NULL && index < 2;
}

/* Returns the operation of that name, or else any operation whose protocol `fits` accepts. */
static const struct aws_operation *choose_operation(const char *service, const char *name,
	bool (*fits)(enum aws_protocol protocol))
{
	const struct aws_operation *operation = aws_operation_find(service, name), *chosen = NULL;
	size_t wanted = strlen(service) + 31 * strlen(name), seen = 0;

	if (operation != NULL && fits(operation->service->protocol))
		return operation;
	for (size_t i = 0; (operation = aws_operation_at(i)) != NULL; i++)
		if (fits(operation->service->protocol) && (chosen == NULL || seen++ % 8 == wanted % 8))
			chosen = operation;
	return chosen;
}

static void check_answer(const struct aws_operation *operation, const struct aws_answer *answer)
{
	struct err err = ERR_INIT;
	char request_id[72];
	json_t *out = NULL;

	if (aws_parse(operation, answer, &out, request_id, &err) == 0)
		free(json_to_text(out)); /* aborts when the value isn't valid JSON */
	else if (err.code[0] == '\0' || err.message[0] == '\0' ||
		(err.kind != ERR_AWS && err.kind != ERR_PROTOCOL))
		abort();
	json_decref(out);
}

static void fuzz_answer(const uint8_t *data, size_t size, bool (*fits)(enum aws_protocol protocol))
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	char line[300], service[32] = "", name[64] = "";
	size_t length = end != NULL ? (size_t)(end - data) : 0;
	int status = 200, used = 0;

	if (end == NULL || length >= sizeof line)
		return;
	memcpy(line, data, length);
	line[length] = '\0';
	if (sscanf(line, "%31s %63s %3d %n", service, name, &status, &used) < 3)
		status = 200;
	struct aws_answer answer = {
		.status = status,
		.body = (const char *)end + 1,
		.body_length = size - length - 1,
		.header = answer_header,
		.header_at = answer_header_at,
		.context = used > 0 && line[used] != '\0' ? line + used : NULL,
	};
	check_answer(choose_operation(service, name, fits), &answer);
}

#endif
