/* Time as text, both ways. */
#include "base/clock.h"

#include "base/banned.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct moment {
	const char *text;
	int64_t ms;
	const char *formatted; /* NULL: as `text` */
};

static const struct moment moments[] = {
	{ "1970-01-01T00:00:00Z", 0, NULL },
	{ "2026-11-24T08:00:00Z", INT64_C(1795507200000), NULL },
	{ "2026-11-24T08:00:00.123Z", INT64_C(1795507200123), NULL },
	{ "2026-11-24T08:00:00.1Z", INT64_C(1795507200100), "2026-11-24T08:00:00.100Z" },
	{ "2026-11-24T08:00:00.123456789012Z", INT64_C(1795507200123), "2026-11-24T08:00:00.123Z" },
	{ "2026-11-24T08:00:00.000Z", INT64_C(1795507200000), "2026-11-24T08:00:00Z" },
	{ "2026-11-24t08:00:00z", INT64_C(1795507200000), "2026-11-24T08:00:00Z" },
	{ "2026-11-24 08:00:00Z", INT64_C(1795507200000), "2026-11-24T08:00:00Z" },
	{ "2026-11-24T10:30:00+02:30", INT64_C(1795507200000), "2026-11-24T08:00:00Z" },
	{ "2026-11-23T22:00:00-10:00", INT64_C(1795507200000), "2026-11-24T08:00:00Z" },
	{ "1969-12-31T23:59:59.999Z", -1, NULL },
	{ "1969-12-31T23:59:59Z", -1000, NULL },
	{ "2000-02-29T00:00:00Z", INT64_C(951782400000), NULL },
	{ "2016-12-31T23:59:60Z", INT64_C(1483228800000), "2017-01-01T00:00:00Z" }, /* a leap second */
	{ "9999-12-31T23:59:59Z", INT64_C(253402300799000), NULL },
	{ "0001-01-01T00:00:00Z", INT64_C(-62135596800000), NULL },
};

static void test_moments(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(moments); i++) {
		int64_t ms = 7;
		char text[CLOCK_RFC3339_SIZE];

		if (clock_parse_rfc3339(moments[i].text, &ms) < 0)
			fail_msg("%s", moments[i].text);
		assert_int_equal(ms, moments[i].ms);
		clock_format_rfc3339(ms, text);
		assert_string_equal(text,
			moments[i].formatted != NULL ? moments[i].formatted : moments[i].text);
	}
}

static void test_refused(void **state)
{
	static const char *const refused[] = {
		"",
		"2026",
		"2026-11-24",
		"2026-11-24T08:00:00",
		"2026-11-24T08:00Z",
		"2026-11-24T08:00:00.Z",
		"2026-11-24T08:00:00ZZ",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"2026-11-24T24:00:00Z",
		"2026-11-24T08:60:00Z",
		"2026-11-24T08:00:61Z",
		"2026-1-24T08:00:00Z",
		"+202-11-24T08:00:00Z",
		" 026-11-24T08:00:00Z",
		"2026-+1-24T08:00:00Z",
		"2026-11- 4T08:00:00Z",
		"2026-11-24X08:00:00Z",
		"2026-11-24T08:00:00+0200",
		"2026-11-24T08:00:00+2:00",
		"2026-11-24T08:00:00+24:00",
		"2026-11-24T08:00:00+02:60",
		"2026-11-24T08:00:00+02:00x",
		"2026-11-24T08:00:00,5Z",
		"12026-11-24T08:00:00Z",
		"2026-11-24T08:00:00 Z",
		"2026-11-24T08:00:00Z ",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
		int64_t ms;

		if (clock_parse_rfc3339(refused[i], &ms) == 0)
			fail_msg("%s", refused[i]);
	}
}

static void test_every_day_reads_back(void **state)
{
	(void)state;
	for (int64_t day = -719162; day < 2932896; day += 13) { /* the years 1 to 9999 */
		int64_t ms = day * 86400000 + day % 86400000, back;
		char text[CLOCK_RFC3339_SIZE];

		clock_format_rfc3339(ms, text);
		assert_int_equal(clock_parse_rfc3339(text, &back), 0);
		assert_int_equal(back, ms);
	}
}

static void test_beyond_the_calendar(void **state)
{
	char text[CLOCK_RFC3339_SIZE];

	(void)state;
	clock_format_rfc3339(INT64_MAX, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	clock_format_rfc3339(INT64_MIN, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	clock_format_rfc3339(INT64_C(253402300800000), text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
}

static void test_clocks(void **state)
{
	int64_t first_us = clock_monotonic_us();

	(void)state;
	assert_true(clock_now_ms() > INT64_C(1600000000000));
	assert_true(clock_monotonic_us() >= first_us);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_every_day_reads_back),
		cmocka_unit_test(test_beyond_the_calendar),
		cmocka_unit_test(test_clocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
