/*
 * A sweep or a plan: walk -> accounts -> cells. Accounts are taken up while the walk still
 * goes on; memory follows what is under way, not the size of the organization.
 */
#ifndef REEVE_ENGINE_SWEEP_H
#define REEVE_ENGINE_SWEEP_H

#include "engine/cell.h"
#include "engine/run.h"

/* Runs on fibers of the loop and returns when all is done; called outside a fiber. 0 when the run
 * came to its end or was interrupted (run->interrupted); -1 when a fault stopped it. The run is
 * recorded either way. */
int sweep(struct run *run, struct err *err) MUST_CHECK;
/* The same in a fiber, beside whatever else the loop does. */
MAY_YIELD int sweep_in_fiber(struct run *run, struct err *err) MUST_CHECK;

/* Which account the process's own credentials belong to; into run->orchestrator_account. */
MAY_YIELD int sweep_find_own_account(struct run *run, struct err *err) MUST_CHECK;

/* --- between sweep.c, sweep_account.c and check.c --- */

/* A cell that is asked for by name. */
struct wanted_cell {
	const struct baseline *baseline;
	const char *region; /* REGION_GLOBAL for an account's; "*": each region of the account */
};

struct sweep {
	struct run *run;
	struct administrators *administrators;
	struct fiber_semaphore *cells;    /* bounds the cells under way */
	const struct wanted_cell *wanted; /* NULL: all, or those of the run's work list */
	size_t wanted_count;
	struct status_counts counts; /* of the wanted cells that were done */
	struct err failure;          /* the first fault that stops the run */
};

/* Sweeps one account; what fails in it is its own. A fault of the run goes to sweep->failure. */
MAY_YIELD void sweep_account(struct sweep *sweep, struct account *account,
	const struct org_place *place);

/* Keeps the first fault; what is under way is completed, and nothing more is begun. */
void sweep_fail(struct sweep *sweep, const struct err *err);

/* The desired state of an account, from the store when its generation and place are the same, else
 * compiled and stored. */
MAY_YIELD int desired_state(struct run *run, const struct org_place *place, json_t **out,
	struct err *err) MUST_CHECK;

#endif
