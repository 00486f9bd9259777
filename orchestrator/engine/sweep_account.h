/* One account of a sweep: its desired state, its session, its regions, its cells. */
#ifndef REEVE_ENGINE_SWEEP_ACCOUNT_H
#define REEVE_ENGINE_SWEEP_ACCOUNT_H

#include "accounts/organization.h"
#include "baselines/baseline.h"
#include "engine/run.h"

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

#endif
