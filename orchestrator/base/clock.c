#include "base/clock.h"

#include "base/banned.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#define MIN_MS INT64_C(-62167219200000) /* 0000-01-01T00:00:00Z */
#define MAX_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

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

/* Days since 1970-01-01 in the proleptic Gregorian calendar, by years that begin in March and eras
 * of 400 years. */
static int64_t days_of(const struct clock_utc *utc)
{
	int year = utc->month <= 2 ? utc->year - 1 : utc->year;
	int era = (year >= 0 ? year : year - 399) / 400;
	int year_of_era = year - era * 400;
	int day_of_year = (153 * (utc->month + (utc->month > 2 ? -3 : 9)) + 2) / 5 + utc->day - 1;

	return (int64_t)era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		day_of_year - 719468;
}

int64_t clock_join(const struct clock_utc *utc)
{
	return ((days_of(utc) * 24 + utc->hour) * 60 + utc->minute) * 60000 + utc->second * 1000 +
		utc->ms;
}

struct clock_utc clock_split(int64_t ms)
{
	struct clock_utc utc = { 0 };
	int64_t days = ms / 86400000 - (ms % 86400000 < 0);
	int rest = (int)(ms - days * 86400000);
	int64_t shifted = days + 719468;
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int day_of_era = (int)(shifted - era * 146097);
	int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
		365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int month = (5 * day_of_year + 2) / 153;

	utc.day = day_of_year - (153 * month + 2) / 5 + 1;
	utc.month = month < 10 ? month + 3 : month - 9;
	utc.year = (int)(year_of_era + era * 400) + (utc.month <= 2);
	utc.hour = rest / 3600000;
	utc.minute = rest / 60000 % 60;
	utc.second = rest / 1000 % 60;
	utc.ms = rest % 1000;
	utc.weekday = (int)(((days + 4) % 7 + 7) % 7);
	return utc;
}

static char *put_digits(char *out, int number, int digits)
{
	for (int i = digits; i-- > 0; number /= 10)
		out[i] = (char)('0' + number % 10);
	return out + digits;
}

size_t clock_format_rfc3339(int64_t ms, char out[CLOCK_RFC3339_SIZE])
{
	struct clock_utc utc = clock_split(ms >= MIN_MS && ms <= MAX_MS ? ms : 0);
	char *end = put_digits(out, utc.year, 4);

	*end++ = '-';
	end = put_digits(end, utc.month, 2);
	*end++ = '-';
	end = put_digits(end, utc.day, 2);
	*end++ = 'T';
	end = put_digits(end, utc.hour, 2);
	*end++ = ':';
	end = put_digits(end, utc.minute, 2);
	*end++ = ':';
	end = put_digits(end, utc.second, 2);
	if (utc.ms != 0) {
		*end++ = '.';
		end = put_digits(end, utc.ms, 3);
	}
	*end++ = 'Z';
	*end = '\0';
	return (size_t)(end - out);
}

/* Reads exactly `count` digits; scanf would accept signs and spaces, too. */
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
	if (parse_byte(&cursor, "+-") < 0 || parse_digits(&cursor, 2, &hours) < 0 ||
		parse_byte(&cursor, ":") < 0 || parse_digits(&cursor, 2, &minutes) < 0 || *cursor != '\0' ||
		hours > 23 || minutes > 59)
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
		return -1; /* timegm would turn 30 February into a day of March */
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
		parse_digits(&cursor, 2, &utc.tm_sec) < 0 || utc.tm_hour > 23 || utc.tm_min > 59 ||
		utc.tm_sec > 60)
		return -1;
	if (parse_fraction(&cursor, &fraction_ms) < 0 || parse_offset(cursor, &offset_ms) < 0)
		return -1;
	*ms = (int64_t)timegm(&utc) * 1000 + fraction_ms - offset_ms;
	return 0;
}
