/* The texts of messages, and that text from outside can't change their meaning. */
#include "base/json.h"
#include "base/json_read.h"
#include "baselines_help.h"
#include "notify/format.h"
#include "notify/group.h"
#include "notify/internal.h"
#include "notify/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#define BASELINE "s3.account-public-access-block"

/* Names that would be mentions, links, formatting, terminal control, reordering, and more than
 * fits. */
static const char *const hostile[] = {
	"<!channel> <@U123> <!here|x>",
	"@here @channel @everyone",
	"<https://evil.example|click>",
	"[click](https://evil.example)",
	"*bold* _it_ ~no~ `code` ```block```",
	"a\r\nb\tc\x1b[31m\x07",
	("abc\xe2\x80\xae"
	 "cba"),
	"a&amp;<b>",
	"\xff\xfe no utf-8",
	"<at>everyone</at>",
	"{{DATE(2026-01-01T00:00:00Z)}}",
	"\"},{\"x\":\"",
	"\\`x",
	"",
};

static struct message_record *record_with(enum notification_kind kind, const char *text, int events)
{
	struct notification event = {
		.kind = kind,
		.severity = SEVERITY_HIGH,
		.run = "20261124T080000.000Z-01020304",
		.baseline = kind < NOTIFY_HALT ? BASELINE : NULL,
		.account = "111122223333",
		.account_name = text,
		.region = "eu-west-1",
		.resource = text,
		.change = kind == NOTIFY_APPROVAL ? "c-1"
			: kind == NOTIFY_ALERT        ? ""
										  : NULL,
		.code = "Public",
		.message = text,
	};
	const struct baseline *baseline = event.baseline != NULL ? baseline_named(event.baseline)
															 : NULL;
	struct message_record *record = notify_message_new("20261124T080001.000Z-0a0b0c0d0e0f", "chat",
		&event, baseline != NULL ? baseline->title : NULL, INT64_C(1700000000000), 0);

	for (int i = 1; i < events; i++)
		(void)notify_message_add(record, &event, INT64_C(1700000000000) + i);
	return record;
}

static json_t *body_of(const struct message_record *record, enum notify_format format,
	size_t *length)
{
	CLEANUP_BUF struct buf body = BUF_INIT(8 * NOTIFY_BODY_MAX);
	json_t *parsed = NULL;
	struct err err = ERR_INIT;

	notify_format(record, format, &body);
	for (size_t i = 0; i < body.length; i++)
		assert_true((unsigned char)body.data[i] >= 0x20 && (unsigned char)body.data[i] < 0x7f);
	if (json_parse(body.data, body.length, "the body", &parsed, &err) < 0)
		fail_msg("%s", err.message);
	if (length != NULL)
		*length = body.length;
	return parsed;
}

static void test_json(void **unused)
{
	struct message_record *record = record_with(NOTIFY_ALERT, "a \"name\"", 12);
	json_t *body = body_of(record, NOTIFY_JSON, NULL);
	const json_t *group = json_array_get(json_object_get(body, "groups"), 0),
				 *item = json_array_get(json_object_get(group, "items"), 0);

	(void)unused;
	assert_int_equal(json_get_integer_or(body, "version", 0), 1);
	assert_string_equal(json_get_string(body, "id"), "20261124T080001.000Z-0a0b0c0d0e0f");
	assert_string_equal(json_get_string(body, "kind"), "alert");
	assert_string_equal(json_get_string(body, "severity"), "high");
	assert_string_equal(json_get_string(body, "created"), "2023-11-14T22:13:20Z");
	assert_non_null(strstr(json_get_string(body, "title"), "12 alerts: "));
	assert_int_equal(json_get_integer_or(body, "count", 0), 12);
	assert_int_equal(json_get_integer_or(group, "more", 0), 2);
	assert_string_equal(json_get_string(group, "baseline"), BASELINE);
	assert_int_equal(json_array_size(json_object_get(group, "items")), 10);
	assert_string_equal(json_get_string(item, "resource"), "a \"name\"");
	assert_string_equal(json_get_string(item, "at"), "2023-11-14T22:13:20Z");
	assert_true(json_is_null(json_object_get(item, "change")));
	assert_non_null(strstr(json_get_string(body, "hint"), "reeve plan --baseline " BASELINE));
	message_record_free(record);
	json_decref(body);
}

/* The same record gives the same bytes: a message that is sent again is the same. */
static void test_bodies_repeat(void **unused)
{
	struct message_record *record = record_with(NOTIFY_APPROVAL, "x", 3);

	(void)unused;
	for (int format = NOTIFY_JSON; format <= NOTIFY_TEAMS; format++) {
		CLEANUP_BUF struct buf first = BUF_INIT(NOTIFY_BODY_MAX),
							   second = BUF_INIT(NOTIFY_BODY_MAX);

		notify_format(record, (enum notify_format)format, &first);
		notify_format(record, (enum notify_format)format, &second);
		assert_string_equal(first.data, second.data);
		assert_true(first.length > 100);
	}
	message_record_free(record);
}

static void test_titles(void **unused)
{
	static const struct {
		enum notification_kind kind;
		int events;
		const char *start;
	} cases[] = {
		{ NOTIFY_ALERT, 1, "1 alert: " },
		{ NOTIFY_ALERT, 1234, "1,234 alerts: " },
		{ NOTIFY_APPROVAL, 1, "1 change waits for approval: " },
		{ NOTIFY_APPROVAL, 2, "2 changes wait for approval: " },
		{ NOTIFY_HALT, 1, "1 run has halted" },
		{ NOTIFY_FAILURE, 1, "1 run has failed" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct message_record *record = record_with(cases[i].kind, "x", cases[i].events);
		CLEANUP_BUF struct buf title = BUF_INIT(1024), subject = BUF_INIT(256);

		notify_add_title(&title, record);
		assert_memory_equal(title.data, cases[i].start, strlen(cases[i].start));
		notify_add_subject(&subject, record);
		assert_true(subject.length < 100 && strncmp(subject.data, "Reeve: ", 7) == 0);
		message_record_free(record);
	}
}

static void test_numbers(void **unused)
{
	static const struct {
		json_int_t number;
		const char *text;
	} cases[] = { { 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 123456, "123,456" },
		{ 10000000, "10,000,000" } };

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_BUF struct buf text = BUF_INIT(64);

		notify_add_number(&text, cases[i].number);
		assert_string_equal(text.data, cases[i].text);
	}
}

/* --- Slack --- */

/* Outside of code spans there are only our own words, and "<" occurs nowhere. */
static void check_mrkdwn(const char *text)
{
	bool code = false;

	assert_true(strlen(text) <= 3000);
	assert_null(strpbrk(text, "<>"));
	for (const char *c = text; *c != '\0'; c++) {
		assert_true(*c == '\n' || (unsigned char)*c >= 0x20);
		if (*c == '`')
			code = !code;
		else if (*c == '\n')
			assert_false(code); /* a span ends on the line where it begins */
		else if (*c == '&')
			assert_true(strncmp(c, "&amp;", 5) == 0 || strncmp(c, "&lt;", 4) == 0 ||
				strncmp(c, "&gt;", 4) == 0);
		else if (!code)
			assert_null(strchr("@[]_~\\", *c));
	}
	assert_false(code);
	assert_null(strstr(text, "\xe2\x80\xae"));
}

static void test_slack_is_safe(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(hostile); i++) {
		for (int kind = 0; kind < NOTIFICATION_KINDS; kind++) {
			struct message_record *record =
				record_with((enum notification_kind)kind, hostile[i], 12);
			json_t *body = body_of(record, NOTIFY_SLACK, NULL), *block;
			size_t index;

			assert_null(strpbrk(json_get_string(body, "text"), "<>@`"));
			assert_string_equal(json_get_string(body, "parse"), "none");
			assert_true(json_is_false(json_object_get(body, "link_names")));
			json_array_foreach(json_object_get(body, "blocks"), index, block) {
				const json_t *text = json_object_get(block, "text");

				if (strcmp(json_get_string(text, "type"), "mrkdwn") != 0)
					continue;
				assert_true(json_is_true(json_object_get(text, "verbatim")));
				check_mrkdwn(json_get_string(text, "text"));
			}
			message_record_free(record);
			json_decref(body);
		}
	}
}

static void test_slack_says_what_to_do(void **unused)
{
	struct message_record *record = record_with(NOTIFY_APPROVAL, "bucket-1", 12);
	json_t *body = body_of(record, NOTIFY_SLACK, NULL);
	const json_t *blocks = json_object_get(body, "blocks");
	const char *section =
		json_get_string(json_object_get(json_array_get(blocks, 1), "text"), "text");
	const char *hint = json_get_string(json_object_get(json_array_get(blocks, 2), "text"), "text");

	(void)unused;
	assert_int_equal(json_array_size(blocks), 3);
	assert_non_null(strstr(section,
		"`111122223333` `bucket-1` `eu-west-1` `bucket-1` change `c-1` "));
	assert_non_null(strstr(section, "and 2 more"));
	assert_non_null(strstr(section, "(high) `" BASELINE "`"));
	assert_non_null(strstr(hint, "`reeve approvals approve ID`"));
	message_record_free(record);
	json_decref(body);
}

/* --- Teams --- */

/* Text from outside is only in text runs, in which no Markdown is interpreted. */
static void check_card(const json_t *block)
{
	size_t index;
	json_t *run;

	assert_string_equal(json_get_string(block, "type"), "RichTextBlock");
	json_array_foreach(json_object_get(block, "inlines"), index, run) {
		const char *text = json_get_string(run, "text");

		assert_string_equal(json_get_string(run, "type"), "TextRun");
		for (const char *c = text; *c != '\0'; c++)
			assert_true((unsigned char)*c >= 0x20);
		assert_null(strstr(text, "\xe2\x80\xae"));
		assert_null(json_object_get(run, "selectAction"));
	}
}

static void test_teams_is_safe(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(hostile); i++) {
		struct message_record *record = record_with(NOTIFY_APPROVAL, hostile[i], 12);
		json_t *body = body_of(record, NOTIFY_TEAMS, NULL), *block;
		const json_t *attachment = json_array_get(json_object_get(body, "attachments"), 0);
		const json_t *card = json_object_get(attachment, "content");
		size_t index;

		assert_string_equal(json_get_string(body, "type"), "message");
		assert_string_equal(json_get_string(attachment, "contentType"),
			"application/vnd.microsoft.card.adaptive");
		assert_string_equal(json_get_string(card, "type"), "AdaptiveCard");
		assert_null(json_object_get(json_object_get(card, "msteams"), "entities"));
		json_array_foreach(json_object_get(card, "body"), index, block)
			check_card(block);
		assert_true(index > 10);
		message_record_free(record);
		json_decref(body);
	}
}

/* --- sizes --- */

static struct message_record *largest_record(void)
{
	static char long_text[4000];
	struct message_record *record = NULL;

	for (size_t i = 0; i + 3 < sizeof long_text; i += 3)
		memcpy(long_text + i, "\xe2\x82\xac", 3); /* six bytes as ASCII JSON */
	for (int i = 0; i < 60; i++) {
		char baseline[32];
		struct notification event = { .kind = NOTIFY_ALERT,
			.severity = SEVERITY_LOW,
			.run = "r",
			.baseline = baseline,
			.account = long_text,
			.account_name = long_text,
			.region = long_text,
			.resource = long_text,
			.change = long_text,
			.code = long_text,
			.message = long_text };

		snprintf(baseline, sizeof baseline, "b-%d", i);
		struct message_record *more = notify_message_new("id", "c", &event, NULL, 1, 1);
		for (int k = 0; k < 20; k++)
			(void)notify_message_add(more, &event, 2);
		if (record == NULL) {
			record = more;
			continue;
		}
		notify_message_merge(record, more);
		message_record_free(more);
	}
	return record;
}

static void test_sizes(void **unused)
{
	struct message_record *record = largest_record();
	json_t *block;
	size_t length, index;

	(void)unused;
	assert_int_equal(record->count, 60 * 21);
	json_decref(body_of(record, NOTIFY_JSON, &length));
	assert_true(length <= NOTIFY_BODY_MAX);
	json_decref(body_of(record, NOTIFY_TEAMS, &length));
	assert_true(length <= NOTIFY_TEAMS_MAX);
	json_t *slack = body_of(record, NOTIFY_SLACK, &length);
	assert_true(length <= NOTIFY_BODY_MAX &&
		json_array_size(json_object_get(slack, "blocks")) <= 50);
	json_array_foreach(json_object_get(slack, "blocks"), index, block)
		assert_true(json_string_length(json_object_get(json_object_get(block, "text"), "text")) <=
			3000);
	json_decref(slack);

	json_t *params = notify_sns_params(record, "arn:aws:sns:eu-west-1:111122223333:t");
	assert_true(json_string_length(json_object_get(params, "Message")) <= NOTIFY_BODY_MAX);
	json_decref(params);
	message_record_free(record);
}

/* --- SNS --- */

static void test_sns(void **unused)
{
	struct message_record *record = record_with(NOTIFY_ALERT, "na\xc3\xafve \xe2\x80\xae", 12);
	json_t *message = NULL, *document = NULL;
	json_t *params = notify_sns_params(record, "arn:aws:sns:eu-west-1:111122223333:t");
	const json_t *attributes = json_object_get(params, "MessageAttributes");
	struct err err = ERR_INIT;
	const char *text = json_get_string(params, "Message");

	(void)unused;
	assert_string_equal(json_get_string(params, "MessageStructure"), "json");
	assert_string_equal(json_get_string(json_object_get(attributes, "kind"), "StringValue"),
		"alert");
	assert_string_equal(json_get_string(json_object_get(attributes, "severity"), "StringValue"),
		"high");
	assert_string_equal(json_get_string(json_object_get(attributes, "id"), "StringValue"),
		record->id);
	assert_null(json_object_get(params, "MessageGroupId"));
	assert_int_equal(json_parse(text, strlen(text), "message", &message, &err), 0);
	const char *inner = json_get_string(message, "default"),
			   *mail = json_get_string(message, "email");
	assert_int_equal(json_parse(inner, strlen(inner), "document", &document, &err), 0);
	assert_int_equal(json_get_integer_or(document, "count", 0), 12);
	assert_non_null(strstr(mail, "resource na\xc3\xafve \\u{202e}"));
	assert_non_null(strstr(mail, "and 2 more"));
	assert_non_null(strstr(mail, "reeve plan --baseline"));
	json_decref(document);
	json_decref(message);
	json_decref(params);

	params = notify_sns_params(record, "arn:aws:sns:eu-west-1:111122223333:t.fifo");
	assert_string_equal(json_get_string(params, "MessageDeduplicationId"), record->id);
	assert_string_equal(json_get_string(params, "MessageGroupId"), "reeve");
	json_decref(params);
	message_record_free(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_bodies_repeat),
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_slack_is_safe),
		cmocka_unit_test(test_slack_says_what_to_do),
		cmocka_unit_test(test_teams_is_safe),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_sns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
