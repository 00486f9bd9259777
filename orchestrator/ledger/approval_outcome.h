/*
 * What became of an approved change, and the document that the API answers an approval or a denial
 * with, which `reeve approvals` reads.
 */
#ifndef REEVE_LEDGER_APPROVAL_OUTCOME_H
#define REEVE_LEDGER_APPROVAL_OUTCOME_H

#include "base/compiler.h"
#include "base/err.h"
#include "ledger/finding.h"

#include <jansson.h>

enum approval_outcome {
	APPROVAL_OUTCOME_NONE,     /* nothing was to be made: a denial, or more approvals are needed */
	APPROVAL_OUTCOME_VERIFIED, /* the change was made, and the resource was read again */
	APPROVAL_OUTCOME_MOVED,    /* the resource is not what was shown any more */
	APPROVAL_OUTCOME_NOT_NEEDED,
	APPROVAL_OUTCOME_HELD, /* a limit, a pause or a change window holds the change back */
	APPROVAL_OUTCOME_FAILED,
	APPROVAL_OUTCOME_UNKNOWN, /* it could not be found out */
};
/* NULL for APPROVAL_OUTCOME_NONE. */
const char *approval_outcome_name(enum approval_outcome outcome);

/* The outcome by the finding that the run of the change has left for its resource. A change that
 * was held back or failed stays approved: the next sweep tries it again until the approval expires.
 */
enum approval_outcome approval_outcome_of(const struct finding *finding);

/* Texts and JSON values are borrowed, as in a record. */
struct approval_reply {
	const json_t *approval; /* the request's document, as it is after the answer */
	struct approval_reply_person {
		const char *name, *via;
	} person; /* who answered */
	enum approval_outcome outcome;
	struct finding_cause cause; /* why the change was held back or failed; without a code: neither
								 */
	const json_t *finding;      /* of the resource after the run; NULL: none */
	const json_t *result;       /* the run's document; NULL: there was no run */
};
json_t *approval_reply_document(const struct approval_reply *reply) MUST_CHECK;
/* Fills *out, which needs no release: it borrows from the JSON. */
int approval_reply_from_document(const json_t *json, struct approval_reply *out, struct err *err)
	MUST_CHECK;

#endif
