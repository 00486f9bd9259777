/* Reads the command line. */
#ifndef REEVE_CMD_OPTIONS_H
#define REEVE_CMD_OPTIONS_H

#include "base/compiler.h"
#include "base/err.h"

struct command;
struct invocation;

/* Parses argv. *command is NULL when --help or --version was given; its text is then printed. */
int command_line_parse(int argc, char **argv, const struct command **command,
	struct invocation *invocation, struct err *err) MUST_CHECK;
void invocation_release(struct invocation *invocation);

#endif
