/*
 * Compares our JSON reader with jansson's: both accept a text or both refuse it, and they read the
 * same value, which is also read back from its written form. Skipping a text succeeds where reading
 * it does, and also for objects that have a member twice.
 */
#ifndef REEVE_FUZZ_JSON_CHECK_H
#define REEVE_FUZZ_JSON_CHECK_H

#include "base/json_read.h"

#include "base/banned.h"
#include "base/json_write.h"

#include <stdint.h>

/* Compares like json_equal, which distinguishes integers from reals, but also compares the order of
 * members. */
static inline bool json_check_same(const json_t *left, const json_t *right)
{
	CLEANUP_BUF struct buf a = BUF_INIT(SIZE_MAX), b = BUF_INIT(SIZE_MAX);

	json_add_text(&a, left);
	json_add_text(&b, right);
	return json_equal(left, right) && strcmp(a.data, b.data) == 0;
}

static inline bool json_check_skips(const char *text, size_t size)
{
	struct json_reader reader;

	json_reader_init(&reader, text, size, "the text", NULL);
	bool skipped = json_skip_value(&reader) == 0 && json_read_end(&reader) == 0;
	json_reader_release(&reader);
	return skipped;
}

/* Reads the text with both readers. Returns NULL, or what differs; *accepted says whether ours
 * accepted it. */
static inline const char *json_check(const char *text, size_t size, bool *accepted)
{
	CLEANUP_JSON json_t *ours = NULL, *theirs = NULL, *again = NULL;
	struct err err = ERR_INIT;
	json_error_t problem;

	*accepted = json_parse(text, size, "the text", &ours, &err) == 0;
	if (json_check_skips(text, size) != *accepted &&
		strstr(err.message, "this member twice") == NULL)
		return "it is read but not skipped, or the other way round";
	theirs =
		json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);
	if (!*accepted) {
		/* There are two known differences: jansson accepts more levels, and overlooks a NUL behind
		 * a number. */
		bool too_deep = err_is(&err, ERR_LIMIT, "TooDeep") && theirs != NULL &&
			!json_fits(theirs, JSON_MAX_DEPTH);

		if (ours != NULL)
			return "a value comes of a refused text";
		return theirs == NULL || too_deep || memchr(text, '\0', size) != NULL
			? NULL
			: "jansson takes what we refuse";
	}
	if (theirs == NULL)
		return "we take what jansson refuses";
	if (!json_fits(ours, JSON_MAX_DEPTH) || !json_check_same(ours, theirs))
		return "the values differ";
	CLEANUP_BUF struct buf written = BUF_INIT(SIZE_MAX);
	json_add_text(&written, ours);
	return json_parse(written.data, written.length, "what was written", &again, &err) == 0
		? NULL
		: "what is written of it can't be read";
}

#endif
