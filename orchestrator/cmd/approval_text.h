/* Prints one approval request in full, and the outcome of an approved change, for people. */
#ifndef REEVE_CMD_APPROVAL_TEXT_H
#define REEVE_CMD_APPROVAL_TEXT_H

#include "baselines/set.h"
#include "ledger/approval_outcome.h"
#include "ledger/request_record.h"

#include <stdint.h>
#include <stdio.h>

/* Prints exactly what would happen, to which resource and why, with nothing left out. */
void approvals_print_request(FILE *out, const struct baseline_set *baselines,
	const struct approval_request *request, int64_t now_ms);

/* Prints what became of the change. finding: of the resource after the run; one without a source
 * only says which resource and why the change was held back. */
void approvals_print_outcome(FILE *out, enum approval_outcome outcome,
	const struct finding *finding);

#endif
