/* Hostile bodies: each is refused with a code, or decoded without its unusable values. */
#include "test_events_signal_help.h"

#include "base/banned.h"
#include "base/buf.h"
#include "events/envelope.h"

static void test_not_events(void **state)
{
	static const struct {
		const char *body, *code, *message;
	} bodies[] = {
		{ "", "NotJson", "the event" },
		{ " ", "NotJson", "" },
		{ "{", "NotJson", "" },
		{ "not json", "NotJson", "line 1, column" },
		{ "{\"a\":1,\"a\":2}", "NotJson", "twice" },
		{ "{\"detail\":{\"a\":1,\"a\":2}}", "NotJson", "twice" },
		{ "{\"a\":\"\xff\"}", "NotJson", "UTF-8" },
		{ "{\"a\":\"\xc3\"}", "NotJson", "UTF-8" },
		{ "{\"a\":\"\xed\xa0\x80\"}", "NotJson", "UTF-8" },
		{ "{\"a\":1e999}", "NotJson", "too large" },
		{ "{\"a\":99999999999999999999}", "NotJson", "too large" },
		{ "null", "NotAnEvent", "not an object" },
		{ "7", "NotAnEvent", "not an object" },
		{ "\"text\"", "NotAnEvent", "not an object" },
		{ "{}", "NotAnEvent", "neither an event nor a finding" },
		{ "{\"a\":1}", "NotAnEvent", "" },
		{ "[]", "NotAnEvent", "empty list" },
		{ "[[]]", "NotAnEvent", "item 1 of 1" },
		{ "[{}]", "NotAnEvent", "item 1 of 1" },
		{ "{\"Findings\":[]}", "NotAnEvent", "empty list" },
		{ "{\"Findings\":{}}", "NotAnEvent", "" },
		{ "{\"Finding\":{}}", "NotAnEvent", "" },
		{ "{\"Finding\":[]}", "NotAnEvent", "" },
		{ "{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\","
		  "\"awsRegion\":\"us-east-1\"}]}",
			"NotAnEvent", "" },
		{ "{\"eventSource\":\"s3.amazonaws.com.example\",\"eventName\":\"X\",\"awsRegion\":\"us-"
		  "east-1\"}",
			"NotAnEvent", "" },
		{ "{\"eventSource\":\"A.amazonaws.com\",\"eventName\":\"X\",\"awsRegion\":\"us-east-1\"}",
			"NotAnEvent", "" },
		{ "{\"eventSource\":7,\"eventName\":\"X\",\"awsRegion\":\"us-east-1\"}", "NotAnEvent", "" },
		{ "{\"messageType\":7}", "NotAnEvent", "" },
		{ "{\"Type\":\"SubscriptionConfirmation\",\"Message\":\"m\",\"SubscribeURL\":\"https://"
		  "example.com\"}",
			"NotAnEvent", "confirm" },
		{ "{\"Type\":\"Notification\",\"Message\":\"hello\"}", "NotJson",
			"the event in the notification" },
		{ "{\"Type\":\"Notification\",\"Message\":\"\"}", "NotJson",
			"the event in the notification" },
		{ "{\"Type\":\"Notification\",\"Message\":{}}", "NotAnEvent", "" },
		{ "{\"invokingEvent\":\"{}\"}", "NotAnEvent", "" },
		{ "{\"detail\":{}}", "MissingField", "no usable detail-type" },
		{ "{\"detail-type\":\"X\"}", "MissingField", "no detail" },
		{ "{\"detail-type\":\"X\",\"detail\":[]}", "WrongType", "detail is not an object" },
		{ "{\"detail-type\":\"X\",\"detail\":null}", "WrongType", "detail is not an object" },
		{ "{\"detail-type\":7,\"detail\":{}}", "MissingField", "no usable detail-type" },
		{ "{\"detail-type\":\"\",\"detail\":{}}", "MissingField", "no usable detail-type" },
		{ "{\"detail-type\":\"X\\u0000Y\",\"detail\":{}}", "MissingField",
			"no usable detail-type" },
		{ "{\"detail-type\":\"X\",\"detail\":{},\"account\":{}}", "WrongType",
			"account is not a string" },
		{ "{\"ProductArn\":7,\"Id\":\"f\"}", "WrongType", "ProductArn is not a string" },
		{ "{\"class_uid\":true,\"metadata\":1}", "WrongType", "class_uid is not an integer" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bodies); i++)
		expect_refusal(bodies[i].body, strlen(bodies[i].body), ERR_PROTOCOL, bodies[i].code,
			bodies[i].message);
	expect_refusal("{\"a\":\0 1}", 9, ERR_PROTOCOL, "NotJson", "");
	expect_refusal("\0", 1, ERR_PROTOCOL, "NotJson", "");
	expect_refusal("{\"detail-type\":\"X\",\"detail\":{}}\0", 32, ERR_PROTOCOL, "NotJson", "");
}

/* Returns `opening` that many times, then `middle`, then `closing` as often. */
static char *nested(size_t times, const char *opening, const char *middle, const char *closing)
{
	CLEANUP_BUF struct buf text = BUF_INIT(200 << 20);

	for (size_t i = 0; i < times; i++)
		buf_add_string(&text, opening);
	buf_add_string(&text, middle);
	for (size_t i = 0; i < times; i++)
		buf_add_string(&text, closing);
	assert_true(buf_ok(&text));
	return buf_detach(&text);
}

static void test_depth(void **state)
{
	char *array = nested(10000, "[", "", "]"), *object = nested(10000, "{\"detail\":", "{}", "}");
	struct signal_list list;

	(void)state;
	expect_refusal(array, strlen(array), ERR_LIMIT, "TooDeep", "deeper than 64");
	expect_refusal(object, strlen(object), ERR_LIMIT, "TooDeep", "deeper than 64");
	free(array);
	free(object);
	char *inner = nested(62, "[", "", "]"), *body = event_text("aws.ec2", "X", "{\"a\":0}");
	free(body);
	/* A value as deep as the parser accepts is decoded: no function that walks it goes beyond its
	 * own limit. */
	char *detail = xasprintf("{\"a\":%s}", inner);
	body = xasprintf("{\"detail-type\":\"X\",\"detail\":%s}", detail);
	assert_string_equal(decode_single(body, &list)->type, "X");
	signals_release(&list);
	free(inner);
	free(detail);
	free(body);
}

static void test_size(void **state)
{
	size_t huge = (size_t)100 << 20;
	char *text = xmalloc(huge);
	struct signal_list list;
	struct err err = ERR_INIT;

	(void)state;
	/* The body isn't parsed at all: this is not valid JSON. */
	memset(text, '[', huge);
	expect_refusal(text, huge, ERR_LIMIT, "TooLarge", "104857600 bytes");
	expect_refusal(text, SIGNAL_MAX_BODY_BYTES + 1, ERR_LIMIT, "TooLarge", "");
	expect_refusal(text, SIGNAL_MAX_BODY_BYTES, ERR_LIMIT, "TooDeep", "");
	/* The body has exactly the maximal size. */
	memset(text, ' ', SIGNAL_MAX_BODY_BYTES);
	memcpy(text, "{\"detail-type\":\"X\",\"detail\":{}}", 31);
	assert_int_equal(signals_decode(text, SIGNAL_MAX_BODY_BYTES, &list, &err), 0);
	signals_release(&list);
	free(text);
}

static void test_wraps(void **state)
{
	char *once = sns_text("{\"detail-type\":\"X\",\"detail\":{}}"), *twice = sns_text(once),
		 *thrice = sns_text(twice), *more = sns_text(thrice);
	struct signal_list list;

	(void)state;
	assert_string_equal(decode_single(once, &list)->type, "X");
	signals_release(&list);
	assert_string_equal(decode_single(twice, &list)->type, "X");
	signals_release(&list);
	expect_refusal(thrice, strlen(thrice), ERR_LIMIT, "TooDeep", "wrapped more than 2 times");
	expect_refusal(more, strlen(more), ERR_LIMIT, "TooDeep", "wrapped more than 2 times");
	free(once);
	free(twice);
	free(thrice);
	free(more);
}

/* Returns that many findings with commas between them. */
static char *many(size_t count)
{
	CLEANUP_BUF struct buf text = BUF_INIT(4 << 20);

	for (size_t i = 0; i < count; i++)
		buf_add_format(&text, "%s{\"Id\":\"f%zu\",\"ProductArn\":\"p\"}", i > 0 ? "," : "", i);
	return buf_detach(&text);
}

static void test_counts(void **state)
{
	static const struct {
		size_t count;
		const char *form, *end;
	} cases[] = {
		{ 101, "[", "]" },
		{ 10000, "[", "]" },
		{ 10000, "{\"Findings\":[", "]}" },
		{ 101,
			"{\"source\":\"aws.securityhub\",\"detail-type\":\"Security Hub Findings - "
			"Imported\",\"detail\":{\"findings\":[",
			"]}}" },
		{ 10000,
			"{\"source\":\"aws.securityhub\",\"detail-type\":\"Security Hub Findings - "
			"Imported\",\"detail\":{\"findings\":[",
			"]}}" },
	};
	struct signal_list list;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char *findings = many(cases[i].count),
			 *body = xasprintf("%s%s%s", cases[i].form, findings, cases[i].end);

		expect_refusal(body, strlen(body), ERR_LIMIT, "TooManyFindings", "more than 100");
		free(body);
		free(findings);
	}
	char *findings = many(100), *body = xasprintf("[%s]", findings);
	decode_text(body, &list);
	assert_int_equal(list.count, 100);
	assert_string_equal(list.signals[99].finding_id, "f99");
	signals_release(&list);
	free(body);
	/* The bound is that of the whole body, however it is divided. */
	body =
		xasprintf("[{\"source\":\"aws.securityhub\",\"detail-type\":\"Security Hub Findings - "
				  "Imported\",\"detail\":{\"findings\":[%s]}},{\"Id\":\"f\",\"ProductArn\":\"p\"}]",
			findings);
	expect_refusal(body, strlen(body), ERR_LIMIT, "TooManyFindings", "more than 100");
	free(body);
	free(findings);
}

/* The members that are copied for each finding are bounded; a single finding needs no copy. */
static void test_members_beside_findings(void **state)
{
	CLEANUP_BUF struct buf members = BUF_INIT(1 << 20);
	struct signal_list list;

	(void)state;
	for (size_t i = 0; i < 64; i++)
		buf_add_format(&members, "\"m%zu\":1,", i);
	for (size_t count = 1; count <= 2; count++) {
		char *findings = many(count);
		char *detail = xasprintf("{%s\"findings\":[%s]}", members.data, findings),
			 *body = event_text("aws.securityhub", "Security Hub Findings - Imported", detail);

		if (count == 1)
			expect_text(decode_single(body, &list)->finding_id, "f0");
		else
			expect_refusal(body, strlen(body), ERR_LIMIT, "TooManyMembers",
				"more than 64 members beside the findings");
		if (count == 1)
			signals_release(&list);
		free(findings);
		free(detail);
		free(body);
	}
}

/* An account that isn't 12 digits or a region that isn't spelled like one is left out. */
static void test_places(void **state)
{
	static const char *const accounts[] = { "", "11112222333", "1111222233334", "11112222333x",
		"111122223333\\n", "111122223333\\u0020", "-11122223333",
		"\\u0661\\u0661\\u0661\\u0661\\u0661\\u0661", "XXXXXXXXXXXX" };
	static const char *const regions[] = { "", "global", "aws-global", "us-east", "us-east-",
		"us-east-123", "US-EAST-1", "us--east-1", "us-east-1 ", "../us-east-1", "us-east-1/",
		"us-1", "1-a-1", "us-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1" };
	static const char *const good[] = { "us-east-1", "us-gov-west-1", "cn-north-1",
		"ap-southeast-7", "us-iso-east-1", "eusc-de-east-1", "mx-central-1" };
	struct signal_list list;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(accounts) + ARRAY_LENGTH(regions) + ARRAY_LENGTH(good);
		i++) {
		bool account = i < ARRAY_LENGTH(accounts),
			 fine = i >= ARRAY_LENGTH(accounts) + ARRAY_LENGTH(regions);
		const char *region = account ? "us-east-1"
			: fine                   ? good[i - ARRAY_LENGTH(accounts) - ARRAY_LENGTH(regions)]
									 : regions[i - ARRAY_LENGTH(accounts)];
		char *detail =
			xasprintf("{\"id\":\"f\",\"type\":\"T\",\"accountId\":\"%s\",\"region\":\"%s\"}",
				account ? accounts[i] : "111122223333", region);
		struct signal *signal = decode_detail("aws.guardduty", "GuardDuty Finding", detail, &list);

		expect_text(signal->account, account ? NULL : "111122223333");
		expect_text(signal->region, account || fine ? region : NULL);
		signals_release(&list);
		free(detail);
	}
}

/* A type that is too long is refused; a resource that is too long counts as absent. */
static void test_long_texts(void **state)
{
	char *text = nested(3000, "x", "", "");
	char *type = xasprintf("{\"id\":\"f\",\"type\":\"%s\"}", text),
		 *body = event_text("aws.guardduty", "GuardDuty Finding", type);
	char *resource = xasprintf("{\"id\":\"f\",\"type\":\"T\",\"resource\":{\"resourceType\":"
							   "\"Instance\",\"instanceDetails\":{\"instanceId\":\"%s\"}}}",
		text);
	struct signal_list list;

	(void)state;
	expect_refusal(body, strlen(body), ERR_LIMIT, "TooLong", "type is longer than 2048 bytes");
	expect_text(decode_detail("aws.guardduty", "GuardDuty Finding", resource, &list)->resource,
		NULL);
	signals_release(&list);
	free(text);
	free(type);
	free(body);
	free(resource);
}

/* Error messages have nothing of the body's text, so that nothing needs escaping there. */
static void test_messages(void **state)
{
	static const char *const bodies[] = {
		"{\"\\u001b[31m\":1}",
		"{\"detail-type\":\"\\u001b[31m\",\"detail\":1}",
		"{\"detail\":{\"\\u001b\":1},\"detail-type\":null}",
		"\x1b[31m",
		"{\"a\":\"\x1b\"}",
		"{\"eventSource\":\"\\u001b\",\"eventName\":\"\\u001b\",\"awsRegion\":\"x\"}",
		"{\"Id\":\"\\u001b\",\"ProductArn\":{\"\\u001b\":1}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bodies); i++) {
		struct signal_list list;
		struct err err = ERR_INIT;

		assert_int_equal(signals_decode(bodies[i], strlen(bodies[i]), &list, &err), -1);
		assert_null(strchr(err.message, '\x1b'));
		assert_int_equal(signals_decode(bodies[i], strlen(bodies[i]), &list, NULL), -1);
	}
}

/* Findings before a bad one have been decoded already; none of them is left in the result. */
static void test_later_finding_is_bad(void **state)
{
	static const char body[] =
		"[{\"Id\":\"f\",\"ProductArn\":\"p\"},{\"Id\":\"g\",\"ProductArn\":7}]";

	(void)state;
	expect_refusal(body, strlen(body), ERR_PROTOCOL, "WrongType",
		"item 2 of 2: finding 1 of 1: Security Hub Findings - Imported: ProductArn is not a "
		"string");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_events),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_wraps),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_members_beside_findings),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_later_finding_is_bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
