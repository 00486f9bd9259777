/*
 * What came of changes that were in flight when a process ended. Each resource is read
 * again, until it shows an effect or its baseline's inconsistency window since this process
 * began has passed (the other may have made its call up to its last moment); only then does
 * the before-image prove that there was none.
 */
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/cell.h"
#include "engine/gate.h"
#include "ledger/journal.h"
#include "engine/recovery.h"
#include "io/fiber.h"

#include <uthash.h>

/* The changes of one account. */
struct recovering {
	UT_hash_handle hh;
	char account[13];
	char run[RUN_ID_SIZE]; /* the last that tried */
	json_t *records;       /* still in flight */
	struct fiber_once once;
	struct err failure;
};

struct recovery {
	struct recovering *accounts;
	int64_t loaded_ms; /* 0: not yet */
};

struct recovery *recovery_new(void)
{
	return xcalloc(1, sizeof(struct recovery));
}

void recovery_free(struct recovery *recovery)
{
	struct recovering *entry, *next;

	if (recovery == NULL)
		return;
	HASH_ITER(hh, recovery->accounts, entry, next) {
		HASH_DEL(recovery->accounts, entry);
		json_decref(entry->records);
		free(entry);
	}
	free(recovery);
}

static struct recovering *find(const struct recovery *recovery, const char *account)
{
	struct recovering *entry;

	HASH_FIND_STR(recovery->accounts, account, entry);
	return entry;
}

static void add(struct recovery *recovery, json_t *record)
{
	const char *account = json_get_string_or(record, "account", "");
	struct recovering *entry = find(recovery, account);

	if (entry == NULL) {
		entry = xcalloc(1, sizeof *entry);
		snprintf(entry->account, sizeof entry->account, "%s", account);
		entry->records = json_array();
		HASH_ADD_STR(recovery->accounts, account, entry);
	}
	json_array_append(entry->records, record);
}

int recovery_load(struct recovery *recovery, struct store *store, struct err *err)
{
	CLEANUP_JSON json_t *records = NULL;
	size_t index;
	json_t *record;

	if (recovery->loaded_ms != 0)
		return 0;
	if (journal_in_flight(store, &records, err) < 0)
		return -1;
	recovery->loaded_ms = clock_now_ms();
	json_array_foreach(records, index, record)
		add(recovery, record);
	return 0;
}

const json_t *recovery_holding(const struct recovery *recovery, const char *account,
	const char *cell_region, const char *baseline, const char *resource)
{
	const struct recovering *entry = recovery != NULL ? find(recovery, account) : NULL;
	size_t index;
	json_t *record;

	json_array_foreach(entry != NULL ? entry->records : NULL, index, record)
		if (strcmp(json_get_string_or(record, "cell_region", ""), cell_region) == 0 &&
			strcmp(json_get_string_or(record, "baseline", ""), baseline) == 0 &&
			strcmp(json_get_string_or(record, "resource", ""), resource) == 0)
			return record;
	return NULL;
}

/* Whether every field of `fields` stands in the image with the same value; in objects, field by
 * field. */
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

static bool took_effect(const struct reading *reading, const void *record)
{
	return reading->image != NULL && image_shows(reading->image, json_object_get(record, "after"));
}

static MAY_YIELD int conclude(struct cell *cell, json_t *record, const struct reading *reading,
	struct err *err)
{
	struct store *store = cell->account->run->engine.store;
	struct err cause = ERR_INIT;

	if (gate_read(cell->account, record, reading, err) < 0)
		return -1;
	if (took_effect(reading, record)) {
		if (strcmp(json_get_string_or(record, "kind", ""), "rollback") == 0) {
			CLEANUP_JSON json_t *original = NULL;
			const char *of = json_get_string_or(record, "of", "");

			if (journal_read(store, of, &original, err) < 0)
				return -1;
			if (original != NULL && gate_undone(cell->account, original, err) < 0)
				return -1;
		} else if (gate_verified(cell->account, record, err) < 0)
			return -1;
		return journal_move(store, record, "verified", NULL, reading->image, err);
	}
	if (reading->image == NULL && strcmp(reading->failure.code, "ResourceGone") != 0) {
		log_warning("change %s was in flight when a process ended, and its resource can't be read "
					"now: it stays so (%s)",
			json_get_string_or(record, "id", "?"), reading->failure.message);
		return 0; /* stays in flight: the next run asks again */
	}
	if (reading->image == NULL)
		(void)err_set(&cause, ERR_PROTOCOL, "ResourceGone",
			"the process ended during the change, and the resource is not there any more");
	else if (json_equal(reading->image, json_object_get(record, "before")))
		(void)err_set(&cause, ERR_PROTOCOL, "NoEffect",
			"the process ended during the change, and it has had no effect");
	else
		(void)err_set(&cause, ERR_PROTOCOL, "Moved",
			"the process ended during the change, and the resource is neither as before nor as "
			"after it");
	return journal_move(store, record, "failed", &cause, reading->image, err);
}

static MAY_YIELD int recover(struct account_run *account, json_t *record, struct err *err)
{
	const struct baseline *baseline = baseline_find(json_get_string_or(record, "baseline", ""));
	const char *resource = json_get_string_or(record, "resource", "");
	struct cell cell = { .account = account,
		.baseline = baseline,
		.settings = json_object_get(record, "settings"),
		.decided_by = "" };
	struct reading reading = { 0 };

	if (baseline == NULL)
		return err_set(err, ERR_STORE, "InvalidRecord",
			"change %s is of a baseline that this version does not know",
			json_get_string_or(record, "id", ""));
	snprintf(cell.region, sizeof cell.region, "%s",
		json_get_string_or(record, "cell_region", REGION_GLOBAL));
	cell_prepare(&cell, &cell.context, &cell.reader);
	cell_read_until(&cell, resource, account->run->engine.recovery->loaded_ms, took_effect, record,
		&reading);
	int result = conclude(&cell, record, &reading, err);
	if (result == 0)
		log_write(LOG_INFO,
			&(struct log_place){
				account->run->id, account->account->id, cell.region, baseline->id },
			"change %s was in flight: now %s", json_get_string_or(record, "id", ""),
			json_get_string_or(record, "state", ""));
	reading_release(&reading);
	return result;
}

static bool is_in_flight(const json_t *record)
{
	const char *state = json_get_string_or(record, "state", "");

	return strcmp(state, "intent") == 0 || strcmp(state, "applied") == 0;
}

/* Each of the account's changes; those whose resource can't be read stay. */
static MAY_YIELD int recover_each(struct account_run *account, struct recovering *entry,
	struct err *err)
{
	for (size_t i = 0; i < json_array_size(entry->records);) {
		CLEANUP_JSON json_t *record = json_incref(json_array_get(entry->records, i));

		if (recover(account, record, err) < 0)
			return -1;
		if (is_in_flight(record))
			i++;
		else
			json_array_remove(entry->records, i);
	}
	/* What the account's cells ask the gate next (is it held, is it approved) is read from what is
	 * committed. */
	return store_flush(account->run->engine.store, err);
}

int recover_account(struct account_run *account, struct err *err)
{
	struct recovering *entry = find(account->run->engine.recovery, account->account->id);

	if (entry == NULL)
		return 0;
	/* A later run tries again what an earlier one could not read. */
	if (entry->once.state == FIBER_ONCE_DONE && json_array_size(entry->records) > 0 &&
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
