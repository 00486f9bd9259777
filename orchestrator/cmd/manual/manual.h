/*
 * The man pages and the completions of bash and zsh, which the build makes from the tables of
 * commands and options. They are made by a program of its own, so reeve itself contains none of
 * this.
 */
#ifndef REEVE_CMD_MANUAL_MANUAL_H
#define REEVE_CMD_MANUAL_MANUAL_H

#include "cmd/command.h"

#include <stdio.h>

/* The operands that a command takes. */
struct manual_operands {
	char words[16][24]; /* the fixed words, e.g. "list", "show" */
	size_t count;
	bool file; /* an operand can be a file */
};

#endif
