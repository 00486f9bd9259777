/*
 * Our JSON reader against jansson's: both take a text or both refuse it, and what they take is the
 * same value, which also reads back from what is written of it. To pass over a text takes what can
 * be read, and besides that only objects that have a member twice.
 */
#include "base/json_read.h"

#include "base/banned.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* json_equal takes an integer and a real for different values, and knows no order of members. */
static void expect_same(const json_t *left, const json_t *right)
{
	CLEANUP_BUF struct buf a = BUF_INIT(SIZE_MAX), b = BUF_INIT(SIZE_MAX);

	expect(json_equal(left, right));
	json_add_text(&a, left);
	json_add_text(&b, right);
	expect(strcmp(a.data, b.data) == 0);
}

static bool can_be_skipped(const char *text, size_t size)
{
	struct json_reader reader;

	json_reader_init(&reader, text, size, "the text", NULL);
	bool skipped = json_skip_value(&reader) == 0 && json_read_end(&reader) == 0;
	json_reader_release(&reader);
	return skipped;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	CLEANUP_JSON json_t *ours = NULL, *theirs = NULL, *again = NULL;
	struct err err = ERR_INIT;
	json_error_t problem;

	/* A copy of the exact size, so that a read beyond it is seen; never NULL. */
	char *copy = malloc(size + 1);
	if (copy == NULL)
		return 0;
	if (size > 0)
		memcpy(copy + 1, text, size);
	int result = json_parse(copy + 1, size, "the text", &ours, &err);
	expect(can_be_skipped(copy + 1, size) == (result == 0) ||
		strstr(err.message, "this member twice") != NULL);
	theirs =
		json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);
	free(copy);
	if (result < 0) {
		expect(ours == NULL);
		/* Two differences: jansson takes more levels, and overlooks a NUL behind a number. */
		bool too_deep = err_is(&err, ERR_LIMIT, "TooDeep") && theirs != NULL &&
			!json_fits(theirs, JSON_MAX_DEPTH);

		expect(theirs == NULL || too_deep || memchr(text, '\0', size) != NULL);
		return 0;
	}
	expect(theirs != NULL && json_fits(ours, JSON_MAX_DEPTH));
	expect_same(ours, theirs);

	CLEANUP_BUF struct buf written = BUF_INIT(SIZE_MAX);
	json_add_text(&written, ours);
	expect(json_parse(written.data, written.length, "what was written", &again, &err) == 0);
	return 0;
}
