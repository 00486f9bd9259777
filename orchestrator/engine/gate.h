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
	enum status status; /* when not acting */
	char cause_code[64], cause_message[512];
};
MAY_YIELD void gate_decide(struct drift *drift, struct gate_decision *decision);

/* Counts a change that is about to be made against the limits of run and account. */
void gate_count_change(struct drift *drift);
/* Counts how it went (failure NULL: it was verified, or nobody's failure); halts the run when the
 * failure rate of the baseline has passed the limit. */
MAY_YIELD void gate_count_outcome(struct drift *drift, const struct err *failure);

/* Halts a resumed run whose changes had failed too often before it was cut off. */
MAY_YIELD void gate_check_halt(struct run *run);

/* What is remembered of a change that was verified: the attempt counts, its approval is used up, it
 * is not held any more. */
MAY_YIELD int gate_verified(struct account_run *account, const json_t *record, struct err *err)
	MUST_CHECK;
/* The same of a change that was undone: it is held, and rolled back on record. */
MAY_YIELD int gate_undone(struct account_run *account, const json_t *record, struct err *err)
	MUST_CHECK;

/* The resource of a change was read again: what was approved for another state of it is void. */
MAY_YIELD int gate_read(struct account_run *account, const json_t *record,
	const struct reading *reading, struct err *err) MUST_CHECK;

#endif
