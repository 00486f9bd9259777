/*
 * One cell: account x region x baseline. Observe, compare, record every finding, and,
 * in a sweep, mend what the gate lets through. A cell's failure is its own.
 */
#ifndef REEVE_ENGINE_CELL_H
#define REEVE_ENGINE_CELL_H

#include "accounts/organization.h"
#include "base/buf.h"
#include "baselines/baseline.h"
#include "engine/run.h"
#include "ledger/finding.h"

struct administrators;
struct work_item;

/* What the cells of one account share, while it is being swept. */
struct account_run {
	struct run *run;
	struct account *account;
	struct account_place place_storage;
	const struct org_place *place;
	struct aws_session *session;
	struct aws_read_cache *cache;
	json_t *desired; /* by baseline, from config_desired */
	struct administrators *administrators;
};

struct cell {
	struct account_run *account;
	const struct baseline *baseline;
	char region[32];
	const json_t *settings;
	enum tier tier;
	const char *decided_by;
	struct baseline_context context;
	struct aws_reader reader;
	const struct work_item *item; /* the change that is being handled, in a run over a work list */
	enum status item_status;      /* what became of it */
	char item_cause[64];
	enum status worst;
	size_t finding_count;
	struct err failure; /* of the store or the run: the cell is then not recorded as done */
};

/* Observes and records the whole cell; its status in cell->worst. -1 when the run can't go on (the
 * store failed, or it is being cancelled): then the cell is not recorded as done. */
MAY_YIELD int cell_run(struct cell *cell, struct err *err) MUST_CHECK;

/* Records the cell as unknown without observing it. */
MAY_YIELD int cell_unknown(struct cell *cell, const struct err *cause, struct err *err) MUST_CHECK;

/* Handles the items of the run's work list that belong to the cell, and nothing else of it. */
MAY_YIELD int cell_run_work(struct cell *cell, struct err *err) MUST_CHECK;

/* --- between cell.c, cell_work.c, remedy.c, rollback.c and recover.c --- */

/* The reader, context and place of the cell; `reader` and `context` are filled. */
void cell_prepare(struct cell *cell, struct baseline_context *context, struct aws_reader *reader);
/* Completes and stores a finding. */
MAY_YIELD void cell_record(struct cell *cell, struct finding *finding);
/* The emit of a cell that is observed for its findings. */
MAY_YIELD void cell_emit(struct baseline_context *context, const struct observation *observation);
/* Ends the cell: recorded in the ledger, unless something stops the run. */
MAY_YIELD int cell_finish(struct cell *cell, struct err *err) MUST_CHECK;

/* One drifted resource on its way through the gate. */
struct drift {
	struct cell *cell;
	const char *resource, *region;
	const struct verdict *verdict;
	const json_t *before; /* the image of what was observed */
	enum tier tier;
	char rule[160];     /* what decided: the tier's rule, an approval */
	const char *reason; /* the verdict's, for whoever is asked */
	bool approved;      /* by a person: the attempts limit is not for them */
	/* Filled by journal_plan, where there are calls to make: */
	char change_id[32], hash[65];
	json_t *record;   /* the journal's, in the state "planned" until remedy_apply; else NULL */
	struct buf fixed; /* journal_move_drift's: the record's text up to its state */
	/* Filled by remedy_apply: */
	enum status status;
	char cause_code[96], cause_message[768];
	json_t *observed;    /* as verified; NULL: unchanged */
	json_t *request_ids; /* of the verification; NULL: none */
};

/* Journal, remediate, verify. Sets status and cause; -1 only when the run can't go on. */
MAY_YIELD int remedy_apply(struct drift *drift, struct err *err) MUST_CHECK;

/* Undoes the change of a work item and records the finding; -1 only when the run can't go on. */
MAY_YIELD int rollback_item(struct cell *cell, struct work_item *item, struct err *err) MUST_CHECK;

/* Finds out what came of the account's changes that were in flight when a process ended, by reading
 * their resources again; the journal then tells. No call is repeated: what did not take effect is
 * drift, and handled as such. */
MAY_YIELD int recover_account(struct account_run *account, struct err *err) MUST_CHECK;

/* The outcome of one resource, read live. */
struct reading {
	enum outcome outcome;
	bool found;
	json_t *state;
	json_t *image; /* of the state */
	json_t *request_ids;
	struct err failure;
};
MAY_YIELD void cell_read_live(struct cell *cell, const char *resource, struct reading *reading);
void reading_release(struct reading *reading);

/* Reads until `settled` says that the reading is what is waited for, or until the baseline's
 * inconsistency window (from since_ms, wall time) has passed; with backoff. */
MAY_YIELD void cell_read_until(struct cell *cell, const char *resource, int64_t since_ms,
	bool (*settled)(const struct reading *reading, const void *argument), const void *argument,
	struct reading *reading);

/* How long a read may show the old state: the baseline's, or REEVE_TEST_INCONSISTENCY_MS in a build
 * with test hooks. */
int64_t inconsistency_ms(const struct baseline *baseline);

#endif
