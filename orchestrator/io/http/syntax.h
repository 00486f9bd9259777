/*
 * The grammar of HTTP/1.1 that a response's lines are checked by (RFC 9110 and 9112). Pure. The
 * texts are not NUL-terminated, and may have a NUL within.
 */
#ifndef REEVE_IO_HTTP_SYNTAX_H
#define REEVE_IO_HTTP_SYNTAX_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool syntax_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool syntax_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* How many characters of a token the text begins with. */
size_t syntax_token_length(const char *text, size_t length);

/* Returns whether the text has no control character but tabs. A bare CR or a NUL would end a line
 * or a text for some parsers and not for others. */
bool syntax_is_text(const char *text, size_t length);

/* Reads the line before a chunk: its size in hexadecimal digits, and extensions, which are checked
 * and ignored. False when it is not such a line; *size is then undefined. */
bool syntax_chunk_size(const char *line, size_t length, uint64_t *size) MUST_CHECK;

#endif
