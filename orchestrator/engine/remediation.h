/* The change that brings one drifted resource to its desired state. */
#ifndef REEVE_ENGINE_REMEDIATION_H
#define REEVE_ENGINE_REMEDIATION_H

#include "engine/cell_view.h"

/* Fills the drift's record, change_id and hash. The caller frees the record with
 * change_record_release. */
void remediation_plan(struct drift *drift);

/* Journals, makes and verifies the change. Sets status and cause; -1 only when the run can't
 * continue. */
MAY_YIELD int remediation_apply(struct drift *drift, struct err *err) MUST_CHECK;

#endif
