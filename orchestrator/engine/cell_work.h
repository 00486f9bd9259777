/* Handles the items of a work list that belong to one cell. */
#ifndef REEVE_ENGINE_CELL_WORK_H
#define REEVE_ENGINE_CELL_WORK_H

#include "base/compiler.h"
#include "base/err.h"

struct cell;

/* Handles only those items of the run's work list that belong to the cell. */
MAY_YIELD int cell_run_work(struct cell *cell, struct err *err) MUST_CHECK;

#endif
