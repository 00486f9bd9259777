#include "engine/change_calls.h"

#include "approvals/approvals.h"
#include "audit/audit.h"
#include "audit/entry.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "engine/administrators.h"
#include "guards/pause.h"
#include "store/errors.h"
#include "store/queue.h"

static struct audit_entry entry_of(const struct change_calls *calls,
	const struct aws_operation *operation, const char *outcome)
{
	return (struct audit_entry){
		.kind = AUDIT_CALL,
		.action = calls->action,
		.outcome = outcome,
		.run = calls->cell->account->run->id,
		.actor = calls->cell->account->run->engine.actor,
		.account = calls->cell->account->account->id,
		.region = calls->region,
		.baseline = calls->cell->baseline->id,
		.resource = calls->resource,
		.change = calls->change,
		.operation = operation->iam_action,
		.rule = calls->rule,
		.before_sha256 = calls->before_sha256,
		.after_sha256 = calls->after_sha256,
	};
}

/* Checks that the approval is still valid: it may be withdrawn until right before a call is sent.
 */
static int check_approval(const struct change_calls *calls, struct err *err)
{
	CLEANUP_REQUEST struct approval_request request = { 0 };
	bool valid;

	if (calls->approved == NULL)
		return 0;
	if (approvals_valid_for(calls->cell->account->run->engine.approvals, calls->approved,
			clock_now_ms(), &request, &valid, err) < 0)
		return -1;
	return valid ? 0
				 : err_set(err, ERR_LIMIT, "ApprovalWithdrawn",
					   "the approval of change %s is no longer valid, so its next call is not made",
					   calls->change);
}

/* Called right before each mutating call is sent. The call is refused when it can't be recorded,
 * or when a pause or a withdrawn approval stops it. */
static MAY_YIELD int permit(void *argument, const struct aws_operation *operation, struct err *err)
{
	struct change_calls *calls = argument;
	struct run *run = calls->cell->account->run;
	char why[PAUSE_WHY_SIZE];

	if (run->kind == RUN_PLAN)
		return err_set(err, ERR_UNDECLARED, "PlanMutates", "a plan may not call %s %s",
			operation->service->id, operation->name);
	if (store_failed(run->engine.store)) {
		(void)!store_flush(run->engine.store, err); /* fails with the error that the store failed
													   with */
		return err_prefix(err, "%s %s is not called", operation->service->id, operation->name);
	}
	bool paused = pause_check(run->engine.pause, calls->cell->account->account->id,
		calls->cell->baseline->id, why);
	if (pause_changed(run->engine.pause) &&
		pause_audit(run->engine.pause, run->engine.audit, run->id, err) < 0)
		return -1;
	if (paused)
		return err_set(err, ERR_LIMIT, "Paused", "%s", why);
	if (check_approval(calls, err) < 0)
		return -1;
	struct audit_entry entry = entry_of(calls, operation, "intended");
	if (audit_append(run->engine.audit, &entry, err) < 0)
		return -1;
	/* This also waits for the journal's intent, which was queued before: what the call does is
	 * on disk before the call is sent. */
	return audit_flush(run->engine.audit, err);
}

static MAY_YIELD void done(void *argument, const struct aws_operation *operation,
	const char *request_id, const struct err *failure)
{
	struct change_calls *calls = argument;
	struct audit_entry entry = entry_of(calls, operation, failure == NULL ? "succeeded" : "failed");
	struct err err = ERR_INIT;

	calls->succeeded += failure == NULL;
	entry.request_id = request_id;
	entry.reason = failure != NULL ? failure->message : NULL;
	/* The call has been made. If its outcome can't be recorded, the store has failed, and that
	 * stops the next call. */
	(void)!audit_append(calls->cell->account->run->engine.audit, &entry, &err);
}

static MAY_YIELD struct aws_reader *reader_in(struct baseline_context *context,
	const char *account_id, struct err *err)
{
	struct change_calls *calls = context->engine;

	(void)err;
	return administrators_reader(calls->cell->account->administrators, calls->cell->baseline,
		account_id);
}

static MAY_YIELD struct aws_writer *writer_in(struct baseline_context *context,
	const char *account_id, struct err *err)
{
	struct change_calls *calls = context->engine;

	(void)err;
	calls->elsewhere = *administrators_writer(calls->cell->account->administrators,
		calls->cell->baseline, account_id);
	calls->elsewhere.permit = permit;
	calls->elsewhere.done = done;
	calls->elsewhere.permit_argument = calls;
	return &calls->elsewhere;
}

void change_calls_prepare(struct change_calls *calls)
{
	struct cell *cell = calls->cell;

	cell_prepare(cell, &calls->context, &calls->reader);
	/* Each call has two audit entries, before and after it. */
	audit_digest(calls->before, calls->before_sha256);
	audit_digest(calls->after, calls->after_sha256);
	calls->reader.cache = NULL; /* the cache holds the state before the change */
	calls->context.reader_in = reader_in;
	calls->context.writer_in = writer_in;
	calls->context.engine = calls;
	calls->writer = (struct aws_writer){
		.aws = cell->account->run->engine.aws,
		.session = cell->account->session,
		.account_id = cell->account->account->id,
		.declared = cell->baseline->writes,
		.permit = permit,
		.done = done,
		.permit_argument = calls,
		.charged = &cell->account->run->stats,
	};
}

int change_audit_decision(const struct cell *cell, const char *action, const char *outcome,
	const char *change, const char *resource, const char *region, const char *rule,
	const char *reason, struct err *err)
{
	const struct run *run = cell->account->run;
	struct audit_entry entry = {
		.kind = AUDIT_DECISION,
		.action = action,
		.outcome = outcome,
		.run = run->id,
		.actor = run->engine.actor,
		.account = cell->account->account->id,
		.region = region,
		.baseline = cell->baseline->id,
		.resource = resource,
		.change = change,
		.rule = rule,
		.reason = reason,
	};

	return audit_append(run->engine.audit, &entry, err);
}
