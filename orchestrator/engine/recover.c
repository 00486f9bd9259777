/*
 * What came of changes that were in flight when a process ended. Each resource is read
 * again, until it shows an effect or its baseline's inconsistency window since the intent
 * has passed; only then does the before-image prove that there was none.
 */
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/cell.h"
#include "engine/gate.h"
#include "engine/hold.h"
#include "engine/journal.h"

/* Whether every field of `fields` stands in the image with the same value; in objects, field by field. */
static bool image_shows(const json_t *image, const json_t *fields)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)fields, key, value) {
		const json_t *there = json_object_get(image, key);

		if (json_is_object(value) && json_is_object(there) ? !image_shows(there, value) : !json_equal(there, value))
			return false;
	}
	return true;
}

static bool took_effect(const struct reading *reading, const void *record)
{
	return reading->image != NULL && image_shows(reading->image, json_object_get(record, "after"));
}

static MAY_YIELD int conclude(struct cell *cell, json_t *record, const struct reading *reading, struct err *err)
{
	struct store *store = cell->account->run->engine.store;
	struct err cause = ERR_INIT;

	if (took_effect(reading, record)) {
		if (strcmp(json_get_string_or(record, "kind", ""), "rollback") == 0) {
			CLEANUP_JSON json_t *original = NULL;
			const char *of = json_get_string_or(record, "of", "");

			if (journal_read(store, of, &original, err) < 0)
				return -1;
			if (original != NULL && (hold_put(store, json_get_string_or(original, "hash", ""), "RolledBack", of, err) < 0 ||
			                         journal_move(store, original, "rolled_back", NULL, NULL, err) < 0))
				return -1;
		} else if (gate_verified(cell->account, record, err) < 0)
			return -1;
		return journal_move(store, record, "verified", NULL, reading->image, err);
	}
	if (reading->image == NULL && strcmp(reading->failure.code, "ResourceGone") != 0) {
		log_warning("change %s was in flight when a process ended, and its resource can't be read now: it stays so (%s)",
		            json_get_string_or(record, "id", "?"), reading->failure.message);
		return 0; /* stays in flight: the next run asks again */
	}
	if (reading->image == NULL)
		(void)err_set(&cause, ERR_PROTOCOL, "ResourceGone", "the process ended during the change, and the resource is not there any more");
	else if (json_equal(reading->image, json_object_get(record, "before")))
		(void)err_set(&cause, ERR_PROTOCOL, "NoEffect", "the process ended during the change, and it has had no effect");
	else
		(void)err_set(&cause, ERR_PROTOCOL, "Moved", "the process ended during the change, and the resource is neither as before nor as after it");
	return journal_move(store, record, "failed", &cause, reading->image, err);
}

static MAY_YIELD int recover(struct account_run *account, json_t *record, struct err *err)
{
	const struct baseline *baseline = baseline_find(json_get_string_or(record, "baseline", ""));
	const char *resource = json_get_string_or(record, "resource", "");
	struct cell cell = { .account = account, .baseline = baseline, .settings = json_object_get(record, "settings"), .decided_by = "" };
	struct reading reading = { 0 };
	int64_t since_ms = clock_now_ms();

	if (baseline == NULL)
		return err_set(err, ERR_STORE, "InvalidRecord", "change %s is of a baseline that this version does not know", json_get_string_or(record, "id", ""));
	snprintf(cell.region, sizeof cell.region, "%s", json_get_string_or(record, "cell_region", REGION_GLOBAL));
	if (clock_parse_rfc3339(json_get_string_or(record, "at", ""), &since_ms) < 0)
		since_ms = clock_now_ms();
	cell_prepare(&cell, &cell.context, &cell.reader);
	cell_read_until(&cell, resource, since_ms, took_effect, record, &reading);
	int result = conclude(&cell, record, &reading, err);
	if (result == 0)
		log_write(LOG_INFO, &(struct log_place){ account->run->id, account->account->id, cell.region, baseline->id },
		          "change %s was in flight: now %s", json_get_string_or(record, "id", ""), json_get_string_or(record, "state", ""));
	reading_release(&reading);
	return result;
}

int recover_account(struct account_run *account, struct err *err)
{
	bool any = false;
	size_t index;
	json_t *record;

	json_array_foreach(account->run->in_flight, index, record) {
		if (strcmp(json_get_string_or(record, "account", ""), account->account->id) != 0)
			continue;
		if (recover(account, record, err) < 0)
			return -1;
		any = true;
	}
	/* What the account's cells ask the gate next (is it held, is it approved) is read from what is committed. */
	return any ? store_flush(account->run->engine.store, err) : 0;
}
