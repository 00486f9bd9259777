/*
 * Finds out whether changes that were in flight when a process ended took effect. Each resource is
 * read again until it shows an effect, or until its baseline's inconsistency window has passed
 * since this process began, because the other process may have made its call at its last moment.
 * Only then does an unchanged resource prove that the change had no effect.
 */
#include "engine/recover.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "baselines/set.h"
#include "engine/change_outcome.h"
#include "engine/live_read.h"
#include "engine/recovery.h"
#include "engine/run_cells.h"
#include "io/fiber_sync.h"
#include "ledger/finding.h"
#include "ledger/journal.h"
#include "store/queue.h"

/* Returns whether the image has every field of `fields` with the same value. Objects are compared
 * field by field. */
static bool image_shows(const json_t *image, const json_t *fields)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)fields, key, value) {
		const json_t *there = json_object_get(image, key);

		if (json_is_object(value) && json_is_object(there) ? !image_shows(there, value)
														   : !json_equal(there, value))
			return false;
	}
	return true;
}

static bool took_effect(const struct live_read *reading, const void *argument)
{
	const struct change_record *record = argument;

	return reading->image != NULL && image_shows(reading->image, record->after);
}

/* Records that a rollback took effect, which also ends the change that it undid. */
static MAY_YIELD int conclude_rollback(struct cell *cell, const char *of, struct err *err)
{
	struct change_record original;
	bool found;

	if (journal_read(cell->account->run->engine.store, of, &original, &found, err) < 0)
		return -1;
	int result = found ? change_undone(cell->account, &original, err) : 0;
	change_record_release(&original);
	return result;
}

static MAY_YIELD int conclude(struct cell *cell, struct change_record *record,
	const struct live_read *reading, struct err *err)
{
	struct store *store = cell->account->run->engine.store;
	struct err cause = ERR_INIT;

	if (change_resource_read(cell->account, record, reading, err) < 0)
		return -1;
	if (took_effect(reading, record)) {
		int recorded = record->kind == CHANGE_ROLLBACK
			? conclude_rollback(cell, record->of != NULL ? record->of : "", err)
			: change_verified(cell->account, record, err);

		if (recorded < 0)
			return -1;
		return journal_move(store, record, CHANGE_VERIFIED, NULL, reading->image, err);
	}
	if (reading->image == NULL && strcmp(reading->failure.code, "ResourceGone") != 0) {
		log_warning("change %s was in flight when a process ended; it stays in flight, because its "
					"resource can't be read now: %s",
			record->id, reading->failure.message);
		return 0; /* it stays in flight, and the next run tries again */
	}
	if (reading->image == NULL)
		(void)err_set(&cause, ERR_PROTOCOL, "ResourceGone",
			"the process ended during the change, and the resource no longer exists");
	else if (json_equal(reading->image, record->before))
		(void)err_set(&cause, ERR_PROTOCOL, "NoEffect",
			"the process ended during the change, and the change had no effect");
	else
		(void)err_set(&cause, ERR_PROTOCOL, "Moved",
			"the process ended during the change, and the resource is in neither the state before "
			"the change nor the state after it");
	return journal_move(store, record, CHANGE_FAILED, &cause, reading->image, err);
}

static MAY_YIELD int recover(struct account_run *account, struct change_record *record,
	struct err *err)
{
	const struct baseline *baseline =
		baseline_set_find(baselines_of(account->run->engine.config), record->baseline);
	struct cell cell = {
		.account = account, .baseline = baseline, .settings = record->settings, .decided_by = ""
	};
	struct live_read reading = { 0 };

	if (baseline == NULL)
		return 0; /* it stays in flight: only the baseline can find out whether it took effect */
	snprintf(cell.region, sizeof cell.region, "%s", record->cell_region);
	cell_prepare(&cell, &cell.context, &cell.reader);
	live_read_until(&cell, record->resource, account->run->engine.recovery->loaded_ms, took_effect,
		record, &reading);
	int result = conclude(&cell, record, &reading, err);
	if (result == 0)
		log_write(LOG_INFO,
			&(struct log_place){
				account->run->id, account->account->id, cell.region, baseline->id },
			"change %s was in flight when a process ended; its state is now %s", record->id,
			change_state_name(record->state));
	live_read_release(&reading);
	return result;
}

/* Tries each of the account's changes. Those whose resource can't be read stay in flight. */
static MAY_YIELD int recover_each(struct account_run *account, struct recovery_account *entry,
	struct err *err)
{
	for (size_t i = 0; i < entry->records.count;) {
		struct change_record *record = &entry->records.items[i];

		if (recover(account, record, err) < 0)
			return -1;
		if (change_state_in_flight(record->state))
			i++;
		else
			change_list_remove(&entry->records, i);
	}
	/* The gate reads committed records (held changes, approvals), so these are committed before
	 * the account's cells begin. */
	return store_flush(account->run->engine.store, err);
}

#define UNKNOWN_BASELINE "UnknownBaseline"

/* Returns whether an earlier record of the list is of the same cell. */
static bool is_cell_reported(const struct change_list *records, size_t index)
{
	const struct change_record *record = &records->items[index];

	for (size_t i = 0; i < index; i++)
		if (strcmp(records->items[i].baseline, record->baseline) == 0 &&
			strcmp(records->items[i].cell_region, record->cell_region) == 0)
			return true;
	return false;
}

static MAY_YIELD int record_unknown(struct account_run *account, const struct change_record *record,
	struct err *err)
{
	struct run *run = account->run;
	char message[512];
	const struct finding finding = {
		.account = record->account,
		.account_name = account->account->name,
		.cell_region = record->cell_region,
		.region = record->region,
		.baseline = record->baseline,
		.resource = record->resource,
		.status = STATUS_DRIFTED,
		.tier = record->tier,
		.decided_by = record->decided_by,
		.change = record->id,
		.cause = { UNKNOWN_BASELINE, message },
		.observed_ms = clock_now_ms(),
		.run = run->id,
	};

	snprintf(message, sizeof message,
		"change %s was in flight when a process ended, and this version of Reeve does not know its "
		"baseline %s, which is needed to find out whether the change took effect; the resource is "
		"left alone until a version or configuration with that baseline sweeps it",
		record->id, record->baseline);
	log_write(LOG_WARNING,
		&(struct log_place){ run->id, account->account->id, record->cell_region, record->baseline },
		"%s", message);
	run->findings.of[STATUS_DRIFTED]++;
	return finding_store(run->engine.store, &finding, FINDING_WHOLE, err);
}

int recover_report_unknown(struct account_run *account, struct err *err)
{
	struct run *run = account->run;
	const struct recovery_account *entry =
		recovery_find(run->engine.recovery, account->account->id);
	enum status done;

	for (size_t i = 0; entry != NULL && i < entry->records.count; i++) {
		const struct change_record *record = &entry->records.items[i];

		if (baseline_set_find(baselines_of(run->engine.config), record->baseline) != NULL ||
			!selection_takes_baseline(&run->selection, record->baseline) ||
			!selection_takes_region(&run->selection, record->cell_region))
			continue;
		if (record_unknown(account, record, err) < 0)
			return -1;
		if (is_cell_reported(&entry->records, i) ||
			run_cell_done(run, record->account, record->cell_region, record->baseline, &done) == 0)
			continue;
		run->cells_known++;
		if (run_record_cell(run, record->account, record->cell_region, record->baseline,
				STATUS_DRIFTED, err) < 0)
			return -1;
	}
	return 0;
}

int recover_account(struct account_run *account, struct err *err)
{
	struct recovery_account *entry =
		recovery_find(account->run->engine.recovery, account->account->id);

	if (entry == NULL)
		return 0;
	/* A later run tries those again that an earlier one could not read. */
	if (entry->once.state == FIBER_ONCE_DONE && entry->records.count > 0 &&
		strcmp(entry->run, account->run->id) != 0)
		fiber_once_reset(&entry->once);
	if (fiber_once_begin(&entry->once)) {
		snprintf(entry->run, sizeof entry->run, "%s", account->run->id);
		err_clear(&entry->failure);
		(void)!recover_each(account, entry, &entry->failure);
		fiber_once_finish(&entry->once);
	}
	if (entry->failure.kind == ERR_NONE)
		return 0;
	*err = entry->failure;
	return -1;
}
