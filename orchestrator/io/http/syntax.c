#include "io/http/syntax.h"

#include "base/banned.h"

/* More digits are refused, so that no size overflows. */
#define MAX_CHUNK_DIGITS 12

/* The characters of a token (RFC 9110 section 5.6.2). */
static const bool token_characters[256] = {
	['0' ... '9'] = true,
	['A' ... 'Z'] = true,
	['a' ... 'z'] = true,
	['!'] = true,
	['#' ... '\''] = true,
	['*'] = true,
	['+'] = true,
	['-'] = true,
	['.'] = true,
	['^'] = true,
	['_'] = true,
	['`'] = true,
	['|'] = true,
	['~'] = true,
};

size_t syntax_token_length(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length && token_characters[(unsigned char)text[count]])
		count++;
	return count;
}

bool syntax_is_text(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f)
			return false;
	return true;
}

/* A quoted string's length with its quotes (RFC 9110 section 5.6.4); 0 when it is none. */
static size_t quoted_length(const char *text, size_t length)
{
	for (size_t i = 1; i < length && text[0] == '"'; i++) {
		if (text[i] == '"')
			return i + 1;
		if (text[i] == '\\')
			i++;
	}
	return 0;
}

/* Returns whether what follows a chunk's size is *( ";" name [ "=" value ] ) (RFC 9112
 * section 7.1.1). */
static bool are_extensions(const char *text, size_t length)
{
	for (size_t used; length > 0; text += used, length -= used) {
		used = 1 + syntax_token_length(text + 1, length - 1);
		if (text[0] != ';' || used == 1)
			return false;
		if (used == length || text[used] != '=')
			continue;
		used++;
		size_t value = syntax_token_length(text + used, length - used);
		if (value == 0)
			value = quoted_length(text + used, length - used);
		if (value == 0)
			return false;
		used += value;
	}
	return true;
}

static bool take_hex_digit(char c, uint64_t *value)
{
	if (syntax_is_digit(c))
		*value = *value * 16 + (uint64_t)(c - '0');
	else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		*value = *value * 16 + (uint64_t)((c | 0x20) - 'a' + 10);
	else
		return false;
	return true;
}

bool syntax_chunk_size(const char *line, size_t length, uint64_t *size)
{
	size_t digits = 0;

	*size = 0;
	while (digits < length && take_hex_digit(line[digits], size))
		if (++digits > MAX_CHUNK_DIGITS)
			return false;
	return digits > 0 && syntax_is_text(line, length) &&
		are_extensions(line + digits, length - digits);
}
