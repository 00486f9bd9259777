/* Timestamps in the formats of AWS's protocols. */
#include "aws/protocol/protocol_time.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"

#include <inttypes.h>
#include <math.h>

#define MIN_MS INT64_C(-62135596800000) /* 0001-01-01T00:00:00Z */
#define MAX_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/* These names are our own, since those of strftime depend on the locale. */
static const char day_names[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	"Sep", "Oct", "Nov", "Dec" };

enum aws_timestamp_format wire_timestamp_format(const struct aws_member *member,
	enum aws_timestamp_format otherwise)
{
	if (member->timestamp_format != AWS_TIMESTAMP_DEFAULT)
		return member->timestamp_format;
	if (member->shape->timestamp_format != AWS_TIMESTAMP_DEFAULT)
		return member->shape->timestamp_format;
	return otherwise;
}

static void add_rfc822(struct buf *out, int64_t ms)
{
	struct clock_utc utc = clock_split(ms);

	buf_add_format(out, "%s, %02d %s %d %02d:%02d:%02d GMT", day_names[utc.weekday], utc.day,
		month_names[utc.month - 1], utc.year, utc.hour, utc.minute, utc.second);
}

static void add_epoch(struct buf *out, int64_t ms)
{
	int64_t size = ms < 0 ? -ms : ms;

	if (ms % 1000 == 0)
		buf_add_format(out, "%" PRId64, ms / 1000);
	else
		buf_add_format(out, "%s%" PRId64 ".%03d", ms < 0 ? "-" : "", size / 1000,
			(int)(size % 1000));
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
		buf_add(out, text, clock_format_rfc3339(ms, text));
	}
}

json_t *wire_timestamp_value(int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	if (ms < MIN_MS || ms > MAX_MS)
		return NULL;
	return json_stringn_nocheck(text, clock_format_rfc3339(ms, text));
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

/* Reads ".123456" as milliseconds; without a fraction it is 0. */
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

/* Reads "Z", "+01:00" or nothing: some services leave the zone out and mean UTC. */
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

static bool in_range(const struct clock_utc *utc)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return utc->year >= 1 && utc->month >= 1 && utc->month <= 12 && utc->day >= 1 &&
		utc->day <= days[utc->month - 1] && utc->hour <= 23 && utc->minute <= 59 &&
		utc->second <= 60;
}

static int parse_iso8601(const char *cursor, int64_t *ms)
{
	struct clock_utc utc = { 0 };
	int zone;

	if (!take_digits(&cursor, 4, &utc.year) || !take_char(&cursor, "-") ||
		!take_digits(&cursor, 2, &utc.month) || !take_char(&cursor, "-") ||
		!take_digits(&cursor, 2, &utc.day) || !take_char(&cursor, "Tt ") ||
		!take_digits(&cursor, 2, &utc.hour) || !take_char(&cursor, ":") ||
		!take_digits(&cursor, 2, &utc.minute) || !take_char(&cursor, ":") ||
		!take_digits(&cursor, 2, &utc.second) || !take_fraction(&cursor, &utc.ms) ||
		!take_zone(&cursor, &zone) || *cursor != '\0' || !in_range(&utc))
		return -1;
	*ms = clock_join(&utc) - (int64_t)zone * 60000;
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

/* Reads "Tue, 29 Apr 2014 18:30:38 GMT", also with a fraction of a second. */
static int parse_rfc822(const char *cursor, int64_t *ms)
{
	struct clock_utc utc = { 0 };

	if (!take_name(&cursor, day_names, 7, &utc.weekday) || strncmp(cursor, ", ", 2) != 0)
		return -1;
	cursor += 2;
	int digits = cursor[0] != '\0' && cursor[1] == ' ' ? 1 : 2;
	if (!take_digits(&cursor, digits, &utc.day) || !take_char(&cursor, " ") ||
		!take_name(&cursor, month_names, 12, &utc.month) || !take_char(&cursor, " ") ||
		!take_digits(&cursor, 4, &utc.year) || !take_char(&cursor, " ") ||
		!take_digits(&cursor, 2, &utc.hour) || !take_char(&cursor, ":") ||
		!take_digits(&cursor, 2, &utc.minute) || !take_char(&cursor, ":") ||
		!take_digits(&cursor, 2, &utc.second) || !take_fraction(&cursor, &utc.ms) ||
		strcmp(cursor, " GMT") != 0)
		return -1;
	utc.month++;
	if (!in_range(&utc))
		return -1;
	*ms = clock_join(&utc);
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
