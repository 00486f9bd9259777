/* Finding requests, for the commands and the API. */
#ifndef REEVE_APPROVALS_LIST_H
#define REEVE_APPROVALS_LIST_H

#include "base/compiler.h"
#include "base/err.h"
#include "ledger/request_list.h"

#include <stdbool.h>
#include <stdint.h>

struct approvals;

/* Finds the request by its id or an unambiguous beginning of it ("a-3f2" or "3f2"), which
 * approval_request_release ends. Superseded requests are found by their whole id only. ERR_USAGE:
 * there is no such request. */
int approvals_find(struct approvals *approvals, const char *id, struct approval_request *out,
	struct err *err) MUST_CHECK;

/* Lists the requests, the oldest first: those that wait or are approved at now_ms, and those that
 * can't be read; with `all` the others too. request_list_release ends the list. */
int approvals_list(struct approvals *approvals, bool all, int64_t now_ms, struct request_list *out,
	struct err *err) MUST_CHECK;

#endif
