/* Answers of people to approval requests. */
#ifndef REEVE_APPROVALS_ANSWER_H
#define REEVE_APPROVALS_ANSWER_H

#include "approvals/people.h"
#include "base/compiler.h"
#include "base/err.h"
#include "ledger/request_record.h"

#include <stdbool.h>
#include <stdint.h>

struct approvals;
struct audit;
struct config;

/* Takes a person's answer to the request, which is read again by its id and hash. The answer goes
 * to the audit log first, a refused one (ERR_LIMIT) too, then to the request; both are on disk when
 * this returns 0. *updated is the request after that, which approval_request_release ends; it is
 * zeroed on failure. audit may be NULL in tests only. */
MAY_YIELD int approvals_answer(struct approvals *approvals, const struct config *config,
	struct audit *audit, const struct approval_request *request, const struct person *person,
	bool approve, const char *note, int64_t now_ms, struct approval_request *updated,
	struct err *err) MUST_CHECK;

/* Records in the audit log that somebody tried to answer who could not be identified; `refused`
 * says why. */
MAY_YIELD int approvals_record_refusal(struct audit *audit, const struct approval_request *request,
	bool approve, const struct err *refused, struct err *err) MUST_CHECK;

#endif
