/* Output for people, with colours where the terminal has them and NO_COLOR is not set. Text that
 * comes from outside (AWS, files) is escaped. */
#ifndef REEVE_CMD_TERMINAL_H
#define REEVE_CMD_TERMINAL_H

#include "base/compiler.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum colour {
	COLOUR_NONE,
	COLOUR_BOLD,
	COLOUR_DIM,
	COLOUR_RED,
	COLOUR_YELLOW,
	COLOUR_GREEN,
	COLOUR_BLUE,
	COLOUR_MAGENTA
};

/* Return the escape sequence, or "" when the stream is no terminal or colours are off. */
const char *colour_on(FILE *out, enum colour colour);
const char *colour_off(FILE *out);

/* Prints text from outside, escaped, cut at `width` characters (0: not cut), and padded to it when
 * pad is set. */
void print_text(FILE *out, const char *text, size_t width, bool pad);

/* Prints a JSON document, indented, in ASCII so that text from outside can't send control sequences
 * to a terminal. */
void print_document(FILE *out, const json_t *document);

/* Returns the number of columns of the terminal, or 100 where there is none. */
size_t terminal_width(FILE *out);

#endif
