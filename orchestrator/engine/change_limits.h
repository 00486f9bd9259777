/* The limits of a run: how many changes it may make, and how many of them may fail. */
#ifndef REEVE_ENGINE_CHANGE_LIMITS_H
#define REEVE_ENGINE_CHANGE_LIMITS_H

#include "engine/cell_view.h"

/* Counts a change that is about to be made against the limits of run and account. */
void limits_count_change(struct drift *drift);
/* Counts how it went (failure NULL: it was verified, or nobody's failure); halts the run when the
 * failure rate of the baseline has passed the limit. */
MAY_YIELD void limits_count_outcome(struct drift *drift, const struct err *failure);

/* Halts a resumed run whose changes had failed too often before it was cut off. */
MAY_YIELD void limits_check_halt(struct run *run);

/* The change as the circuit breaker knows it. */
struct breaker_change breaker_change_of(const struct drift *drift);

#endif
