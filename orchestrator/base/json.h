/*
 * JSON in jansson's values, read and written here. Text with more than JSON_MAX_DEPTH nested levels
 * is refused, so that recursion over a value is bounded. "borrowed" results live as long as the
 * value they were taken from. Reading checks that all text is UTF-8, and literals in the program
 * are: so hot code stores strings by jansson's ..._nocheck functions, which skip a second check.
 */
#ifndef REEVE_BASE_JSON_H
#define REEVE_BASE_JSON_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define JSON_MAX_DEPTH 64

/* Parses one JSON value (duplicate keys refused). `what` names the text in errors.
 * A new reference in *out. */
int json_parse(const char *text, size_t length, const char *what, json_t **out, struct err *err)
	MUST_CHECK;

/* 0 when no nesting in the text is deeper than JSON_MAX_DEPTH. */
int json_check_depth(const char *text, size_t length) MUST_CHECK;
/* Whether a value is nested in at most so many levels. */
bool json_fits(const json_t *value, int levels);

/* The string at object[key], or NULL when absent or not a string; borrowed. */
const char *json_get_string(const json_t *object, const char *key);
/* The same, but `otherwise` instead of NULL. */
const char *json_get_string_or(const json_t *object, const char *key, const char *otherwise);
bool json_get_bool_or(const json_t *object, const char *key, bool otherwise);
/* Whether the array has that string. */
bool json_has_string(const json_t *array, const char *text);
json_int_t json_get_integer_or(const json_t *object, const char *key, json_int_t otherwise);

/* RFC 8785 (JCS): sorted keys (UTF-16 order), shortest numbers, no white space. Integers beyond
 * 2^53, which the RFC excludes, are written exactly. */
void json_add_canonical(struct buf *out, const json_t *value);

/* Compact form, keys in insertion order, numbers in their shortest form (0.2, where jansson's
 * own json_dumps writes 0.20000000000000001). */
void json_add_text(struct buf *out, const json_t *value);
/* The same as a string of its own. Caller frees. */
char *json_to_text(const json_t *value) MUST_CHECK;
/* The same with nothing beyond ASCII. */
void json_add_ascii(struct buf *out, const json_t *value);
/* The same as json_add_text of json_text(text), without the value in between. */
void json_add_string(struct buf *out, const char *text);
/* The compact form on indented lines, for people. No newline at the end. */
void json_add_pretty(struct buf *out, const json_t *value);

/* Makes a string of text from outside; bytes that are not valid UTF-8 are escaped. NULL gives null.
 */
json_t *json_text(const char *text) MUST_CHECK;

void cleanup_json(json_t **value);
#define CLEANUP_JSON __attribute__((cleanup(cleanup_json)))

#endif
