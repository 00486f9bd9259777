#include "aws/protocol/words.h"

#include "base/banned.h"

#include <stdint.h>
#include <string.h>

enum {
	WORD_PLACES = 64,
	LONGEST_WORD = 64,
};

static json_t *words[WORD_PLACES];

static size_t place_of(const char *text, size_t length)
{
	uint64_t start = 0;

	memcpy(&start, text, length < sizeof start ? length : sizeof start);
	return ((start + length) * UINT64_C(0x9E3779B97F4A7C15)) >> 32 & (WORD_PLACES - 1);
}

json_t *aws_word_string(const char *text, size_t length)
{
	json_t **kept = &words[place_of(text, length)];

	if (length > LONGEST_WORD)
		return json_stringn_nocheck(text, length);
	if (*kept == NULL || json_string_length(*kept) != length ||
		memcmp(json_string_value(*kept), text, length) != 0) {
		json_decref(*kept);
		*kept = json_stringn_nocheck(text, length);
	}
	return json_incref(*kept);
}
