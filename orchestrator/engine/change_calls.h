/*
 * The calls of one change while it is made or rolled back: the writers that send them, the check
 * that permits each of them, and their entries in the audit log.
 */
#ifndef REEVE_ENGINE_CHANGE_CALLS_H
#define REEVE_ENGINE_CHANGE_CALLS_H

#include "audit/audit.h"
#include "engine/cell_view.h"

struct change_calls {
	struct cell *cell;
	const char *action; /* "remediate" or "rollback" */
	const char *change, *resource, *region, *rule;
	const json_t *before, *after;
	const char *approved; /* the hash of a change that a person approved, which is checked again
							 before each call; NULL when the change needs no approval */
	/* The context and reader that the baseline is called with. It reads live state. */
	struct baseline_context context;
	struct aws_reader reader;
	char before_sha256[AUDIT_DIGEST_SIZE], after_sha256[AUDIT_DIGEST_SIZE];
	size_t succeeded;                    /* calls that AWS has answered with success */
	struct aws_writer writer, elsewhere; /* one for the cell's account, one for a delegated
											administrator's account */
};

/* Fills the rest of *calls from its first fields. *calls must not move afterwards, since the
 * writers point to it. */
void change_calls_prepare(struct change_calls *calls);

/* Records a decision about a change, or the end of the change, in the audit log. */
MAY_YIELD int change_audit_decision(const struct cell *cell, const char *action,
	const char *outcome, const char *change, const char *resource, const char *region,
	const char *rule, const char *reason, struct err *err) MUST_CHECK;

#endif
