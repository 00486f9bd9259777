/* changes [ID]: shows the journal, from the state folder or through the daemon. */
#include "cmd/command.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "cmd/fail.h"
#include "cmd/report.h"
#include "cmd/socket.h"
#include "cmd/socket_find.h"
#include "cmd/terminal.h"
#include "config/catalogue.h"
#include "ledger/journal.h"
#include "store/store.h"

#define SHOWN 50
#define TEXT_MAX_BYTES (4 * 1024 * 1024)

static enum colour state_colour(enum change_state state)
{
	return state == CHANGE_VERIFIED ? COLOUR_GREEN
		: state == CHANGE_FAILED    ? COLOUR_RED
									: COLOUR_YELLOW;
}

static void print_row(const struct change_record *record)
{
	char at[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(record->at_ms, at);
	printf("%s  %.19s  %s%-11s%s  %s  %-30s  ", record->id, at,
		colour_on(stdout, state_colour(record->state)), change_state_name(record->state),
		colour_off(stdout), record->account, record->baseline);
	print_text(stdout, record->resource, 60, false);
	putchar('\n');
}

static void print_line(const char *name, const char *text)
{
	if (text == NULL)
		return;
	printf("  %-12s ", name);
	print_text(stdout, text, 0, false);
	putchar('\n');
}

static void print_value(const char *name, const json_t *value)
{
	CLEANUP_BUF struct buf text = BUF_INIT(TEXT_MAX_BYTES);

	if (value == NULL)
		return;
	json_add_text(&text, value);
	print_line(name, text.data);
}

static void print_time(const char *name, int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(ms, text);
	print_line(name, text);
}

static void print_change(const struct change_record *record)
{
	CLEANUP_FREE char *cause = record->cause.code != NULL
		? xasprintf("%s: %s", record->cause.code,
			  record->cause.message != NULL ? record->cause.message : "")
		: NULL;

	printf("%s%s%s\n", colour_on(stdout, COLOUR_BOLD), record->id, colour_off(stdout));
	print_line("kind", change_kind_name(record->kind));
	print_line("of", record->of);
	print_line("run", record->run);
	print_line("account", record->account);
	print_line("account_name", record->account_name);
	print_line("region", record->region);
	print_line("baseline", record->baseline);
	print_line("resource", record->resource);
	print_line("tier", tier_name(record->tier));
	print_line("decided_by", record->decided_by);
	print_line("state", change_state_name(record->state));
	print_time("at", record->at_ms);
	print_line("hash", record->hash);
	print_value("before", record->before);
	print_value("after", record->after);
	print_value("result", record->result);
	print_value("calls", record->calls);
	print_line("cause", cause);
	for (size_t i = 0; i < record->history_count; i++)
		print_time(change_state_name(record->history[i].state), record->history[i].at_ms);
}

static void show_one(const struct invocation *invocation, const struct change_record *record)
{
	if (!invocation->json) {
		print_change(record);
		return;
	}
	CLEANUP_JSON json_t *document = change_record_document(record);
	print_document(stdout, document);
}

static void show_all(const struct invocation *invocation, struct change_list *list)
{
	change_list_sort(list);
	if (invocation->json) {
		CLEANUP_JSON json_t *document = json_pack("{s:[]}", "changes");
		json_t *changes = json_object_get(document, "changes");

		for (size_t i = 0; i < list->count; i++)
			json_array_append_new(changes, change_record_document(&list->items[i]));
		print_document(stdout, document);
		return;
	}
	for (size_t i = 0; i < list->count && (i < SHOWN || invocation->all); i++)
		print_row(&list->items[i]);
	if (list->count == 0)
		printf("no change has been made yet\n");
	else if (list->count > SHOWN && !invocation->all)
		printf("… and %s (--all shows them)\n", count_of(list->count - SHOWN, "older change"));
}

/* --- reading from the state folder or through the daemon --- */

static int collect(void *argument, const struct change_record *record)
{
	change_list_add(argument, record);
	return 0;
}

static int list_stored(const struct invocation *invocation, struct store *store, struct err *err)
{
	struct change_list list = { 0 };
	int result = journal_each(store, collect, &list, err);

	if (result == 0)
		show_all(invocation, &list);
	change_list_release(&list);
	return result;
}

static int look_into(const struct invocation *invocation, struct store *store, struct err *err)
{
	struct change_record record;
	bool found;

	if (invocation->argument_count == 0)
		return list_stored(invocation, store, err);
	if (journal_read(store, invocation->arguments[0], &record, &found, err) < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_USAGE, "UnknownChange",
			"there is no change %s; `reeve changes` lists them", invocation->arguments[0]);
	show_one(invocation, &record);
	change_record_release(&record);
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

static int show_document(const struct invocation *invocation, const json_t *document,
	struct err *err)
{
	struct change_record record;

	if (change_record_from_document(document, &record, err) < 0)
		return -1;
	show_one(invocation, &record);
	change_record_release(&record);
	return 0;
}

static int show_documents(const struct invocation *invocation, const json_t *documents,
	struct err *err)
{
	struct change_list list = { 0 };
	int result = 0;
	size_t index;
	json_t *document;

	json_array_foreach((json_t *)documents, index, document) {
		struct change_record record;

		result = change_record_from_document(document, &record, err);
		if (result < 0)
			break;
		change_list_add(&list, &record);
		change_record_release(&record);
	}
	if (result == 0)
		show_all(invocation, &list);
	change_list_release(&list);
	return result;
}

/* Asks the daemon; used when this user has no access to the state folder. */
static int look_by_daemon(const struct invocation *invocation, struct err *err)
{
	CLEANUP_JSON json_t *found = NULL;
	CLEANUP_BUF struct buf path = BUF_INIT(1);

	if (invocation->argument_count > 0) {
		socket_path(&path, "/api/v1/changes/", invocation->arguments[0], "");
		if (socket_ask(invocation, "GET", &path, NULL, &found, err) < 0)
			return -1;
		return show_document(invocation, json_object_get(found, "change"), err);
	}
	/* The list for people has no before- and after-images, so they are not fetched. */
	if (socket_list(invocation, invocation->json ? "/api/v1/changes?full=true" : "/api/v1/changes",
			"changes", &found, err) < 0)
		return -1;
	return show_documents(invocation, found, err);
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
	.summary = "show the journal of changes with their outcomes",
	.description = "Lists the changes, newest first, or shows one with its before-image, "
				   "after-image and calls.",
	.options = OPTIONS_ALL,
	.most_arguments = 1,
	.run = run,
};
