/*
 * The gate: whether a change may be made, by tier and limits. Everything fails closed.
 */
#ifndef REEVE_ENGINE_GATE_H
#define REEVE_ENGINE_GATE_H

#include "engine/cell.h"
#include "engine/run.h"

/* What happens to a drifted resource, and why when it is not mended. */
struct gate_decision {
	bool act;
	enum status status;           /* when not acting */
	char cause_code[64], cause_message[512];
};
void gate_decide(const struct drift *drift, struct gate_decision *decision);

/* Counts a change that is about to be made against the limits of run and account. */
void gate_count_change(struct drift *drift);
/* Counts how it went (failure NULL: it was verified, or nobody's failure); halts the run when the failure rate of the
 * baseline has passed the limit. */
void gate_count_outcome(struct drift *drift, const struct err *failure);

#endif
