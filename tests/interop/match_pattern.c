/*
 * Matches patterns and events for tests/interop/check_patterns.py: reads lines of {"pattern": …,
 * "event": …} and prints a line for each, "match", "no match" or "refused AT POINTER: MESSAGE".
 */
#include "base/banned.h"
#include "base/json.h"
#include "base/json_read.h"
#include "config/pattern/check.h"
#include "config/pattern/match.h"
#include "config/pattern/pattern.h"

#include <stdlib.h>

static void answer(const char *line, size_t length)
{
	CLEANUP_JSON json_t *request = NULL;
	char pointer[PATTERN_POINTER_SIZE];
	struct err err = ERR_INIT;

	if (json_parse(line, length, "the line", &request, &err) < 0) {
		printf("unreadable: %s\n", err.message);
		return;
	}
	const json_t *pattern = json_object_get(request, "pattern");
	if (pattern_check(pattern, pointer, &err) < 0)
		printf("refused at %s: %s\n", pointer, err.message);
	else
		puts(pattern_matches(pattern, json_object_get(request, "event")) ? "match" : "no match");
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) > 0)
		answer(line, (size_t)length);
	free(line);
	return ferror(stdin) || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
