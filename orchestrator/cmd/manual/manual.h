/*
 * The man pages and the completions of bash and zsh, which the build makes from the tables of
 * commands and options. A program of its own: reeve itself has none of it.
 */
#ifndef REEVE_CMD_MANUAL_MANUAL_H
#define REEVE_CMD_MANUAL_MANUAL_H

#include "cmd/command.h"

#include <stdio.h>

/* The page of reeve itself, or that of one command. */
void manual_write_overview(FILE *out);
void manual_write_command(FILE *out, const struct command *command);

void manual_write_bash(FILE *out);
void manual_write_zsh(FILE *out);

/* What a command's operands can be. */
struct manual_operands {
	char words[16][24]; /* the fixed words, e.g. "list", "show" */
	size_t count;
	bool file; /* an operand can be a file */
};

/* Reads them from the command's usage, in which words in capitals stand for values. */
void manual_operands(const struct command *command, struct manual_operands *out);

/* The ids of the baselines, separated by blanks. */
void manual_write_baselines(FILE *out);

#endif
