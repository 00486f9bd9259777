/* --help: the list of commands, and one command with its options. */
#ifndef REEVE_CMD_HELP_H
#define REEVE_CMD_HELP_H

#include "cmd/command.h"

#include <stdio.h>

void help_print(FILE *out);
void help_print_command(FILE *out, const struct command *command);

#endif
