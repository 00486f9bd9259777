/* Prints parts of an approval request, for the list and for one request in full. */
#ifndef REEVE_CMD_APPROVAL_PRINT_H
#define REEVE_CMD_APPROVAL_PRINT_H

#include "baselines/set.h"
#include "cmd/terminal.h"
#include "ledger/request_record.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* Prints a text as print_text does, without cutting a long one. */
void approval_print_whole(FILE *out, const char *text);
/* Prints a value as compact JSON, or "absent" for NULL and null. */
void approval_print_value(FILE *out, const json_t *value);

/* Returns the severity of the request's baseline, or the lowest one for a baseline that this
 * program doesn't know. */
enum severity approval_severity(const struct baseline_set *baselines,
	const struct approval_request *request);
enum colour severity_colour(enum severity severity);

/* Prints who may answer, e.g. "Ann, Bob; not Carol, who requested it". */
void approval_print_approvers(FILE *out, const struct approval_request *request);
/* Prints the state, how long the request has waited, and when it expires. */
void approval_print_standing(FILE *out, const struct approval_request *request, int64_t now_ms);

#endif
