#include "base/count.h"

#include "base/banned.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define RING_TEXTS 16
#define TEXT_SIZE 96

static char *next_text(void)
{
	static char ring[RING_TEXTS][TEXT_SIZE];
	static unsigned next;

	return ring[next++ % RING_TEXTS];
}

const char *thousands(size_t number)
{
	char digits[24], *out = next_text();
	int length = snprintf(digits, sizeof digits, "%zu", number), used = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			out[used++] = ',';
		out[used++] = digits[i];
	}
	out[used] = '\0';
	return out;
}

/* A noun in -y after a consonant has its plural in -ies. */
static bool ends_in_ies(const char *noun, size_t length)
{
	return length > 1 && noun[length - 1] == 'y' && strchr("aeiou", noun[length - 2]) == NULL;
}

const char *count_of(size_t number, const char *noun)
{
	size_t length = strlen(noun);
	char *out = next_text();

	if (number == 1)
		snprintf(out, TEXT_SIZE, "1 %s", noun);
	else if (ends_in_ies(noun, length))
		snprintf(out, TEXT_SIZE, "%s %.*sies", thousands(number), (int)length - 1, noun);
	else
		snprintf(out, TEXT_SIZE, "%s %ss", thousands(number), noun);
	return out;
}

const char *count_among(size_t number, size_t total, const char *noun)
{
	char *out = next_text();

	snprintf(out, TEXT_SIZE, "%s of %s", thousands(number), count_of(total, noun));
	return out;
}
