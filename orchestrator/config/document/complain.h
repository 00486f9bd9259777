/*
 * Complaints: what is wrong with a text, and where. A check reports each complaint and goes on, so
 * that one reading of the file shows all of them.
 */
#ifndef REEVE_CONFIG_DOCUMENT_COMPLAIN_H
#define REEVE_CONFIG_DOCUMENT_COMPLAIN_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A place in the document: a list on the stack from the value up to the whole document,
 * whose own entry has up == NULL and, as key, what pointers begin with ("" or NULL for nothing). */
struct where {
	const struct where *up;
	const char *key; /* a member of an object; NULL: an item of an array */
	size_t index;
};

#define COMPLAINTS_MAX 100 /* reported at once; finding the place of each scans the text */

struct complaints {
	const char *path; /* names the document; NULL leaves it out */
	const char *text; /* for line and column; NULL when there is none */
	size_t length;
	void (*report)(void *user, const struct err *err);
	void *user;
	size_t count;
	/* NULL, or where the pointer of the first complaint goes instead of before its message. */
	struct buf *pointer;
};

/* Returns whether the limit of reported complaints is reached. The complaint is then only
 * counted, and the caller need not make its message. */
bool complaints_full(struct complaints *complaints);

/* Complaints of which the first is kept in *err (a `struct err *`). */
void complaints_init_first(struct complaints *complaints, struct err *err);

/* Reports a complaint about the value at `where`; returns -1. */
int complain(struct complaints *complaints, const struct where *where, const char *code,
	const char *format, ...) PRINTF_LIKE(4, 5);
/* Does the same about the key at `where`, which is where line and column then point. */
int complain_key(struct complaints *complaints, const struct where *where, const char *code,
	const char *format, ...) PRINTF_LIKE(4, 5);

/* Returns text in double quotes for a message, cut to a length that fits a line. Used as
 * quote(text).text.
 */
struct quoted {
	char text[88];
};
struct quoted quote(const char *text);
struct quoted quote_json(const json_t *value); /* as JSON, without quotes around it */

/* Returns what a JSON value is: "a string", "null", ... */
const char *json_kind(const json_t *value);

/* The known name that is nearest to a given one. */
struct nearest {
	const char *given;
	const char *best; /* NULL while no known name is near enough */
	size_t distance;
};

#endif
