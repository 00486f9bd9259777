/* Approval requests as text for people: the list, one request in full, and the outcome of an
 * approved change. */
#ifndef REEVE_CMD_APPROVAL_TEXT_H
#define REEVE_CMD_APPROVAL_TEXT_H

#include "baselines/set.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* A copy of a request with its state at now_ms: an expired one says so. New reference. */
json_t *approval_as_of(const json_t *request, int64_t now_ms);

/* Prints the requests of approvals_list: severity, account, resource, change, how long each waits,
 * and who may answer. */
void approvals_print_list(FILE *out, const struct baseline_set *baselines, const json_t *requests,
	int64_t now_ms);

/* Prints exactly what would happen, to which resource and why, with nothing left out. */
void approvals_print_request(FILE *out, const struct baseline_set *baselines, const json_t *request,
	int64_t now_ms);

/* Prints the finding of the resource after the run of its approved change; `outcome` is a word for
 * it, e.g. "verified". */
void approvals_print_outcome(FILE *out, const char *outcome, const json_t *finding);

#endif
