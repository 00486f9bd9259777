/* changes [ID]: the journal. Reads beside a running process. */
#include "command.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "cli_report.h"
#include "cli_terminal.h"
#include "engine/journal.h"
#include "store/store.h"

#define SHOWN 50
#define TEXT_MAX_BYTES (4 * 1024 * 1024)

static int collect(void *argument, const struct store_key *key, const json_t *record)
{
	(void)key;
	json_array_append_new(argument, json_deep_copy(record));
	return 0;
}

static enum colour state_colour(const char *state)
{
	return strcmp(state, "verified") == 0 ? COLOUR_GREEN : strcmp(state, "failed") == 0 ? COLOUR_RED : COLOUR_YELLOW;
}

static void print_row(const json_t *record)
{
	const char *state = json_get_string_or(record, "state", "?");

	printf("%s  %.19s  %s%-11s%s  %s  %-30s  ", json_get_string_or(record, "id", "?"), json_get_string_or(record, "at", "?"),
	       colour_on(stdout, state_colour(state)), state, colour_off(stdout), json_get_string_or(record, "account", "?"),
	       json_get_string_or(record, "baseline", "?"));
	print_text(stdout, json_get_string_or(record, "resource", ""), 60, false);
	putchar('\n');
}

static void print_member(const char *name, const json_t *value)
{
	CLEANUP_BUF struct buf text = BUF_INIT(TEXT_MAX_BYTES);

	if (value == NULL)
		return;
	if (json_is_string(value))
		buf_add_string(&text, json_string_value(value));
	else
		json_add_text(&text, value);
	printf("  %-12s ", name);
	print_text(stdout, text.data, 0, false);
	putchar('\n');
}

static void print_change(const json_t *record)
{
	static const char *const members[] = { "kind", "of",     "run",   "account", "account_name", "region", "baseline", "resource", "tier",
		                               "decided_by", "state", "at",    "hash",    "before",       "after",  "result",   "calls",    "cause" };
	size_t index;
	json_t *step;

	printf("%s%s%s\n", colour_on(stdout, COLOUR_BOLD), json_get_string_or(record, "id", "?"), colour_off(stdout));
	for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
		print_member(members[i], json_object_get(record, members[i]));
	json_array_foreach(json_object_get(record, "history"), index, step)
		printf("  %-12s %s\n", json_get_string_or(step, "state", "?"), json_get_string_or(step, "at", "?"));
}

static int show_one(const struct invocation *invocation, struct store *store, struct err *err)
{
	CLEANUP_JSON json_t *record = NULL;

	if (journal_read(store, invocation->arguments[0], &record, err) < 0)
		return -1;
	if (record == NULL)
		return err_set(err, ERR_USAGE, "UnknownChange", "there is no change %s; `reeve changes` lists them", invocation->arguments[0]);
	if (invocation->json)
		print_document(stdout, record);
	else
		print_change(record);
	return 0;
}

static int show_all(const struct invocation *invocation, struct store *store, struct err *err)
{
	CLEANUP_JSON json_t *found = json_array();
	size_t index;
	json_t *record;

	if (store_each_json(store, STORE_JOURNAL, NULL, collect, found, err) < 0)
		return -1;
	CLEANUP_JSON json_t *records = journal_newest_first(found);
	if (invocation->json) {
		CLEANUP_JSON json_t *document = json_pack("{s:O}", "changes", records);

		print_document(stdout, document);
		return 0;
	}
	json_array_foreach(records, index, record)
		if (index < SHOWN || invocation->all)
			print_row(record);
	if (json_array_size(records) == 0)
		printf("no change has been made yet\n");
	else if (json_array_size(records) > SHOWN && !invocation->all)
		printf("… and %s older ones (--all)\n", thousands(json_array_size(records) - SHOWN));
	return 0;
}

static int run(struct invocation *invocation)
{
	struct store_options options = { .mode = STORE_READ };
	struct store *store = NULL;
	struct err err = ERR_INIT;
	int status = EXIT_FINE;

	if (store_open(invocation->state_folder, &options, NULL, &store, &err) < 0 ||
	    (invocation->argument_count > 0 ? show_one(invocation, store, &err) : show_all(invocation, store, &err)) < 0)
		status = command_fail(&err);
	if (store_close(store, &err) < 0 && status == EXIT_FINE)
		status = command_fail(&err);
	return status;
}

const struct command command_changes = {
	.name = "changes",
	.arguments = "[ID] ",
	.summary = "the journal of changes: what was done, and what came of it",
	.description = "Lists the changes, newest first, or shows one with its before-image, after-image and calls.",
	.options = OPTIONS_ALL,
	.most_arguments = 1,
	.run = run,
};
