/*
 * The status of a finding, and of a cell, which takes the worst status of its findings. The order
 * is part of the contract: the first status is the worst.
 */
#ifndef REEVE_LEDGER_STATUS_H
#define REEVE_LEDGER_STATUS_H

#include "base/compiler.h"
#include "ledger/record.h"

#include <stdbool.h>
#include <stddef.h>

#define STATUS_LIST(ROW) \
	ROW(UNKNOWN, "unknown") \
	ROW(DRIFTED, "drifted") \
	ROW(AWAITING_APPROVAL, "awaiting_approval") \
	ROW(ALERTED, "alerted") \
	ROW(MANAGED_CENTRALLY, "managed_centrally") \
	ROW(REMEDIATED, "remediated") \
	ROW(EXEMPT, "exempt") \
	ROW(COMPLIANT, "compliant") \
	ROW(NOT_APPLICABLE, "not_applicable")

enum status {
#define ROW(symbol, name) STATUS_##symbol,
	STATUS_LIST(ROW)
#undef ROW
		STATUS_COUNT
};

extern const struct record_names status_names;
const char *status_name(enum status status);
/* Returns -1 when it is not the name of a status. */
int status_parse(const char *name, enum status *out) MUST_CHECK;
/* The coverage ledger stores each status as one letter. status_of_letter returns -1 for any other
 * letter. */
char status_letter(enum status status);
int status_of_letter(char letter, enum status *out) MUST_CHECK;
enum status status_worst(enum status left, enum status right);
/* Compliant, exempt, remediated and not applicable need no reader's attention. */
bool status_is_fine(enum status status);

struct status_counts {
	size_t of[STATUS_COUNT];
};
size_t status_total(const struct status_counts *counts);

/* Returns 3 when something is unknown, else 2 when drift remains, else 0. */
int status_exit_code(const struct status_counts *counts);

#endif
