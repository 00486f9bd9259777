/*
 * Private to the reader of JSON text: its state, and what its two files need of each other.
 */
#ifndef REEVE_BASE_JSON_READ_H
#define REEVE_BASE_JSON_READ_H

#include "base/json.h"

struct reader {
	const char *begin, *cursor, *end;
	const char *what;      /* names the text in errors */
	const struct json_guide *guide; /* NULL: none */
	struct buf scratch;    /* the string under way, once it has an escape */
	int depth;
	struct err *err;
};

/* Fills the error with the place of what is wrong; returns -1. */
int json_fail_at(struct reader *reader, const char *at, const char *problem);

/* Takes the character when it comes next. */
static inline bool take(struct reader *reader, char c)
{
	if (reader->cursor == reader->end || *reader->cursor != c)
		return false;
	reader->cursor++;
	return true;
}

/* A string whose opening quote was taken. The text is that of the reader, or its scratch memory: good until the next one. */
int json_read_string(struct reader *reader, const char **text, size_t *length) MUST_CHECK;

#endif
