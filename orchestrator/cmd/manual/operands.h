#ifndef REEVE_CMD_MANUAL_OPERANDS_H
#define REEVE_CMD_MANUAL_OPERANDS_H

#include <stdio.h>

struct command;
struct manual_operands;

/* Reads the operands from the command's usage, in which words in capitals stand for values. */
void manual_operands(const struct command *command, struct manual_operands *out);

/* Writes the ids of the baselines, separated by blanks. */
void manual_write_baselines(FILE *out);

#endif
