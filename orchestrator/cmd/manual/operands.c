#include "base/banned.h"
#include "base/compiler.h"
#include "cmd/manual/manual.h"

#include <ctype.h>

static void take(struct manual_operands *out, const char *word, size_t length)
{
	if (length == 0)
		return;
	if ((length == 4 && strncmp(word, "FILE", 4) == 0) ||
		(length == 6 && strncmp(word, "EXPORT", 6) == 0))
		out->file = true;
	if (!islower((unsigned char)word[0]) || out->count == ARRAY_LENGTH(out->words))
		return;
	snprintf(out->words[out->count], sizeof out->words[0], "%.*s", (int)length, word);
	out->count++;
}

void manual_operands(const struct command *command, struct manual_operands *out)
{
	memset(out, 0, sizeof *out);
	for (const char *text = command->arguments; *text != '\0'; text++) {
		size_t length = strcspn(text, "[]| ");

		take(out, text, length);
		text += length;
		if (*text == '\0')
			break;
	}
}
