/* Prints the list of approval requests for people. */
#ifndef REEVE_CMD_APPROVAL_LIST_H
#define REEVE_CMD_APPROVAL_LIST_H

#include "baselines/set.h"
#include "ledger/request_list.h"

#include <stdint.h>
#include <stdio.h>

/* Prints the requests: severity, account, resource, change, how long each waits, and who may
 * answer. */
void approvals_print_list(FILE *out, const struct baseline_set *baselines,
	const struct request_list *requests, int64_t now_ms);

#endif
