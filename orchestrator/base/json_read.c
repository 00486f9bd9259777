/*
 * Reading JSON text (RFC 8259) into jansson's values. jansson has a reader of its own, which accepts the same
 * texts and is what the fuzz target compares this one with; it takes every character through four functions and
 * an allocation a string, which was a quarter of a sweep's instructions. This one reads in place: a string
 * without escapes is copied once, into its value.
 */
#include "base/json_read.h"

#include "base/banned.h"
#include "base/mem.h"

#include <errno.h>

enum {
	SAFE_DIGITS = 18,      /* any number of so many digits fits an integer */
	NUMBER_BYTES = 64,     /* longer ones are copied to the heap */
};

static json_t *read_value(struct reader *reader, const void *described);

/* Out of memory is fatal in one place; jansson would go on without the value. */
static json_t *made(json_t *value)
{
	if (value == NULL)
		abort();
	return value;
}

/* --- failures --- */

int json_fail_at(struct reader *reader, const char *at, const char *problem)
{
	int line = 1, column = 1;

	for (const char *c = reader->begin; c < at; c++) {
		column = *c == '\n' ? 1 : column + 1;
		line += *c == '\n';
	}
	return err_set(reader->err, ERR_PROTOCOL, "InvalidJson", "%s is not valid JSON: line %d, column %d: %s", reader->what, line, column,
	               at >= reader->end ? "it ends too early" : problem);
}

static json_t *fail(struct reader *reader, const char *problem)
{
	(void)json_fail_at(reader, reader->cursor, problem);
	return NULL;
}

/* --- what stands between values --- */

static void skip_space(struct reader *reader)
{
	while (reader->cursor < reader->end &&
	       (*reader->cursor == ' ' || *reader->cursor == '\n' || *reader->cursor == '\t' || *reader->cursor == '\r'))
		reader->cursor++;
}

/* --- strings and numbers --- */

static json_t *read_string_value(struct reader *reader)
{
	const char *text;
	size_t length;

	return json_read_string(reader, &text, &length) < 0 ? NULL : made(json_stringn_nocheck(text, length));
}

/* Takes digits; how many. */
static size_t take_digits(struct reader *reader)
{
	const char *first = reader->cursor;

	while (reader->cursor < reader->end && *reader->cursor >= '0' && *reader->cursor <= '9')
		reader->cursor++;
	return (size_t)(reader->cursor - first);
}

/* Takes a fraction and an exponent; 1 when there was one of them, -1 when it has no digits. */
static int take_rest_of_real(struct reader *reader)
{
	int real = 0;

	if (take(reader, '.')) {
		real = 1;
		if (take_digits(reader) == 0)
			return -1;
	}
	if (take(reader, 'e') || take(reader, 'E')) {
		real = 1;
		if (!take(reader, '+'))
			(void)take(reader, '-');
		if (take_digits(reader) == 0)
			return -1;
	}
	return real;
}

/* strtoll and strtod want a NUL. The process runs in the C locale, whose decimal point is JSON's. */
static json_t *convert_number(struct reader *reader, const char *first, bool real)
{
	size_t length = (size_t)(reader->cursor - first);
	char kept[NUMBER_BYTES];
	CLEANUP_FREE char *longer = length < sizeof kept ? NULL : xstrndup(first, length);
	const char *text = longer != NULL ? longer : kept;
	json_t *value;

	if (longer == NULL) {
		memcpy(kept, first, length);
		kept[length] = '\0';
	}
	errno = 0;
	if (real) {
		double number = strtod(text, NULL);

		value = errno == ERANGE && (number > 1 || number < -1) ? NULL : made(json_real(number));
	} else {
		json_int_t number = strtoll(text, NULL, 10);

		value = errno == ERANGE ? NULL : made(json_integer(number));
	}
	if (value == NULL)
		(void)json_fail_at(reader, first, "this number is too large");
	return value;
}

static json_t *read_number(struct reader *reader)
{
	const char *first = reader->cursor;
	bool negative = take(reader, '-');
	const char *digits = reader->cursor;
	size_t count = take_digits(reader);

	if (count == 0)
		return fail(reader, "a number has no digit here");
	if (*digits == '0' && count > 1) {
		reader->cursor = digits;
		return fail(reader, "a number begins with 0");
	}
	int real = take_rest_of_real(reader);
	if (real < 0)
		return fail(reader, "a number has no digit here");
	if (real > 0 || count > SAFE_DIGITS)
		return convert_number(reader, first, real > 0);
	json_int_t number = 0;
	for (const char *c = digits; c < reader->cursor; c++)
		number = number * 10 + (*c - '0');
	return made(json_integer(negative ? -number : number));
}

/* --- objects, arrays, literals --- */

static json_t *enter(struct reader *reader, json_t *container)
{
	if (++reader->depth <= JSON_MAX_DEPTH)
		return made(container);
	json_decref(container);
	(void)err_set(reader->err, ERR_LIMIT, "TooDeep", "%s is nested deeper than %d levels", reader->what, JSON_MAX_DEPTH);
	return NULL;
}

static int read_member(struct reader *reader, json_t *object, const void *described)
{
	const void *inner = NULL;
	const char *key, *at = reader->cursor;
	char kept[128];
	size_t length, members = json_object_size(object);

	if (!take(reader, '"'))
		return json_fail_at(reader, reader->cursor, "a member's name is due");
	if (json_read_string(reader, &key, &length) < 0)
		return -1;
	if (memchr(key, '\0', length) != NULL)
		return json_fail_at(reader, at, "a member's name has a NUL");
	if (described != NULL && reader->guide->member(described, &key, &length, &inner) < 0)
		key = NULL;
	/* The scratch memory is the next string's. */
	CLEANUP_FREE char *longer = NULL;
	if (key != NULL && key == reader->scratch.data)
		key = length <= sizeof kept ? memcpy(kept, key, length) : (longer = xstrndup(key, length));
	skip_space(reader);
	if (!take(reader, ':'))
		return json_fail_at(reader, reader->cursor, "':' is due");
	json_t *value = read_value(reader, inner);
	if (value == NULL)
		return -1;
	if (key == NULL) {
		json_decref(value);
		return 0;
	}
	if (json_object_setn_new_nocheck(object, key, length, value) < 0)
		abort(); /* no memory */
	return json_object_size(object) > members ? 0 : json_fail_at(reader, at, "the object has this member twice");
}

/* An object whose opening brace was taken. */
static json_t *read_object(struct reader *reader, const void *described)
{
	json_t *object = enter(reader, json_object());

	if (object == NULL)
		return NULL;
	skip_space(reader);
	for (bool first = true; !take(reader, '}'); first = false) {
		if (!first && !take(reader, ',')) {
			(void)fail(reader, "',' or '}' is due");
			goto failed;
		}
		skip_space(reader);
		if (read_member(reader, object, described) < 0)
			goto failed;
		skip_space(reader);
	}
	reader->depth--;
	return object;

failed:
	json_decref(object);
	return NULL;
}

/* An array whose opening bracket was taken. */
static json_t *read_array(struct reader *reader, const void *described)
{
	const void *inner = described != NULL ? reader->guide->item(described) : NULL;
	json_t *array = enter(reader, json_array()), *item;

	if (array == NULL)
		return NULL;
	skip_space(reader);
	for (bool first = true; !take(reader, ']'); first = false) {
		if (!first && !take(reader, ',')) {
			(void)fail(reader, "',' or ']' is due");
			goto failed;
		}
		if ((item = read_value(reader, inner)) == NULL)
			goto failed;
		if (json_array_append_new(array, item) < 0)
			abort(); /* no memory */
		skip_space(reader);
	}
	reader->depth--;
	return array;

failed:
	json_decref(array);
	return NULL;
}

static json_t *read_literal(struct reader *reader)
{
	size_t left = (size_t)(reader->end - reader->cursor);

	if (left >= 4 && memcmp(reader->cursor, "true", 4) == 0) {
		reader->cursor += 4;
		return json_true();
	}
	if (left >= 5 && memcmp(reader->cursor, "false", 5) == 0) {
		reader->cursor += 5;
		return json_false();
	}
	if (left >= 4 && memcmp(reader->cursor, "null", 4) == 0) {
		reader->cursor += 4;
		return json_null();
	}
	return fail(reader, "a value is due");
}

static json_t *read_value(struct reader *reader, const void *described)
{
	skip_space(reader);
	if (take(reader, '"'))
		return read_string_value(reader);
	if (take(reader, '{'))
		return read_object(reader, described);
	if (take(reader, '['))
		return read_array(reader, described);
	if (reader->cursor < reader->end && (*reader->cursor == '-' || (*reader->cursor >= '0' && *reader->cursor <= '9')))
		return read_number(reader);
	return read_literal(reader);
}

int json_parse_guided(const char *text, size_t length, const char *what, const struct json_guide *guide, const void *described,
                      json_t **out, struct err *err)
{
	struct reader reader = { .begin = text, .cursor = text, .end = text + length, .what = what, .guide = guide, .err = err };

	buf_init_secret(&reader.scratch, length + 8);
	json_t *value = read_value(&reader, described);
	skip_space(&reader);
	if (value != NULL && reader.cursor < reader.end) {
		(void)fail(&reader, "something follows the value");
		json_decref(value);
		value = NULL;
	}
	buf_release(&reader.scratch);
	*out = value;
	return value != NULL ? 0 : -1;
}

int json_parse(const char *text, size_t length, const char *what, json_t **out, struct err *err)
{
	return json_parse_guided(text, length, what, NULL, NULL, out, err);
}
