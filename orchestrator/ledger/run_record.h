/*
 * The record of a run, as it is stored: written when the run begins, and again when it ends.
 *
 * A run whose state is still "running" although its process is gone was killed. A record that is
 * not understood is an error where it is read: it is not known then what was done.
 */
#ifndef REEVE_LEDGER_RUN_RECORD_H
#define REEVE_LEDGER_RUN_RECORD_H

#include "base/compiler.h"
#include "base/err.h"
#include "ledger/record.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define RUN_ID_SIZE 40

enum run_kind { RUN_PLAN, RUN_SWEEP, RUN_APPLY, RUN_ROLLBACK, RUN_EVENT };
const char *run_kind_name(enum run_kind kind);

enum run_state { RUN_RUNNING, RUN_FINISHED, RUN_INTERRUPTED, RUN_FAILED };

struct run_halt_cause {
	const char *code, *message;
};

struct run_record {
	const char *id;
	enum run_kind kind;
	enum run_state state;
	int64_t started_ms, finished_ms; /* finished_ms is 0 until it ends */
	const char *generation;          /* of the configuration */
	const json_t *selection;         /* the selectors of the command line */
	const json_t *cells;             /* how many have each status */
	int64_t changes, accounts_in_scope, accounts_inactive;
	struct run_halt_cause halt; /* why mutation stopped early; without a code: it did not */
	json_t *source;
};

/* Queues the record for writing. */
MAY_YIELD int run_record_put(struct store *store, const struct run_record *record, struct err *err)
	MUST_CHECK;

void run_record_release(struct run_record *record);
/* Returns a record that was read as documents and the API show it: as it is stored, without the
 * version. New reference. */
json_t *run_record_document(const struct run_record *record) MUST_CHECK;
/* Fills *out, which run_record_release ends, found or not; its texts and JSON are the record's.
 * *found is false when there is no such run. A record that can't be understood is an error. */
int run_record_read(struct store *store, const char *id, struct run_record *out, bool *found,
	struct err *err) MUST_CHECK;
/* Calls each(argument, record) for every run, in the order of their start: 0 to go on, 1 to stop.
 */
int run_record_each(struct store *store,
	int (*each)(void *argument, const struct run_record *record), void *argument, struct err *err)
	MUST_CHECK;

#endif
