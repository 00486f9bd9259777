/* Reads any bytes as a pattern and an event, on two lines. The pattern is refused with a message,
 * or matches in the same way however it is wrapped. */
#include "base/banned.h"
#include "base/json.h"
#include "config/pattern/check.h"
#include "config/pattern/match.h"
#include "config/pattern/pattern.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool taken(const json_t *pattern)
{
	char pointer[PATTERN_POINTER_SIZE];
	struct err err = ERR_INIT;

	if (pattern_check(pattern, pointer, &err) == 0) {
		if (pointer[0] != '\0' || err.kind != ERR_NONE)
			abort();
		return true;
	}
	json_t *message = json_string(err.message), *place = json_string(pointer);
	if (err.kind != ERR_CONFIG || err.code[0] == '\0' || err.message[0] == '\0' ||
		message == NULL || place == NULL || (pointer[0] != '\0' && pointer[0] != '/'))
		abort();
	json_decref(message);
	json_decref(place);
	return false;
}

/* Checks a wrapped pattern, unless the wrapping has made it exceed the limits. */
static void expect(json_t *pattern, json_t *event, bool expected)
{
	if (taken(pattern) && pattern_matches(pattern, event) != expected)
		abort();
	json_decref(pattern);
	json_decref(event);
}

static void try_pattern(json_t *pattern, json_t *event)
{
	bool matches = pattern_matches(pattern, event);

	if (!json_is_object(event))
		return;
	/* Wraps it below a field, in an array of one, and between elements that are no objects. */
	expect(json_pack("{s:O}", "w", pattern), json_pack("{s:O}", "w", event), matches);
	expect(json_pack("{s:O}", "w", pattern), json_pack("{s:[O]}", "w", event), matches);
	expect(json_pack("{s:O}", "w", pattern), json_pack("{s:[[i], O, s]}", "w", 1, event, "x"),
		matches);
	/* Adds a branch that never matches, and one that always does. */
	expect(json_pack("{s:[O, {s:[{s:b}]}]}", "$or", pattern, "\x01", "exists", 1),
		json_incref(event), matches || json_object_get(event, "\x01") != NULL);
	if (json_object_get(event, "\x01") == NULL)
		expect(json_pack("{s:[O, {s:[{s:b}]}]}", "$or", pattern, "\x01", "exists", 0),
			json_incref(event), true);
	/* The same branch twice matches like one. */
	expect(json_pack("{s:{s:[O, O]}}", "w", "$or", pattern, pattern),
		json_pack("{s:O}", "w", event), matches);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *line = memchr(text, '\n', size);
	size_t first = line != NULL ? (size_t)(line - text) : size,
		   rest = line != NULL ? size - first - 1 : 0;

	if (json_check_depth(text, first) < 0 || json_check_depth(text + size - rest, rest) < 0)
		return 0;
	json_t *pattern = json_loadb(text, first, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	json_t *event = json_loadb(text + size - rest, rest, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (pattern != NULL && taken(pattern) && event != NULL)
		try_pattern(pattern, event);
	else if (pattern != NULL && event != NULL)
		(void)pattern_matches(pattern, event); /* a pattern that was never checked does no harm */
	json_decref(pattern);
	json_decref(event);
	return 0;
}
