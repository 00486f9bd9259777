/*
 * A change while it is being made or undone: its writers, what each of its calls is allowed
 * by, and how each is told to the audit log.
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
	const char *approved; /* hash of a change that a person has approved: asked again before each
							 call; or NULL */
	/* What the baseline is handed; reads live. */
	struct baseline_context context;
	struct aws_reader reader;
	char before_sha256[AUDIT_DIGEST_SIZE], after_sha256[AUDIT_DIGEST_SIZE];
	size_t succeeded;                    /* calls that AWS has answered with success */
	struct aws_writer writer, elsewhere; /* in the cell's account; in an administrator's */
};

/* Fills the rest of *calls from its first fields. It must not move while it is used. */
void change_calls_prepare(struct change_calls *calls);

/* Tells the audit log of a decision about a change, or of its end. */
MAY_YIELD int change_audit_decision(const struct cell *cell, const char *action,
	const char *outcome, const char *change, const char *resource, const char *region,
	const char *rule, const char *reason, struct err *err) MUST_CHECK;

#endif
