/* Reads the command line by the tables of options and commands. */
#include "cmd/options.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/command_table.h"
#include "cmd/help.h"
#include "cmd/option_table.h"
#include "config/values.h"

#include <getopt.h>
#include <stdint.h>
#include <unistd.h>

#ifndef REEVE_VERSION
#define REEVE_VERSION "unknown"
#endif

static int default_state_folder(struct invocation *invocation, struct err *err)
{
	const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (base != NULL && base[0] == '/')
		invocation->state_folder_owned = xasprintf("%s/reeve", base);
	else if (geteuid() == 0)
		invocation->state_folder_owned = xstrdup("/var/lib/reeve");
	else if (home != NULL && home[0] == '/')
		invocation->state_folder_owned = xasprintf("%s/.local/state/reeve", home);
	else
		return err_set(err, ERR_USAGE, "NoStateFolder",
			"neither XDG_STATE_HOME nor HOME is set; give the state folder with --state DIR");
	invocation->state_folder = invocation->state_folder_owned;
	return 0;
}

static const struct command *find_command(const char *name)
{
	for (const struct command *const *command = commands; *command != NULL; command++)
		if (strcmp((*command)->name, name) == 0)
			return *command;
	return NULL;
}

/* Takes an option whose value is stored unchanged. */
static bool take_text(const char *name, const char *value, struct invocation *invocation)
{
	const struct {
		const char *name, **text;
	} texts[] = {
		{ "tag", &invocation->tag },
		{ "resource", &invocation->resource },
		{ "owner", &invocation->owner },
		{ "ticket", &invocation->ticket },
		{ "expires", &invocation->expires },
		{ "reason", &invocation->reason },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		if (strcmp(texts[i].name, name) == 0) {
			*texts[i].text = value;
			return true;
		}
	}
	return false;
}

/* Stores one option; selectors go to the selection. */
static int take_option(const struct option_row *row, const char *value,
	struct invocation *invocation, bool *help, bool *version, struct err *err)
{
	if (strcmp(row->name, "config") == 0)
		invocation->config_path = value;
	else if (strcmp(row->name, "state") == 0)
		invocation->state_folder = value;
	else if (strcmp(row->name, "json") == 0)
		invocation->json = true;
	else if (strcmp(row->name, "verbose") == 0)
		invocation->verbosity++;
	else if (strcmp(row->name, "explain") == 0)
		invocation->explain = true;
	else if (strcmp(row->name, "all") == 0)
		invocation->all = true;
	else if (strcmp(row->name, "resume") == 0)
		invocation->resume = true;
	else if (strcmp(row->name, "since") == 0)
		invocation->since = value;
	else if (strcmp(row->name, "key") == 0)
		invocation->key = value;
	else if (strcmp(row->name, "out") == 0)
		invocation->out = value;
	else if (strcmp(row->name, "force") == 0)
		invocation->force = true;
	else if (take_text(row->name, value, invocation))
		return 0;
	else if (strcmp(row->name, "note") == 0)
		invocation->note = value;
	else if (strcmp(row->name, "as") == 0)
		invocation->as = value;
	else if (strcmp(row->name, "help") == 0)
		*help = true;
	else if (strcmp(row->name, "version") == 0)
		*version = true;
	else
		return selection_add(&invocation->selection, invocation->baselines, row->name, value, err);
	return 0;
}

static int read_options(int argc, char **argv, struct invocation *invocation, uint64_t *used,
	bool *help, bool *version, struct err *err)
{
	struct option table[OPTION_ROWS + 1] = { { 0 } };
	int index = 0, letter;

	for (size_t i = 0; i < OPTION_ROWS; i++)
		table[i] = (struct option){ option_rows[i].name,
			option_rows[i].argument != NULL ? required_argument : no_argument, NULL, 0 };
	opterr = 0;
	/* getopt moves operands to the end, so options may stand before and after the command. */
	while ((letter = getopt_long(argc, argv, ":hv", table, &index)) != -1) {
		if (letter == 'h')
			*help = true;
		else if (letter == 'v')
			invocation->verbosity++;
		else if (letter == ':')
			return err_set(err, ERR_USAGE, "MissingValue",
				"option %s needs a value; see `reeve --help`", argv[optind - 1]);
		else if (letter != 0)
			return err_set(err, ERR_USAGE, "UnknownOption",
				"there is no option %s; see `reeve --help`", argv[optind - 1]);
		else if (take_option(&option_rows[index], optarg, invocation, help, version, err) < 0)
			return -1;
		else
			*used |= UINT64_C(1) << index;
	}
	return 0;
}

static int check_fit(const struct command *command, const struct invocation *invocation,
	uint64_t used, struct err *err)
{
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if ((used >> i & 1) && !option_is_taken(&option_rows[i], command->options))
			return err_set(err, ERR_USAGE, "OptionNotTaken",
				"`reeve %s` does not take --%s; see `reeve %s --help`", command->name,
				option_rows[i].name, command->name);
	if (invocation->argument_count > command->most_arguments)
		return err_set(err, ERR_USAGE, "TooManyArguments",
			"`reeve %s` does not take '%s'; see `reeve %s --help`", command->name,
			invocation->arguments[command->most_arguments], command->name);
	return 0;
}

int command_line_parse(int argc, char **argv, const struct command **command,
	struct invocation *invocation, struct err *err)
{
	bool help = false, version = false;
	uint64_t used = 0; /* one bit for each row */

	memset(invocation, 0, sizeof *invocation);
	selection_init(&invocation->selection);
	if (baseline_set_new_built_in(&invocation->baselines, err) < 0)
		return -1;
	if (read_options(argc, argv, invocation, &used, &help, &version, err) < 0)
		return -1;
	log_set_level(invocation->verbosity == 0 ? LOG_WARNING
			: invocation->verbosity == 1     ? LOG_INFO
											 : LOG_DEBUG);
	if (version) {
		printf("reeve %s\n", REEVE_VERSION);
		return 0;
	}
	if (optind >= argc) {
		if (!help)
			return err_set(err, ERR_USAGE, "NoCommand",
				"no command was given; `reeve --help` lists the commands");
		help_print(stdout);
		return 0;
	}
	*command = find_command(argv[optind]);
	if (*command == NULL)
		return err_set(err, ERR_USAGE, "UnknownCommand",
			"there is no command '%s'; `reeve --help` lists the commands", argv[optind]);
	if (help) {
		help_print_command(stdout, *command);
		*command = NULL;
		return 0;
	}
	invocation->arguments = argv + optind + 1;
	invocation->argument_count = argc - optind - 1;
	if (check_fit(*command, invocation, used, err) < 0)
		return -1;
	return invocation->state_folder != NULL ? 0 : default_state_folder(invocation, err);
}

void invocation_release(struct invocation *invocation)
{
	selection_release(&invocation->selection);
	free(invocation->state_folder_owned);
	baseline_set_free(invocation->baselines);
}
