/* The table of options, from which parsing, --help, the man pages and the completions are made. */
#ifndef REEVE_CMD_OPTIONS_H
#define REEVE_CMD_OPTIONS_H

#include "base/compiler.h"
#include "base/err.h"
struct command;
struct invocation;

#include "cmd/command.h"

/* The kind of value that a shell completes after the option. */
enum option_value {
	VALUE_TEXT, /* any text; nothing is completed */
	VALUE_FILE,
	VALUE_FOLDER,
	VALUE_BASELINE, /* the ids of the baselines */
	VALUE_WORDS     /* the words of `argument`, e.g. "system|aws" */
};

struct option_row {
	const char *name, *argument; /* argument NULL: the option is a flag */
	unsigned set; /* bits of enum option_set: the commands that set one of them take the option */
	const char *help;
	enum option_value value;
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;

/* Returns whether a command with these option sets takes the option. */
bool option_is_taken(const struct option_row *row, unsigned sets);

/* Parses argv. *command is NULL when --help or --version was given; its text is then printed. */
int command_line_parse(int argc, char **argv, const struct command **command,
	struct invocation *invocation, struct err *err) MUST_CHECK;
void invocation_release(struct invocation *invocation);

/* Prints "reeve: error: …" to stderr, escaped; returns EXIT_FAULT. */
int command_fail(const struct err *err);

#endif
