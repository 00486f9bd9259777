/* Reads the strings of JSON text: escapes, surrogates, and UTF-8, which is checked. */
#include "base/json_read_string.h"

#include "base/json_read.h"

#include "base/banned.h"
#include "base/json_plain.h"
#include "base/json_read_fail.h"

/* The length of the UTF-8 sequence (RFC 3629) that begins here; 0 when it is invalid. */
static size_t utf8_length(const char *text, const char *end)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = bytes[0] < 0xc2 ? 0
		: bytes[0] < 0xe0           ? 2
		: bytes[0] < 0xf0           ? 3
		: bytes[0] < 0xf5           ? 4
									: 0;

	if (length == 0 || (size_t)(end - text) < length)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	/* The second byte excludes overlong forms, surrogates, and characters beyond U+10FFFF. */
	if ((bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xed && bytes[1] > 0x9f) ||
		(bytes[0] == 0xf0 && bytes[1] < 0x90) || (bytes[0] == 0xf4 && bytes[1] > 0x8f))
		return 0;
	return length;
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0'
		: c >= 'a' && c <= 'f'  ? c - 'a' + 10
		: c >= 'A' && c <= 'F'  ? c - 'A' + 10
								: -1;
}

/* The value of the four digits after "\u"; -1 when they are not hexadecimal. */
static int32_t read_unit(struct json_reader *reader)
{
	int32_t unit = 0;

	for (int i = 0; i < 4; i++, reader->cursor++) {
		int digit = reader->cursor < reader->end ? hex_value(*reader->cursor) : -1;

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

static void add_utf8(struct buf *out, int32_t c)
{
	char bytes[4];
	size_t length;

	if (c < 0x80) {
		bytes[0] = (char)c;
		length = 1;
	} else if (c < 0x800) {
		bytes[0] = (char)(0xc0 | (c >> 6));
		length = 2;
	} else if (c < 0x10000) {
		bytes[0] = (char)(0xe0 | (c >> 12));
		length = 3;
	} else {
		bytes[0] = (char)(0xf0 | (c >> 18));
		length = 4;
	}
	for (size_t i = length - 1; i > 0; i--, c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	buf_add(out, bytes, length);
}

/* A character beyond U+FFFF is escaped as two surrogates. One of them alone is refused. */
static int read_unicode_escape(struct json_reader *reader)
{
	const char *at = reader->cursor - 2;
	int32_t unit = read_unit(reader);

	if (unit >= 0xd800 && unit <= 0xdbff && json_take(reader, '\\') && json_take(reader, 'u')) {
		int32_t low = read_unit(reader);

		unit = low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
											  : -1;
	}
	if (unit < 0 || (unit >= 0xd800 && unit <= 0xdfff))
		return json_fail_at(reader, at, "this \\u escape is no character");
	add_utf8(&reader->scratch, unit);
	return 0;
}

static int read_escape(struct json_reader *reader)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (reader->cursor == reader->end)
		return json_fail_at(reader, reader->cursor, "");
	char c = *reader->cursor++;
	if (c == 'u')
		return read_unicode_escape(reader);
	if (c == '\0' || (letter = strchr(letters, c)) == NULL)
		return json_fail_at(reader, reader->cursor - 2, "there is no such escape");
	buf_add_char(&reader->scratch, meanings[letter - letters]);
	return 0;
}

/* Reads the rest of a string that begins at `run` and is plain up to the cursor. */
static int read_with_escapes(struct json_reader *reader, const char *run, const char **text,
	size_t *length)
{
	bool escaped = false; /* from then on `run` is where the bytes not yet copied begin */

	for (;;) {
		if (reader->cursor == reader->end)
			return json_fail_at(reader, reader->cursor, "");
		if (*reader->cursor == '"')
			break;
		if (*reader->cursor != '\\') {
			size_t bytes = utf8_length(reader->cursor, reader->end);

			if (bytes == 0)
				return json_fail_at(reader, reader->cursor,
					(unsigned char)*reader->cursor < 0x20 ? "a control character must be escaped"
														  : "this is not UTF-8");
			reader->cursor += bytes;
		} else {
			if (!escaped)
				buf_reset(&reader->scratch);
			escaped = true;
			buf_add(&reader->scratch, run, (size_t)(reader->cursor - run));
			reader->cursor++;
			if (read_escape(reader) < 0)
				return -1;
			run = reader->cursor;
		}
		reader->cursor += json_plain_length(reader->cursor, (size_t)(reader->end - reader->cursor));
	}
	if (escaped)
		buf_add(&reader->scratch, run, (size_t)(reader->cursor - run));
	*text = escaped ? reader->scratch.data : run;
	*length = escaped ? reader->scratch.length : (size_t)(reader->cursor - run);
	reader->cursor++;
	return 0;
}

int json_read_string(struct json_reader *reader, const char **text, size_t *length)
{
	const char *run = reader->cursor + 1; /* behind the quote */
	size_t plain = json_plain_length(run, (size_t)(reader->end - run));

	reader->cursor = run + plain;
	if (reader->cursor == reader->end || *reader->cursor != '"')
		return read_with_escapes(reader, run, text, length);
	*text = run;
	*length = plain;
	reader->cursor++;
	return 0;
}
