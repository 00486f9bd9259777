#include "engine/undo.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "ledger/journal.h"
#include "ledger/scan.h"

/* Also a change that failed after its calls were made: it may have taken effect, and the resource
 * itself tells. */
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

int undo_add_change(struct store *store, const char *id, struct work *work, struct err *err)
{
	CLEANUP_JSON json_t *record = NULL;

	if (journal_read(store, id, &record, err) < 0)
		return -1;
	if (record == NULL)
		return err_set(err, ERR_USAGE, "UnknownChange",
			"there is no change %s; `reeve changes` lists them", id);
	if (!can_be_undone(record))
		return err_set(err, ERR_USAGE, "NotUndoable",
			"change %s is %s: only a change that was made can be rolled back", id,
			json_get_string_or(record, "state", "unknown"));
	return work_add(work, record, err);
}

struct found {
	const struct undo_filter *filter;
	size_t undone;   /* that match, but are undone already */
	json_t *records; /* as found */
};

static bool has_account(const json_t *accounts, const char *account)
{
	return json_array_size(accounts) == 0 || json_has_string(accounts, account);
}

static int collect(void *argument, const struct store_key *key, const json_t *record)
{
	struct found *found = argument;
	const struct undo_filter *filter = found->filter;
	int64_t at_ms = 0;

	(void)key;
	if (clock_parse_rfc3339(json_get_string_or(record, "at", ""), &at_ms) < 0)
		at_ms = INT64_MAX; /* told too often rather than not at all */
	if ((filter->run != NULL && strcmp(json_get_string_or(record, "run", ""), filter->run) != 0) ||
		!has_account(filter->accounts, json_get_string_or(record, "account", "")) ||
		at_ms < filter->since_ms)
		return 0;
	found->undone += strcmp(json_get_string_or(record, "state", ""), "rolled_back") == 0;
	if (can_be_undone(record))
		json_array_append(found->records, (json_t *)record);
	return json_array_size(found->records) > UNDO_MOST;
}

static int collect_scanned(void *argument, const struct store_key *key, const json_t *record,
	size_t bytes)
{
	(void)bytes;
	return collect(argument, key, record);
}

/* Those of one run are found by an index; else the whole journal is read. */
static MAY_YIELD int find(struct store *store, struct found *found, struct err *err)
{
	struct ledger_scan scan = { .store = store,
		.database = STORE_JOURNAL,
		.records = SIZE_MAX,
		.each = collect_scanned,
		.argument = found };

	return found->filter->run != NULL
		? journal_each_of_run(store, found->filter->run, collect, found, err)
		: ledger_scan(&scan, err);
}

int undo_add_changes(struct store *store, const struct undo_filter *filter, struct work *work,
	struct err *err)
{
	CLEANUP_JSON json_t *records = json_array();
	struct found found = { .filter = filter, .records = records };
	size_t index;
	json_t *record;

	if (find(store, &found, err) < 0)
		return -1;
	if (json_array_size(records) > UNDO_MOST)
		return err_set(err, ERR_USAGE, "TooManyChanges",
			"more than %d changes match; undo them by account, or since a later time", UNDO_MOST);
	/* A rollback that was cut off and is asked for again may find all of it undone. */
	if (json_array_size(records) == 0 && found.undone == 0)
		return err_set(err, ERR_USAGE, "NothingToRollBack",
			"no change that was made matches; `reeve changes` lists them");
	CLEANUP_JSON json_t *sorted = journal_newest_first(records);
	json_array_foreach(sorted, index, record)
		if (work_add(work, record, err) < 0)
			return -1;
	return 0;
}
