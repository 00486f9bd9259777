/*
 * A sweep or a plan: it walks the organization, takes its accounts, and in each of them its cells.
 * Accounts are begun while the walk is still going on. Memory use depends on the accounts under way
 * and not on the size of the organization.
 */
#ifndef REEVE_ENGINE_SWEEP_H
#define REEVE_ENGINE_SWEEP_H

#include "engine/run.h"

/* Runs the sweep on fibers of the loop and returns when it is complete; called outside a fiber.
 * 0 when the run is complete or was interrupted (run->interrupted); -1 when a failure stopped
 * it. The run is recorded either way. */
int sweep(struct run *run, struct err *err) MUST_CHECK;
/* The same, called in a fiber, while the loop does other work too. */
MAY_YIELD int sweep_in_fiber(struct run *run, struct err *err) MUST_CHECK;

#endif
