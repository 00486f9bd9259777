/*
 * Answers that the published vectors lack: the errors of each protocol, and answers that don't come
 * from AWS.
 */
#include "aws/protocol/parse_answer.h"
#include "aws/protocol/protocol.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct aws_member item_members[] = {
	AWS_MEMBER("Name", &aws_string, .wire = "name"),
	AWS_MEMBER("When", &aws_timestamp, .wire = "when"),
	AWS_MEMBER("Count", &aws_integer, .wire = "count"),
	AWS_MEMBER("Ratio", &aws_double, .wire = "ratio"),
	AWS_MEMBER("On", &aws_boolean, .wire = "on"),
	AWS_MEMBER("Data", &aws_blob, .wire = "data"),
};
static const struct aws_shape item = AWS_STRUCTURE_OF(item_members);
static const struct aws_shape item_list = AWS_LIST_OF(&item);
static const struct aws_shape string_map = AWS_MAP_OF(&aws_string);
static const struct aws_shape word_list = AWS_LIST_OF(&aws_word);
static const struct aws_member output_members[] = {
	AWS_MEMBER("Words", &word_list, .wire = "words"),
	AWS_MEMBER("Items", &item_list, .wire = "items"),
	AWS_MEMBER("Tags", &string_map),
	AWS_MEMBER("Header", &aws_string, .wire = "X-Header", .location = AWS_IN_HEADER),
};
static const struct aws_shape output = AWS_STRUCTURE_OF(output_members);

static const struct aws_shape location_text = { .type = AWS_STRING, .wire = "LocationConstraint" };
static const struct aws_member location_members[] = { AWS_MEMBER("LocationConstraint",
	&location_text) };
static const struct aws_shape location_output =
	AWS_STRUCTURE_OF(location_members, .payload = "LocationConstraint");
static const struct aws_member policy_members[] = { AWS_MEMBER("Policy", &aws_string) };
static const struct aws_shape policy_output = AWS_STRUCTURE_OF(policy_members, .payload = "Policy");

static const struct aws_service json_service = { .id = "j", .protocol = AWS_JSON };
static const struct aws_service rest_service = { .id = "r", .protocol = AWS_REST_JSON };
static const struct aws_service xml_service = { .id = "x", .protocol = AWS_REST_XML };
static const struct aws_service query_service = { .id = "q", .protocol = AWS_QUERY };
static const struct aws_service ec2_service = { .id = "e", .protocol = AWS_EC2 };

static const struct aws_operation get[] = {
	[AWS_JSON] = { .service = &json_service, .name = "Get", .output = &output },
	[AWS_REST_JSON] = { .service = &rest_service, .name = "Get", .output = &output },
	[AWS_REST_XML] = { .service = &xml_service, .name = "Get", .output = &output },
	[AWS_QUERY] = { .service = &query_service,
		.name = "Get",
		.output = &output,
		.result_wrapper = "GetResult" },
	[AWS_EC2] = { .service = &ec2_service, .name = "Get", .output = &output },
};
static const struct aws_operation nothing[] = {
	[AWS_JSON] = { .service = &json_service, .name = "Do" },
	[AWS_REST_JSON] = { .service = &rest_service, .name = "Do" },
	[AWS_REST_XML] = { .service = &xml_service, .name = "Do" },
	[AWS_QUERY] = { .service = &query_service, .name = "Do" },
	[AWS_EC2] = { .service = &ec2_service, .name = "Do" },
};
static const struct aws_operation get_location = {
	.service = &xml_service, .name = "GetLocation", .output = &location_output
};
static const struct aws_operation get_policy = {
	.service = &xml_service, .name = "GetPolicy", .output = &policy_output
};

/* Looks a header up in an answer that has one header, "name: value", or none. */
static const char *header(const void *context, const char *name)
{
	const char *line = context;
	size_t length = strlen(name);

	return line != NULL && strncmp(line, name, length) == 0 && line[length] == ':'
		? line + length + 2
		: NULL;
}

static bool header_at(const void *context, size_t index, const char **name, const char **value)
{
	(void)context;
	(void)index;
	(void)name;
	(void)value;
	return false;
}

static int parse(const struct aws_operation *operation, int status, const char *line,
	const char *body, json_t **out, char request_id[72], struct err *err)
{
	struct aws_answer answer = {
		.status = status,
		.body = body,
		.body_length = strlen(body),
		.header = header,
		.header_at = header_at,
		.context = line,
	};

	return aws_parse(operation, &answer, out, request_id, err);
}

static const struct {
	enum aws_protocol protocol;
	int status;
	const char *header, *body;
	enum err_kind kind;
	const char *code, *message, *request_id;
} failures[] = {
	{ AWS_JSON, 400, "x-amzn-requestid: id-1",
		"{\"__type\":\"com.amazon.x#ThrottlingException\",\"Message\":\"Slow\"}", ERR_AWS,
		"ThrottlingException", "Slow", "id-1" },
	{ AWS_JSON, 400, "x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender",
		"{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"No\"}", ERR_AWS,
		"AWS.SimpleQueueService.NonExistentQueue", "No", "" },
	{ AWS_JSON, 400, "x-amzn-query-error: ;Sender", "{\"__type\":\"QueueDoesNotExist\"}", ERR_AWS,
		"QueueDoesNotExist", "AWS gave no reason (HTTP status 400)", "" },
	{ AWS_REST_JSON, 403, "x-amzn-errortype: AccessDeniedException:http://internal/",
		"{\"Message\":null}", ERR_AWS, "AccessDeniedException",
		"AWS gave no reason (HTTP status 403)", "" },
	{ AWS_REST_JSON, 404, NULL, "{\"message\":\"\xc3\xa4\"}", ERR_AWS, "NotFound", "\xc3\xa4", "" },
	{ AWS_REST_JSON, 429, NULL, "", ERR_AWS, "TooManyRequests",
		"AWS gave no reason (HTTP status 429)", "" },
	{ AWS_REST_JSON, 400, "x-amzn-errortype: BadRequestException", "<html>", ERR_AWS,
		"BadRequestException", "AWS gave no reason (HTTP status 400)", "" },
	{ AWS_REST_JSON, 502, NULL, "<html><body>Bad \x1b[31mgateway</body>", ERR_PROTOCOL,
		"NotAnAwsAnswer",
		"Get got HTTP status 502 with <html><body>Bad \\x1b[31mgateway</body>, which is not an "
		"answer from AWS",
		"" },
	{ AWS_JSON, 500, NULL, "upstream failed", ERR_PROTOCOL, "NotAnAwsAnswer",
		"Get got HTTP status 500 with a body that is not JSON, which is not an answer from AWS",
		"" },
	{ AWS_JSON, 400, NULL, "[]", ERR_AWS, "BadRequest", "AWS gave no reason (HTTP status 400)",
		"" },
	{ AWS_JSON, 400, NULL, "{\"__type\": 7, \"message\": {}}", ERR_AWS, "BadRequest",
		"AWS gave no reason (HTTP status 400)", "" },
	{ AWS_QUERY, 403, NULL,
		"<ErrorResponse "
		"xmlns=\"https://iam.amazonaws.com/\"><Error><Type>Sender</Type><Code>AccessDenied</Code>"
		"<Message>User: a is not "
		"authorized</Message></Error><RequestId>id-2</RequestId></ErrorResponse>",
		ERR_AWS, "AccessDenied", "User: a is not authorized", "id-2" },
	{ AWS_QUERY, 403, NULL,
		"<AccessDeniedException><Message>Unable to determine "
		"service</Message></AccessDeniedException>",
		ERR_AWS, "AccessDeniedException", "Unable to determine service", "" },
	{ AWS_QUERY, 404, NULL, "<UnknownOperationException/>", ERR_AWS, "UnknownOperationException",
		"AWS gave no reason (HTTP status 404)", "" },
	{ AWS_EC2, 400, NULL,
		"<?xml "
		"version=\"1.0\"?>\n<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>m</"
		"Message></Error>"
		"<Error><Code>Second</Code></Error></Errors><RequestID>id-3</RequestID></Response>",
		ERR_AWS, "RequestLimitExceeded", "m", "id-3" },
	{ AWS_REST_XML, 404, "x-amz-request-id: id-4",
		"<Error><Code>NoSuchBucket</Code><Message>m</Message><BucketName>b</"
		"BucketName><RequestId>id-5</RequestId></Error>",
		ERR_AWS, "NoSuchBucket", "m", "id-5" },
	{ AWS_REST_XML, 404, "x-amz-request-id: id-6", "", ERR_AWS, "NotFound",
		"AWS gave no reason (HTTP status 404)", "id-6" },
	{ AWS_REST_XML, 403, NULL, "", ERR_AWS, "Forbidden", "AWS gave no reason (HTTP status 403)",
		"" },
	{ AWS_REST_XML, 418, NULL, "", ERR_AWS, "Http418", "AWS gave no reason (HTTP status 418)", "" },
	{ AWS_REST_XML, 503, NULL, "<Error><Code>SlowDown</Code>", ERR_PROTOCOL, "TruncatedXml", NULL,
		"" },
	{ AWS_REST_XML, 503, NULL, "<unrelated/>", ERR_PROTOCOL, "NotAnAwsAnswer", NULL, "" },
	{ AWS_REST_XML, 200, "x-amz-request-id: id-7",
		"<Error><Code>InternalError</Code><Message>m</Message></Error>", ERR_AWS, "InternalError",
		"m", "id-7" },
	{ AWS_REST_XML, 200, NULL, "", ERR_PROTOCOL, "EmptyAnswer", NULL, "" },
	{ AWS_REST_XML, 200, NULL, "<html/>", ERR_PROTOCOL, "NotAnAwsAnswer", NULL, "" },
	{ AWS_QUERY, 200, NULL, "", ERR_PROTOCOL, "EmptyAnswer", NULL, "" },
	{ AWS_QUERY, 200, NULL, "<GetResponse/>", ERR_PROTOCOL, "NoResult", NULL, "" },
	{ AWS_QUERY, 200, NULL, "<PutResponse/>", ERR_PROTOCOL, "WrongRoot", NULL, "" },
	{ AWS_EC2, 200, NULL, "<GetResult/>", ERR_PROTOCOL, "WrongRoot", NULL, "" },
	{ AWS_JSON, 200, NULL, "", ERR_PROTOCOL, "EmptyAnswer", NULL, "" },
	{ AWS_JSON, 200, "x-amzn-requestid: id-8", "{\"items\":[", ERR_PROTOCOL, "InvalidJson", NULL,
		"id-8" },
	{ AWS_JSON, 200, NULL, "{\"items\":[],\"items\":[]}", ERR_PROTOCOL, "InvalidJson", NULL, "" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"name\":\"\xff\"}]}", ERR_PROTOCOL, "InvalidJson", NULL,
		"" },
	{ AWS_JSON, 200, NULL, "<html/>", ERR_PROTOCOL, "NotAnAwsAnswer", NULL, "" },
	{ AWS_JSON, 200, NULL, "[]", ERR_PROTOCOL, "UnexpectedType", NULL, "" },
	{ AWS_JSON, 200, NULL, "{\"items\":{}}", ERR_PROTOCOL, "UnexpectedType", NULL, "" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"name\":\"x\"},{\"name\":5}]}", ERR_PROTOCOL,
		"UnexpectedType", "Get.items[1].name: the answer should have a string here", "" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"on\":\"true\"}]}", ERR_PROTOCOL, "UnexpectedType", NULL,
		"" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"count\":1.5}]}", ERR_PROTOCOL, "UnexpectedType", NULL,
		"" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"count\":1e30}]}", ERR_PROTOCOL, "UnexpectedType", NULL,
		"" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"when\":1e30}]}", ERR_PROTOCOL, "UnexpectedType", NULL,
		"" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"when\":\"soon\"}]}", ERR_PROTOCOL, "BadTimestamp", NULL,
		"" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"data\":\"***\"}]}", ERR_PROTOCOL, "UnexpectedType", NULL,
		"" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"ratio\":\"\"}]}", ERR_PROTOCOL, "UnexpectedType", NULL,
		"" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"when\":\" \"}]}", ERR_PROTOCOL, "UnexpectedType", NULL,
		"" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"when\":{}}]}", ERR_PROTOCOL, "UnexpectedType", NULL,
		"" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"count\":\"1\"}]}", ERR_PROTOCOL, "UnexpectedType", NULL,
		"" },
	{ AWS_JSON, 200, NULL, "{\"Tags\":{\"a\":1}}", ERR_PROTOCOL, "UnexpectedType",
		"Get.Tags.a: the answer should have a string here", "" },
	{ AWS_JSON, 200, NULL, "{\"Tags\":[]}", ERR_PROTOCOL, "UnexpectedType", NULL, "" },
	{ AWS_JSON, 200, NULL, "null", ERR_PROTOCOL, "UnexpectedType", NULL, "" },
	{ AWS_JSON, 200, NULL, "{} {}", ERR_PROTOCOL, "InvalidJson",
		"the answer to Get is not valid JSON: line 1, column 4: something follows the value", "" },
	/* A member that appears twice is refused even if one of the two is null; a text that isn't JSON
	   is reported as such, whatever else is wrong with it. */
	{ AWS_JSON, 200, NULL, "{\"items\":null,\"items\":[]}", ERR_PROTOCOL, "InvalidJson", NULL, "" },
	{ AWS_JSON, 200, NULL, "{\"Tags\":{\"a\":\"b\",\"\\u0061\":null}}", ERR_PROTOCOL, "InvalidJson",
		NULL, "" },
	{ AWS_JSON, 200, NULL, "{\"items\":nil}", ERR_PROTOCOL, "InvalidJson", NULL, "" },
	{ AWS_JSON, 200, NULL, "{\"items\":[nul]}", ERR_PROTOCOL, "InvalidJson", NULL, "" },
	{ AWS_JSON, 200, NULL, "{\"items\":[{\"on\":truth}]}", ERR_PROTOCOL, "InvalidJson", NULL, "" },
	{ AWS_JSON, 200, NULL, "{\"items\":{\"a\":", ERR_PROTOCOL, "InvalidJson", NULL, "" },
	{ AWS_JSON, 200, NULL, "{\"more\":[1,}", ERR_PROTOCOL, "InvalidJson", NULL, "" },
	{ AWS_REST_JSON, 200, "x-header: \xff", "{}", ERR_PROTOCOL, "InvalidUtf8", NULL, "" },
};

static void test_failures(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(failures); i++) {
		struct err err = ERR_INIT;
		char request_id[72];
		json_t *out = NULL;

		if (parse(&get[failures[i].protocol], failures[i].status, failures[i].header,
				failures[i].body, &out, request_id, &err) == 0)
			fail_msg("accepted: %s", failures[i].body);
		assert_null(out);
		if (!err_is(&err, failures[i].kind, failures[i].code) ||
			err.http_status != failures[i].status ||
			(failures[i].message != NULL && strcmp(err.message, failures[i].message) != 0) ||
			strcmp(err.request_id, failures[i].request_id) != 0 ||
			strcmp(request_id, failures[i].request_id) != 0)
			fail_msg("%d %s: %s %s (HTTP %d, %s): %s", failures[i].status, failures[i].body,
				err_kind_name(err.kind), err.code, err.http_status, err.request_id, err.message);
	}
}

static void test_successes(void **state)
{
	static const struct {
		const struct aws_operation *operation;
		const char *header, *body, *value, *request_id;
	} cases[] = {
		{ &get[AWS_JSON], NULL, "{}", "{}", "" },
		{ &get[AWS_JSON], NULL,
			"{\"items\":[{\"name\":\"a\",\"when\":1.5,\"count\":2.0,\"ratio\":3,\"on\":true,"
			"\"data\":\"Zg==\",\"more\":{\"x\":null}},"
			"null,{\"when\":\"1970-01-01T00:00:01Z\",\"ratio\":\"NaN\"}],\"Tags\":{\"a\":null,"
			"\"b\":\"c\"},\"extra\":1}",
			"{\"Items\":[{\"Name\":\"a\",\"When\":\"1970-01-01T00:00:01.500Z\",\"Count\":2,"
			"\"Ratio\":3,\"On\":true,\"Data\":\"Zg==\"},"
			"null,{\"When\":\"1970-01-01T00:00:01Z\",\"Ratio\":\"NaN\"}],\"Tags\":{\"b\":\"c\"}}",
			"" },
		/* Members come in any order, with escaped names, and as null when they are not set. */
		{ &get[AWS_JSON], NULL,
			"{\"Tags\":{\"\\u0061\\n\":\"\\u0062\"},\"it\\u0065ms\":[{\"data\":null,\"count\":-7,"
			"\"name\":\"\",\"\":0,\"nam\":1,\"names\":[{}]}]}",
			"{\"Items\":[{\"Count\":-7,\"Name\":\"\"}],\"Tags\":{\"a\\n\":\"b\"}}", "" },
		/* A member that isn't listed never takes the place of one that is. */
		{ &get[AWS_JSON], NULL, "{\"items\":[],\"Items\":[1]}", "{\"Items\":[]}", "" },
		{ &get[AWS_JSON], NULL, "{\"Items\":[1],\"items\":[]}", "{\"Items\":[]}", "" },
		{ &get[AWS_JSON], NULL, "{\"Items\":[1],\"Header\":1}", "{}", "" },
		{ &get[AWS_REST_JSON], "x-header: h", "{\"items\":null}", "{\"Header\":\"h\"}", "" },
		{ &nothing[AWS_JSON], NULL, "", "{}", "" },
		{ &nothing[AWS_JSON], NULL, "{\"any\":1}", "{}", "" },
		{ &nothing[AWS_REST_XML], "x-amz-request-id: id-1", "", "{}", "id-1" },
		{ &nothing[AWS_QUERY], NULL,
			"<DoResponse><ResponseMetadata><RequestId>id-2</RequestId></ResponseMetadata></"
			"DoResponse>",
			"{}", "id-2" },
		{ &nothing[AWS_EC2], NULL,
			"<DoResponse><requestId>id-3</requestId><return>true</return></DoResponse>", "{}",
			"id-3" },
		{ &get[AWS_EC2], NULL,
			"<GetResponse><requestId>id-4</requestId><items><item><name>a</name><requestId>no</"
			"requestId></item></items></GetResponse>",
			"{\"Items\":[{\"Name\":\"a\"}]}", "id-4" },
		{ &get_location, NULL,
			"<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>",
			"{\"LocationConstraint\":\"\"}", "" },
		{ &get_location, NULL,
			"<?xml version=\"1.0\"?>\n<LocationConstraint>eu-west-1</LocationConstraint>",
			"{\"LocationConstraint\":\"eu-west-1\"}", "" },
		{ &get_policy, NULL, "{\"Version\":\"2012-10-17\"}",
			"{\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\"}\"}", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *expected = json_loads(cases[i].value, 0, NULL);
		CLEANUP_JSON json_t *out = NULL;
		struct err err = ERR_INIT;
		char request_id[72];

		if (parse(cases[i].operation, 200, cases[i].header, cases[i].body, &out, request_id, &err) <
			0)
			fail_msg("%s: %s: %s", cases[i].body, err.code, err.message);
		CLEANUP_FREE char *have = json_to_text(out);
		if (!json_equal(out, expected) || strcmp(request_id, cases[i].request_id) != 0)
			fail_msg("%s: %s (%s), not %s", cases[i].body, have, request_id, cases[i].value);
	}
}

/* Nesting beyond the limit is an answer that AWS doesn't give, and never ERR_LIMIT, which says that
 * nothing was sent. */
static void test_deep(void **state)
{
	CLEANUP_BUF struct buf json, xml;
	struct err err = ERR_INIT;
	char request_id[72];
	json_t *out = NULL;

	(void)state;
	buf_init(&json, 65536);
	buf_init(&xml, 65536);
	buf_add_string(&json, "{\"more\":");
	buf_add_string(&xml, "<GetResponse><GetResult>");
	for (int i = 0; i < 1000; i++) {
		buf_add_char(&json, '[');
		buf_add_string(&xml, "<a>");
	}
	assert_int_equal(parse(&get[AWS_JSON], 200, NULL, json.data, &out, request_id, &err), -1);
	assert_true(err_is(&err, ERR_PROTOCOL, "TooDeep"));
	assert_int_equal(parse(&get[AWS_QUERY], 200, NULL, xml.data, &out, request_id, &err), -1);
	assert_true(err_is(&err, ERR_PROTOCOL, "XmlTooDeep"));
	/* An error with such a body stays an error whose body isn't understood. */
	assert_int_equal(parse(&get[AWS_JSON], 500, NULL, json.data, &out, request_id, &err), -1);
	assert_true(err_is(&err, ERR_PROTOCOL, "NotAnAwsAnswer"));
}

/* A message that doesn't fit is cut between characters, so that it stays valid UTF-8. */
static void test_long_message(void **state)
{
	CLEANUP_BUF struct buf body;
	struct err err = ERR_INIT;
	char request_id[72];
	json_t *out = NULL;

	(void)state;
	buf_init(&body, 65536);
	buf_add_string(&body, "{\"__type\":\"");
	for (int i = 0; i < 500; i++)
		buf_add_string(&body, "x");
	buf_add_string(&body, "\",\"message\":\"a");
	for (int i = 0; i < 2000; i++)
		buf_add_string(&body, "\xe2\x82\xac");
	buf_add_string(&body, "\"}");
	assert_int_equal(parse(&get[AWS_JSON], 400, NULL, body.data, &out, request_id, &err), -1);
	assert_int_equal(err.kind, ERR_AWS);
	CLEANUP_JSON json_t *valid = json_string(err.message);
	assert_non_null(valid);
	assert_true(strlen(err.message) > sizeof err.message - 5);
	assert_true(strlen(err.code) < sizeof err.code);
}

/* Returns the strings of one answer, which must stay as they are whatever is answered later. */
static json_t *words_of(const char *words)
{
	CLEANUP_FREE char *body = xasprintf("{\"words\":[%s]}", words);
	CLEANUP_JSON json_t *out = NULL;
	struct err err = ERR_INIT;
	char request_id[72];

	assert_int_equal(parse(&get[AWS_JSON], 200, NULL, body, &out, request_id, &err), 0);
	return json_incref(json_object_get(out, "Words"));
}

/* Answers share their words. An endless number of different words takes no more memory and changes
 * no answer. */
static void test_words(void **state)
{
	static const char few[] = "\"ENABLED\", \"DISABLED\", \"\", \"ENABLED\", \"ENABLED_\", null";
	CLEANUP_JSON json_t *first = words_of(few);
	CLEANUP_JSON json_t *again = words_of(few);
	CLEANUP_JSON json_t *as_texts =
		json_pack("[s, s, s, s, s, n]", "ENABLED", "DISABLED", "", "ENABLED", "ENABLED_");

	(void)state;
	assert_true(json_equal(first, as_texts) && json_equal(again, as_texts));
	assert_ptr_equal(json_array_get(first, 0), json_array_get(first, 3));
	assert_ptr_equal(json_array_get(first, 0), json_array_get(again, 0));
	for (int i = 0; i < 10000; i++) {
		CLEANUP_FREE char *text = xasprintf("\"WORD_%d\"", i);
		CLEANUP_FREE char *wanted = xasprintf("WORD_%d", i);
		CLEANUP_JSON json_t *words = words_of(text);

		assert_string_equal(json_string_value(json_array_get(words, 0)), wanted);
	}
	assert_true(json_equal(first, as_texts));

	/* A text that is too long for a word becomes a string of its own. */
	CLEANUP_JSON json_t *one =
		words_of("\"0123456789012345678901234567890123456789012345678901234567890123456789\"");
	CLEANUP_JSON json_t *other =
		words_of("\"0123456789012345678901234567890123456789012345678901234567890123456789\"");
	assert_true(json_equal(one, other));
	assert_ptr_not_equal(json_array_get(one, 0), json_array_get(other, 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_successes),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_long_message),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
