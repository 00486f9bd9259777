/*
 * Finds the bytes of a JSON string that stand for themselves. Private to the reader and the writer
 * of JSON text.
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

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

/* Checks eight bytes at once. The result has the top bit of each byte that is not plain: it is
 * beyond ASCII, or subtracting a forbidden value made it negative. The borrow may also set the bit
 * of a byte above such a byte, but never one below the first. */
static inline uint64_t json_not_plain(uint64_t word)
{
	uint64_t controls = word - json_plain_bytes(' ');
	uint64_t quotes = (word ^ json_plain_bytes('"')) - json_plain_bytes(1);
	uint64_t slashes = (word ^ json_plain_bytes('\\')) - json_plain_bytes(1);

	return (word | controls | quotes | slashes) & json_plain_bytes(0x80);
}

/* One to seven bytes as a word. The rest of the word is zeros, which are not plain. */
static inline uint64_t json_few_bytes(const unsigned char *text, size_t length)
{
	uint32_t first, last;

	if (length < 4)
		return text[0] | (uint64_t)text[length / 2] << length / 2 * 8 |
			(uint64_t)text[length - 1] << (length - 1) * 8;
	memcpy(&first, text, sizeof first);
	memcpy(&last, text + length - sizeof last, sizeof last);
	return first | (uint64_t)last << (length - sizeof last) * 8;
}

/* Counts the bytes at the beginning that are ASCII and neither a control character, a quote nor a
 * backslash. */
static inline size_t json_plain_length(const char *text, size_t length)
{
	size_t at = 0;

	for (; length - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, text + at, sizeof word);
		uint64_t found = json_not_plain(word);
		if (found != 0)
			return at + (size_t)__builtin_ctzll(found) / 8;
	}
	if (at == length)
		return length;
	return at +
		(size_t)__builtin_ctzll(
			json_not_plain(json_few_bytes((const unsigned char *)text + at, length - at))) /
		8;
}

#else

static inline size_t json_plain_length(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length && (unsigned char)text[at] >= ' ' && (unsigned char)text[at] < 0x80 &&
		text[at] != '"' && text[at] != '\\')
		at++;
	return at;
}

#endif

#endif
