#include "engine/undo.h"

#include "base/banned.h"
#include "base/json.h"
#include "ledger/journal.h"

int undo_add_change(struct store *store, const char *id, struct work *work, struct err *err)
{
	struct change_record record;
	bool found;
	int result = 0;

	if (journal_read(store, id, &record, &found, err) < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_USAGE, "UnknownChange",
			"there is no change %s; `reeve changes` lists them", id);
	if (!change_can_be_undone(&record))
		result = err_set(err, ERR_USAGE, "NotUndoable",
			"change %s has the state %s; only a change that was made can be rolled back", id,
			change_state_name(record.state));
	else
		result = work_add(work, record.source, err);
	change_record_release(&record);
	return result;
}

struct found {
	const struct undo_filter *filter;
	size_t undone; /* changes that match, but have been rolled back already */
	struct change_list records;
};

static bool has_account(const json_t *accounts, const char *account)
{
	return json_array_size(accounts) == 0 || json_has_string(accounts, account);
}

static int collect(void *argument, const struct change_record *record)
{
	struct found *found = argument;
	const struct undo_filter *filter = found->filter;

	if (!has_account(filter->accounts, record->account) || record->at_ms < filter->since_ms)
		return 0;
	found->undone += record->state == CHANGE_ROLLED_BACK;
	if (change_can_be_undone(record))
		change_list_add(&found->records, record);
	return found->records.count > UNDO_MOST;
}

/* Finds the changes that the filter selects. Those of one run are found by an index; otherwise the
 * whole journal is read. */
static MAY_YIELD int find(struct store *store, struct found *found, struct err *err)
{
	return found->filter->run != NULL
		? journal_each_of_run(store, found->filter->run, collect, found, err)
		: journal_each(store, collect, found, err);
}

/* Adds the found changes to the work list, the newest first. */
static int add_found(struct work *work, struct found *found, struct err *err)
{
	if (found->records.count > UNDO_MOST)
		return err_set(err, ERR_USAGE, "TooManyChanges",
			"more than %d changes match; roll them back in parts: by account, or since a later "
			"time",
			UNDO_MOST);
	/* When a rollback that was cut off is asked for again, all its changes may have been rolled
	 * back already. */
	if (found->records.count == 0 && found->undone == 0)
		return err_set(err, ERR_USAGE, "NothingToRollBack",
			"no change that was made matches; `reeve changes` lists them");
	change_list_sort(&found->records);
	for (size_t i = 0; i < found->records.count; i++)
		if (work_add(work, found->records.items[i].source, err) < 0)
			return -1;
	return 0;
}

int undo_add_changes(struct store *store, const struct undo_filter *filter, struct work *work,
	struct err *err)
{
	struct found found = { .filter = filter };
	int result = find(store, &found, err);

	if (result == 0)
		result = add_found(work, &found, err);
	change_list_release(&found.records);
	return result;
}
