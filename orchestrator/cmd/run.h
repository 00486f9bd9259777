/* Runs for the commands plan, sweep, apply, rollback and approvals, from start to output. */
#ifndef REEVE_CMD_RUN_H
#define REEVE_CMD_RUN_H

#include "cmd/command.h"
#include "cmd/workplace.h"
#include "engine/run.h"
#include "engine/work.h"

/* Makes a plan or a sweep as the options ask for it. Prints its errors; returns the exit status. */
int command_run(struct invocation *invocation, enum run_kind kind);

/* Makes the changes of a work list in an open workplace and shows the outcome, as JSON or for
 * people. Prints its errors; returns the exit status. */
int command_run_work(const struct invocation *invocation, struct workplace *workplace,
	enum run_kind kind, struct work *work);

#endif
