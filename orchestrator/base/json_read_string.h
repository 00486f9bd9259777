/* Reads the strings of JSON text. */
#ifndef REEVE_BASE_JSON_READ_STRING_H
#define REEVE_BASE_JSON_READ_STRING_H

#include "base/compiler.h"

#include <stddef.h>

struct json_reader;

/* Each takes a value whose kind json_peek returned. */
int json_read_string(struct json_reader *reader, const char **text, size_t *length)
	MUST_CHECK; /* good until the next one */

#endif
