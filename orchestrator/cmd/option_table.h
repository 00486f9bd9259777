/* The table of options. getopt's table, the check of the options that a command takes, --help, the
 * man pages and the completions are made from it. */
#ifndef REEVE_CMD_OPTION_TABLE_H
#define REEVE_CMD_OPTION_TABLE_H

#include <stdbool.h>

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

#define OPTION_ROWS 26
extern const struct option_row option_rows[OPTION_ROWS];

/* Returns whether a command with these option sets takes the option. */
bool option_is_taken(const struct option_row *row, unsigned sets);

#endif
