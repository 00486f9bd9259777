/* Rolls back one change. */
#ifndef REEVE_ENGINE_ROLLBACK_H
#define REEVE_ENGINE_ROLLBACK_H

#include "engine/cell_view.h"

/* Rolls back the change of a work item and records the finding; -1 only when the run can't
 * continue. */
MAY_YIELD int rollback_item(struct cell *cell, struct work_item *item, struct err *err) MUST_CHECK;

#endif
