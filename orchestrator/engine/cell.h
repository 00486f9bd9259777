/*
 * One cell: account x region x baseline. Observe, compare, record every finding, and,
 * in a sweep, mend what the gate lets through. A cell's failure is its own.
 */
#ifndef REEVE_ENGINE_CELL_H
#define REEVE_ENGINE_CELL_H

#include "accounts/organization.h"
#include "baselines/baseline.h"
#include "engine/finding.h"
#include "engine/run.h"

struct administrators;

/* What the cells of one account share, while it is being swept. */
struct account_run {
	struct run *run;
	struct account *account;
	struct account_place place_storage;
	const struct org_place *place;
	struct aws_session *session;
	struct aws_read_cache *cache;
	json_t *desired;                /* by baseline, from config_desired */
	struct administrators *administrators;
	size_t changes_made;
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
	enum status worst;
	size_t finding_count;
	struct err failure;             /* of the store or the run: the cell is then not recorded as done */
};

/* Observes and records the whole cell; its status in cell->worst. -1 when the run can't go on (the store failed,
 * or it is being cancelled): then the cell is not recorded as done. */
MAY_YIELD int cell_run(struct cell *cell, struct err *err) MUST_CHECK;

/* Records the cell as unknown without observing it. */
MAY_YIELD int cell_unknown(struct cell *cell, const struct err *cause, struct err *err) MUST_CHECK;

/* --- between cell.c and remedy.c --- */

/* One drifted resource on its way through the gate. */
struct drift {
	struct cell *cell;
	const char *resource, *region;
	const struct verdict *verdict;
	const json_t *before;           /* the image of what was observed */
	enum tier tier;
	char change_id[32];
	/* Filled by remedy_apply: */
	enum status status;
	char cause_code[96], cause_message[768];
	json_t *observed;               /* as verified; NULL: unchanged */
	json_t *request_ids;            /* of the verification; NULL: none */
};

/* Journal, remediate, verify. Sets status and cause; -1 only when the run can't go on. */
MAY_YIELD int remedy_apply(struct drift *drift, struct err *err) MUST_CHECK;

/* The outcome of one resource, read live. */
struct reading {
	enum outcome outcome;
	bool found;
	json_t *state;
	json_t *request_ids;
	struct err failure;
};
MAY_YIELD void cell_read_live(struct cell *cell, const char *resource, struct reading *reading);

#endif
