/* The sweep of one account. */
#ifndef REEVE_ENGINE_SWEEP_ACCOUNT_H
#define REEVE_ENGINE_SWEEP_ACCOUNT_H

#include "accounts/organization.h"
#include "baselines/baseline.h"
#include "engine/run.h"

/* A cell that an event asks for. */
struct wanted_cell {
	const struct baseline *baseline;
	const char *region; /* REGION_GLOBAL for a cell of the whole account; "*": each region of the
						   account */
};

struct sweep {
	struct run *run;
	struct administrators *administrators;
	struct fiber_semaphore *cells;    /* limits how many cells are under way */
	const struct wanted_cell *wanted; /* NULL: all cells, or those of the run's work list */
	size_t wanted_count;
	struct status_counts counts; /* the statuses of the cells that were done */
	struct err failure;          /* the first failure that stops the run */
};

/* Sweeps one account. A failure in the account does not affect other accounts; a failure of the
 * whole run goes to sweep->failure. */
MAY_YIELD void sweep_account(struct sweep *sweep, struct account *account,
	const struct org_place *place);

/* Stops the run because of a failure; the first one is kept. Changes under way are completed,
 * and nothing more is begun. */
void sweep_fail(struct sweep *sweep, const struct err *err);

#endif
