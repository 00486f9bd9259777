/* rollback CHANGE|RUN [--force]: restore before-images, newest first. */
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli_work.h"
#include "engine/journal.h"
#include "store/store.h"

struct found {
	const char *run;     /* only this run's changes */
	const char *account; /* only this account's, or NULL */
	int64_t since_ms;    /* 0: always */
	size_t undone;       /* that match, but are undone already */
	json_t *records;     /* newest last, as found */
};

/* Also a change that failed after its calls were made: it may have taken effect, and the resource itself tells. */
static bool can_be_undone(const json_t *record)
{
	const char *state = json_get_string_or(record, "state", "");
	bool applied = false;
	size_t index;
	json_t *step;

	json_array_foreach(json_object_get(record, "history"), index, step)
		applied = applied || strcmp(json_get_string_or(step, "state", ""), "applied") == 0;
	return strcmp(json_get_string_or(record, "kind", ""), "remedy") == 0 &&
	       (strcmp(state, "verified") == 0 || (strcmp(state, "failed") == 0 && applied));
}

static int collect(void *argument, const struct store_key *key, const json_t *record)
{
	struct found *found = argument;

	int64_t at_ms = 0;

	(void)key;
	if (clock_parse_rfc3339(json_get_string_or(record, "at", ""), &at_ms) < 0)
		at_ms = INT64_MAX; /* told too often rather than not at all */
	if ((found->run != NULL && strcmp(json_get_string_or(record, "run", ""), found->run) != 0) ||
	    (found->account != NULL && strcmp(json_get_string_or(record, "account", ""), found->account) != 0) ||
	    at_ms < found->since_ms)
		return 0;
	found->undone += strcmp(json_get_string_or(record, "state", ""), "rolled_back") == 0;
	if (!can_be_undone(record))
		return 0;
	json_array_append_new(found->records, json_deep_copy(record));
	return 0;
}

static int add_newest_first(const json_t *records, struct work *work, struct err *err)
{
	CLEANUP_JSON json_t *sorted = journal_newest_first(records);
	size_t index;
	json_t *record;

	json_array_foreach(sorted, index, record)
		if (work_add(work, record, err) < 0)
			return -1;
	return 0;
}

static int add_change(struct store *store, const char *id, struct work *work, struct err *err)
{
	CLEANUP_JSON json_t *record = NULL;

	if (journal_read(store, id, &record, err) < 0)
		return -1;
	if (record == NULL)
		return err_set(err, ERR_USAGE, "UnknownChange", "there is no change %s; `reeve changes` lists them", id);
	if (!can_be_undone(record))
		return err_set(err, ERR_USAGE, "NotUndoable", "change %s is %s: only a change that was made can be rolled back", id,
		               json_get_string_or(record, "state", "unknown"));
	return work_add(work, record, err);
}

/* The changes of a run, or of the selected accounts since a time. */
static int add_changes(const struct invocation *invocation, struct store *store, const char *run, struct work *work, struct err *err)
{
	CLEANUP_JSON json_t *records = json_array();
	struct found found = { .run = run, .records = records };
	size_t accounts = json_array_size(invocation->selection.accounts);

	if (invocation->since != NULL && clock_parse_rfc3339(invocation->since, &found.since_ms) < 0)
		return err_set(err, ERR_USAGE, "InvalidSince", "--since takes a time such as 2026-11-24T08:00:00Z, not '%s'", invocation->since);
	for (size_t i = 0; i < (accounts > 0 ? accounts : 1); i++) {
		found.account = accounts > 0 ? json_string_value(json_array_get(invocation->selection.accounts, i)) : NULL;
		if (store_each_json(store, STORE_JOURNAL, NULL, collect, &found, err) < 0)
			return -1;
	}
	/* A rollback that was cut off and is asked for again may find all of it undone. */
	if (json_array_size(records) == 0 && found.undone == 0)
		return err_set(err, ERR_USAGE, "NothingToRollBack", "no change that was made matches; `reeve changes` lists them");
	return add_newest_first(records, work, err);
}

static int collect_work(const struct invocation *invocation, struct store *store, struct work *work, struct err *err)
{
	const char *what = invocation->argument_count > 0 ? invocation->arguments[0] : NULL;

	if (what != NULL && strncmp(what, "c-", 2) == 0)
		return add_change(store, what, work, err);
	if (what == NULL && (json_array_size(invocation->selection.accounts) == 0 || invocation->since == NULL))
		return err_set(err, ERR_USAGE, "MissingArgument", "`reeve rollback` takes a change, a run, or --account ID with --since TIME");
	return add_changes(invocation, store, what, work, err);
}

static int run(struct invocation *invocation)
{
	struct workplace workplace = { 0 };
	struct work work;
	struct err err = ERR_INIT;
	int status;

	work_init(&work, true, invocation->force);
	if (workplace_open(&workplace, invocation, "rollback", &err) < 0 || collect_work(invocation, workplace.store, &work, &err) < 0)
		status = command_fail(&err);
	else
		status = cli_work_run(invocation, &workplace, RUN_ROLLBACK, &work, NULL);
	if (workplace_close(&workplace, &err) < 0 && status != EXIT_FAULT)
		status = command_fail(&err);
	work_release(&work);
	return status;
}

const struct command command_rollback = {
	.name = "rollback",
	.arguments = "CHANGE|RUN ",
	.summary = "undo a change, a run, or an account's changes since a time",
	.description = "Restores the before-images, newest first, and proves it by reading them back. A resource that has\n"
	               "changed since is left as it is, unless --force. What was rolled back is not mended again by itself:\n"
	               "its next drift waits for a person. With --account ID --since TIME instead of a change or run:\n"
	               "all of the account's changes since then.",
	.options = OPTIONS_SELECTORS | OPTIONS_ALL | OPTIONS_FORCE | OPTIONS_SINCE,
	.most_arguments = 1,
	.run = run,
};
