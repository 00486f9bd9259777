#include "base/clock.h"

#include "base/banned.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t clock_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_format_rfc3339(int64_t ms, char out[CLOCK_RFC3339_SIZE])
{
	int64_t remainder = ms % 1000;
	time_t seconds = (time_t)(ms / 1000);
	struct tm utc;

	if (remainder < 0) {
		remainder += 1000;
		seconds -= 1;
	}
	if (gmtime_r(&seconds, &utc) == NULL || utc.tm_year > 8099 || utc.tm_year < -1900) {
		snprintf(out, CLOCK_RFC3339_SIZE, "1970-01-01T00:00:00Z");
		return;
	}
	/* Not strftime: its %Y does not pad a year below 1000. */
	int used = snprintf(out, CLOCK_RFC3339_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", (utc.tm_year + 1900) % 10000,
	                    utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
	if (remainder != 0)
		snprintf(out + used, CLOCK_RFC3339_SIZE - (size_t)used, ".%03dZ", (int)remainder);
	else
		snprintf(out + used, CLOCK_RFC3339_SIZE - (size_t)used, "Z");
}

/* Exactly `count` digits; scanf would take signs and spaces too. */
static int parse_digits(const char **cursor, int count, int *value)
{
	*value = 0;
	for (int i = 0; i < count; i++, (*cursor)++) {
		if (**cursor < '0' || **cursor > '9')
			return -1;
		*value = *value * 10 + (**cursor - '0');
	}
	return 0;
}

static int parse_byte(const char **cursor, const char *one_of)
{
	if (**cursor == '\0' || strchr(one_of, **cursor) == NULL)
		return -1;
	(*cursor)++;
	return 0;
}

static int parse_fraction(const char **cursor, int64_t *ms)
{
	int64_t scale = 100;

	if (**cursor != '.')
		return 0;
	(*cursor)++;
	if (**cursor < '0' || **cursor > '9')
		return -1;
	for (; **cursor >= '0' && **cursor <= '9'; (*cursor)++) {
		*ms += (**cursor - '0') * scale;
		scale /= 10;
	}
	return 0;
}

static int parse_offset(const char *cursor, int64_t *offset_ms)
{
	int hours, minutes;
	char sign = *cursor;

	*offset_ms = 0;
	if (parse_byte(&cursor, "Zz") == 0)
		return *cursor == '\0' ? 0 : -1;
	if (parse_byte(&cursor, "+-") < 0 || parse_digits(&cursor, 2, &hours) < 0 || parse_byte(&cursor, ":") < 0 ||
	    parse_digits(&cursor, 2, &minutes) < 0 || *cursor != '\0' || hours > 23 || minutes > 59)
		return -1;
	*offset_ms = ((int64_t)hours * 60 + minutes) * 60000 * (sign == '-' ? -1 : 1);
	return 0;
}

static int parse_date(const char **cursor, struct tm *utc)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (parse_digits(cursor, 4, &utc->tm_year) < 0 || parse_byte(cursor, "-") < 0 ||
	    parse_digits(cursor, 2, &utc->tm_mon) < 0 || parse_byte(cursor, "-") < 0 ||
	    parse_digits(cursor, 2, &utc->tm_mday) < 0 || utc->tm_mon < 1 || utc->tm_mon > 12)
		return -1;
	bool leap = utc->tm_year % 4 == 0 && (utc->tm_year % 100 != 0 || utc->tm_year % 400 == 0);
	int last = days[utc->tm_mon - 1] + (leap && utc->tm_mon == 2);
	if (utc->tm_mday < 1 || utc->tm_mday > last)
		return -1; /* timegm would make 30 February a day of March */
	utc->tm_year -= 1900;
	utc->tm_mon -= 1;
	return 0;
}

int clock_parse_rfc3339(const char *text, int64_t *ms)
{
	struct tm utc = { 0 };
	int64_t fraction_ms = 0, offset_ms;
	const char *cursor = text;

	if (parse_date(&cursor, &utc) < 0 || parse_byte(&cursor, "Tt ") < 0 ||
	    parse_digits(&cursor, 2, &utc.tm_hour) < 0 || parse_byte(&cursor, ":") < 0 ||
	    parse_digits(&cursor, 2, &utc.tm_min) < 0 || parse_byte(&cursor, ":") < 0 ||
	    parse_digits(&cursor, 2, &utc.tm_sec) < 0 || utc.tm_hour > 23 || utc.tm_min > 59 || utc.tm_sec > 60)
		return -1;
	if (parse_fraction(&cursor, &fraction_ms) < 0 || parse_offset(cursor, &offset_ms) < 0)
		return -1;
	*ms = (int64_t)timegm(&utc) * 1000 + fraction_ms - offset_ms;
	return 0;
}
