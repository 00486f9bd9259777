/* Writes JSON text in three forms. */
#ifndef REEVE_BASE_JSON_WRITE_H
#define REEVE_BASE_JSON_WRITE_H

#include "base/compiler.h"

#include <jansson.h>

struct buf;

/* Writes RFC 8785 (JCS): sorted keys (UTF-16 order), shortest numbers, no white space. Integers
 * beyond 2^53, which the RFC excludes, are written exactly. */
void json_add_canonical(struct buf *out, const json_t *value);

/* Writes the compact form: keys in insertion order, numbers in their shortest form (0.2, where
 * jansson's own json_dumps writes 0.20000000000000001). */
void json_add_text(struct buf *out, const json_t *value);
/* Returns the compact form as a string, which the caller frees. */
char *json_to_text(const json_t *value) MUST_CHECK;
/* Writes the compact form with everything beyond ASCII escaped. */
void json_add_ascii(struct buf *out, const json_t *value);
/* Writes the same as json_add_text of json_text(text), without the value in between. */
void json_add_string(struct buf *out, const char *text);
/* Writes the compact form on indented lines, for people, without a newline at the end. */
void json_add_pretty(struct buf *out, const json_t *value);

#endif
