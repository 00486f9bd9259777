/* Approvals for people: the list, one request in full, and what came of an approved change. */
#ifndef REEVE_CMD_CLI_APPROVALS_H
#define REEVE_CMD_CLI_APPROVALS_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* The requests of approvals_list: how bad, where, what, how long it waits, who may answer. */
void approvals_print_list(FILE *out, const json_t *requests, int64_t now_ms);

/* Exactly what would happen, to what and why, with nothing left out. */
void approvals_print_request(FILE *out, const json_t *request, int64_t now_ms);

/* The finding of an approved change's resource after the run; `outcome` is a word for it. */
void approvals_print_outcome(FILE *out, const char *outcome, const json_t *finding);

#endif
