/* Timestamps in the formats of AWS's protocols, and base64. */
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

static void add_rfc822(struct buf *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
	struct tm utc;

	if (gmtime_r(&seconds, &utc) == NULL)
		return;
	buf_add_format(out, "%s, %02d %s %d %02d:%02d:%02d GMT", day_names[utc.tm_wday], utc.tm_mday,
	               month_names[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
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
		clock_format_rfc3339(ms, text);
		buf_add_string(out, text);
	}
}

json_t *wire_timestamp_value(int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	if (ms < MIN_MS || ms > MAX_MS)
		return NULL;
	clock_format_rfc3339(ms, text);
	return json_string_nocheck(text);
}

int wire_timestamp_of_seconds(double seconds, int64_t *ms)
{
	double milliseconds = round(seconds * 1000);

	if (!(milliseconds >= (double)MIN_MS && milliseconds <= (double)MAX_MS))
		return -1;
	*ms = (int64_t)milliseconds;
	return 0;
}

/* "Tue, 29 Apr 2014 18:30:38 GMT", also with a fraction of a second. */
static int parse_rfc822(const char *text, int64_t *ms)
{
	struct tm utc = { 0 };
	char month[4];
	double second;
	int used = 0;

	if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%lf GMT%n", &utc.tm_mday, month, &utc.tm_year,
	           &utc.tm_hour, &utc.tm_min, &second, &used) != 6 ||
	    used == 0 || text[used] != '\0')
		return -1;
	for (utc.tm_mon = 0; utc.tm_mon < 12 && strcmp(month, month_names[utc.tm_mon]) != 0; utc.tm_mon++)
		continue;
	if (utc.tm_mon == 12 || utc.tm_mday < 1 || utc.tm_mday > 31 || utc.tm_year < 1 || utc.tm_hour < 0 ||
	    utc.tm_hour > 23 || utc.tm_min < 0 || utc.tm_min > 59 || !(second >= 0 && second < 61))
		return -1;
	utc.tm_year -= 1900;
	*ms = (int64_t)timegm(&utc) * 1000 + (int64_t)(second * 1000 + 0.5);
	return 0;
}

int wire_parse_timestamp(const char *text, size_t length, int64_t *ms)
{
	char copy[64], *end;

	if (length == 0 || length > sizeof copy - 2 || memchr(text, '\0', length) != NULL)
		return -1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (strspn(copy, "0123456789+-.eE") == length) {
		double seconds = strtod(copy, &end);

		if (*end == '\0')
			return wire_timestamp_of_seconds(seconds, ms);
	}
	if (clock_parse_rfc3339(copy, ms) == 0 || parse_rfc822(copy, ms) == 0)
		return 0;
	/* Some services leave the zone out; it is UTC. */
	memcpy(copy + length, "Z", 2);
	return clock_parse_rfc3339(copy, ms);
}

/* --- base64 (RFC 4648 section 4) --- */

void wire_add_base64(struct buf *out, const void *data, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i += 3) {
		size_t have = length - i < 3 ? length - i : 3;
		unsigned group = (unsigned)bytes[i] << 16 | (have > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
		                 (have > 2 ? bytes[i + 2] : 0);
		char quad[4] = { digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63],
			         digits[group & 63] };

		memset(quad + 1 + have, '=', 3 - have);
		buf_add(out, quad, sizeof quad);
	}
}

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* `out` may be NULL: only checks. */
static int decode(const char *text, size_t length, struct buf *out)
{
	unsigned group = 0;
	size_t digits = 0, padding = 0;

	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		int value = digit_value(c);

		if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
			continue;
		if (c == '=' && digits % 4 >= 2 && padding < 4 - digits % 4) {
			padding++;
			continue;
		}
		if (value < 0 || padding > 0)
			return -1;
		group = group << 6 | (unsigned)value;
		digits++;
		if (digits % 4 == 0 && out != NULL) {
			unsigned char bytes[3] = { (unsigned char)(group >> 16), (unsigned char)(group >> 8),
				                   (unsigned char)group };

			buf_add(out, bytes, sizeof bytes);
		}
	}
	size_t rest = digits % 4;
	if (rest == 1 || (rest > 0 && padding != 4 - rest))
		return -1;
	if (rest > 0 && out != NULL) {
		group <<= 6 * (4 - rest);
		unsigned char bytes[2] = { (unsigned char)(group >> 16), (unsigned char)(group >> 8) };

		buf_add(out, bytes, rest - 1);
	}
	return 0;
}

int wire_decode_base64(const char *text, size_t length, struct buf *out)
{
	return decode(text, length, out);
}

int wire_check_base64(const char *text, size_t length)
{
	return decode(text, length, NULL);
}
