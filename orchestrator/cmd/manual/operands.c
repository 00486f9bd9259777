#include "cmd/manual/operands.h"

#include "base/banned.h"
#include "base/compiler.h"
#include "baselines/set.h"
#include "cmd/manual/manual.h"

#include <stdlib.h>

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

void manual_write_baselines(FILE *out)
{
	struct baseline_set *baselines = NULL;
	struct err err = ERR_INIT;

	if (baseline_set_new_built_in(&baselines, &err) < 0) {
		fprintf(stderr, "make-manual: %s\n", err.message);
		exit(1);
	}
	for (size_t i = 0; i < baseline_set_count(baselines); i++)
		fprintf(out, "%s%s", i > 0 ? " " : "", baseline_set_at(baselines, i)->id);
	baseline_set_free(baselines);
}
