/* changes [ID]: shows the journal, from the state folder or through the daemon. */
#include "cmd/command.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/count.h"
#include "base/json.h"
#include "cmd/report.h"
#include "cmd/socket.h"
#include "cmd/terminal.h"
#include "ledger/journal.h"
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
	return strcmp(state, "verified") == 0 ? COLOUR_GREEN
		: strcmp(state, "failed") == 0    ? COLOUR_RED
										  : COLOUR_YELLOW;
}

static void print_row(const json_t *record)
{
	const char *state = json_get_string_or(record, "state", "?");

	printf("%s  %.19s  %s%-11s%s  %s  %-30s  ", json_get_string_or(record, "id", "?"),
		json_get_string_or(record, "at", "?"), colour_on(stdout, state_colour(state)), state,
		colour_off(stdout), json_get_string_or(record, "account", "?"),
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
	static const char *const members[] = { "kind", "of", "run", "account", "account_name", "region",
		"baseline", "resource", "tier", "decided_by", "state", "at", "hash", "before", "after",
		"result", "calls", "cause" };
	size_t index;
	json_t *step;

	printf("%s%s%s\n", colour_on(stdout, COLOUR_BOLD), json_get_string_or(record, "id", "?"),
		colour_off(stdout));
	for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
		print_member(members[i], json_object_get(record, members[i]));
	json_array_foreach(json_object_get(record, "history"), index, step)
		printf("  %-12s %s\n", json_get_string_or(step, "state", "?"),
			json_get_string_or(step, "at", "?"));
}

static void show_one(const struct invocation *invocation, const json_t *record)
{
	if (invocation->json)
		print_document(stdout, record);
	else
		print_change(record);
}

static void show_all(const struct invocation *invocation, const json_t *found)
{
	size_t index;
	json_t *record;

	CLEANUP_JSON json_t *records = journal_newest_first(found);
	if (invocation->json) {
		CLEANUP_JSON json_t *document = json_pack("{s:O}", "changes", records);

		print_document(stdout, document);
		return;
	}
	json_array_foreach(records, index, record)
		if (index < SHOWN || invocation->all)
			print_row(record);
	if (json_array_size(records) == 0)
		printf("no change has been made yet\n");
	else if (json_array_size(records) > SHOWN && !invocation->all)
		printf("… and %s (--all shows them)\n",
			count_of(json_array_size(records) - SHOWN, "older change"));
}

/* --- where they are read --- */

static int look_into(const struct invocation *invocation, struct store *store, struct err *err)
{
	CLEANUP_JSON json_t *found = NULL;

	if (invocation->argument_count == 0) {
		found = json_array();
		if (store_each_json(store, STORE_JOURNAL, NULL, collect, found, err) < 0)
			return -1;
		show_all(invocation, found);
		return 0;
	}
	if (journal_read(store, invocation->arguments[0], &found, err) < 0)
		return -1;
	if (found == NULL)
		return err_set(err, ERR_USAGE, "UnknownChange",
			"there is no change %s; `reeve changes` lists them", invocation->arguments[0]);
	show_one(invocation, found);
	return 0;
}

static int look_here(const struct invocation *invocation, struct err *err)
{
	struct store_options options = { .mode = STORE_READ };
	struct store *store = NULL;
	struct err close_err = ERR_INIT;

	int result = store_open(invocation->state_folder, &options, NULL, &store, err) < 0
		? -1
		: look_into(invocation, store, err);
	if (store_close(store, &close_err) < 0 && result == 0) {
		*err = close_err;
		result = -1;
	}
	return result;
}

/* Asks the daemon, when the state folder is closed to this user. */
static int look_by_daemon(const struct invocation *invocation, struct err *err)
{
	CLEANUP_JSON json_t *found = NULL;
	CLEANUP_BUF struct buf path = BUF_INIT(1);

	if (invocation->argument_count > 0) {
		socket_path(&path, "/api/v1/changes/", invocation->arguments[0], "");
		if (socket_ask(invocation, "GET", &path, NULL, &found, err) < 0)
			return -1;
		show_one(invocation, json_object_get(found, "change"));
		return 0;
	}
	/* The list for people has no before- and after-images, so they are not fetched. */
	if (socket_list(invocation, invocation->json ? "/api/v1/changes?full=true" : "/api/v1/changes",
			"changes", &found, err) < 0)
		return -1;
	/* The daemon lists the newest first, and show_all expects the order of the store. */
	CLEANUP_JSON json_t *stored = json_array();
	for (size_t i = json_array_size(found); i-- > 0;)
		json_array_append(stored, json_array_get(found, i));
	show_all(invocation, stored);
	return 0;
}

static int run(struct invocation *invocation)
{
	struct err err = ERR_INIT;
	int route = socket_route(invocation, FOLDER_READ, &err);

	if (route < 0 ||
		(route > 0 ? look_by_daemon(invocation, &err) : look_here(invocation, &err)) < 0)
		return command_fail(&err);
	return EXIT_FINE;
}

const struct command command_changes = {
	.name = "changes",
	.arguments = "[ID]",
	.summary = "show the journal of changes: what was done, and its outcome",
	.description = "Lists the changes, newest first, or shows one with its before-image, "
				   "after-image and calls.",
	.options = OPTIONS_ALL,
	.most_arguments = 1,
	.run = run,
};
