/* Parses POSIX's TZ strings, which end a zone's file (RFC 9636, 3.3.1). */
#include "config/calendar/zone_rule.h"

#include "config/calendar/zone_internal.h"

#include "base/banned.h"

#include <ctype.h>

#define DAY_S 86400

/* "CET", "<+03>": three characters at least. */
static int skip_name(const char **cursor)
{
	const char *start = *cursor;

	if (*start == '<') {
		const char *end = strchr(start, '>');

		if (end == NULL || end - start < 4)
			return -1;
		*cursor = end + 1;
		return 0;
	}
	while (isalpha((unsigned char)**cursor))
		(*cursor)++;
	return *cursor - start >= 3 ? 0 : -1;
}

static int parse_number(const char **cursor, int minimum, int maximum, int *value)
{
	*value = 0;
	if (!isdigit((unsigned char)**cursor))
		return -1;
	for (; isdigit((unsigned char)**cursor); (*cursor)++) {
		*value = *value * 10 + (**cursor - '0');
		if (*value > maximum)
			return -1;
	}
	return *value >= minimum ? 0 : -1;
}

/* [+-]h[h[h]][:mm[:ss]] */
static int parse_time(const char **cursor, int most_hours, int32_t *seconds)
{
	int hours, minutes = 0, rest = 0, sign = **cursor == '-' ? -1 : 1;

	if (**cursor == '-' || **cursor == '+')
		(*cursor)++;
	if (parse_number(cursor, 0, most_hours, &hours) < 0)
		return -1;
	if (**cursor == ':') {
		(*cursor)++;
		if (parse_number(cursor, 0, 59, &minutes) < 0)
			return -1;
		if (**cursor == ':') {
			(*cursor)++;
			if (parse_number(cursor, 0, 59, &rest) < 0)
				return -1;
		}
	}
	*seconds = sign * (hours * 3600 + minutes * 60 + rest);
	return 0;
}

static int parse_month_week_day(const char **cursor, struct zone_day *out)
{
	if (parse_number(cursor, 1, 12, &out->month) < 0 || *(*cursor)++ != '.')
		return -1;
	if (parse_number(cursor, 1, 5, &out->week) < 0 || *(*cursor)++ != '.')
		return -1;
	return parse_number(cursor, 0, 6, &out->day);
}

static int parse_day(const char **cursor, struct zone_day *out)
{
	int result;

	*out = (struct zone_day){ .kind = 'n', .time_s = 2 * 3600 };
	if (*(*cursor)++ != ',')
		return -1;
	if (**cursor == 'M' || **cursor == 'J')
		out->kind = *(*cursor)++;
	if (out->kind == 'M')
		result = parse_month_week_day(cursor, out);
	else
		result = parse_number(cursor, out->kind == 'J', 365, &out->day);
	if (result < 0 || **cursor != '/')
		return result;
	(*cursor)++;
	return parse_time(cursor, 167, &out->time_s);
}

int zone_rule_parse(const char *text, struct zone_rule *out)
{
	int32_t west;

	*out = (struct zone_rule){ .present = *text != '\0' };
	if (!out->present)
		return 0;
	if (skip_name(&text) < 0 || parse_time(&text, 24, &west) < 0)
		return -1;
	out->standard_s = -west;
	if (*text == '\0')
		return 0;
	out->has_summer = true;
	out->summer_s = out->standard_s + 3600;
	if (skip_name(&text) < 0)
		return -1;
	if (*text != ',') {
		if (parse_time(&text, 24, &west) < 0)
			return -1;
		out->summer_s = -west;
	}
	return parse_day(&text, &out->start) < 0 || parse_day(&text, &out->end) < 0 || *text != '\0'
		? -1
		: 0;
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970 to 1 January of the year. Years before 1970 give negative numbers. */
static int64_t year_start(int64_t year)
{
	int64_t before = year - 1;

	return 365 * (year - 1970) + (before / 4 - before / 100 + before / 400) -
		(1969 / 4 - 1969 / 100 + 1969 / 400);
}

static int64_t month_week_day(int64_t year, const struct zone_day *day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t first = year_start(year);

	for (int month = 1; month < day->month; month++)
		first += lengths[month - 1] + (month == 2 && is_leap(year));
	int length = lengths[day->month - 1] + (day->month == 2 && is_leap(year));
	int weekday = (int)(((first + 4) % 7 + 7) % 7); /* 1970 began on a Thursday */
	int found = (day->day - weekday + 7) % 7 + 7 * (day->week - 1);
	return first + (found >= length ? found - 7 : found);
}

/* The moment of the change, by the clocks that are in force before it. */
static int64_t change_at_s(int64_t year, const struct zone_day *day, int32_t offset_s)
{
	int64_t days;

	if (day->kind == 'M')
		days = month_week_day(year, day);
	else if (day->kind == 'J') /* 29 February has no number */
		days = year_start(year) + day->day - 1 + (is_leap(year) && day->day >= 60);
	else
		days = year_start(year) + day->day;
	return days * DAY_S + day->time_s - offset_s;
}

static int64_t year_of(int64_t at_s)
{
	time_t seconds = (time_t)at_s;
	struct tm utc;

	return gmtime_r(&seconds, &utc) != NULL ? utc.tm_year + INT64_C(1900) : 1970;
}

int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t at_s, int64_t *until_s)
{
	int64_t year = year_of(at_s), latest = INT64_MIN;
	int32_t offset = rule->standard_s;

	*until_s = INT64_MAX;
	if (!rule->has_summer)
		return offset;
	for (int64_t y = year - 1; y <= year + 1; y++) {
		/* When summer time ends and starts at the same moment (summer time all the year), the start
		 * counts, so it comes last. */
		const struct {
			int64_t at_s;
			int32_t offset;
		} changes[] = {
			{ change_at_s(y, &rule->end, rule->summer_s), rule->standard_s },
			{ change_at_s(y, &rule->start, rule->standard_s), rule->summer_s },
		};

		for (size_t i = 0; i < ARRAY_LENGTH(changes); i++) {
			if (changes[i].at_s <= at_s && changes[i].at_s >= latest) {
				latest = changes[i].at_s;
				offset = changes[i].offset;
			} else if (changes[i].at_s > at_s && changes[i].at_s < *until_s) {
				*until_s = changes[i].at_s;
			}
		}
	}
	return offset;
}
