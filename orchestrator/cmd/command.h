/*
 * The command line. Each subcommand is a `const struct command` in the file of its name, and
 * commands.def lists them. Parsing, checking and --help read the table of options in options.c.
 */
#ifndef REEVE_CMD_COMMAND_H
#define REEVE_CMD_COMMAND_H

#include "base/compiler.h"
#include "base/err.h"
#include "baselines/set.h"
#include "engine/selection.h"

#include <stdbool.h>
#include <stddef.h>

enum { EXIT_FINE = 0, EXIT_FAULT = 1, EXIT_DRIFT = 2, EXIT_UNKNOWN = 3 };

/* A parsed command line. */
struct invocation {
	struct baseline_set *baselines; /* the baselines that this program knows */
	const char *config_path;        /* NULL: the default paths */
	const char *state_folder;       /* never NULL after parsing */
	char *state_folder_owned;
	const char *out; /* --out: the plan file to write, or NULL */
	bool json, all, resume, force, explain;
	int verbosity;
	const char *since, *key; /* NULL: not given */
	const char *note, *as;   /* of `approvals approve` and `deny`; NULL: not given */
	const char *reason, *owner, *ticket, *expires, *resource, *tag; /* NULL: not given */
	struct selection selection;
	char **arguments; /* the operands that follow the command's name */
	int argument_count;
};

/* Groups of options; a command takes those whose bits it sets. */
enum option_set {
	OPTIONS_BASIC = 0,          /* --config, --state, --json and others that every command takes */
	OPTIONS_SELECTORS = 1 << 0, /* --account, --ou, --region, --baseline, --shard */
	OPTIONS_ALL = 1 << 1,       /* --all */
	OPTIONS_RESUME = 1 << 2,    /* --resume */
	OPTIONS_SINCE = 1 << 3,     /* --since */
	OPTIONS_KEY = 1 << 4,       /* --key */
	OPTIONS_ANSWER = 1 << 5,    /* --note, --as */
	OPTIONS_OUT = 1 << 6,       /* --out */
	OPTIONS_FORCE = 1 << 7,     /* --force */
	OPTIONS_WHOM = 1 << 8,      /* --account, --baseline */
	OPTIONS_REASON = 1 << 9,    /* --reason */
	/* --ou, --region, --resource, --tag, --owner, --ticket and so on */
	OPTIONS_EXCEPTION = 1 << 10,
	OPTIONS_EXPLAIN = 1 << 11, /* --explain */
};

struct command {
	const char *name;
	const char *arguments; /* the operands as usage and completion show them, e.g. "[list|show ID]";
							  may be "" */
	const char *summary;   /* one line: no capital, no full stop */
	const char *description; /* paragraphs, each but the last ended by a newline; "word: " begins an
								item */
	unsigned options;        /* of enum option_set */
	int most_arguments;
	int (*run)(struct invocation *invocation);
};

#define COMMAND(name) extern const struct command command_##name;
#include "cmd/commands.def"
#undef COMMAND

#endif
