/* The man pages, in the man(7) macros of groff. */
#ifndef REEVE_CMD_MANUAL_MAN_H
#define REEVE_CMD_MANUAL_MAN_H

#include <stdio.h>

struct command;

/* Writes the page of reeve itself, or that of one command. */
void manual_write_overview(FILE *out);
void manual_write_command(FILE *out, const struct command *command);

#endif
