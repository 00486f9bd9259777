/*
 * A sweep or a plan: walk -> accounts -> cells. Accounts are taken up while the walk still
 * goes on; memory follows what is under way, not the size of the organization.
 */
#ifndef REEVE_ENGINE_SWEEP_H
#define REEVE_ENGINE_SWEEP_H

#include "engine/run.h"

/* Runs on fibers of the loop and returns when all is done; called outside a fiber. 0 when the run
 * came to its end or was interrupted (run->interrupted); -1 when a fault stopped it. The run is
 * recorded either way. */
int sweep(struct run *run, struct err *err) MUST_CHECK;
/* The same in a fiber, beside whatever else the loop does. */
MAY_YIELD int sweep_in_fiber(struct run *run, struct err *err) MUST_CHECK;

#endif
