/*
 * Reading JSON text (RFC 8259) into jansson's values. jansson has a reader of its own, which
 * accepts the same texts and is what the fuzz target compares this one with; it takes every
 * character through four functions and an allocation a string, which was a quarter of a sweep's
 * instructions. This one reads in place: a string without escapes is copied once, into its value.
 */
#include "base/json_read.h"

#include "base/banned.h"
#include "base/json_read_fail.h"
#include "base/json_read_string.h"
#include "base/mem.h"

#include <errno.h>

enum {
	SAFE_DIGITS = 18,  /* any number with this many digits fits an integer */
	NUMBER_BYTES = 64, /* longer ones are copied to the heap */
};

/* Out of memory is fatal (base/mem.h); jansson would go on without the value. */
static json_t *made(json_t *value)
{
	if (value == NULL)
		abort();
	return value;
}

void json_reader_init(struct json_reader *reader, const char *text, size_t length, const char *what,
	struct err *err)
{
	*reader = (struct json_reader){
		.begin = text, .cursor = text, .end = text + length, .what = what, .whose = "", .err = err
	};
	buf_init_secret(&reader->scratch, length + 8); /* a string is never longer than its text */
}

void json_reader_release(struct json_reader *reader)
{
	buf_release(&reader->scratch);
}

/* --- failures --- */

static int fail(struct json_reader *reader, const char *problem)
{
	(void)json_fail_at(reader, reader->cursor, problem);
	return -1;
}

/* --- numbers and literals --- */

/* Takes digits and returns how many. *value gets their number, which wraps when there are too many.
 */
static size_t take_digits(struct json_reader *reader, uint64_t *value)
{
	const char *first = reader->cursor, *c = first;
	uint64_t number = 0;

	for (; c < reader->end && *c >= '0' && *c <= '9'; c++)
		number = number * 10 + (uint64_t)(*c - '0');
	reader->cursor = c;
	*value = number;
	return (size_t)(c - first);
}

/* Takes a fraction and an exponent. Returns 1 when there was either, and -1 when one has no digits.
 */
static int take_rest_of_real(struct json_reader *reader)
{
	uint64_t digits;
	int real = 0;

	if (json_take(reader, '.')) {
		real = 1;
		if (take_digits(reader, &digits) == 0)
			return -1;
	}
	if (json_take(reader, 'e') || json_take(reader, 'E')) {
		real = 1;
		if (!json_take(reader, '+'))
			(void)json_take(reader, '-');
		if (take_digits(reader, &digits) == 0)
			return -1;
	}
	return real;
}

/* Copies the digits, since strtoll and strtod need a NUL. The process runs in the C locale, whose
 * decimal point is JSON's. */
static int convert_number(struct json_reader *reader, const char *first, struct json_number *number)
{
	size_t length = (size_t)(reader->cursor - first);
	char kept[NUMBER_BYTES];
	CLEANUP_FREE char *longer = length < sizeof kept ? NULL : xstrndup(first, length);
	const char *text = longer != NULL ? longer : kept;
	bool too_large;

	if (longer == NULL) {
		memcpy(kept, first, length);
		kept[length] = '\0';
	}
	errno = 0;
	if (number->is_integer) {
		number->integer = strtoll(text, NULL, 10);
		number->real = (double)number->integer;
		too_large = errno == ERANGE;
	} else {
		number->real = strtod(text, NULL);
		too_large = errno == ERANGE && (number->real > 1 || number->real < -1);
	}
	return too_large ? json_fail_at(reader, first, "this number is too large") : 0;
}

int json_read_number(struct json_reader *reader, struct json_number *number)
{
	const char *first = reader->cursor;
	bool negative = json_take(reader, '-');
	const char *digits = reader->cursor;
	uint64_t value;
	size_t count = take_digits(reader, &value);

	if (count == 0)
		return fail(reader, "a number has no digit here");
	if (*digits == '0' && count > 1) {
		reader->cursor = digits;
		return fail(reader, "a number begins with 0");
	}
	int real = take_rest_of_real(reader);
	if (real < 0)
		return fail(reader, "a number has no digit here");
	*number = (struct json_number){ .is_integer = real == 0 };
	if (real > 0 || count > SAFE_DIGITS)
		return convert_number(reader, first, number);
	number->integer = negative ? -(json_int_t)value : (json_int_t)value;
	number->real = (double)number->integer;
	return 0;
}

json_t *json_read_literal(struct json_reader *reader)
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
	(void)fail(reader, "a value is due");
	return NULL;
}

/* --- objects and arrays --- */

int json_enter(struct json_reader *reader)
{
	reader->cursor++;
	reader->entered = true;
	if (++reader->depth <= JSON_MAX_DEPTH)
		return 0;
	return err_set(reader->err, ERR_LIMIT, "TooDeep", "%s%s is nested deeper than %d levels",
		reader->what, reader->whose, JSON_MAX_DEPTH);
}

/* Returns 0 when it took the bracket that ends a container. Else it takes the comma, which all but
 * the first item have before them, and returns 1. */
static int take_comma(struct json_reader *reader, char bracket, const char *problem)
{
	bool first = reader->entered;
	char c = json_peek(reader);

	reader->entered = false;
	if (c == bracket) {
		reader->cursor++;
		reader->depth--;
		return 0;
	}
	if (first)
		return 1;
	if (c != ',')
		return fail(reader, problem);
	reader->cursor++;
	return 1;
}

int json_next_member(struct json_reader *reader, struct json_name *name)
{
	int more = take_comma(reader, '}', "',' or '}' is due");

	if (more <= 0)
		return more;
	if (json_peek(reader) != '"')
		return fail(reader, "a member's name is due");
	name->at = reader->cursor;
	if (json_read_string(reader, &name->text, &name->length) < 0)
		return -1;
	/* Only an escape can have put a NUL into the name. */
	if (name->text == reader->scratch.data && memchr(name->text, '\0', name->length) != NULL)
		return json_fail_at(reader, name->at, "a member's name has a NUL");
	if (json_peek(reader) != ':')
		return fail(reader, "':' is due");
	reader->cursor++;
	return 1;
}

int json_next_item(struct json_reader *reader)
{
	return take_comma(reader, ']', "',' or ']' is due");
}

int json_add_member(struct json_reader *reader, json_t *object, const char *key, size_t length,
	const char *at, json_t *value)
{
	size_t members = json_object_size(object);

	if (json_object_setn_new_nocheck(object, key, length, value) < 0)
		abort(); /* no memory */
	return json_object_size(object) > members
		? 0
		: json_fail_at(reader, at, "the object has this member twice");
}

/* --- values of any kind --- */

static int read_member(struct json_reader *reader, json_t *object, const struct json_name *name)
{
	const char *key = name->text;
	char kept[128], *longer = NULL;

	/* The next string will overwrite the scratch memory. */
	if (key == reader->scratch.data)
		key = name->length <= sizeof kept ? memcpy(kept, key, name->length)
										  : (longer = xstrndup(key, name->length));
	json_t *value = json_read_value(reader);
	int result = value != NULL ? json_add_member(reader, object, key, name->length, name->at, value)
							   : -1;
	free(longer);
	return result;
}

static json_t *read_object(struct json_reader *reader)
{
	struct json_name name;
	int more;

	if (json_enter(reader) < 0)
		return NULL;
	json_t *object = made(json_object());
	while ((more = json_next_member(reader, &name)) > 0)
		if (read_member(reader, object, &name) < 0)
			break;
	if (more == 0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *read_array(struct json_reader *reader)
{
	json_t *item;
	int more;

	if (json_enter(reader) < 0)
		return NULL;
	json_t *array = made(json_array());
	while ((more = json_next_item(reader)) > 0) {
		if ((item = json_read_value(reader)) == NULL)
			break;
		if (json_array_append_new(array, item) < 0)
			abort(); /* no memory */
	}
	if (more == 0)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *read_number(struct json_reader *reader)
{
	struct json_number number;

	if (json_read_number(reader, &number) < 0)
		return NULL;
	return made(number.is_integer ? json_integer(number.integer) : json_real(number.real));
}

static json_t *read_string(struct json_reader *reader)
{
	const char *text;
	size_t length;

	return json_read_string(reader, &text, &length) < 0 ? NULL
														: made(json_stringn_nocheck(text, length));
}

static bool begins_number(char c)
{
	return c == '-' || (c >= '0' && c <= '9');
}

json_t *json_read_value(struct json_reader *reader)
{
	char first = json_peek(reader);

	if (first == '"')
		return read_string(reader);
	if (first == '{')
		return read_object(reader);
	if (first == '[')
		return read_array(reader);
	return begins_number(first) ? read_number(reader) : json_read_literal(reader);
}

static int skip_object(struct json_reader *reader)
{
	struct json_name name;
	int more;

	if (json_enter(reader) < 0)
		return -1;
	while ((more = json_next_member(reader, &name)) > 0)
		if (json_skip_value(reader) < 0)
			return -1;
	return more;
}

static int skip_array(struct json_reader *reader)
{
	int more;

	if (json_enter(reader) < 0)
		return -1;
	while ((more = json_next_item(reader)) > 0)
		if (json_skip_value(reader) < 0)
			return -1;
	return more;
}

int json_skip_value(struct json_reader *reader)
{
	struct json_number number;
	char first = json_peek(reader);
	const char *text;
	size_t length;

	if (first == '"')
		return json_read_string(reader, &text, &length);
	if (first == '{')
		return skip_object(reader);
	if (first == '[')
		return skip_array(reader);
	if (begins_number(first))
		return json_read_number(reader, &number);
	return json_read_literal(reader) != NULL ? 0 : -1;
}

int json_read_end(struct json_reader *reader)
{
	(void)json_peek(reader);
	return reader->cursor == reader->end ? 0 : fail(reader, "something follows the value");
}

int json_parse(const char *text, size_t length, const char *what, json_t **out, struct err *err)
{
	struct json_reader reader;

	json_reader_init(&reader, text, length, what, err);
	*out = json_read_value(&reader);
	if (*out != NULL && json_read_end(&reader) < 0) {
		json_decref(*out);
		*out = NULL;
	}
	json_reader_release(&reader);
	return *out != NULL ? 0 : -1;
}
