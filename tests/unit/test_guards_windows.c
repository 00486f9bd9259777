/* Change windows: when they are open, for whom, and when the next opens. */
#include "test_config_help.h"

#include "base/banned.h"
#include "base/clock.h"
#include "config/values.h"
#include "guards/windows.h"

#include <unistd.h>

struct question {
	const char *now, *opens; /* opens NULL: open */
};

static int64_t at(const char *text)
{
	int64_t ms;

	assert_int_equal(clock_parse_rfc3339(text, &ms), 0);
	return ms;
}

static void ask(const char *windows_json, const struct question *questions, size_t count)
{
	char section[2048];
	struct windows *windows = NULL;
	struct err err = ERR_INIT;

	snprintf(section, sizeof section, "\"windows\": %s", windows_json);
	struct config *config = config_of(section);
	assert_int_equal(windows_new(config, &windows, &err), 0);
	for (size_t i = 0; i < count; i++) {
		int64_t opens_ms = 0;
		bool open = windows_open(windows, &fake_place, at(questions[i].now), &opens_ms);
		char text[CLOCK_RFC3339_SIZE];

		clock_format_rfc3339(opens_ms, text);
		if (open != (questions[i].opens == NULL))
			fail_msg("%s at %s: %s", windows_json, questions[i].now, open ? "open" : "closed");
		if (!open && strcmp(text, questions[i].opens) != 0)
			fail_msg("%s at %s: opens at %s", windows_json, questions[i].now, text);
		if (open)
			assert_int_equal(opens_ms, at(questions[i].now));
	}
	windows_free(windows);
	config_free(config);
}
#define ASK(windows_json, ...) \
	ask(windows_json, (const struct question[]){ __VA_ARGS__ }, \
		ARRAY_LENGTH(((const struct question[]){ __VA_ARGS__ })))

static bool have_database(void)
{
	return access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0;
}

static void test_always_open(void **state)
{
	(void)state;
	ASK("[]", { "2026-11-24T08:00:00Z", NULL });
	/* No window is for this account. */
	ASK("[{\"targets\": [\"account:999999999999\", \"tag:env=dev\"], \"cron\": \"0 0 1 1 *\", "
		"\"duration_minutes\": 1}]",
		{ "2026-11-24T08:00:00Z", NULL });
}

static void test_bounds(void **state)
{
	(void)state;
	ASK("[{\"targets\": [\"ou:Workloads\"], \"cron\": \"0 22 * * 1-5\", \"duration_minutes\": "
		"240}]",
		{ "2026-11-24T21:59:59.999Z", "2026-11-24T22:00:00Z" }, { "2026-11-24T22:00:00Z", NULL },
		{ "2026-11-25T01:59:59.999Z", NULL }, { "2026-11-25T02:00:00Z", "2026-11-25T22:00:00Z" },
		{ "2026-11-28T01:30:00Z", NULL }, /* Saturday: Friday's */
		{ "2026-11-28T02:00:00Z", "2026-11-30T22:00:00Z" });
	/* This window opens again before it closes. */
	ASK("[{\"targets\": [\"root\"], \"cron\": \"0 * * * *\", \"duration_minutes\": 90}]",
		{ "2026-11-24T08:45:00Z", NULL });
	/* One window is never closed for long, and another one lasts a week. */
	ASK("[{\"targets\": [\"root\"], \"cron\": \"0 0 * * 0\", \"duration_minutes\": 10080}]",
		{ "2026-11-24T08:45:00Z", NULL });
}

static void test_several(void **state)
{
	(void)state;
	ASK("[{\"targets\": [\"root\"], \"cron\": \"0 1 * * *\", \"duration_minutes\": 60},"
		" {\"targets\": [\"tag:env\"], \"cron\": \"0 12 * * *\", \"duration_minutes\": 60},"
		" {\"targets\": [\"account:999999999999\"], \"cron\": \"* * * * *\", \"duration_minutes\": "
		"60}]",
		{ "2026-11-24T01:30:00Z", NULL }, { "2026-11-24T12:30:00Z", NULL },
		{ "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z" },
		{ "2026-11-24T13:00:00Z", "2026-11-25T01:00:00Z" });
}

static void test_daylight(void **state)
{
	(void)state;
	if (!have_database())
		skip();
	/* 22:00 there is 20:00 in summer and 21:00 in winter. */
	ASK("[{\"targets\": [\"root\"], \"cron\": \"0 22 * * *\", \"duration_minutes\": 60, "
		"\"time_zone\": \"Europe/Berlin\"}]",
		{ "2026-07-01T19:59:00Z", "2026-07-01T20:00:00Z" }, { "2026-07-01T20:30:00Z", NULL },
		{ "2026-12-01T20:30:00Z", "2026-12-01T21:00:00Z" }, { "2026-12-01T21:30:00Z", NULL });
	/* 02:30 is skipped on 29 March: it opens with the skip; minutes are counted as they pass. */
	ASK("[{\"targets\": [\"root\"], \"cron\": \"30 2 * * *\", \"duration_minutes\": 60, "
		"\"time_zone\": \"Europe/Berlin\"}]",
		{ "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z" }, { "2026-03-29T01:00:00Z", NULL },
		{ "2026-03-29T01:59:59Z", NULL }, { "2026-03-29T02:00:00Z", "2026-03-30T00:30:00Z" },
		/* That time occurs twice on 25 October: the first one counts. */
		{ "2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z" }, { "2026-10-25T01:29:59Z", NULL },
		{ "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z" });
	/* A window across the change: 5 hours are 5 hours. */
	ASK("[{\"targets\": [\"root\"], \"cron\": \"0 0 * * *\", \"duration_minutes\": 300, "
		"\"time_zone\": \"Europe/Berlin\"}]",
		{ "2026-10-24T22:00:00Z", NULL }, { "2026-10-25T02:59:59Z", NULL },
		{ "2026-10-25T03:00:00Z", "2026-10-25T23:00:00Z" });
}

static void test_process_zone_is_kept(void **state)
{
	(void)state;
	if (!have_database())
		skip();
	setenv("TZ", "America/New_York", 1);
	tzset();
	ASK("[{\"targets\": [\"root\"], \"cron\": \"0 22 * * *\", \"duration_minutes\": 60, "
		"\"time_zone\": \"Europe/Berlin\"},"
		" {\"targets\": [\"root\"], \"cron\": \"0 22 * * *\", \"duration_minutes\": 60}]",
		{ "2026-07-01T20:30:00Z", NULL }, { "2026-07-01T22:30:00Z", NULL },
		{ "2026-07-02T02:30:00Z", "2026-07-02T20:00:00Z" });
	assert_string_equal(getenv("TZ"), "America/New_York");
	unsetenv("TZ");
	tzset();
}

static void refused(const char *window, const char *expected)
{
	char text[1024];
	struct config *config = NULL;
	struct err err = ERR_INIT;

	snprintf(text, sizeof text, "{" ORGANIZATION ", \"windows\": [%s]}", window);
	assert_int_equal(config_parse(text, strlen(text), "reeve.json", &fake_catalogue, &config, &err),
		-1);
	if (strstr(err.message, expected) == NULL)
		fail_msg("%s: %s", window, err.message);
}

static void test_refused(void **state)
{
	(void)state;
	refused("{\"targets\": [\"root\"], \"cron\": \"0 22 * * *\", \"duration_minutes\": 60, "
			"\"time_zone\": \"Europe/Nowhere\"}",
		"/windows/0/time_zone");
	refused("{\"targets\": [\"root\"], \"cron\": \"0 25 * * *\", \"duration_minutes\": 60}",
		"/windows/0/cron");
	refused("{\"targets\": [\"root\"], \"cron\": \"0 22 * * *\"}", "duration_minutes");
	refused("{\"targets\": [\"root\"], \"cron\": \"0 22 * * *\", \"duration_minutes\": 0}",
		"between 1 and 10080");
	refused("{\"targets\": [], \"cron\": \"0 22 * * *\", \"duration_minutes\": 60}",
		"/windows/0/targets");
	refused("{\"targets\": [\"Workloads\"], \"cron\": \"0 22 * * *\", \"duration_minutes\": 60}",
		"/windows/0/targets/0");
	refused("{\"targets\": [\"root\"], \"cron\": \"0 22 * * *\", \"duration_minute\": 60}",
		"did you mean \"duration_minutes\"");
}

static void test_fails_closed(void **state)
{
	int64_t opens_ms;
	char why[WINDOWS_WHY_SIZE];

	(void)state;
	assert_false(windows_open(NULL, &fake_place, 0, &opens_ms));
	assert_int_equal(opens_ms, INT64_MAX);
	windows_describe_closed(opens_ms, why);
	assert_non_null(strstr(why, "none of which opens again"));
	windows_describe_closed(at("2026-11-24T22:00:00Z"), why);
	assert_non_null(strstr(why, "2026-11-24T22:00:00Z"));
}

/* Tags must be read when a window's targets name one. */
static void test_tags(void **state)
{
	struct config *config = config_of("\"windows\": [{\"targets\": [\"tag:env\"], \"cron\": \"0 1 "
									  "* * *\", \"duration_minutes\": 60}]");

	(void)state;
	assert_true(config_uses_tags(config));
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_always_open),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_daylight),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_process_zone_is_kept),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_fails_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
