/*
 * The gate decides whether a change may be made, by its tier and by the limits. When it can't find
 * out, the change is not made.
 */
#ifndef REEVE_ENGINE_GATE_H
#define REEVE_ENGINE_GATE_H

#include "engine/cell_view.h"
#include "ledger/status.h"

/* The decision about a drifted resource, with its cause when the resource is not changed. */
struct gate_decision {
	bool act;
	enum status status; /* the status of the finding when the change is not made */
	char cause_code[64], cause_message[512];
};
MAY_YIELD void gate_decide(struct drift *drift, struct gate_decision *decision);

#endif
