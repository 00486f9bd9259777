/*
 * Line and column of a place in a JSON document. jansson keeps no positions, so the
 * text is scanned again for the few places that a message is about.
 */
#include "config/document/position.h"

#include "config/document/complain.h"

#include "base/banned.h"

#define PLACE_MAX_LEVELS 72 /* deeper than any document that is parsed */

struct scan {
	const char *at, *end;
};

static void skip_space(struct scan *scan)
{
	while (scan->at < scan->end && memchr(" \t\r\n", *scan->at, 4) != NULL)
		scan->at++;
}

static bool skip_byte(struct scan *scan, char c)
{
	skip_space(scan);
	if (scan->at >= scan->end || *scan->at != c)
		return false;
	scan->at++;
	skip_space(scan);
	return true;
}

static void skip_string(struct scan *scan)
{
	scan->at++;
	while (scan->at < scan->end && *scan->at != '"')
		scan->at += *scan->at == '\\' && scan->at + 1 < scan->end ? 2 : 1;
	if (scan->at < scan->end)
		scan->at++;
}

static void skip_value(struct scan *scan)
{
	size_t depth = 0;

	while (scan->at < scan->end) {
		char c = *scan->at;

		if (depth == 0 && memchr(",]} \t\r\n", c, 7) != NULL)
			return;
		if (c == '"') {
			skip_string(scan);
		} else {
			if (c == '{' || c == '[')
				depth++;
			else if (c == '}' || c == ']')
				depth--;
			scan->at++;
		}
		if (depth == 0 && (c == '"' || c == '}' || c == ']'))
			return;
	}
}

/* The key's text may hold escapes, so it is compared as jansson reads it. */
static bool key_is(const char *text, size_t length, const char *key)
{
	json_t *value = json_loadb(text, length, JSON_DECODE_ANY, NULL);
	bool same = json_is_string(value) && strcmp(json_string_value(value), key) == 0;

	json_decref(value);
	return same;
}

static bool enter_member(struct scan *scan, const char *key, const char **key_at)
{
	if (!skip_byte(scan, '{'))
		return false;
	while (scan->at < scan->end && *scan->at == '"') {
		const char *start = scan->at;
		skip_string(scan);
		bool found = key_is(start, (size_t)(scan->at - start), key);
		if (!skip_byte(scan, ':'))
			return false;
		if (found) {
			*key_at = start;
			return true;
		}
		skip_value(scan);
		if (!skip_byte(scan, ','))
			return false;
	}
	return false;
}

static bool enter_item(struct scan *scan, size_t index)
{
	if (!skip_byte(scan, '['))
		return false;
	for (size_t i = 0; i < index; i++) {
		skip_value(scan);
		if (!skip_byte(scan, ','))
			return false;
	}
	return scan->at < scan->end;
}

bool position_find(const char *text, size_t length, const struct where *where, bool at_key,
	int *line, int *column)
{
	const struct where *levels[PLACE_MAX_LEVELS];
	size_t count = 0;
	struct scan scan = { text, text + length };
	const char *found;

	for (; where->up != NULL; where = where->up) {
		if (count == PLACE_MAX_LEVELS)
			return false;
		levels[count++] = where;
	}
	skip_space(&scan);
	found = scan.at;
	while (count-- > 0) {
		const char *key_at = NULL;

		if (levels[count]->key != NULL ? !enter_member(&scan, levels[count]->key, &key_at)
									   : !enter_item(&scan, levels[count]->index))
			return false;
		found = at_key && count == 0 && key_at != NULL ? key_at : scan.at;
	}
	*line = 1;
	*column = 1;
	for (const char *c = text; c < found; c++) {
		if (*c == '\n') {
			(*line)++;
			*column = 1;
		} else if (((unsigned char)*c & 0xc0) != 0x80) {
			(*column)++;
		}
	}
	return true;
}
