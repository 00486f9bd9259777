/*
 * Tests of requests that the published vectors have no case for: refusals with their messages, and
 * some whole requests byte by byte.
 */
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

/* --- an operation with one of everything --- */

static const struct aws_shape string_map = AWS_MAP_OF(&aws_string);
static const struct aws_shape raw_blob = { .type = AWS_BLOB, .streaming = true };
static const struct aws_member choice_members[] = { AWS_MEMBER("One", &aws_string),
	AWS_MEMBER("Other", &aws_integer) };
static const struct aws_shape choice = AWS_STRUCTURE_OF(choice_members, .is_union = true);

static const struct aws_shape tree;
static const struct aws_member tree_members[] = { AWS_MEMBER("Child", &tree),
	AWS_MEMBER("Name", &aws_string) };
static const struct aws_shape tree = AWS_STRUCTURE_OF(tree_members);

static const struct aws_member all_members[] = {
	AWS_MEMBER("Label", &aws_string, .location = AWS_IN_URI, .flags = AWS_REQUIRED),
	AWS_MEMBER("Greedy", &aws_string, .location = AWS_IN_URI, .flags = AWS_REQUIRED),
	AWS_MEMBER("Header", &aws_string, .location = AWS_IN_HEADER, .wire = "X-Header"),
	AWS_MEMBER("Strings", &aws_string_list, .location = AWS_IN_HEADER, .wire = "X-Strings"),
	AWS_MEMBER("Meta", &string_map, .location = AWS_IN_HEADERS, .wire = "x-meta-"),
	AWS_MEMBER("Query", &aws_double, .location = AWS_IN_QUERY, .wire = "q"),
	AWS_MEMBER("Account", &aws_string, .location = AWS_IN_HEADER, .wire = "x-account",
		.flags = AWS_HOST_LABEL),
	AWS_MEMBER("Boolean", &aws_boolean),
	AWS_MEMBER("Integer", &aws_integer),
	AWS_MEMBER("Blob", &aws_blob),
	AWS_MEMBER("When", &aws_timestamp),
	AWS_MEMBER("List", &aws_string_list),
	AWS_MEMBER("Choice", &choice),
	AWS_MEMBER("Tree", &tree),
	AWS_MEMBER("Token", &aws_string, .flags = AWS_IDEMPOTENCY_TOKEN),
};
static const struct aws_shape all_input = AWS_STRUCTURE_OF(all_members);

static const struct aws_service rest_service = { .id = "rest", .protocol = AWS_REST_JSON };
static const struct aws_operation rest_all = {
	.service = &rest_service,
	.name = "All",
	.http_method = "PUT",
	.http_path = "/a/{Label}/b/{Greedy+}?constant=1",
	.input = &all_input,
};
static const struct aws_operation rest_host = {
	.service = &rest_service,
	.name = "Host",
	.http_method = "PUT",
	.http_path = "/a/{Label}/b/{Greedy+}",
	.host_prefix = "{Account}.data-",
	.input = &all_input,
};

static const struct aws_member text_members[] = { AWS_MEMBER("Text", &aws_string),
	AWS_MEMBER("Tree", &tree) };
static const struct aws_shape text_input = AWS_STRUCTURE_OF(text_members);
static const struct aws_service xml_service = { .id = "xml", .protocol = AWS_REST_XML };
static const struct aws_operation xml_text = {
	.service = &xml_service,
	.name = "Text",
	.http_method = "PUT",
	.http_path = "/",
	.input = &text_input,
};

static const struct aws_member put_members[] = {
	AWS_MEMBER("Body", &raw_blob),
	AWS_MEMBER("Type", &aws_string, .location = AWS_IN_HEADER, .wire = "Content-Type"),
};
static const struct aws_shape put_input = AWS_STRUCTURE_OF(put_members, .payload = "Body");
static const struct aws_operation xml_put = {
	.service = &xml_service,
	.name = "Put",
	.http_method = "PUT",
	.http_path = "/",
	.input = &put_input,
	.checksum_required = true,
};

static const struct aws_service json_service = {
	.id = "json",
	.protocol = AWS_JSON,
	.json_version = "1.0",
	.target_prefix = "Target_20200101",
	.query_compatible = true,
};
static const struct aws_operation awsjson_text = {
	.service = &json_service, .name = "Text", .input = &text_input
};
static const struct aws_operation awsjson_nothing = { .service = &json_service, .name = "Nothing" };

/* --- refusals --- */

static void test_refused(void **state)
{
	static const struct {
		const struct aws_operation *operation;
		const char *params, *code, *message;
	} cases[] = {
		{ &rest_all, "{}", "MissingParameter", "All: parameter Label is required" },
		{ &rest_all, "{\"Label\": null, \"Greedy\": \"g\"}", "MissingParameter", "Label" },
		{ &rest_all, "[]", "WrongParameterType", "All: must be a structure" },
		{ &rest_all, "{\"Label\": \"\", \"Greedy\": \"g\"}", "EmptyLabel", "All.Label: " },
		{ &rest_all, "{\"Label\": \"..\", \"Greedy\": \"g\"}", "BadLabel", "All.Label: " },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"\"}", "EmptyLabel", "All.Greedy: " },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"label\": 1}", "UnknownParameter",
			"has no parameter label" },
		{ &rest_all, "{\"Label\": 1, \"Greedy\": \"g\"}", "WrongParameterType",
			"All.Label: must be a string" },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Header\": \"a\\r\\nX-Evil: 1\"}",
			"BadHeader", "X-Header" },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Header\": \"a\\u0000b\"}",
			"BadHeader", "NUL" },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Meta\": {\"a b\": \"v\"}}",
			"BadHeader", "" },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Meta\": [\"v\"]}",
			"WrongParameterType", "All.Meta: must be a map" },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Strings\": [\"a\", 2]}",
			"WrongParameterType", "All.Strings[1]: " },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Query\": \"fast\"}",
			"WrongParameterType", "All.Query: " },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Boolean\": 1}", "WrongParameterType",
			"All.Boolean: must be a boolean" },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Integer\": 1.5}",
			"WrongParameterType", "All.Integer: must be an integer" },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Blob\": \"a\"}", "WrongParameterType",
			"All.Blob: must be base64" },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"When\": \"soon\"}",
			"WrongParameterType", "All.When: " },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"When\": 1e300}", "WrongParameterType",
			"All.When: " },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"List\": {}}", "WrongParameterType",
			"All.List: must be a list" },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"List\": [null]}",
			"WrongParameterType", "All.List[0]: " },
		{ &rest_all, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Choice\": {}}", "BadUnion",
			"All.Choice: " },
		{ &rest_all,
			"{\"Label\": \"l\", \"Greedy\": \"g\", \"Choice\": {\"One\": \"1\", \"Other\": 2}}",
			"BadUnion", "has 2" },
		{ &rest_all,
			"{\"Label\": \"l\", \"Greedy\": \"g\", \"Tree\": {\"Child\": {\"Nam\": \"\"}}}",
			"UnknownParameter", "All.Tree.Child: has no parameter Nam" },
		{ &rest_host, "{\"Label\": \"l\", \"Greedy\": \"g\"}", "BadHostLabel",
			"parameter Account must be set" },
		{ &rest_host, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Account\": \"evil.example/\"}",
			"BadHostLabel", "Account" },
		{ &rest_host, "{\"Label\": \"l\", \"Greedy\": \"g\", \"Account\": \"\"}", "BadHostLabel",
			"Account" },
		{ &xml_text, "{\"Text\": \"a\\u0001b\"}", "BadText", "Text.Text: " },
		{ &awsjson_nothing, "{\"Any\": 1}", "UnknownParameter", "Nothing: has no parameter Any" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *params = json_loads(cases[i].params, JSON_ALLOW_NUL, NULL);
		struct aws_request request;
		struct err err = ERR_INIT;

		assert_non_null(params);
		aws_request_init(&request);
		assert_int_equal(aws_serialize(cases[i].operation, params, &request, &err), -1);
		if (err.kind != ERR_UNDECLARED || strcmp(err.code, cases[i].code) != 0 ||
			strstr(err.message, cases[i].message) == NULL)
			fail_msg("%s: %s %s: %s", cases[i].params, err_kind_name(err.kind), err.code,
				err.message);
		aws_request_release(&request);
	}
}

static json_t *deep(int levels)
{
	json_t *value = json_object();

	while (levels-- > 0)
		value = json_pack("{s:o}", "Child", value);
	return json_pack("{s:o}", "Tree", value);
}

static void test_limits(void **state)
{
	struct aws_request request;
	struct err err = ERR_INIT;

	(void)state;
	CLEANUP_JSON json_t *shallow = deep(50), *too_deep = deep(100);
	static const struct aws_operation *const operations[] = { &awsjson_text, &xml_text };
	for (size_t i = 0; i < ARRAY_LENGTH(operations); i++) {
		aws_request_init(&request);
		assert_int_equal(aws_serialize(operations[i], shallow, &request, &err), 0);
		aws_request_release(&request);
		assert_int_equal(aws_serialize(operations[i], too_deep, &request, &err), -1);
		assert_true(err_is(&err, ERR_LIMIT, "TooDeep"));
		aws_request_release(&request);
	}
	/* A path that outgrows its limit, and more headers than fit. */
	CLEANUP_FREE char *text = xcalloc(1, 80001);
	memset(text, 'x', 80000);
	CLEANUP_JSON json_t *long_label = json_pack("{s:s, s:s}", "Label", text, "Greedy", "g");
	assert_int_equal(aws_serialize(&rest_all, long_label, &request, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "RequestTooLarge"));
	aws_request_release(&request);
	CLEANUP_JSON json_t *many = json_pack("{s:s, s:s, s:{}}", "Label", "l", "Greedy", "g", "Meta");
	for (int i = 0; i < 30; i++) {
		CLEANUP_FREE char *key = xasprintf("k%d", i);

		json_object_set_new(json_object_get(many, "Meta"), key, json_string("v"));
	}
	assert_int_equal(aws_serialize(&rest_all, many, &request, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "TooManyHeaders"));
	aws_request_release(&request);
}

/* --- whole requests --- */

static void check_request(const struct aws_operation *operation, const char *params_text,
	const char *expected)
{
	CLEANUP_JSON json_t *params =
		params_text != NULL ? json_loads(params_text, JSON_ALLOW_NUL, NULL) : NULL;
	CLEANUP_BUF struct buf text;
	struct aws_request request;
	struct err err = ERR_INIT;

	buf_init(&text, 65536);
	aws_request_init(&request);
	if (aws_serialize(operation, params, &request, &err) < 0)
		fail_msg("%s: %s", err.code, err.message);
	buf_add_format(&text, "%s %s%s%s\n", request.method, request.path.data,
		request.query.length > 0 ? "?" : "", request.query.data);
	if (request.host_prefix.length > 0)
		buf_add_format(&text, "prefix %s\n", request.host_prefix.data);
	for (size_t i = 0; i < request.header_count; i++)
		buf_add_format(&text, "%s: %s\n", request.headers[i].name, request.headers[i].value);
	buf_add_format(&text, "\n%s", request.body.data);
	assert_string_equal(text.data, expected);
	aws_request_release(&request);
}

static void test_sent(void **state)
{
	(void)state;
	check_request(&rest_host,
		"{\"Label\": \"a/b c\", \"Greedy\": \"x/y z/..\", \"Account\": \"111122223333\", "
		"\"Query\": 0.1,"
		" \"Strings\": [\"a,b\", \"c\\\"d\", \"e\"], \"Meta\": {\"k\": \"v\"}, \"When\": "
		"\"2020-01-01T01:00:00.250+01:00\","
		" \"Blob\": \"Zm9v\", \"Choice\": {\"One\": null, \"Other\": 2}, \"Token\": \"t\", "
		"\"Header\": null}",
		"PUT /a/a%2Fb%20c/b/x/y%20z/..?q=0.1\n"
		"prefix 111122223333.data-\n"
		"X-Strings: \"a,b\", \"c\\\"d\", e\n"
		"x-meta-k: v\n"
		"x-account: 111122223333\n"
		"Content-Type: application/json\n"
		"\n{\"Blob\":\"Zm9v\",\"When\":1577836800.250,\"Choice\":{\"Other\":2},\"Token\":\"t\"}");
	check_request(&xml_text, "{\"Text\": \" <a>&\\r\\n\\t\\\"'\\u00e4\"}",
		"PUT /\nContent-Type: application/xml\n\n"
		"<TextRequest><Text> &lt;a&gt;&amp;&#13;\n\t\"'\xc3\xa4</Text></TextRequest>");
	check_request(&xml_text, NULL, "PUT /\n\n");
	check_request(&xml_put, "{\"Body\": \"not base64!\", \"Type\": \"text/csv\"}",
		"PUT /\nContent-Type: text/csv\nContent-MD5: PXlBzKVWytghMOAEJkEoWA==\n\nnot base64!");
	check_request(&awsjson_text, "{\"Text\": \"\\\"\\\\\\n\\u0001\\u0000\\u00e4\"}",
		"POST /\nContent-Type: application/x-amz-json-1.0\nX-Amz-Target: Target_20200101.Text\n"
		"x-amzn-query-mode: true\n\n{\"Text\":\"\\\"\\\\\\n\\u0001\\u0000\xc3\xa4\"}");
	check_request(&awsjson_nothing, NULL,
		"POST /\nContent-Type: application/x-amz-json-1.0\nX-Amz-Target: Target_20200101.Nothing\n"
		"x-amzn-query-mode: true\n\n{}");
}

/* Each call has its own idempotency token, a UUID of version 4. */
static void test_tokens(void **state)
{
	CLEANUP_JSON json_t *params = json_pack("{s:s, s:s}", "Label", "l", "Greedy", "g");
	char last[37] = "", uuid[37];

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct aws_request request;
		struct err err = ERR_INIT;

		aws_request_init(&request);
		assert_int_equal(aws_serialize(&rest_all, params, &request, &err), 0);
		CLEANUP_JSON json_t *body = json_loads(request.body.data, 0, NULL);
		const char *token = json_get_string(body, "Token");
		assert_int_equal(strlen(token), 36);
		assert_int_equal(token[14], '4');
		assert_string_not_equal(token, last);
		snprintf(last, sizeof last, "%s", token);
		aws_request_release(&request);
	}
	assert_null(json_object_get(params, "Token")); /* the caller's parameters stay as they are */
	aws_uuid(uuid);
	assert_int_equal(strlen(uuid), 36);
	assert_non_null(strchr("89ab", uuid[19]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_sent),
		cmocka_unit_test(test_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
