/*
 * What the reader and the writer of JSON text have in common: the bytes of a string that stand for themselves.
 * Private to them.
 */
#ifndef REEVE_BASE_JSON_PLAIN_H
#define REEVE_BASE_JSON_PLAIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t json_plain_bytes(uint8_t byte)
{
	return UINT64_C(0x0101010101010101) * byte;
}

/* How many bytes at the beginning are ASCII, no control character, no quote and no backslash. */
static inline size_t json_plain_length(const char *text, size_t length)
{
	const uint64_t ones = json_plain_bytes(1), tops = json_plain_bytes(0x80);
	size_t at = 0;

	/* Eight at once: the top bit of a byte of `found` is set where one of them is not plain. It may be set above such
	 * a byte too, by the borrow, and never below the first. */
	for (; length - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
		uint64_t word, quotes, slashes;

		memcpy(&word, text + at, sizeof word);
		quotes = word ^ json_plain_bytes('"');
		slashes = word ^ json_plain_bytes('\\');
		uint64_t found = word | ((word - json_plain_bytes(' ')) & ~word) | ((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes);
		found &= tops;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		if (found != 0)
			return at + (size_t)__builtin_ctzll(found) / 8;
#else
		if (found != 0)
			break;
#endif
	}
	while (at < length && (unsigned char)text[at] >= ' ' && (unsigned char)text[at] < 0x80 && text[at] != '"' && text[at] != '\\')
		at++;
	return at;
}

#endif
