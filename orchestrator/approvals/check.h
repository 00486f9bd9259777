/* Returns whether a stored approval request agrees with itself. A user who can write to the state
 * folder can write anything into it, so this finds mistakes and clumsy forgeries, no more. */
#ifndef REEVE_APPROVALS_CHECK_H
#define REEVE_APPROVALS_CHECK_H

#include "base/compiler.h"
#include "base/err.h"
#include "ledger/request_record.h"

#define APPROVALS_REQUIRED_MAX 10

/* Checks that the rules (approvals/rules.h) can have made the record: the hash of its change, its
 * id, its state and its answers agree. ERR_STORE says what is wrong. */
int approval_check(const struct approval_request *request, struct err *err) MUST_CHECK;

/* Checks that the change has the hash that it names. */
int approval_check_change(const struct change_record *change, struct err *err) MUST_CHECK;

/* How many approvals the request has, and whether it was approved at any time. */
int64_t approval_count(const struct approval_request *request);
bool approval_was_approved(const struct approval_request *request);

#endif
