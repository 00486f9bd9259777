/* The limits of a run: how many changes it may make, and how many of them may fail. */
#ifndef REEVE_ENGINE_CHANGE_LIMITS_H
#define REEVE_ENGINE_CHANGE_LIMITS_H

#include "engine/cell_view.h"

/* Counts a change that is about to be made against the limits of the run and of the account. */
void limits_count_change(struct drift *drift);
/* Counts the outcome of a change. `failure` is NULL when it was verified, or when its failure is
 * not the remediation's fault. Halts the run when the failure rate of the baseline exceeds the
 * limit. */
MAY_YIELD void limits_count_outcome(struct drift *drift, const struct err *failure);

/* Halts a resumed run when too many of its changes had failed before it was cut off. */
MAY_YIELD void limits_check_halt(struct run *run);

/* Returns the fields of the change that the circuit breaker needs. */
struct breaker_change breaker_change_of(const struct drift *drift);

#endif
