/*
 * Checks: single cells that an event asks for. They go through the same cells, gate and journal as
 * a sweep, and are always read live.
 *
 * A process that serves handles thousands of events, each of which changes little: the limits of a
 * run would hold nothing back if each were a run of its own. So all checks of a span of time
 * (events.limits_minutes) are one run, of kind "event", with its limits, failure rate and breaker;
 * when it is halted, it stays so to the end of its time.
 */
#ifndef REEVE_ENGINE_EVENT_CHECK_H
#define REEVE_ENGINE_EVENT_CHECK_H

#include "engine/directory.h"
#include "engine/run.h"
#include "engine/sweep_account.h"
#include "ledger/status.h"

struct check_run;

/* Begins the run; in a fiber. `organization` is retained. */
MAY_YIELD int check_run_begin(const struct engine *engine, struct organization *organization,
	const char *orchestrator_account, struct check_run **out, struct err *err) MUST_CHECK;
/* Ends it, when no check of it is under way. -1 when its end could not be recorded. NULL is fine.
 */
MAY_YIELD int check_run_end(struct check_run *checks, struct err *err) MUST_CHECK;
/* Its run: for its id, its totals and its document. */
struct run *check_run_of(struct check_run *checks);

/* What came of one check. */
struct check_result {
	struct status_counts cells; /* of those that the account has */
	size_t changes;             /* findings that were mended */
	bool out_of_scope;          /* the account is not in scope, or not active */
};

/* Observes the account's cells, mends what the gate lets through, and records all of it; when it
 * returns 0 the outcome is on its way to the disk (store_flush). -1 when the process can't go on,
 * or is stopping. */
MAY_YIELD int check_cells(struct check_run *checks, struct account *account,
	const struct wanted_cell *wanted, size_t count, struct check_result *result, struct err *err)
	MUST_CHECK;

#endif
