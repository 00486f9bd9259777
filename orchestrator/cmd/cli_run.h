/* What plan and sweep have in common: open, run, show, close. */
#ifndef REEVE_CMD_CLI_RUN_H
#define REEVE_CMD_CLI_RUN_H

#include "cmd/command.h"
#include "engine/run.h"

int cli_run(struct invocation *invocation, enum run_kind kind);

/* Sweeps, shows the document or the report, and returns the exit status; prints an error itself. */
int cli_run_to_end(const struct invocation *invocation, struct run *run);

#endif
