#include "engine/cell.h"

#include "approvals/seen.h"
#include "aws/endpoint/service_regions.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "baselines/names.h"
#include "baselines/verdict.h"
#include "engine/change_calls.h"
#include "engine/gate.h"
#include "engine/remediation.h"
#include "engine/run_cells.h"
#include "guards/exceptions.h"
#include "io/loop.h"
#include "ledger/journal.h"

static struct cell *cell_of(struct baseline_context *context)
{
	return context->engine;
}

static void keep_failure(struct cell *cell, const struct err *err)
{
	if (cell->failure.kind == ERR_NONE)
		cell->failure = *err;
}

void cell_record(struct cell *cell, struct finding *finding)
{
	struct run *run = cell->account->run;
	struct err err = ERR_INIT;

	finding->account = cell->account->account->id;
	finding->account_name = cell->account->account->name;
	finding->cell_region = cell->region;
	finding->baseline = cell->baseline->id;
	finding->severity = severity_name(cell->baseline->severity);
	finding->decided_by = cell->decided_by;
	finding->run = run->id;
	finding->observed_ms = clock_now_ms();
	cell->worst = status_worst(cell->worst, finding->status);
	cell->finding_count++;
	cell->item_status = finding->status;
	snprintf(cell->item_cause, sizeof cell->item_cause, "%s",
		finding->cause.code != NULL ? finding->cause.code : "");
	run->findings.of[finding->status]++;
	if (finding_store(run->engine.store, finding,
			run->keeps_all ? FINDING_WHOLE : FINDING_SHORT_IF_COMPLIANT, &err) < 0)
		keep_failure(cell, &err);
}

static enum status status_of(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_COMPLIANT:
		return STATUS_COMPLIANT;
	case OUTCOME_NOT_APPLICABLE:
		return STATUS_NOT_APPLICABLE;
	case OUTCOME_MANAGED_CENTRALLY:
		return STATUS_MANAGED_CENTRALLY;
	case OUTCOME_DRIFTED:
		return STATUS_DRIFTED;
	case OUTCOME_UNKNOWN:
		break;
	}
	return STATUS_UNKNOWN;
}

static enum tier tier_of(const struct cell *cell, const struct verdict *verdict)
{
	enum tier tier = verdict->raise_tier && verdict->tier > cell->tier ? verdict->tier : cell->tier;

	/* A change that can't be rolled back is never made without a person's approval. */
	return cell->baseline->irreversible != NULL && tier == TIER_AUTO ? TIER_APPROVAL : tier;
}

static void release_drift(struct drift *drift)
{
	change_record_release(&drift->record);
	json_decref(drift->observed);
	json_decref(drift->request_ids);
}

/* Asks the gate about one drifted resource, and remediates it when the gate allows that.
 * `before` is the image of the observed state. */
static MAY_YIELD void handle_drift(struct cell *cell, const json_t *before,
	const struct finding *seen, const struct verdict *verdict)
{
	struct finding finding = *seen;
	struct drift drift = { .cell = cell,
		.resource = finding.resource,
		.region = finding.region,
		.verdict = verdict,
		.before = before,
		.tier = finding.tier };
	CLEANUP_JSON json_t *proposal = NULL;
	struct gate_decision decision;
	struct err err = ERR_INIT;

	if (verdict->calls != NULL)
		remediation_plan(&drift);
	snprintf(drift.rule, sizeof drift.rule, "%s", cell->decided_by);
	drift.reason = verdict->cause_message;
	gate_decide(&drift, &decision);
	if (cell->account->run->kind != RUN_PLAN &&
		change_audit_decision(cell, "remediate",
			decision.act ? "allowed" : status_name(decision.status), drift.change_id,
			drift.resource, drift.region, drift.rule, decision.cause_message, &err) < 0) {
		keep_failure(cell, &err); /* a change whose decision can't be recorded is not made */
		goto out;
	}
	if (decision.act) {
		if (remediation_apply(&drift, &err) < 0) {
			keep_failure(cell, &err);
			goto out;
		}
		finding.status = drift.status;
		finding.cause.code = drift.cause_code;
		finding.cause.message = drift.cause_message;
		if (drift.observed != NULL)
			finding.observed = drift.observed;
		if (drift.request_ids != NULL)
			finding.request_ids = drift.request_ids;
	} else {
		finding.status = decision.status;
		finding.cause.code = decision.cause_code;
		finding.cause.message = decision.cause_message;
		if (drift.change_id[0] != '\0')
			finding.proposal = proposal = change_record_encode(&drift.record);
	}
	finding.change = drift.change_id[0] != '\0' ? drift.change_id : NULL;
	cell_record(cell, &finding);
out:
	release_drift(&drift);
}

/* Returns whether an exception in force covers the resource. The exception's description is written
 * to `text`, which the finding borrows. */
static bool exempt(struct cell *cell, struct finding *finding, char text[EXCEPTION_TEXT_SIZE])
{
	const json_t *exception = exceptions_covering(cell->account->run->engine.exceptions,
		cell->account->place, finding->region, cell->baseline->id, finding->resource,
		clock_now_ms());

	if (exception == NULL)
		return false;
	exceptions_describe(exception, text);
	finding->status = STATUS_EXEMPT;
	finding->cause.code = "Exception";
	finding->cause.message = text;
	return true;
}

static struct approvals_cell approvals_cell(const struct cell *cell)
{
	return (struct approvals_cell){ cell->account->account->id, cell->region, cell->baseline->id };
}

/* Tells the approvals what was observed: an approval, or a request for one, is void once its
 * resource is observed in another state. A plan changes no approvals. */
static MAY_YIELD int update_approvals(struct cell *cell, const struct finding *finding,
	const struct verdict *verdict, const json_t *image, struct err *err)
{
	const struct run *run = cell->account->run;
	const struct approvals_cell place = approvals_cell(cell);

	if (run->kind == RUN_PLAN)
		return 0;
	if (verdict->outcome == OUTCOME_UNKNOWN)
		return approvals_not_seen(run->engine.approvals, &place, finding->resource, err);
	return approvals_seen(run->engine.approvals, &place, finding->region, finding->resource,
		verdict->calls != NULL ? image : NULL, clock_now_ms(), err);
}

/* Records that the resource could not be observed; `resource` is NULL when the cell as a whole
 * could not be. */
static MAY_YIELD void record_failure(struct cell *cell, const char *resource,
	struct finding *finding, const struct err *failure)
{
	const struct run *run = cell->account->run;
	const struct approvals_cell place = approvals_cell(cell);
	struct err err = ERR_INIT;

	if (failure->kind == ERR_CANCELLED || failure->kind == ERR_STORE) {
		keep_failure(cell, failure);
		return;
	}
	if (run->kind != RUN_PLAN &&
		approvals_not_seen(run->engine.approvals, &place, resource, &err) < 0) {
		keep_failure(cell, &err);
		return;
	}
	finding->status = STATUS_UNKNOWN;
	finding->cause.code = failure->code;
	finding->cause.message = failure->message;
	cell_record(cell, finding);
}

void cell_emit(struct baseline_context *context, const struct observation *observation)
{
	struct cell *cell = cell_of(context);
	struct verdict verdict = { 0 };
	struct err err = ERR_INIT;
	char exception[EXCEPTION_TEXT_SIZE];
	struct finding finding = {
		.resource = observation->resource != NULL ? observation->resource
												  : cell->account->account->id,
		.region = observation->region != NULL ? observation->region : cell->region,
		.tier = cell->tier,
		.observed = observation->state,
		.request_ids = observation->trace != NULL ? observation->trace->request_ids : NULL,
	};

	if (observation->failure != NULL) {
		record_failure(cell, observation->resource, &finding, observation->failure);
		return;
	}
	cell->baseline->diff(&context->place, finding.resource, finding.region, observation->state,
		cell->settings, &verdict);
	finding.status = status_of(verdict.outcome);
	finding.desired = verdict.desired;
	finding.tier = tier_of(cell, &verdict);
	finding.cause.code = verdict.cause_code;
	finding.cause.message = verdict.cause_message;
	CLEANUP_JSON json_t *image = verdict.outcome == OUTCOME_DRIFTED
		? baseline_image(cell->baseline, observation->state)
		: NULL;
	if (update_approvals(cell, &finding, &verdict, image, &err) < 0)
		keep_failure(cell, &err);
	else if (!status_is_fine(finding.status) && finding.status != STATUS_UNKNOWN &&
		exempt(cell, &finding, exception))
		cell_record(cell, &finding);
	else if (verdict.outcome == OUTCOME_DRIFTED)
		handle_drift(cell, image, &finding, &verdict);
	else
		cell_record(cell, &finding);
	verdict_release(&verdict);
}

int cell_finish(struct cell *cell, struct err *err)
{
	if (cell->failure.kind == ERR_NONE && !loop_cancelled(cell->account->run->engine.loop))
		return run_record_cell(cell->account->run, cell->account->account->id, cell->region,
			cell->baseline->id, cell->worst, err);
	if (cell->failure.kind == ERR_NONE)
		return err_set(err, ERR_CANCELLED, "Cancelled", "the run was stopped");
	*err = cell->failure;
	return -1;
}

static MAY_YIELD int forget(struct cell *cell, struct err *err)
{
	cell->worst = STATUS_NOT_APPLICABLE; /* the best status, which a cell without resources has */
	if (run_supersede_cell(cell->account->run, cell->account->account->id, cell->region,
			cell->baseline->id, err) < 0)
		return -1;
	return finding_forget_cell(cell->account->run->engine.store, cell->account->account->id,
		cell->region, cell->baseline->id, err);
}

static MAY_YIELD void observe_all(struct cell *cell)
{
	struct err failure = ERR_INIT;

	if (cell->baseline->scope == SCOPE_REGION &&
		!aws_service_in_region(cell->baseline->service, cell->region)) {
		struct finding finding = { .resource = cell->account->account->id,
			.region = cell->region,
			.tier = cell->tier,
			.status = STATUS_NOT_APPLICABLE,
			.cause = { "ServiceNotInRegion", "AWS does not offer the service in this region" } };

		cell_record(cell, &finding);
	} else if (cell->baseline->observe(&cell->context, NULL, &failure) < 0) {
		cell_emit(&cell->context, &(struct observation){ .failure = &failure });
	}
}

int cell_run(struct cell *cell, struct err *err)
{
	const struct run *run = cell->account->run;
	const struct approvals_cell place = approvals_cell(cell);
	int64_t look = 0;

	if (forget(cell, err) < 0 ||
		(run->kind != RUN_PLAN && approvals_look(run->engine.approvals, &look, err) < 0))
		return -1;
	cell_prepare(cell, &cell->context, &cell->reader);
	cell->context.emit = cell_emit;
	observe_all(cell);
	/* An observation that was cut off has not covered the whole cell. */
	if (run->kind != RUN_PLAN && cell->failure.kind == ERR_NONE &&
		!loop_cancelled(run->engine.loop) &&
		approvals_looked(run->engine.approvals, &place, look, clock_now_ms(), err) < 0)
		return -1;
	return cell_finish(cell, err);
}

int cell_unknown(struct cell *cell, const struct err *cause, struct err *err)
{
	if (forget(cell, err) < 0)
		return -1;
	cell_prepare(cell, &cell->context, &cell->reader);
	cell_emit(&cell->context, &(struct observation){ .failure = cause });
	return cell_finish(cell, err);
}
