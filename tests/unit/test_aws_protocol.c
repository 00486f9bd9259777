/*
 * Tests the protocols with the published vectors: every case of a protocol that we support is
 * serialized or parsed, and cases that are left out are listed with the reason. Needs the vectors
 * in $REEVE_VECTORS; without them it skips (77).
 */
#include "aws/protocol/parse_answer.h"
#include "aws_compare.h"
#include "aws_vectors.h"
#include "base/json_write.h"

#include "aws/protocol/protocol.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <strings.h>

#include <cmocka.h>

static const char *const protocols[] = { "json", "rest-json", "rest-xml", "query", "ec2",
	"json_1_0", "json_1_0-query-compatible" };

/* The counts of one protocol. */
struct tally {
	unsigned passed, failed, left_out;
};

/* One side's check of a case: NULL when it passes, else what differs (to be freed). */
typedef char *(*check_function)(const json_t *vector, const struct model *model);

static FILE *open_vectors(const char *name)
{
	const char *folder = getenv("REEVE_VECTORS");
	CLEANUP_FREE char *path = xasprintf("%s/smithy/%s", folder != NULL ? folder : "", name);

	return fopen(path, "r");
}

/* --- requests --- */

static const char *header_of(const struct aws_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

/* The transport adds Content-Length to a request with a body. */
static bool has_header(const struct aws_request *request, const char *name)
{
	if (strcasecmp(name, "Content-Length") == 0)
		return request->body.length > 0;
	return header_of(request, name) != NULL;
}

static char *check_headers(const json_t *expected, const struct aws_request *request)
{
	const char *name;
	size_t index;
	json_t *value;

	json_object_foreach(json_object_get(expected, "headers"), name, value) {
		const char *have = header_of(request, name);

		if (have == NULL || strcmp(have, json_string_value(value)) != 0)
			return xasprintf("header %s is %s, not %s", name, have, json_string_value(value));
	}
	json_array_foreach(json_object_get(expected, "requireHeaders"), index, value)
		if (!has_header(request, json_string_value(value)))
			return xasprintf("header %s is missing", json_string_value(value));
	json_array_foreach(json_object_get(expected, "forbidHeaders"), index, value)
		if (has_header(request, json_string_value(value)))
			return xasprintf("header %s is there", json_string_value(value));
	return NULL;
}

/* Returns the path of a URL: "/custom" in "https://example.com/custom". */
static const char *path_of(const char *url)
{
	const char *host = url != NULL ? strstr(url, "://") : NULL;
	const char *path = host != NULL ? strchr(host + 3, '/') : NULL;

	return path != NULL ? path : "";
}

static char *check_address(const json_t *vector, const json_t *expected,
	const struct aws_request *request)
{
	const char *uri = json_get_string(expected, "uri"), *host = json_get_string(expected, "host");
	const char *endpoint = json_get_string(vector, "clientEndpoint"), *base = path_of(endpoint);
	CLEANUP_FREE char *path = xasprintf("%s%s", base, request->path.data);
	CLEANUP_FREE char *expected_path = xstrndup(uri, strcspn(uri, "?"));
	const char *expected_query = strchr(uri, '?') != NULL ? strchr(uri, '?') + 1 : "";

	blank_uuids(path);
	blank_uuids(request->query.data);
	if (strcmp(request->method, json_get_string(expected, "method")) != 0)
		return xasprintf("method is %s", request->method);
	if (strcmp(path, expected_path) != 0)
		return xasprintf("path is %s, not %s", path, expected_path);
	if (!same_pairs(request->query.data, expected_query))
		return xasprintf("query is %s, not %s", request->query.data, expected_query);
	if (host == NULL)
		return NULL;
	CLEANUP_FREE char *full =
		xasprintf("%s%s", request->host_prefix.data, strstr(endpoint, "://") + 3);
	return strcmp(full, host) == 0 ? NULL : xasprintf("host is %s, not %s", full, host);
}

static char *check_body(const json_t *expected, const struct model *model,
	struct aws_request *request)
{
	const char *want = json_get_string(expected, "body");
	enum aws_protocol protocol = model->service.protocol;
	bool same;

	if (want == NULL)
		return NULL;
	blank_uuids(request->body.data);
	CLEANUP_JSON json_t *want_json = json_loads(want, JSON_DECODE_ANY, NULL);
	CLEANUP_JSON json_t *have_json = json_loads(request->body.data, JSON_DECODE_ANY, NULL);
	CLEANUP_FREE char *want_xml = xml_in_one_form(want);
	if ((protocol == AWS_JSON || protocol == AWS_REST_JSON) && want_json != NULL)
		same = same_json(want_json, have_json);
	else if (protocol == AWS_REST_XML && want_xml != NULL)
		same = same_xml(want, request->body.data);
	else if (protocol == AWS_QUERY || protocol == AWS_EC2)
		same = same_pairs(want, request->body.data);
	else
		same = strcmp(want, request->body.data) == 0;
	return same ? NULL : xasprintf("body is %s, not %s", request->body.data, want);
}

static char *check_input(const json_t *vector, const struct model *model)
{
	const json_t *expected = json_object_get(vector, "serialized"),
				 *params = json_object_get(vector, "params");
	const struct aws_shape *input = model->operation.input;
	CLEANUP_JSON json_t *ours = input != NULL ? convert(input, params, false)
											  : json_deep_copy(params);
	struct aws_request request;
	struct err err = ERR_INIT;
	char *problem = NULL;

	aws_request_init(&request);
	if (aws_serialize(&model->operation, ours, &request, &err) < 0)
		problem = xasprintf("refused: %s: %s", err.code, err.message);
	if (problem == NULL)
		problem = check_address(vector, expected, &request);
	if (problem == NULL)
		problem = check_headers(expected, &request);
	if (problem == NULL)
		problem = check_body(expected, model, &request);
	if (problem == NULL && model->operation.checksum_required &&
		header_of(&request, "Content-MD5") == NULL)
		problem = xstrdup("no checksum");
	aws_request_release(&request);
	return problem;
}

/* --- answers --- */

static const char *answer_header(const void *context, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)context, key, value)
		if (strcasecmp(key, name) == 0)
			return json_string_value(value);
	return NULL;
}

static bool answer_header_at(const void *context, size_t index, const char **name,
	const char **value)
{
	const char *key;
	json_t *item;

	json_object_foreach((json_t *)context, key, item)
		if (index-- == 0) {
			*name = key;
			*value = json_string_value(item);
			return true;
		}
	return false;
}

static char *check_refusal(const json_t *vector, const struct err *err)
{
	const char *code = json_get_string(vector, "errorCode"),
			   *message = json_get_string(vector, "errorMessage");
	json_int_t status = json_get_integer_or(json_object_get(vector, "response"), "status_code", 0);

	if (err->kind != ERR_AWS || code == NULL || strcmp(err->code, code) != 0 ||
		err->http_status != status)
		return xasprintf("refused: %s %s (HTTP %d): %s, not %s", err_kind_name(err->kind),
			err->code, err->http_status, err->message, code);
	if (message != NULL && strcmp(err->message, message) != 0)
		return xasprintf("message is %s, not %s", err->message, message);
	return NULL;
}

static char *check_output(const json_t *vector, const struct model *model)
{
	const json_t *response = json_object_get(vector, "response"),
				 *expected = json_object_get(vector, "result");
	const char *body = json_get_string_or(response, "body", "");
	struct aws_answer answer = {
		.status = (int)json_get_integer_or(response, "status_code", 0),
		.body = body,
		.body_length = strlen(body),
		.header = answer_header,
		.header_at = answer_header_at,
		.context = json_object_get(response, "headers"),
	};
	CLEANUP_JSON json_t *result = NULL, *ours = NULL;
	struct err err = ERR_INIT;
	char request_id[72];

	if (aws_parse(&model->operation, &answer, &result, request_id, &err) < 0)
		return check_refusal(vector, &err);
	if (expected == NULL)
		return xstrdup("accepted, but it is an error");
	ours = model->operation.output != NULL ? convert(model->operation.output, result, true)
										   : json_incref(result);
	if (same_json(expected, ours))
		return NULL;
	CLEANUP_FREE char *have = json_to_text(ours), *want = json_to_text(expected);
	return xasprintf("result is %s, not %s", have, want);
}

/* --- running --- */

static const char *reason_to_leave_out(const json_t *vector)
{
	const char *name = json_get_string(vector, "protocol");

	if (strstr(name, "cbor") != NULL)
		return "no service that we call speaks rpc-v2-cbor";
	if (json_object_get(json_object_get(vector, "operation"), "requestcompression") != NULL)
		return "we never compress a request";
	return NULL;
}

static void run_case(const json_t *vector, check_function check, struct tally *tally)
{
	struct model model;

	model_init(&model, vector);
	char *problem = check(vector, &model);
	if (problem == NULL) {
		tally->passed++;
	} else {
		tally->failed++;
		printf("%s %s: %s\n", json_get_string(vector, "protocol"), json_get_string(vector, "id"),
			problem);
	}
	free(problem);
	model_release(&model);
}

static struct tally *tally_of(struct tally *tallies, const char *protocol)
{
	for (size_t i = 0; i < ARRAY_LENGTH(protocols); i++)
		if (strcmp(protocols[i], protocol) == 0)
			return &tallies[i];
	return &tallies[ARRAY_LENGTH(protocols)];
}

static void print_tallies(const char *name, const struct tally *tallies, unsigned *failed)
{
	for (size_t i = 0; i < ARRAY_LENGTH(protocols); i++) {
		printf("%s %s: %u passed, %u failed, %u left out\n", name, protocols[i], tallies[i].passed,
			tallies[i].failed, tallies[i].left_out);
		*failed += tallies[i].failed;
	}
	printf("%s of other protocols: %u left out\n", name, tallies[ARRAY_LENGTH(protocols)].left_out);
}

static void run(const char *name, check_function check)
{
	struct tally tallies[ARRAY_LENGTH(protocols) + 1] = { { 0 } };
	FILE *file = open_vectors(name);
	char *line = NULL;
	size_t capacity = 0;
	unsigned failed = 0;

	assert_non_null(file);
	while (getline(&line, &capacity, file) > 0) {
		CLEANUP_JSON json_t *vector = json_loads(line, 0, NULL);
		struct tally *tally = tally_of(tallies, json_get_string(vector, "protocol"));
		const char *reason = reason_to_leave_out(vector);

		if (reason == NULL) {
			run_case(vector, check, tally);
		} else {
			tally->left_out++;
			printf("left out: %s %s: %s\n", json_get_string(vector, "protocol"),
				json_get_string(vector, "id"), reason);
		}
	}
	free(line);
	fclose(file);
	print_tallies(name, tallies, &failed);
	assert_int_equal(failed, 0);
}

static void test_requests(void **state)
{
	(void)state;
	run("vectors-input.jsonl", check_input);
}

static void test_answers(void **state)
{
	(void)state;
	run("vectors-output.jsonl", check_output);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_answers),
	};
	FILE *file = open_vectors("vectors-input.jsonl");

	if (file == NULL) {
		printf("skipped: no vectors in $REEVE_VECTORS/smithy; the steps operations-generator and "
			   "protocol compare requests and answers with botocore\n");
		return 77;
	}
	fclose(file);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
