/* Timestamps in the formats of AWS's protocols. */
#include "aws/protocol_wire.h"
#include "base/banned.h"
#include "base/clock.h"

#include <inttypes.h>
#include <math.h>

#define MIN_MS INT64_C(-62135596800000) /* 0001-01-01T00:00:00Z */
#define MAX_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/* Not strftime's names: those follow the locale. */
static const char day_names[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

enum aws_timestamp_format wire_timestamp_format(const struct aws_member *member, enum aws_timestamp_format otherwise)
{
	if (member->timestamp_format != AWS_TIMESTAMP_DEFAULT)
		return member->timestamp_format;
	if (member->shape->timestamp_format != AWS_TIMESTAMP_DEFAULT)
		return member->shape->timestamp_format;
	return otherwise;
}

/* Broken-down UTC. Not struct tm: the C library's functions for it cost more than the rest of a small answer. */
struct moment {
	int year, month, day, hour, minute, second, ms; /* month and day from 1 */
	int weekday;                                    /* 0: Sunday */
};

/* Days since 1970-01-01 in the proleptic Gregorian calendar, by years that begin in March and eras of 400 years. */
static int64_t days_of(const struct moment *moment)
{
	int year = moment->month <= 2 ? moment->year - 1 : moment->year;
	int era = (year >= 0 ? year : year - 399) / 400;
	int year_of_era = year - era * 400;
	int day_of_year = (153 * (moment->month + (moment->month > 2 ? -3 : 9)) + 2) / 5 + moment->day - 1;

	return (int64_t)era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static int64_t ms_of(const struct moment *moment)
{
	return ((days_of(moment) * 24 + moment->hour) * 60 + moment->minute) * 60000 + moment->second * 1000 + moment->ms;
}

/* The reverse, for MIN_MS to MAX_MS. */
static struct moment moment_of(int64_t ms)
{
	struct moment moment = { 0 };
	int64_t days = ms / 86400000 - (ms % 86400000 < 0);
	int rest = (int)(ms - days * 86400000);
	int64_t shifted = days + 719468;
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int day_of_era = (int)(shifted - era * 146097);
	int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int month = (5 * day_of_year + 2) / 153;

	moment.day = day_of_year - (153 * month + 2) / 5 + 1;
	moment.month = month < 10 ? month + 3 : month - 9;
	moment.year = (int)(year_of_era + era * 400) + (moment.month <= 2);
	moment.hour = rest / 3600000;
	moment.minute = rest / 60000 % 60;
	moment.second = rest / 1000 % 60;
	moment.ms = rest % 1000;
	moment.weekday = (int)(((days + 4) % 7 + 7) % 7);
	return moment;
}

static char *put_digits(char *out, int number, int digits)
{
	for (int i = digits; i-- > 0; number /= 10)
		out[i] = (char)('0' + number % 10);
	return out + digits;
}

/* "2026-11-24T08:00:00Z", with ".123" when the milliseconds are not zero; returns the length. */
static size_t format_iso8601(int64_t ms, char out[CLOCK_RFC3339_SIZE])
{
	struct moment moment = moment_of(ms);
	char *end = put_digits(out, moment.year, 4);

	*end++ = '-';
	end = put_digits(end, moment.month, 2);
	*end++ = '-';
	end = put_digits(end, moment.day, 2);
	*end++ = 'T';
	end = put_digits(end, moment.hour, 2);
	*end++ = ':';
	end = put_digits(end, moment.minute, 2);
	*end++ = ':';
	end = put_digits(end, moment.second, 2);
	if (moment.ms != 0) {
		*end++ = '.';
		end = put_digits(end, moment.ms, 3);
	}
	*end++ = 'Z';
	return (size_t)(end - out);
}

static void add_rfc822(struct buf *out, int64_t ms)
{
	struct moment moment = moment_of(ms);

	buf_add_format(out, "%s, %02d %s %d %02d:%02d:%02d GMT", day_names[moment.weekday], moment.day,
	               month_names[moment.month - 1], moment.year, moment.hour, moment.minute, moment.second);
}

static void add_epoch(struct buf *out, int64_t ms)
{
	int64_t size = ms < 0 ? -ms : ms;

	if (ms % 1000 == 0)
		buf_add_format(out, "%" PRId64, ms / 1000);
	else
		buf_add_format(out, "%s%" PRId64 ".%03d", ms < 0 ? "-" : "", size / 1000, (int)(size % 1000));
}

void wire_add_timestamp(struct buf *out, int64_t ms, enum aws_timestamp_format format)
{
	char text[CLOCK_RFC3339_SIZE];

	switch (format) {
	case AWS_TIMESTAMP_EPOCH:
		add_epoch(out, ms);
		break;
	case AWS_TIMESTAMP_RFC822:
		add_rfc822(out, ms);
		break;
	default:
		buf_add(out, text, format_iso8601(ms, text));
	}
}

json_t *wire_timestamp_value(int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	if (ms < MIN_MS || ms > MAX_MS)
		return NULL;
	return json_stringn_nocheck(text, format_iso8601(ms, text));
}

int wire_timestamp_of_seconds(double seconds, int64_t *ms)
{
	double milliseconds = round(seconds * 1000);

	if (!(milliseconds >= (double)MIN_MS && milliseconds <= (double)MAX_MS))
		return -1;
	*ms = (int64_t)milliseconds;
	return 0;
}

static bool take_digits(const char **cursor, int digits, int *number)
{
	*number = 0;
	for (int i = 0; i < digits; i++, (*cursor)++) {
		if (**cursor < '0' || **cursor > '9')
			return false;
		*number = *number * 10 + (**cursor - '0');
	}
	return true;
}

static bool take_char(const char **cursor, const char *allowed)
{
	if (**cursor == '\0' || strchr(allowed, **cursor) == NULL)
		return false;
	(*cursor)++;
	return true;
}

/* ".123456" to milliseconds; nothing is 0. */
static bool take_fraction(const char **cursor, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (**cursor != '.')
		return true;
	(*cursor)++;
	if (**cursor < '0' || **cursor > '9')
		return false;
	for (; **cursor >= '0' && **cursor <= '9'; (*cursor)++, scale /= 10)
		*ms += (**cursor - '0') * scale;
	return true;
}

/* "Z", "+01:00", or nothing: some services leave the zone out; it is UTC. */
static bool take_zone(const char **cursor, int *minutes)
{
	int hour, minute, sign = **cursor == '-' ? -1 : 1;

	*minutes = 0;
	if (**cursor == '\0' || take_char(cursor, "Zz"))
		return true;
	if (!take_char(cursor, "+-") || !take_digits(cursor, 2, &hour) || !take_char(cursor, ":") ||
	    !take_digits(cursor, 2, &minute) || hour > 18 || minute > 59)
		return false;
	*minutes = sign * (hour * 60 + minute);
	return true;
}

static bool in_range(const struct moment *moment)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return moment->year >= 1 && moment->month >= 1 && moment->month <= 12 && moment->day >= 1 &&
	       moment->day <= days[moment->month - 1] && moment->hour <= 23 && moment->minute <= 59 &&
	       moment->second <= 60;
}

static int parse_iso8601(const char *cursor, int64_t *ms)
{
	struct moment moment = { 0 };
	int zone;

	if (!take_digits(&cursor, 4, &moment.year) || !take_char(&cursor, "-") || !take_digits(&cursor, 2, &moment.month) ||
	    !take_char(&cursor, "-") || !take_digits(&cursor, 2, &moment.day) || !take_char(&cursor, "Tt ") ||
	    !take_digits(&cursor, 2, &moment.hour) || !take_char(&cursor, ":") || !take_digits(&cursor, 2, &moment.minute) ||
	    !take_char(&cursor, ":") || !take_digits(&cursor, 2, &moment.second) || !take_fraction(&cursor, &moment.ms) ||
	    !take_zone(&cursor, &zone) || *cursor != '\0' || !in_range(&moment))
		return -1;
	*ms = ms_of(&moment) - (int64_t)zone * 60000;
	return 0;
}

static bool take_name(const char **cursor, const char (*names)[4], int count, int *index)
{
	for (*index = 0; *index < count; (*index)++)
		if (strncmp(*cursor, names[*index], 3) == 0) {
			*cursor += 3;
			return true;
		}
	return false;
}

/* "Tue, 29 Apr 2014 18:30:38 GMT", also with a fraction of a second. */
static int parse_rfc822(const char *cursor, int64_t *ms)
{
	struct moment moment = { 0 };

	if (!take_name(&cursor, day_names, 7, &moment.weekday) || strncmp(cursor, ", ", 2) != 0)
		return -1;
	cursor += 2;
	int digits = cursor[0] != '\0' && cursor[1] == ' ' ? 1 : 2;
	if (!take_digits(&cursor, digits, &moment.day) || !take_char(&cursor, " ") ||
	    !take_name(&cursor, month_names, 12, &moment.month) || !take_char(&cursor, " ") ||
	    !take_digits(&cursor, 4, &moment.year) || !take_char(&cursor, " ") || !take_digits(&cursor, 2, &moment.hour) ||
	    !take_char(&cursor, ":") || !take_digits(&cursor, 2, &moment.minute) || !take_char(&cursor, ":") ||
	    !take_digits(&cursor, 2, &moment.second) || !take_fraction(&cursor, &moment.ms) || strcmp(cursor, " GMT") != 0)
		return -1;
	moment.month++;
	if (!in_range(&moment))
		return -1;
	*ms = ms_of(&moment);
	return 0;
}

int wire_parse_timestamp(const char *text, size_t length, int64_t *ms)
{
	char copy[64], *end;

	if (length == 0 || length > sizeof copy - 1 || memchr(text, '\0', length) != NULL)
		return -1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (parse_iso8601(copy, ms) == 0)
		return 0;
	if (strspn(copy, "0123456789+-.eE") == length) {
		double seconds = strtod(copy, &end);

		return *end == '\0' ? wire_timestamp_of_seconds(seconds, ms) : -1;
	}
	return parse_rfc822(copy, ms);
}
