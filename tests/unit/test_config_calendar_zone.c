/* Tests of time zones: offsets as the C library has them, clocks that are put forward and back, and
 * files that are not a time zone. */
#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"
#include "config/calendar/cron.h"
#include "config/calendar/zone.h"
#include "config/calendar/zone_internal.h"
#include "config/calendar/zone_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATABASE "/usr/share/zoneinfo"

static int64_t at(const char *text)
{
	int64_t ms;

	assert_int_equal(clock_parse_rfc3339(text, &ms), 0);
	return ms / 1000;
}

static struct zone *load(const char *name)
{
	struct zone *zone = NULL;
	const char *reason = NULL;

	if (zone_load(name, &zone, &reason) < 0)
		fail_msg("%s %s", name, reason);
	return zone;
}

static bool have_database(void)
{
	return access(DATABASE "/Europe/Berlin", R_OK) == 0;
}

static void compare_with_library(const struct zone *zone, const char *name, int64_t at_s)
{
	time_t seconds = (time_t)at_s;
	struct tm local;
	int64_t until_s;

	localtime_r(&seconds, &local);
	int32_t offset = zone_offset_s(zone, at_s, &until_s);
	if (offset != local.tm_gmtoff)
		fail_msg("%s at %lld: %d, the C library has %ld", name, (long long)at_s, offset,
			local.tm_gmtoff);
	assert_true(until_s > at_s);
	/* Local clocks showed this time first at that moment or earlier. */
	assert_true(zone_from_local_s(zone, at_s + offset) <= at_s);
}

/* Compares a moment every 23 days and 1 hour from 1970 to 2120, and both sides of each change. */
static void compare_zone(const char *name)
{
	struct zone *zone = load(name);
	int64_t until_s;

	setenv("TZ", name, 1);
	tzset();
	for (int64_t at_s = 0; at_s < INT64_C(150) * 366 * 86400; at_s += 23 * 86400 + 3600)
		compare_with_library(zone, name, at_s);
	(void)zone_offset_s(zone, 0, &until_s);
	while (until_s < INT64_C(130) * 366 * 86400) {
		compare_with_library(zone, name, until_s - 1);
		compare_with_library(zone, name, until_s);
		(void)zone_offset_s(zone, until_s, &until_s);
	}
	zone_free(zone);
}

static size_t compare_folder(const char *folder, const char *prefix)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		CLEANUP_FREE char *path = xasprintf("%s/%s", folder, entry->d_name),
						  *name = xasprintf("%s%s", prefix, entry->d_name);
		CLEANUP_FREE char *below = xasprintf("%s/", name);
		struct stat status;
		struct zone *zone = NULL;
		const char *reason;

		/* The files below "right" count leap seconds, and those below "posix" are copies. */
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "right") == 0 ||
			strcmp(entry->d_name, "posix") == 0 || stat(path, &status) < 0)
			continue;
		if (S_ISDIR(status.st_mode)) {
			count += compare_folder(path, below);
		} else if (strchr(entry->d_name, '.') == NULL && zone_load(name, &zone, &reason) == 0) {
			zone_free(zone);
			compare_zone(name);
			count++;
		}
	}
	closedir(dir);
	return count;
}

static void test_as_library(void **state)
{
	(void)state;
	if (!have_database())
		skip();
	size_t count = compare_folder(DATABASE, "");
	unsetenv("TZ");
	tzset();
	assert_true(count > 300);
}

static void test_gap_and_overlap(void **state)
{
	static const struct {
		const char *zone, *local, *moment;
	} cases[] = {
		{ "Europe/Berlin", "2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z" },
		/* a local time that is skipped means the moment of the skip */
		{ "Europe/Berlin", "2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z" },
		{ "Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:00:00Z" },
		{ "Europe/Berlin", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z" },
		{ "Europe/Berlin", "2026-03-29T03:00:01Z", "2026-03-29T01:00:01Z" },
		/* a local time that occurs twice means the first */
		{ "Europe/Berlin", "2026-10-25T02:00:00Z", "2026-10-25T00:00:00Z" },
		{ "Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z" },
		{ "Europe/Berlin", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z" },
		/* by the rule for future years */
		{ "Europe/Berlin", "2060-07-01T12:00:00Z", "2060-07-01T10:00:00Z" },
		{ "America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z" },
		/* a change by half an hour */
		{ "Australia/Lord_Howe", "2026-10-04T02:15:00Z", "2026-10-03T15:30:00Z" },
		/* a day that was left out */
		{ "Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z" },
		{ "Asia/Kathmandu", "2026-01-01T05:45:00Z", "2026-01-01T00:00:00Z" },
		{ "UTC", "2026-01-01T05:45:00Z", "2026-01-01T05:45:00Z" },
	};

	(void)state;
	if (!have_database())
		skip();
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct zone *zone = load(cases[i].zone);
		int64_t found = zone_from_local_s(zone, at(cases[i].local));

		if (found != at(cases[i].moment))
			fail_msg("%s %s: off by %lld s", cases[i].zone, cases[i].local,
				(long long)(found - at(cases[i].moment)));
		zone_free(zone);
	}
}

static void test_cron(void **state)
{
	static const struct {
		const char *expression, *after, *next;
	} cases[] = {
		{ "0 22 * * 1-5", "2026-11-24T08:00:00Z", "2026-11-24T21:00:00Z" },
		{ "0 22 * * 1-5", "2026-07-01T20:00:00Z", "2026-07-02T20:00:00Z" },
		{ "0 22 * * 1-5", "2026-07-01T19:59:59.999Z", "2026-07-01T20:00:00Z" },
		/* that local time is skipped */
		{ "30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z" },
		{ "30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z" },
		/* three skipped times become one moment */
		{ "*/20 2 * * *", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z" },
		{ "*/20 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z" },
		/* fires once though the local time occurs twice */
		{ "30 2 * * *", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z" },
		{ "30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z" },
		/* doesn't fire in the repeated hour */
		{ "* * * * *", "2026-10-25T01:10:00Z", "2026-10-25T02:00:00Z" },
		/* the next year has begun in local time */
		{ "0 0 1 1 *", "2026-06-01T00:00:00Z", "2026-12-31T23:00:00Z" },
		{ "0 0 * * 0", "2026-11-27T12:00:00Z", "2026-11-28T23:00:00Z" },
	};
	struct zone *zone;

	(void)state;
	if (!have_database())
		skip();
	zone = load("Europe/Berlin");
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct cron cron;
		const char *reason;
		char found[CLOCK_RFC3339_SIZE];
		int64_t after_ms;

		assert_int_equal(cron_parse(cases[i].expression, &cron, &reason), 0);
		assert_int_equal(clock_parse_rfc3339(cases[i].after, &after_ms), 0);
		clock_format_rfc3339(cron_next_in(&cron, zone, after_ms), found);
		if (strcmp(found, cases[i].next) != 0)
			fail_msg("%s after %s: %s", cases[i].expression, cases[i].after, found);
	}
	zone_free(zone);
}

static void test_names(void **state)
{
	static const char *const refused[] = { "", "/etc/passwd", "../../etc/passwd",
		"Europe/../Europe/Berlin", "Europe", "Nowhere/City", "Europe/Berlin ", "CET-1CEST",
		"tzdata.zi", ".", "zone1970.tab",
		"an_unreasonably_long_name_an_unreasonably_long_name_an_unreasonably_long_name" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
		struct zone *zone = NULL;
		const char *reason = NULL;

		if (zone_load(refused[i], &zone, &reason) == 0)
			fail_msg("'%s' was taken", refused[i]);
		assert_non_null(reason);
	}
	zone_free(load("UTC"));
}

static void test_rules(void **state)
{
	static const char *const refused[] = { "C", "CET", "CET-", "CET-1CEST", "CET-1CEST,",
		"CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.6.0", "CET-1CEST,M3.5.0,M10.5.0/",
		"CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<+3>-3", "<+03-3", "CET-25",
		"CET-1CEST,J0,J10", "CET-1CEST,366,1", "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1:60" };
	static const char *const taken[] = { "", "UTC0", "<+03>-3", "<-00>0",
		"CET-1CEST,M3.5.0,M10.5.0/3", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "EST5EDT,0/0,J365/25",
		"IST-1GMT0,M10.5.0,M3.5.0/1", "XXX-1:30:15YYY-2,J60/0,300/-167" };
	struct zone_rule rule;
	int64_t until_s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(refused); i++)
		if (zone_rule_parse(refused[i], &rule) == 0)
			fail_msg("'%s' was taken", refused[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(taken); i++)
		if (zone_rule_parse(taken[i], &rule) < 0)
			fail_msg("'%s' was refused", taken[i]);
	/* Summer time all the year. */
	assert_int_equal(zone_rule_parse("EST5EDT,0/0,J365/25", &rule), 0);
	for (int64_t at_s = at("2026-01-01T00:00:00Z"); at_s < at("2029-01-02T00:00:00Z"); at_s += 1800)
		assert_int_equal(zone_rule_offset_s(&rule, at_s, &until_s), -4 * 3600);
	/* 29 February has no number of its own: day 60 is always 1 March. */
	assert_int_equal(zone_rule_parse("AAA0BBB,J60/0,J300/0", &rule), 0);
	assert_int_equal(zone_rule_offset_s(&rule, at("2028-02-29T12:00:00Z"), &until_s), 0);
	assert_int_equal(until_s, at("2028-03-01T00:00:00Z"));
}

static void write_file(const char *path, const void *bytes, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

/* A file that is cut anywhere or has any byte altered is either refused or gives a zone that can be
 * used. */
static void test_damaged(void **state)
{
	char folder[] = "/tmp/reeve-zone-XXXXXX";
	unsigned char bytes[8192], altered[8192];
	struct zone *zone;
	const char *reason;
	int64_t until_s;

	(void)state;
	if (!have_database())
		skip();
	FILE *file = fopen(DATABASE "/Europe/Berlin", "r");
	assert_non_null(file);
	size_t length = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	assert_non_null(mkdtemp(folder));
	CLEANUP_FREE char *path = xasprintf("%s/Zone", folder);
	setenv("TZDIR", folder, 1);
	for (size_t cut = 0; cut < length; cut++) {
		write_file(path, bytes, cut);
		assert_int_equal(zone_load("Zone", &zone, &reason), -1);
	}
	for (size_t i = 0; i < length; i++) {
		memcpy(altered, bytes, length);
		altered[i] ^= 0x81;
		write_file(path, altered, length);
		if (zone_load("Zone", &zone, &reason) < 0)
			continue;
		int32_t offset = zone_offset_s(zone, at("2026-11-24T00:00:00Z"), &until_s);
		assert_true(offset >= -90000 && offset <= 94000);
		(void)zone_from_local_s(zone, at("2026-03-29T02:30:00Z"));
		zone_free(zone);
	}
	unsetenv("TZDIR");
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_library),
		cmocka_unit_test(test_gap_and_overlap),
		cmocka_unit_test(test_cron),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
