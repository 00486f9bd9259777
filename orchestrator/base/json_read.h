/*
 * Reading JSON text (RFC 8259) step by step, for a caller who knows what is due: he makes his own
 * value of it, without a tree in between, and passes over what he has no use for. json_parse, which
 * makes a tree of whatever stands there, is written with it. All that is read or passed over is
 * checked: syntax, UTF-8, nesting. Functions that return an int return -1 on a failure, and the
 * error then has the place; after it nothing more may be read.
 */
#ifndef REEVE_BASE_JSON_READ_H
#define REEVE_BASE_JSON_READ_H

#include "base/json.h"

struct json_reader {
	const char *begin, *cursor, *end;
	const char *what, *whose; /* name the text in errors; the second one goes behind the first and
								 may be "" */
	struct buf scratch;       /* the string under way, once it has an escape */
	int depth;
	bool entered; /* the last thing taken opened an object or array: no comma is due */
	struct err *err;
};

/* The name of a member. */
struct json_name {
	const char *text; /* without NUL; good until the next string is read */
	size_t length;
	const char *at; /* its place in the text, for json_fail_at */
};

struct json_number {
	bool is_integer; /* written without fraction and exponent */
	json_int_t integer;
	double real; /* set in either case */
};

/* Text, `what` and err are borrowed until the release. */
void json_reader_init(struct json_reader *reader, const char *text, size_t length, const char *what,
	struct err *err);
void json_reader_release(struct json_reader *reader);

/* Fills the error with the place of what is wrong; returns -1. */
int json_fail_at(struct json_reader *reader, const char *at, const char *problem);

/* The character that the next value begins with, which tells its kind; not taken. NUL at the end of
 * the text. */
static inline char json_peek(struct json_reader *reader)
{
	while (reader->cursor < reader->end &&
		(*reader->cursor == ' ' || *reader->cursor == '\n' || *reader->cursor == '\t' ||
			*reader->cursor == '\r'))
		reader->cursor++;
	return reader->cursor < reader->end ? *reader->cursor : '\0';
}

/* Takes the '{' or '[' that json_peek told of. Its members or items follow. */
int json_enter(struct json_reader *reader) MUST_CHECK;
/* Takes a member's name, whose value is then to be read: 1; or the end of the object: 0. */
int json_next_member(struct json_reader *reader, struct json_name *name) MUST_CHECK;
/* 1 when an item is to be read; 0 when the end of the array was taken. */
int json_next_item(struct json_reader *reader) MUST_CHECK;

/* Each takes a value that json_peek told of. */
int json_read_string(struct json_reader *reader, const char **text, size_t *length)
	MUST_CHECK; /* good until the next one */
int json_read_number(struct json_reader *reader, struct json_number *number) MUST_CHECK;
/* true, false or null; NULL when it is none of them, which is a failure. Anything but a string, a
 * number, an object or an array is to be read with it. */
json_t *json_read_literal(struct json_reader *reader) MUST_CHECK;

/* Takes a value of any kind: a new reference, NULL on failure. */
json_t *json_read_value(struct json_reader *reader) MUST_CHECK;
/* Takes a value of any kind and makes nothing of it. The one thing not looked at in it is whether
 * an object has a member twice. */
int json_skip_value(struct json_reader *reader) MUST_CHECK;
/* Nothing may follow the value. */
int json_read_end(struct json_reader *reader) MUST_CHECK;

/* Gives the object a member, which it may not have yet. Takes the value's reference, also on
 * failure. */
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

#endif
