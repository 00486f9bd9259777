/*
 * Reads JSON text (RFC 8259) step by step, for a caller who knows what to expect: it fills its own
 * structures without a tree in between, and skips what it does not use. json_parse, which makes a
 * tree of any text, is written with it. All that is read or skipped is checked: syntax, UTF-8,
 * nesting. Functions that return an int return -1 on a failure, with the place in the error; after
 * that nothing more may be read.
 */
#ifndef REEVE_BASE_JSON_READ_H
#define REEVE_BASE_JSON_READ_H

#include "base/compiler.h"
#include "base/err.h"
#include <jansson.h>
#include <stddef.h>

#include "base/json.h"

struct json_reader {
	const char *begin, *cursor, *end;
	const char *what, *whose; /* name the text in errors; `whose` follows `what` and may be "" */
	struct buf scratch;       /* the string being read, once it has an escape */
	int depth;
	bool entered; /* an object or array was just opened: no comma is expected */
	struct err *err;
};

/* The name of a member. */
struct json_name {
	const char *text; /* not NUL-terminated; valid until the next string is read */
	size_t length;
	const char *at; /* its place in the text, for json_fail_at */
};

struct json_number {
	bool is_integer; /* written without fraction and exponent */
	json_int_t integer;
	double real; /* set in either case */
};

/* The text, `what` and err are borrowed until json_reader_release. */
void json_reader_init(struct json_reader *reader, const char *text, size_t length, const char *what,
	struct err *err);
void json_reader_release(struct json_reader *reader);

/* Returns the first character of the next value, which tells its kind, without taking it. NUL at
 * the end of the text. */
static inline char json_peek(struct json_reader *reader)
{
	while (reader->cursor < reader->end &&
		(*reader->cursor == ' ' || *reader->cursor == '\n' || *reader->cursor == '\t' ||
			*reader->cursor == '\r'))
		reader->cursor++;
	return reader->cursor < reader->end ? *reader->cursor : '\0';
}

/* Takes the '{' or '[' that json_peek returned. Its members or items follow. */
int json_enter(struct json_reader *reader) MUST_CHECK;
/* Returns 1 when it took a member's name, whose value must be read next, and 0 when it took the end
 * of the object. */
int json_next_member(struct json_reader *reader, struct json_name *name) MUST_CHECK;
/* Returns 1 when an item must be read next, and 0 when it took the end of the array. */
int json_next_item(struct json_reader *reader) MUST_CHECK;

int json_read_number(struct json_reader *reader, struct json_number *number) MUST_CHECK;
/* Takes true, false or null; fails with NULL for anything else. Call it for every value that is
 * not a string, a number, an object or an array. */
json_t *json_read_literal(struct json_reader *reader) MUST_CHECK;

/* Takes a value of any kind. Returns a new reference, or NULL on failure. */
json_t *json_read_value(struct json_reader *reader) MUST_CHECK;
/* Skips a value of any kind. All of it is checked, but not whether an object has a member twice. */
int json_skip_value(struct json_reader *reader) MUST_CHECK;
/* Fails when anything but white space follows the value. */
int json_read_end(struct json_reader *reader) MUST_CHECK;

/* Adds a member to the object; it is a failure when there is one of that name. Takes over the
 * value's reference, also on failure. */
int json_add_member(struct json_reader *reader, json_t *object, const char *key, size_t length,
	const char *at, json_t *value) MUST_CHECK;

/* Takes the character when it comes next. */
static inline bool json_take(struct json_reader *reader, char c)
{
	if (reader->cursor == reader->end || *reader->cursor != c)
		return false;
	reader->cursor++;
	return true;
}

/* Parses one JSON value (duplicate keys refused). `what` names the text in errors.
 * Sets *out to a new reference. */
int json_parse(const char *text, size_t length, const char *what, json_t **out, struct err *err)
	MUST_CHECK;

#endif
