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

/* Returns 0 when no nesting in the text is deeper than JSON_MAX_DEPTH, else -1. */
int json_check_depth(const char *text, size_t length) MUST_CHECK;
/* Returns whether a value is nested in at most so many levels. */
bool json_fits(const json_t *value, int levels);

/* Returns the string at object[key], borrowed; NULL when it is absent or not a string. */
const char *json_get_string(const json_t *object, const char *key);
/* Does the same, but returns `otherwise` instead of NULL. */
const char *json_get_string_or(const json_t *object, const char *key, const char *otherwise);
bool json_get_bool_or(const json_t *object, const char *key, bool otherwise);
/* Returns whether the array has that string. */
bool json_has_string(const json_t *array, const char *text);
json_int_t json_get_integer_or(const json_t *object, const char *key, json_int_t otherwise);

/* Makes a string of text from outside; bytes that are not valid UTF-8 are escaped. NULL gives null.
 */
json_t *json_text(const char *text) MUST_CHECK;

void cleanup_json(json_t **value);
#define CLEANUP_JSON __attribute__((cleanup(cleanup_json)))

#endif
