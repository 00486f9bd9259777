/* Notifications without I/O: grouping, merging, when to send, and the signature. */
#include "notify/group.h"
#include "notify/internal.h"
#include "notify/schedule.h"
#include "notify/sign.h"
#include "notify/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static const struct notification sample = {
	.kind = NOTIFY_ALERT,
	.severity = SEVERITY_MEDIUM,
	.run = "run-1",
	.baseline = "s3.account-public-access-block",
	.account = "111122223333",
	.account_name = "payments",
	.region = "global",
	.resource = "111122223333",
	.code = "PublicAccess",
	.message = "public access is not blocked",
};

static struct message_record *record_of(enum notification_kind kind, const char *baseline,
	const char *id, int events)
{
	struct notification event = sample;

	event.kind = kind;
	event.baseline = baseline;
	struct message_record *record = notify_message_new(id, "chat", &event, NULL, 1000, 2000);
	for (int i = 1; i < events; i++)
		(void)notify_message_add(record, &event, 1000 + i);
	return record;
}

/* --- grouping --- */

static void test_ten_are_listed_and_all_are_counted(void **unused)
{
	struct message_record *record = record_of(NOTIFY_ALERT, sample.baseline, "id", 1);
	int written = 1;

	(void)unused;
	for (int i = 1; i < 10000; i++)
		written += notify_message_add(record, &sample, 1000 + i);
	assert_int_equal(record->count, 10000);
	assert_int_equal(record->sections[0].count, 10000);
	assert_int_equal(record->sections[0].items_count, NOTIFY_ITEMS_KEPT);
	assert_int_equal(record->sections[0].last_ms, 1000 + 9999);
	assert_true(written < 25); /* the outbox is not written ten thousand times */
	message_record_free(record);
}

static void test_severity_is_the_highest(void **unused)
{
	struct message_record *record = record_of(NOTIFY_ALERT, sample.baseline, "id", 1);
	struct notification event = sample;

	(void)unused;
	event.severity = SEVERITY_CRITICAL;
	(void)notify_message_add(record, &event, 1);
	event.severity = SEVERITY_LOW;
	(void)notify_message_add(record, &event, 2);
	assert_int_equal(record->severity, SEVERITY_CRITICAL);
	assert_int_equal(record->sections[0].severity, SEVERITY_CRITICAL);
	message_record_free(record);
}

/* An event belongs to the message of its kind, baseline and run. */
static void test_groups(void **unused)
{
	static const struct {
		enum notification_kind kind;
		const char *baseline, *run;
		bool takes;
	} cases[] = {
		{ NOTIFY_ALERT, "b", "r", true },
		{ NOTIFY_APPROVAL, "b", "r", false },
		{ NOTIFY_ALERT, "c", "r", false },
		{ NOTIFY_ALERT, "b", "s", false },
		{ NOTIFY_ALERT, NULL, "r", false },
		{ NOTIFY_ALERT, "b", NULL, false },
	};
	struct notification event = sample;

	(void)unused;
	event.baseline = "b";
	event.run = "r";
	struct message_record *record = notify_message_new("id", "chat", &event, NULL, 1, 2);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct notification other = {
			.kind = cases[i].kind, .baseline = cases[i].baseline, .run = cases[i].run
		};

		assert_int_equal(notify_message_takes(record, &other), cases[i].takes);
	}
	message_record_free(record);
}

/* Texts of any length and without a valid encoding are cut and made valid. */
static void test_texts_are_cut(void **unused)
{
	static const struct {
		const char *text;
		size_t most;
		const char *kept;
	} cases[] = {
		{ "short", 10, "short" },
		{ "0123456789", 10, "0123456789" },
		{ "0123456789a", 10, "0123456789…" },
		{ "aaé", 3, "aa…" }, /* never within a character */
		{ "aaé", 4, "aaé" },
		{ "a\xff", 10, "a\\xff" }, /* no UTF-8 */
		{ "", 10, "" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		json_t *cut = notify_cut(cases[i].text, cases[i].most);

		assert_string_equal(json_string_value(cut), cases[i].kept);
		json_decref(cut);
	}
	json_t *nothing = notify_cut(NULL, 10);
	assert_true(json_is_null(nothing));
	json_decref(nothing);
}

/* --- merging --- */

static void test_same_groups_become_one_section(void **unused)
{
	struct message_record *record = record_of(NOTIFY_ALERT, "a", "1", 8),
						  *later = record_of(NOTIFY_ALERT, "a", "2", 7);
	struct message_record *other = record_of(NOTIFY_ALERT, "b", "3", 2);

	(void)unused;
	notify_message_merge(record, later);
	notify_message_merge(record, other);
	assert_int_equal(record->count, 17);
	assert_int_equal(record->sections_count, 2);
	assert_int_equal(record->sections[0].count, 15);
	assert_int_equal(record->sections[0].items_count, NOTIFY_ITEMS_KEPT);
	assert_int_equal(record->sections[1].count, 2);
	message_record_free(record);
	message_record_free(later);
	message_record_free(other);
}

/* However many groups there are, the size of a message is bounded, and every event is counted. */
static void test_sections_are_bounded(void **unused)
{
	struct message_record *record = record_of(NOTIFY_ALERT, "b-0", "0", 3);
	json_int_t shown = 0;

	(void)unused;
	for (int i = 1; i < 100; i++) {
		char baseline[16];

		snprintf(baseline, sizeof baseline, "b-%d", i);
		struct message_record *more = record_of(NOTIFY_ALERT, baseline, "n", 3);
		notify_message_merge(record, more);
		message_record_free(more);
	}
	assert_int_equal(record->count, 300);
	assert_int_equal(record->sections_count, NOTIFY_SECTIONS_KEPT);
	for (size_t i = 0; i < NOTIFY_SECTIONS_KEPT; i++)
		shown += record->sections[i].count;
	assert_int_equal(record->unlisted.count, 300 - shown);
	assert_int_equal(record->unlisted.sections, 100 - NOTIFY_SECTIONS_KEPT);

	/* The events that were left out are still counted when the message itself is merged. */
	struct message_record *first = record_of(NOTIFY_ALERT, "b-0", "f", 1);
	notify_message_merge(first, record);
	assert_int_equal(first->count, 301);
	assert_int_equal(first->unlisted.count, 300 - shown);
	message_record_free(first);
	message_record_free(record);
}

static void test_condense(void **unused)
{
	static const struct {
		const char *kinds; /* one letter for each waiting record */
		size_t most;
		const char *left;
		json_int_t counts[6];
	} cases[] = {
		{ "aaaa", 4, "aaaa", { 1, 1, 1, 1 } },
		{ "aaaa", 3, "aaa", { 1, 1, 2 } },
		{ "aaaa", 1, "a", { 4 } },
		{ "aaaa", 0, "a", { 4 } },
		{ "apap", 1, "ap", { 2, 2 } }, /* at least one of each kind */
		{ "aaph", 3, "aph", { 2, 1, 1 } },
		{ "h", 0, "h", { 1 } },
		{ "", 0, "", { 0 } },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct message_list waiting = { NULL }, gone = { NULL };
		size_t left = strlen(cases[i].left);

		for (const char *kind = cases[i].kinds; *kind != '\0'; kind++)
			message_list_add(&waiting,
				record_of(*kind == 'a' ? NOTIFY_ALERT
						: *kind == 'p' ? NOTIFY_APPROVAL
									   : NOTIFY_HALT,
					kind, kind, 1));
		notify_condense(&waiting, cases[i].most, &gone);
		assert_int_equal(waiting.count, left);
		assert_int_equal(gone.count, strlen(cases[i].kinds) - left);
		for (size_t k = 0; k < left; k++) {
			assert_int_equal(waiting.items[k]->kind == NOTIFY_APPROVAL, cases[i].left[k] == 'p');
			assert_int_equal(waiting.items[k]->count, cases[i].counts[k]);
		}
		message_list_release(&waiting);
		message_list_release(&gone);
	}
}

/* --- when --- */

static void test_backoff(void **unused)
{
	static const struct {
		int attempts;
		int64_t most_ms;
	} cases[] = {
		{ 1, 2000 },
		{ 2, 4000 },
		{ 3, 8000 },
		{ 8, 256000 },
		{ 10, 1024000 },
		{ 11, 1800000 },
		{ 20, 1800000 },
		{ 1000, 1800000 },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		assert_int_equal(notify_backoff_ms(cases[i].attempts, NOTIFY_BACKOFF_MS, 0),
			cases[i].most_ms);
		int64_t least_ms = notify_backoff_ms(cases[i].attempts, NOTIFY_BACKOFF_MS, UINT32_MAX);
		assert_true(least_ms >= cases[i].most_ms / 2 && least_ms <= cases[i].most_ms / 2 + 1);
	}
}

static void test_retry_after(void **unused)
{
	static const int64_t now_ms = INT64_C(1700000000000); /* Tue, 14 Nov 2023 22:13:20 GMT */
	static const struct {
		const char *value;
		int64_t wait_ms; /* -1: not understood */
	} cases[] = {
		{ "0", 0 },
		{ "7", 7000 },
		{ "3600", 3600000 },
		{ "86400", 3600000 },
		{ "Tue, 14 Nov 2023 22:13:50 GMT", 30000 },
		{ "Tue, 14 Nov 2023 22:00:00 GMT", 0 },
		{ "Wed, 15 Nov 2023 22:00:00 GMT", 3600000 },
		{ "", -1 },
		{ "-1", -1 },
		{ "1.5", -1 },
		{ "99999999999999999999", -1 },
		{ "soon", -1 },
		{ "Tue, 14 Nov 2023 22:13:50 GMT x", -1 },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		int64_t wait_ms = -2;

		assert_int_equal(notify_retry_after(cases[i].value, now_ms, &wait_ms),
			cases[i].wait_ms < 0 ? -1 : 0);
		if (cases[i].wait_ms >= 0)
			assert_int_equal(wait_ms, cases[i].wait_ms);
	}
}

static void test_verdicts(void **unused)
{
	static const struct {
		int status;
		enum notify_verdict verdict;
	} statuses[] = {
		{ 200, NOTIFY_DELIVERED },
		{ 202, NOTIFY_DELIVERED },
		{ 204, NOTIFY_DELIVERED },
		{ 301, NOTIFY_REJECTED },
		{ 307, NOTIFY_REJECTED },
		{ 400, NOTIFY_REJECTED },
		{ 403, NOTIFY_REJECTED },
		{ 404, NOTIFY_REJECTED },
		{ 410, NOTIFY_REJECTED },
		{ 408, NOTIFY_AGAIN },
		{ 425, NOTIFY_AGAIN },
		{ 429, NOTIFY_AGAIN },
		{ 500, NOTIFY_AGAIN },
		{ 503, NOTIFY_AGAIN },
	};
	static const struct {
		struct err err;
		enum notify_verdict verdict;
	} errors[] = {
		{ { .kind = ERR_NETWORK, .code = "ConnectionRefused" }, NOTIFY_AGAIN },
		{ { .kind = ERR_TIMEOUT, .code = "RequestTimeout" }, NOTIFY_AGAIN },
		{ { .kind = ERR_CREDENTIALS, .code = "NoCredentials" }, NOTIFY_AGAIN },
		{ { .kind = ERR_USAGE, .code = "BadUrl" }, NOTIFY_REJECTED },
		{ { .kind = ERR_AWS, .http_status = 403, .code = "AuthorizationError" }, NOTIFY_REJECTED },
		{ { .kind = ERR_AWS, .http_status = 404, .code = "NotFound" }, NOTIFY_REJECTED },
		{ { .kind = ERR_AWS, .http_status = 400, .code = "Throttling" }, NOTIFY_AGAIN },
		{ { .kind = ERR_AWS, .http_status = 403, .code = "ExpiredToken" }, NOTIFY_AGAIN },
		{ { .kind = ERR_AWS, .http_status = 500, .code = "InternalError" }, NOTIFY_AGAIN },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(statuses); i++)
		assert_int_equal(notify_judge_status(statuses[i].status), statuses[i].verdict);
	for (size_t i = 0; i < ARRAY_LENGTH(errors); i++)
		assert_int_equal(notify_judge_error(&errors[i].err), errors[i].verdict);
}

/* Whatever is sent when: no hour has more messages than allowed, and an urgent message can be sent.
 */
static void test_rate(void **unused)
{
	static const int rates[] = { 1, 2, 3, 10, 30, 1000 };
	static const int64_t start_ms = INT64_C(1700000000000), step_ms = 500, hour_ms = 3600 * 1000;

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(rates); i++) {
		struct notify_rate rate = { .per_hour = rates[i] };
		int first_hour = 0, second_hour = 0;

		for (int64_t at_ms = 0; at_ms < 2 * hour_ms; at_ms += step_ms) {
			if (notify_rate_available(&rate, true, start_ms + at_ms) == 0)
				continue;
			notify_rate_take(&rate);
			*(at_ms < hour_ms ? &first_hour : &second_hour) += 1;
		}
		assert_true(first_hour <= rates[i] && first_hour >= rates[i] / 2);
		assert_true(second_hour <= rates[i] && second_hour >= rates[i] / 2);
	}
}

static void test_rate_keeps_one_for_what_is_urgent(void **unused)
{
	struct notify_rate rate = { .per_hour = 10 };
	int64_t now_ms = INT64_C(1700000000000);

	(void)unused;
	assert_int_equal(notify_rate_available(&rate, false, now_ms), 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(notify_rate_next(&rate, false, now_ms), now_ms);
		notify_rate_take(&rate);
	}
	assert_int_equal(notify_rate_available(&rate, false, now_ms), 0);
	assert_int_equal(notify_rate_available(&rate, true, now_ms), 1);
	/* At five an hour, one message more is allowed every twelve minutes. */
	int64_t next_ms = notify_rate_next(&rate, false, now_ms);
	assert_in_range(next_ms - now_ms, 12 * 60 * 1000, 12 * 60 * 1000 + 2);
	assert_int_equal(notify_rate_available(&rate, false, next_ms), 1);
	/* A clock that is set back gives nothing and takes nothing. */
	assert_int_equal(notify_rate_available(&rate, false, now_ms), 1);
}

/* --- the signature --- */

static void test_signature(void **unused)
{
	/* The signature was made by another implementation, Python's: hmac.new(secret, timestamp + b"."
	 * + body, "sha256").hexdigest() */
	static const struct {
		const char *secret, *timestamp, *body, *signature;
	} cases[] = {
		{ "0123456789abcdef", "1700000000", "{\"a\":1}",
			"v1=9eb18f493f8ec135d9eb2dad817c369bb4e9cbfa818657897a7437c1cd8c3a23" },
		{ "key with spaces and \xc3\xa9", "0", "",
			"v1=25441aa3a61f6261f352b3963730932fabebc6cbd65ec95234e5fd58dec1f95e" },
	};
	char signature[NOTIFY_SIGNATURE_SIZE];

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		notify_sign(cases[i].secret, cases[i].timestamp, cases[i].body, strlen(cases[i].body),
			signature);
		assert_string_equal(signature, cases[i].signature);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ten_are_listed_and_all_are_counted),
		cmocka_unit_test(test_severity_is_the_highest),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_texts_are_cut),
		cmocka_unit_test(test_same_groups_become_one_section),
		cmocka_unit_test(test_sections_are_bounded),
		cmocka_unit_test(test_condense),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_rate_keeps_one_for_what_is_urgent),
		cmocka_unit_test(test_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
