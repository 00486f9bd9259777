#include "engine/making.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "engine/administrators.h"
#include "approvals/approvals.h"
#include "audit/audit.h"
#include "guards/pause.h"

static struct audit_entry entry_of(const struct making *making,
	const struct aws_operation *operation, const char *outcome)
{
	return (struct audit_entry){
		.kind = AUDIT_CALL,
		.action = making->action,
		.outcome = outcome,
		.run = making->cell->account->run->id,
		.actor = making->cell->account->run->engine.actor,
		.account = making->cell->account->account->id,
		.region = making->region,
		.baseline = making->cell->baseline->id,
		.resource = making->resource,
		.change = making->change,
		.operation = operation->iam_action,
		.rule = making->rule,
		.before_sha256 = making->before_sha256,
		.after_sha256 = making->after_sha256,
	};
}

/* An approval may be withdrawn up to the last moment. */
static int check_approval(const struct making *making, struct err *err)
{
	CLEANUP_JSON json_t *request = NULL;

	if (making->approved == NULL)
		return 0;
	if (approvals_valid_for(making->cell->account->run->engine.approvals, making->approved,
			clock_now_ms(), &request, err) < 0)
		return -1;
	return request != NULL
		? 0
		: err_set(err, ERR_LIMIT, "ApprovalWithdrawn",
			  "the approval of change %s does not hold any more", making->change);
}

/* Asked right before each mutating call is sent: what is not on record, or stopped by now, is not
 * called. */
static MAY_YIELD int permit(void *argument, const struct aws_operation *operation, struct err *err)
{
	struct making *making = argument;
	struct run *run = making->cell->account->run;
	char why[PAUSE_WHY_SIZE];

	if (run->kind == RUN_PLAN)
		return err_set(err, ERR_UNDECLARED, "PlanMutates", "a plan may not call %s %s",
			operation->service->id, operation->name);
	if (store_failed(run->engine.store)) {
		(void)!store_flush(run->engine.store, err); /* fails with what the store failed with */
		return err_prefix(err, "%s %s is not called", operation->service->id, operation->name);
	}
	bool paused = pause_check(run->engine.pause, making->cell->account->account->id,
		making->cell->baseline->id, why);
	if (pause_changed(run->engine.pause) &&
		pause_audit(run->engine.pause, run->engine.audit, run->id, err) < 0)
		return -1;
	if (paused)
		return err_set(err, ERR_LIMIT, "Paused", "%s", why);
	if (check_approval(making, err) < 0)
		return -1;
	struct audit_entry entry = entry_of(making, operation, "intended");
	if (audit_append(run->engine.audit, &entry, err) < 0)
		return -1;
	/* With the journal's intent, which was queued before: what the call does is on disk before it
	 * is made. */
	return audit_flush(run->engine.audit, err);
}

static MAY_YIELD void done(void *argument, const struct aws_operation *operation,
	const char *request_id, const struct err *failure)
{
	struct making *making = argument;
	struct audit_entry entry =
		entry_of(making, operation, failure == NULL ? "succeeded" : "failed");
	struct err err = ERR_INIT;

	making->succeeded += failure == NULL;
	entry.request_id = request_id;
	entry.reason = failure != NULL ? failure->message : NULL;
	/* The call has been made: what can't be recorded any more stops the next one, since the store
	 * has failed. */
	(void)!audit_append(making->cell->account->run->engine.audit, &entry, &err);
}

static MAY_YIELD struct aws_reader *reader_in(struct baseline_context *context,
	const char *account_id, struct err *err)
{
	struct making *making = context->engine;

	(void)err;
	return administrators_reader(making->cell->account->administrators, making->cell->baseline,
		account_id);
}

static MAY_YIELD struct aws_writer *writer_in(struct baseline_context *context,
	const char *account_id, struct err *err)
{
	struct making *making = context->engine;

	(void)err;
	making->elsewhere = *administrators_writer(making->cell->account->administrators,
		making->cell->baseline, account_id);
	making->elsewhere.permit = permit;
	making->elsewhere.done = done;
	making->elsewhere.permit_argument = making;
	return &making->elsewhere;
}

void making_prepare(struct making *making)
{
	struct cell *cell = making->cell;

	cell_prepare(cell, &making->context, &making->reader);
	/* Each call is told twice. */
	audit_digest(making->before, making->before_sha256);
	audit_digest(making->after, making->after_sha256);
	making->reader.cache = NULL; /* the cache knows the state before */
	making->context.reader_in = reader_in;
	making->context.writer_in = writer_in;
	making->context.engine = making;
	making->writer = (struct aws_writer){
		.aws = cell->account->run->engine.aws,
		.session = cell->account->session,
		.account_id = cell->account->account->id,
		.declared = cell->baseline->writes,
		.permit = permit,
		.done = done,
		.permit_argument = making,
		.charged = &cell->account->run->stats,
	};
}

int making_decided(const struct cell *cell, const char *action, const char *outcome,
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
