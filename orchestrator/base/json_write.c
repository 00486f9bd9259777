/* Writes JSON text in three forms: canonical, for hashes; compact; and indented, for people. */
#include "base/json_write.h"

#include "base/json.h"

#include "base/banned.h"
#include "base/json_plain.h"
#include "base/mem.h"

#include <math.h>

static void add_escape(struct buf *out, unsigned char c)
{
	switch (c) {
	case '"':
		buf_add_string(out, "\\\"");
		break;
	case '\\':
		buf_add_string(out, "\\\\");
		break;
	case '\b':
		buf_add_string(out, "\\b");
		break;
	case '\f':
		buf_add_string(out, "\\f");
		break;
	case '\n':
		buf_add_string(out, "\\n");
		break;
	case '\r':
		buf_add_string(out, "\\r");
		break;
	case '\t':
		buf_add_string(out, "\\t");
		break;
	default:
		buf_add_format(out, "\\u%04x", c);
	}
}

static const bool needs_escape[256] = { [0 ... 0x1f] = true, ['"'] = true, ['\\'] = true };

static void add_unit(struct buf *out, unsigned unit)
{
	static const char digits[] = "0123456789ABCDEF";

	buf_add(out,
		(char[]){ '\\', 'u', digits[unit >> 12], digits[unit >> 8 & 15], digits[unit >> 4 & 15],
			digits[unit & 15] },
		6);
}

/* Writes the character beyond ASCII that begins here, and returns its last byte. The text of a
 * value is valid UTF-8. */
static const unsigned char *add_beyond_ascii(struct buf *out, const unsigned char *at)
{
	unsigned more = *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : 3, c = *at & (0x3fu >> more);

	for (; more > 0; more--)
		c = c << 6 | (*++at & 0x3f);
	if (c < 0x10000) {
		add_unit(out, c);
	} else {
		add_unit(out, 0xd800 + ((c - 0x10000) >> 10));
		add_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	return at;
}

/* Writes a string whose first `plain` bytes need no escape; the rest may. */
static void add_escaped(struct buf *out, const char *text, size_t length, size_t plain_bytes,
	bool ascii)
{
	const unsigned char *plain = (const unsigned char *)text, *end = plain + length; /* plain: of
																						what needs
																						no escape */

	buf_add_char(out, '"');
	for (const unsigned char *at = plain + plain_bytes; at < end; at++) {
		if (!needs_escape[*at] && (*at < 0x80 || !ascii))
			continue;
		buf_add(out, plain, (size_t)(at - plain));
		if (*at < 0x80)
			add_escape(out, *at);
		else
			at = add_beyond_ascii(out, at);
		plain = at + 1;
	}
	buf_add(out, plain, (size_t)(end - plain));
	buf_add_char(out, '"');
}

static void add_plain(struct buf *out, const char *text, size_t length)
{
	char *room = buf_room(out, length + 2);

	if (room == NULL)
		return;
	room[0] = '"';
	memcpy(room + 1, text, length);
	room[length + 1] = '"';
	buf_wrote(out, length + 2);
}

static void add_string(struct buf *out, const char *text, size_t length, bool ascii)
{
	size_t plain = json_plain_length(text, length);

	if (plain == length)
		add_plain(out, text, length);
	else
		add_escaped(out, text, length, plain, ascii);
}

/* RFC 8785 section 3.2.3 sorts by UTF-16 code units. UTF-8 order differs from it only
 * where a character beyond the BMP meets one of U+E000..U+FFFF. */
static int utf16_rank(unsigned char lead)
{
	return lead >= 0xf0 ? 0xed00 + lead : lead >= 0xee ? 0xee00 + lead + 0x100 : lead;
}

static int compare_keys(const char *left, const char *right)
{
	const unsigned char *a = (const unsigned char *)left, *b = (const unsigned char *)right;

	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	int rank_a = utf16_rank(*a), rank_b = utf16_rank(*b);
	return rank_a < rank_b ? -1 : rank_a > rank_b;
}

/* How a value is written: with sorted keys, on indented lines, with ASCII only. */
struct form {
	bool sorted, pretty, ascii;
	int level;
};

static void add_value(struct buf *out, const json_t *value, struct form form);

static void add_break(struct buf *out, struct form form)
{
	if (!form.pretty)
		return;
	buf_add_char(out, '\n');
	for (int i = 0; i < form.level; i++)
		buf_add_string(out, "  ");
}

static void add_member(struct buf *out, const char *key, size_t length, const json_t *value,
	bool first, struct form form)
{
	if (!first)
		buf_add_char(out, ',');
	add_break(out, form);
	add_string(out, key, length, form.ascii);
	buf_add_char(out, ':');
	if (form.pretty)
		buf_add_char(out, ' ');
	add_value(out, value, form);
}

struct member {
	const char *key;
	size_t length;
	const json_t *value;
};

static int compare_members(const void *left, const void *right)
{
	return compare_keys(((const struct member *)left)->key, ((const struct member *)right)->key);
}

enum { FEW_MEMBERS = 24 };

/* Sorts by insertion, since most objects are small; qsort's calls pay off only for larger ones. */
static void sort_members(struct member *members, size_t count)
{
	if (count > FEW_MEMBERS) {
		qsort(members, count, sizeof *members, compare_members);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct member member = members[i];
		size_t at = i;

		for (; at > 0 && compare_keys(members[at - 1].key, member.key) > 0; at--)
			members[at] = members[at - 1];
		members[at] = member;
	}
}

static void add_members_sorted(struct buf *out, json_t *object, struct form form)
{
	size_t size = json_object_size(object), count = 0;
	struct member few[FEW_MEMBERS],
		*members = size <= FEW_MEMBERS ? few : xcalloc(size, sizeof *members);

	for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at))
		members[count++] = (struct member){ json_object_iter_key(at), json_object_iter_key_len(at),
			json_object_iter_value(at) };
	sort_members(members, count);
	for (size_t i = 0; i < count; i++)
		add_member(out, members[i].key, members[i].length, members[i].value, i == 0, form);
	if (members != few)
		free(members);
}

static void add_object(struct buf *out, const json_t *value, struct form form)
{
	struct form inner = { form.sorted, form.pretty, form.ascii, form.level + 1 };
	json_t *object = (json_t *)value; /* jansson's iterators take no const */
	bool first = true;

	buf_add_char(out, '{');
	if (form.sorted) {
		add_members_sorted(out, object, inner);
	} else {
		for (void *at = json_object_iter(object); at != NULL;
			at = json_object_iter_next(object, at), first = false)
			add_member(out, json_object_iter_key(at), json_object_iter_key_len(at),
				json_object_iter_value(at), first, inner);
	}
	if (form.pretty && json_object_size(object) > 0)
		add_break(out, form);
	buf_add_char(out, '}');
}

static void add_array(struct buf *out, const json_t *array, struct form form)
{
	struct form inner = { form.sorted, form.pretty, form.ascii, form.level + 1 };
	size_t index;
	json_t *item;

	buf_add_char(out, '[');
	json_array_foreach(array, index, item) {
		if (index > 0)
			buf_add_char(out, ',');
		add_break(out, inner);
		add_value(out, item, inner);
	}
	if (form.pretty && json_array_size(array) > 0)
		add_break(out, form);
	buf_add_char(out, ']');
}

/* Adds one to the last digit of "d.ddde+xx". False when that would carry beyond the first digit. */
static bool increment_digits(char *digits)
{
	for (char *c = strchr(digits, 'e') - 1; c >= digits; c--) {
		if (*c < '0' || *c > '9')
			continue;
		if (*c != '9') {
			(*c)++;
			return true;
		}
		*c = '0';
	}
	return false;
}

/* The fewest digits that read back as the same double. At a power of two the gap above is twice the
 * gap below, so the fewest digits may be the next ones up and not the nearest: 2^-44 is such a
 * number. */
static void shortest_digits(double number, char *digits, size_t size)
{
	for (int precision = 0; precision < 17; precision++) {
		snprintf(digits, size, "%.*e", precision, number);
		if (strtod(digits, NULL) == number)
			return;
		if (increment_digits(digits) && strtod(digits, NULL) == number)
			return;
	}
}

/* The notation is ECMAScript's, as RFC 8785 section 3.2.2.3 asks: without exponent up to 21 digits.
 * Where it is not asked for, only as long as the number would be read back as an integer of 64
 * bits. */
static void add_real(struct buf *out, double number, bool canonical)
{
	char digits[40], mantissa[40];
	int exponent, count = 0;

	if (number == 0) {
		buf_add_char(out, '0');
		return;
	}
	shortest_digits(fabs(number), digits, sizeof digits);
	char *e = strchr(digits, 'e');
	exponent = atoi(e + 1);
	for (char *c = digits; c < e; c++)
		if (*c >= '0' && *c <= '9')
			mantissa[count++] = *c;
	while (count > 1 && mantissa[count - 1] == '0')
		count--;
	mantissa[count] = '\0';
	if (number < 0)
		buf_add_char(out, '-');
	if (exponent >= 0 && exponent < (canonical ? 21 : 18)) {
		for (int i = 0; i < count || i <= exponent; i++) {
			if (i == exponent + 1)
				buf_add_char(out, '.');
			buf_add_char(out, i < count ? mantissa[i] : '0');
		}
	} else if (exponent < 0 && exponent >= -6) {
		buf_add_string(out, "0.");
		for (int i = -1; i > exponent; i--)
			buf_add_char(out, '0');
		buf_add_string(out, mantissa);
	} else {
		buf_add_char(out, mantissa[0]);
		if (count > 1)
			buf_add_format(out, ".%s", mantissa + 1);
		buf_add_format(out, "e%+d", exponent);
	}
}

static void add_integer(struct buf *out, json_int_t number)
{
	unsigned long long rest = number < 0 ? 0 - (unsigned long long)number
										 : (unsigned long long)number;
	char digits[24];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (number < 0)
		digits[--at] = '-';
	buf_add(out, digits + at, sizeof digits - at);
}

static void add_value(struct buf *out, const json_t *value, struct form form)
{
	switch (value == NULL ? JSON_NULL : json_typeof(value)) {
	case JSON_OBJECT:
		add_object(out, value, form);
		break;
	case JSON_ARRAY:
		add_array(out, value, form);
		break;
	case JSON_STRING:
		add_string(out, json_string_value(value), json_string_length(value), form.ascii);
		break;
	case JSON_INTEGER:
		/* RFC 8785 has no integers beyond 2^53. They are written exactly and not rounded to a
		 * double, since two different images must never have the same hash. */
		add_integer(out, json_integer_value(value));
		break;
	case JSON_REAL:
		add_real(out, json_real_value(value), form.sorted);
		break;
	case JSON_TRUE:
		buf_add_string(out, "true");
		break;
	case JSON_FALSE:
		buf_add_string(out, "false");
		break;
	case JSON_NULL:
		buf_add_string(out, "null");
		break;
	}
}

void json_add_canonical(struct buf *out, const json_t *value)
{
	add_value(out, value, (struct form){ .sorted = true });
}

void json_add_text(struct buf *out, const json_t *value)
{
	add_value(out, value, (struct form){ .sorted = false });
}

void json_add_ascii(struct buf *out, const json_t *value)
{
	add_value(out, value, (struct form){ .ascii = true });
}

void json_add_string(struct buf *out, const char *text)
{
	size_t length = text != NULL ? strlen(text) : 0;

	if (text != NULL && json_plain_length(text, length) == length) {
		add_plain(out, text, length);
		return;
	}
	CLEANUP_JSON json_t *value = json_text(text);
	json_add_text(out, value);
}

void json_add_pretty(struct buf *out, const json_t *value)
{
	add_value(out, value, (struct form){ .pretty = true });
}

char *json_to_text(const json_t *value)
{
	struct buf text = BUF_INIT(SIZE_MAX);

	json_add_text(&text, value);
	return buf_detach(&text);
}
