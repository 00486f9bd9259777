/* Running a work list from a command: the run, its report, its exit status. */
#ifndef REEVE_CMD_CLI_WORK_H
#define REEVE_CMD_CLI_WORK_H

#include "cmd/command.h"
#include "cmd/workplace.h"
#include "engine/work.h"

/* Runs the list in an open workplace and shows the outcome as --json or for people; returns the
 * exit status, and prints an error itself. `run`, when not NULL, is left filled for the caller, who
 * releases it. */
int cli_work_run(const struct invocation *invocation, struct workplace *workplace,
	enum run_kind kind, struct work *work, struct run *run);

#endif
