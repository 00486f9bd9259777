/* The live progress line of a run, on standard error, where that is a terminal. */
#ifndef REEVE_CMD_PROGRESS_H
#define REEVE_CMD_PROGRESS_H

#include "base/err.h"
#include "engine/run.h"

int progress_start(struct run *run, struct err *err) MUST_CHECK;
void progress_stop(void);

#endif
