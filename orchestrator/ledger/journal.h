/*
 * The journal of changes: planned -> intent -> applied -> verified | failed, later rolled_back.
 *
 * The intent, with the before-image, is on disk before the first mutating call: the permit of
 * every call waits for what was queued before it (making.c). A record
 * whose outcome is not known is "in flight" (a key of its own in the meta database); a
 * restart reads such resources again and never assumes. The changes of a run are found by
 * an index, which a store that was written before there was one gets with its next change.
 *
 * A record: id, hash, kind ("remedy" or "rollback"), of (the change that a rollback undoes),
 * run, wave, account, cell_region, region, baseline, resource, settings, tier, decided_by, before
 * and after (images; see baseline_image), calls, state, at, result (the image after it was
 * verified), cause, request_ids, history ([{state, at}]).
 */
#ifndef REEVE_LEDGER_JOURNAL_H
#define REEVE_LEDGER_JOURNAL_H

#include "engine/cell_view.h"

/* Plans the change: its record in the state "planned", its hash (approval_change_hash) and its id,
 * which is of the hash and the run, so that it is new in every run. */
void journal_plan(struct drift *drift);

/* A record that undoes another: kind "rollback", before and after exchanged; new reference. */
json_t *journal_rollback_record(const struct run *run, const json_t *record, const json_t *current);

/* Moves the record on and queues it; an intent is marked as in flight, a final state ends that.
 * cause and result (an image) may be NULL. */
MAY_YIELD int journal_move(struct store *store, json_t *record, const char *state,
	const struct err *cause, const json_t *result, struct err *err) MUST_CHECK;

/* The same for the record of a change that is being made. What stands in it before its state must
 * not change meanwhile. */
MAY_YIELD int journal_move_drift(struct drift *drift, const char *state, const struct err *cause,
	const json_t *result, struct err *err) MUST_CHECK;

/* The record of a change, or NULL; new reference. */
int journal_read(struct store *store, const char *id, json_t **record, struct err *err) MUST_CHECK;

/* Calls each(argument, key, record) for every record of the run, as store_each_json does: 0 to go
 * on, 1 to stop. In no order that means anything. `key` is not to be relied on. Sees what is
 * committed. */
int journal_each_of_run(struct store *store, const char *run_id,
	int (*each)(void *argument, const struct store_key *key, const json_t *record), void *argument,
	struct err *err) MUST_CHECK;

/* Drops a record, whose time is over. */
MAY_YIELD int journal_forget(struct store *store, const char *run_id, const char *id,
	struct err *err) MUST_CHECK;

/* The records of an array, the newest first, as a new array. */
json_t *journal_newest_first(const json_t *records) MUST_CHECK;

/* All records in flight, as an array; new reference. */
int journal_in_flight(struct store *store, json_t **records, struct err *err) MUST_CHECK;

#endif
