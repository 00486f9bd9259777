/*
 * One cell is one baseline in one region of one account. A cell is observed and compared with its
 * desired state, every finding is recorded, and in a sweep the changes that the gate allows are
 * made. A failure of one cell does not affect the others.
 */
#ifndef REEVE_ENGINE_CELL_H
#define REEVE_ENGINE_CELL_H

#include "engine/cell_view.h"
#include "ledger/finding.h"

/* Observes and records the whole cell; its worst status goes to cell->worst. -1 when the run
 * can't continue (the store failed, or the run is being cancelled): then the cell is not
 * recorded as done. */
MAY_YIELD int cell_run(struct cell *cell, struct err *err) MUST_CHECK;

/* Records the cell as unknown without observing it. */
MAY_YIELD int cell_unknown(struct cell *cell, const struct err *cause, struct err *err) MUST_CHECK;

/* --- for cell_work.c and rollback.c --- */

/* Completes and stores a finding. */
MAY_YIELD void cell_record(struct cell *cell, struct finding *finding);
/* The `emit` callback for a cell that is observed for its findings. */
MAY_YIELD void cell_emit(struct baseline_context *context, const struct observation *observation);
/* Records the cell as done in the coverage ledger, unless the run is being stopped. */
MAY_YIELD int cell_finish(struct cell *cell, struct err *err) MUST_CHECK;

#endif
