/*
 * The journal of changes: planned -> intent -> applied -> verified | failed, later rolled_back.
 *
 * The intent, with the before-image, is on disk before the first mutating call: the permit of every
 * call waits for what was queued before the call. A change whose outcome is not known is in flight,
 * and has a key of its own in the meta database; a process that starts reads the resources of such
 * changes again, and never assumes their outcome. The changes of a run are found by an index. A
 * store that was written before there was an index gets one with its next change.
 *
 * A record that can't be read, or that a newer version wrote, is an error of every function that
 * reads it.
 */
#ifndef REEVE_LEDGER_JOURNAL_H
#define REEVE_LEDGER_JOURNAL_H

#include "ledger/change_record.h"
#include "store/store.h"

/* Completes a remedy whose other fields are filled: its hash (change_hash), its id, and its first
 * step, "planned". `id` and `hash` are the buffers for them; they must live as long as the record.
 */
void journal_plan(struct change_record *record, char id[CHANGE_ID_SIZE],
	char hash[CHANGE_HASH_SIZE]);

/* Fills *undo with the rollback of a record, planned in a run: before and after exchanged, before
 * being the image that the resource shows now. It borrows from all of its arguments; `id` is the
 * buffer for its id. change_record_release ends it. */
void journal_plan_rollback(struct change_record *undo, const char *run,
	const struct change_record *record, const json_t *current, char id[CHANGE_ID_SIZE]);

/* Moves the record on and queues it; an intent is marked as in flight, and the end of a change ends
 * that. cause and result (an image) may be NULL. What no move changes must stay as it is from the
 * first move on: its text is made once. */
MAY_YIELD int journal_move(struct store *store, struct change_record *record,
	enum change_state state, const struct err *cause, const json_t *result, struct err *err)
	MUST_CHECK;

/* Reads the record of a change; *found is false when there is none. change_record_release ends
 * it. */
int journal_read(struct store *store, const char *id, struct change_record *out, bool *found,
	struct err *err) MUST_CHECK;

/* Called for a record of the journal: 0 to go on, 1 to stop. The record is borrowed; whoever wants
 * to keep it takes it over by change_list_add. */
typedef int journal_visit(void *argument, const struct change_record *record);

/* Calls back for every committed record of the run, in no particular order. */
int journal_each_of_run(struct store *store, const char *run_id, journal_visit *each,
	void *argument, struct err *err) MUST_CHECK;
/* Calls back for every record; on a fiber it does so in turns (ledger/scan.h). */
MAY_YIELD int journal_each(struct store *store, journal_visit *each, void *argument,
	struct err *err) MUST_CHECK;

/* Removes the record of a change. */
MAY_YIELD int journal_forget(struct store *store, const char *run_id, const char *id,
	struct err *err) MUST_CHECK;

/* Adds all records in flight to the list. */
int journal_in_flight(struct store *store, struct change_list *list, struct err *err) MUST_CHECK;

#endif
