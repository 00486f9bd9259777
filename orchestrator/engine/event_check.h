/*
 * Checks of single cells because of events. They use the same cells, gate and journal as a sweep,
 * and always read live state.
 *
 * A process that serves handles thousands of events, each of which changes little: the limits of a
 * run would not hold anything back if each event were a run of its own. So all checks of a period
 * (events.limits_minutes) are one run of kind "event", with its limits, failure rate and circuit
 * breaker. When that run is halted, it stays halted until the period ends.
 */
#ifndef REEVE_ENGINE_EVENT_CHECK_H
#define REEVE_ENGINE_EVENT_CHECK_H

#include "engine/directory.h"
#include "engine/run.h"
#include "engine/sweep_account.h"
#include "ledger/status.h"

struct check_run;

/* Begins the run. Called in a fiber. `organization` is retained. */
MAY_YIELD int check_run_begin(const struct engine *engine, struct organization *organization,
	const char *orchestrator_account, struct check_run **out, struct err *err) MUST_CHECK;
/* Ends the run; no check of it may be under way. -1 when the end could not be recorded. NULL is
 * allowed. */
MAY_YIELD int check_run_end(struct check_run *checks, struct err *err) MUST_CHECK;
/* Returns the run, for its id, totals and document. */
struct run *check_run_of(struct check_run *checks);

/* The result of one check. */
struct check_result {
	struct status_counts cells; /* the statuses of the cells that the account has */
	size_t changes;             /* findings that were remediated */
	bool out_of_scope;          /* the account is not in scope, or not active */
};

/* Observes the account's cells, makes the changes that the gate allows, and records everything.
 * When it returns 0 the outcome is queued for the disk (store_flush waits for it). -1 when the
 * process can't continue, or is stopping. */
MAY_YIELD int check_cells(struct check_run *checks, struct account *account,
	const struct wanted_cell *wanted, size_t count, struct check_result *result, struct err *err)
	MUST_CHECK;

#endif
