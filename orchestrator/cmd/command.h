/*
 * The command line: one `const struct command` per subcommand, in a file cmd_NAME.c, and
 * one table of options that parsing, checking and --help read.
 */
#ifndef REEVE_CMD_COMMAND_H
#define REEVE_CMD_COMMAND_H

#include "base/compiler.h"
#include "base/err.h"
#include "engine/selection.h"

#include <stdbool.h>
#include <stddef.h>

enum { EXIT_FINE = 0, EXIT_FAULT = 1, EXIT_DRIFT = 2, EXIT_UNKNOWN = 3 };

/* What was asked for, options read and checked. */
struct invocation {
	const char *config_path;  /* NULL: the default places */
	const char *state_folder; /* never NULL after parsing */
	char *state_folder_owned;
	const char *out; /* --out: the plan file to write, or NULL */
	bool json, all, resume, force, explain;
	int verbosity;
	const char *since, *key; /* NULL: not given */
	const char *note, *as;   /* of an answer; NULL: not given */
	const char *reason, *owner, *ticket, *expires, *resource, *tag; /* the same */
	struct selection selection;
	char **arguments; /* what stands after the command's name */
	int argument_count;
};

enum option_set {
	OPTIONS_BASIC = 0,
	OPTIONS_SELECTORS = 1,       /* --account, --ou, --region, --baseline, --shard */
	OPTIONS_ALL = 2,             /* --all */
	OPTIONS_RESUME = 4,          /* --resume */
	OPTIONS_OUT = 1 << 10,       /* --out */
	OPTIONS_FORCE = 1 << 11,     /* --force */
	OPTIONS_SINCE = 8,           /* --since */
	OPTIONS_KEY = 16,            /* --key */
	OPTIONS_ANSWER = 32,         /* --note, --as */
	OPTIONS_WHOM = 1 << 12,      /* --account, --baseline */
	OPTIONS_REASON = 1 << 13,    /* --reason */
	OPTIONS_EXPLAIN = 1 << 15,   /* --explain */
	OPTIONS_EXCEPTION = 1 << 14, /* --ou, --region, --resource, --tag, --owner, --ticket, --expires
								  */
};

struct command {
	const char *name;
	const char *arguments;   /* as usage shows them, e.g. "role|read-only|orchestrator" */
	const char *summary;     /* one line for `reeve --help` */
	const char *description; /* paragraphs for `reeve NAME --help` */
	unsigned options;        /* of enum option_set */
	int most_arguments;
	int (*run)(struct invocation *invocation);
};

extern const struct command command_accounts, command_plan, command_sweep, command_baselines,
	command_policy, command_config, command_status, command_apply, command_rollback,
	command_changes, command_audit, command_pause, command_resume, command_exceptions,
	command_approvals, command_event, command_serve;

/* Reads argv; *command is NULL when help or the version was asked for and printed. */
int command_line_parse(int argc, char **argv, const struct command *const *commands,
	const struct command **command, struct invocation *invocation, struct err *err) MUST_CHECK;
void invocation_release(struct invocation *invocation);

/* Prints "reeve: error: …" with place and remedy to stderr, escaped; returns EXIT_FAULT. */
int command_fail(const struct err *err);

#endif
