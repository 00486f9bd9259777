/* Tests of cron expressions: which are accepted, and when they next fire. */
#include "base/banned.h"
#include "base/clock.h"
#include "config/calendar/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_refused(void **state)
{
	static const char *const refused[] = {
		"",
		"* * * *",
		"* * * * * *",
		"60 * * * *",
		"* 24 * * *",
		"* * 0 * *",
		"* * 32 * *",
		"* * * 0 *",
		"* * * 13 *",
		"* * * * 8",
		"*/0 * * * *",
		"5-1 * * * *",
		"1, * * * *",
		"1,,2 * * * *",
		"a * * * *",
		"* * * foo *",
		"1x * * * *",
		"-1 * * * *",
		"*-5 * * * *",
		"999999999999 * * * *",
		"* * 30 2 *",
		"* * 31 4,6,9,11 *",
		"@daily",
		"1-2-3 * * * *",
	};
	struct cron cron;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
		const char *reason = NULL;

		if (cron_parse(refused[i], &cron, &reason) == 0)
			fail_msg("%s", refused[i]);
		assert_non_null(reason);
	}
}

struct firing {
	const char *expression, *after, *next;
};

static const struct firing firings[] = {
	{ "* * * * *", "2026-11-24T08:00:00Z", "2026-11-24T08:01:00Z" },
	{ "* * * * *", "2026-11-24T08:00:59.999Z", "2026-11-24T08:01:00Z" },
	{ "0 */6 * * *", "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z" },
	{ "0 */6 * * *", "2026-11-24T18:00:00Z", "2026-11-25T00:00:00Z" },
	{ " 5,35\t8-10 * * * ", "2026-11-24T08:05:00Z", "2026-11-24T08:35:00Z" },
	{ "5,35 8-10 * * *", "2026-11-24T10:35:00Z", "2026-11-25T08:05:00Z" },
	{ "30 2 1 * *", "2026-11-24T00:00:00Z", "2026-12-01T02:30:00Z" },
	{ "0 0 1 jan *", "2026-11-24T00:00:00Z", "2027-01-01T00:00:00Z" },
	{ "0 0 29 2 *", "2026-11-24T00:00:00Z", "2028-02-29T00:00:00Z" },
	{ "0 0 29 2 *", "2097-01-01T00:00:00Z", "2104-02-29T00:00:00Z" },
	{ "0 0 * * MON", "2026-11-24T00:00:00Z", "2026-11-30T00:00:00Z" },
	{ "0 0 * * 7", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z" },
	{ "0 0 * * 0", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z" },
	{ "0 0 * * 1-5", "2026-11-27T00:00:00Z", "2026-11-30T00:00:00Z" },
	/* either day field matches */
	{ "0 0 13 * fri", "2026-11-24T00:00:00Z", "2026-11-27T00:00:00Z" },
	/* begins with "*": both must match */
	{ "0 0 */2 * fri", "2026-11-24T00:00:00Z", "2026-11-27T00:00:00Z" },
	{ "0 0 */2 * fri", "2026-11-27T00:00:00Z", "2026-12-11T00:00:00Z" },
	{ "3/20 * * * *", "2026-11-24T08:03:00Z", "2026-11-24T08:23:00Z" },
	{ "59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z" },
};

static void test_next(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(firings); i++) {
		struct cron cron;
		const char *reason = NULL;
		int64_t after_ms;
		char next[CLOCK_RFC3339_SIZE];

		if (cron_parse(firings[i].expression, &cron, &reason) < 0)
			fail_msg("%s: %s", firings[i].expression, reason);
		assert_int_equal(clock_parse_rfc3339(firings[i].after, &after_ms), 0);
		clock_format_rfc3339(cron_next(&cron, after_ms), next);
		if (strcmp(next, firings[i].next) != 0)
			fail_msg("%s after %s: %s", firings[i].expression, firings[i].after, next);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_next),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
