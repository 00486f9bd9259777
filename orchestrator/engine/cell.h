/*
 * One cell: account x region x baseline. Observe, compare, record every finding, and,
 * in a sweep, mend what the gate lets through. A cell's failure is its own.
 */
#ifndef REEVE_ENGINE_CELL_H
#define REEVE_ENGINE_CELL_H

#include "engine/cell_view.h"
#include "ledger/finding.h"

/* Observes and records the whole cell; its status in cell->worst. -1 when the run can't go on (the
 * store failed, or it is being cancelled): then the cell is not recorded as done. */
MAY_YIELD int cell_run(struct cell *cell, struct err *err) MUST_CHECK;

/* Records the cell as unknown without observing it. */
MAY_YIELD int cell_unknown(struct cell *cell, const struct err *cause, struct err *err) MUST_CHECK;

/* Handles the items of the run's work list that belong to the cell, and nothing else of it. */
MAY_YIELD int cell_run_work(struct cell *cell, struct err *err) MUST_CHECK;

/* --- for cell_work.c and rollback.c --- */

/* Completes and stores a finding. */
MAY_YIELD void cell_record(struct cell *cell, struct finding *finding);
/* The emit of a cell that is observed for its findings. */
MAY_YIELD void cell_emit(struct baseline_context *context, const struct observation *observation);
/* Ends the cell: recorded in the ledger, unless something stops the run. */
MAY_YIELD int cell_finish(struct cell *cell, struct err *err) MUST_CHECK;

#endif
