#include "config/calendar/cron.h"

#include "base/banned.h"
#include "config/calendar/zone.h"

#include <ctype.h>
#include <strings.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define SEARCH_DAYS (366 * 9) /* a 29 February may be eight years away */

struct field {
	const char *name;
	int minimum, maximum;
	const char *const *names; /* of minimum, minimum + 1, ... */
};

static const char *const month_names[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug",
	"sep", "oct", "nov", "dec", NULL };
static const char *const weekday_names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat",
	NULL };

static const struct field fields[] = {
	{ "minute", 0, 59, NULL },
	{ "hour", 0, 23, NULL },
	{ "day of month", 1, 31, NULL },
	{ "month", 1, 12, month_names },
	{ "day of week", 0, 7, weekday_names },
};

static const char *const reasons[] = {
	"must have a minute (0-59) as its first field, such as 0, */15 or 5,35",
	"must have an hour (0-23) as its second field, such as *, */6 or 8-18",
	"must have a day of the month (1-31) as its third field",
	"must have a month (1-12 or JAN-DEC) as its fourth field",
	"must have a day of the week (0-7 or SUN-SAT) as its fifth field",
};

static int parse_value(const char **cursor, const struct field *field, int *value)
{
	if (isdigit((unsigned char)**cursor)) {
		for (*value = 0; isdigit((unsigned char)**cursor); (*cursor)++) {
			*value = *value * 10 + (**cursor - '0');
			if (*value > 99)
				return -1;
		}
		return *value >= field->minimum && *value <= field->maximum ? 0 : -1;
	}
	for (int i = 0; field->names != NULL && field->names[i] != NULL; i++) {
		if (strncasecmp(*cursor, field->names[i], 3) == 0) {
			*value = field->minimum + i;
			*cursor += 3;
			return 0;
		}
	}
	return -1;
}

/* "*", "5", "1-5", each with an optional "/step"; a step after one value runs to the end. */
static int parse_range(const char **cursor, const struct field *field, uint64_t *bits)
{
	int first = field->minimum, last = field->maximum, step = 1;
	const struct field steps = { "step", 1, field->maximum, NULL };

	if (**cursor == '*') {
		(*cursor)++;
	} else {
		if (parse_value(cursor, field, &first) < 0)
			return -1;
		last = first;
		if (**cursor == '-') {
			(*cursor)++;
			if (parse_value(cursor, field, &last) < 0 || last < first)
				return -1;
		} else if (**cursor == '/') {
			last = field->maximum;
		}
	}
	if (**cursor == '/') {
		(*cursor)++;
		if (parse_value(cursor, &steps, &step) < 0)
			return -1;
	}
	for (int i = first; i <= last; i += step)
		*bits |= UINT64_C(1) << i;
	return 0;
}

static int parse_field(const char **cursor, const struct field *field, uint64_t *bits)
{
	*bits = 0;
	for (;;) {
		if (parse_range(cursor, field, bits) < 0)
			return -1;
		if (**cursor != ',')
			break;
		(*cursor)++;
	}
	return **cursor == '\0' || **cursor == ' ' || **cursor == '\t' ? 0 : -1;
}

static void skip_blank(const char **cursor)
{
	*cursor += strspn(*cursor, " \t");
}

static bool day_matches(const struct cron *cron, const struct tm *day)
{
	bool by_day = cron->days >> day->tm_mday & 1, by_weekday = cron->weekdays >> day->tm_wday & 1;

	if (!(cron->months >> (day->tm_mon + 1) & 1))
		return false;
	return cron->any_day || cron->any_weekday ? by_day && by_weekday : by_day || by_weekday;
}

/* Returns the start of the first matching day from `day_ms` on, or -1. */
static int64_t next_day(const struct cron *cron, int64_t day_ms)
{
	for (int i = 0; i < SEARCH_DAYS; i++, day_ms += DAY_MS) {
		time_t seconds = (time_t)(day_ms / 1000);
		struct tm day;

		if (gmtime_r(&seconds, &day) != NULL && day_matches(cron, &day))
			return day_ms;
	}
	return -1;
}

int cron_parse(const char *text, struct cron *out, const char **reason)
{
	uint64_t bits[ARRAY_LENGTH(fields)];
	bool star[ARRAY_LENGTH(fields)];
	const char *cursor = text;

	skip_blank(&cursor);
	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++, skip_blank(&cursor)) {
		star[i] = *cursor == '*';
		*reason = reasons[i];
		if (parse_field(&cursor, &fields[i], &bits[i]) < 0)
			return -1;
	}
	*reason = "must be a cron expression of five fields, such as \"0 */6 * * *\"";
	if (*cursor != '\0')
		return -1;
	*out = (struct cron){ .minutes = bits[0],
		.hours = (uint32_t)bits[1],
		.days = (uint32_t)bits[2],
		.months = (uint32_t)bits[3],
		.weekdays = (uint32_t)((bits[4] | bits[4] >> 7) & 127),
		.any_day = star[2],
		.any_weekday = star[4] };
	*reason = "must name a day that exists";
	return next_day(out, 0) >= 0 ? 0 : -1;
}

int64_t cron_next(const struct cron *cron, int64_t after_ms)
{
	int64_t minute_ms = (after_ms / 60000 + 1) * 60000, day_ms = minute_ms / DAY_MS * DAY_MS;

	for (;;) {
		int64_t found = next_day(cron, day_ms);

		if (found < 0)
			return INT64_MAX;
		if (found > day_ms)
			minute_ms = found;
		for (; minute_ms < found + DAY_MS; minute_ms += 60000) {
			int minute_of_day = (int)((minute_ms - found) / 60000);

			if ((cron->hours >> (minute_of_day / 60) & 1) &&
				(cron->minutes >> (minute_of_day % 60) & 1))
				return minute_ms;
		}
		day_ms = found + DAY_MS;
	}
}

int64_t cron_next_in(const struct cron *cron, const struct zone *zone, int64_t after_ms)
{
	int64_t after_s = after_ms / 1000 - (after_ms % 1000 < 0), until_s;
	int64_t local_ms = after_ms + (int64_t)zone_offset_s(zone, after_s, &until_s) * 1000;

	for (;;) {
		local_ms = cron_next(cron, local_ms);
		if (local_ms == INT64_MAX)
			return INT64_MAX;
		int64_t found_ms = zone_from_local_s(zone, local_ms / 1000) * 1000;
		/* When clocks are set back and an hour comes twice, only its first occurrence counts. */
		if (found_ms > after_ms)
			return found_ms;
	}
}
