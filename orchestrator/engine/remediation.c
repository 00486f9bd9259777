/*
 * Remediates one drifted resource: writes the intent to disk, makes the calls, and verifies the
 * change by reading the resource again, for as long as AWS may still return the old state.
 */
#include "engine/remediation.h"

#include "aws/errors.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "engine/change_calls.h"
#include "engine/change_limits.h"
#include "engine/change_outcome.h"
#include "engine/live_read.h"
#include "engine/own_change.h"
#include "io/fiber.h"
#include "ledger/journal.h"

void remediation_plan(struct drift *drift)
{
	const struct cell *cell = drift->cell;
	const struct run *run = cell->account->run;

	drift->record = (struct change_record){
		.account = cell->account->account->id,
		.account_name = cell->account->account->name,
		.region = drift->region,
		.cell_region = cell->region,
		.baseline = cell->baseline->id,
		.resource = drift->resource,
		.before = drift->before,
		.after = drift->verdict->after,
		.calls = drift->verdict->calls,
		.run = run->id,
		.wave = (int64_t)run->wave,
		.settings = cell->settings,
		.tier = drift->tier,
		.decided_by = cell->decided_by,
	};
	journal_plan(&drift->record, drift->change_id, drift->hash);
}

static MAY_YIELD int move(struct drift *drift, enum change_state state, const struct err *cause,
	const json_t *result, struct err *err)
{
	return journal_move(drift->cell->account->run->engine.store, &drift->record, state, cause,
		result, err);
}

static void set_cause(struct drift *drift, const char *code, const char *message)
{
	snprintf(drift->cause_code, sizeof drift->cause_code, "%s", code);
	snprintf(drift->cause_message, sizeof drift->cause_message, "%s", message);
}

/* Sets *partly when a call certainly took effect before another one failed. */
static MAY_YIELD int make_change(struct drift *drift, bool *partly, struct err *err)
{
	struct change_calls calls = {
		.cell = drift->cell,
		.action = "remediate",
		.change = drift->change_id,
		.resource = drift->resource,
		.region = drift->region,
		.rule = drift->rule,
		.before = drift->before,
		.after = drift->verdict->after,
		.approved = drift->approved ? drift->hash : NULL,
	};
	struct change change = {
		.id = drift->change_id,
		.resource = drift->resource,
		.region = drift->region,
		.before = drift->before,
		.after = drift->verdict->after,
		.calls = drift->verdict->calls,
		.client_token = drift->change_id,
	};

	change_calls_prepare(&calls);
	int result = drift->cell->baseline->remediate(&calls.context, &calls.writer, &change, err);
	*partly = calls.succeeded > 0;
	return result;
}

static bool as_desired(const struct live_read *reading, const void *unused)
{
	(void)unused;
	return reading->outcome == OUTCOME_COMPLIANT || reading->outcome == OUTCOME_NOT_APPLICABLE;
}

static MAY_YIELD int fail_change(struct drift *drift, const struct err *cause, struct err *err)
{
	bool central = strcmp(cause->code, CAUSE_MANAGED_CENTRALLY) == 0;

	drift->status = central ? STATUS_MANAGED_CENTRALLY : STATUS_DRIFTED;
	set_cause(drift, cause->code, cause->message);
	metric_add(METRIC_CHANGES, METRIC_LABELS(drift->cell->baseline->id, "failed"), 1);
	/* A refusal because the setting is managed centrally, or because the change was stopped
	 * meanwhile, does not count as a failure of the remediation. */
	bool stopped = strcmp(cause->code, "Paused") == 0 ||
		strcmp(cause->code, "ApprovalWithdrawn") == 0;
	limits_count_outcome(drift, central || stopped ? NULL : cause);
	if (change_audit_decision(drift->cell, "remediate", "failed", drift->change_id, drift->resource,
			drift->region, drift->rule, cause->message, err) < 0)
		return -1;
	return move(drift, CHANGE_FAILED, cause, NULL, err);
}

/* `lost` is the error because of which it is not known whether the calls took effect; NULL when
 * they were answered. */
static MAY_YIELD int verify_change(struct drift *drift, const struct err *lost, struct err *err)
{
	struct live_read reading = { 0 };
	struct err failure = ERR_INIT;
	int64_t began_ms = drift->record.history[0].at_ms;
	int result;

	live_read_until(drift->cell, drift->resource, clock_now_ms(), as_desired, NULL, &reading);
	if (as_desired(&reading, NULL)) {
		drift->status = STATUS_REMEDIATED;
		drift->observed = json_incref(reading.state);
		drift->request_ids = json_incref(reading.request_ids);
		metric_add(METRIC_CHANGES, METRIC_LABELS(drift->cell->baseline->id, "verified"), 1);
		limits_count_outcome(drift, NULL);
		own_changes_record(drift->cell->account->run->engine.own_changes,
			drift->cell->account->account->id, drift->cell->region, drift->cell->baseline->id,
			drift->resource, began_ms, clock_now_ms());
		/* The order matters: a record in a final state is not looked at again, so the records
		 * that depend on it are written first. */
		result = change_verified(drift->cell->account, &drift->record, err);
		if (result == 0)
			result = move(drift, CHANGE_VERIFIED, NULL, reading.image, err);
		if (result == 0)
			result = change_audit_decision(drift->cell, "remediate", "verified", drift->change_id,
				drift->resource, drift->region, drift->rule, NULL, err);
	} else {
		if (lost != NULL)
			failure = *lost;
		else if (reading.failure.kind != ERR_NONE)
			(void)err_set(&failure, ERR_PROTOCOL, "NotVerified",
				"the change was made, but reading it again failed: %s", reading.failure.message);
		else
			(void)err_set(&failure, ERR_PROTOCOL, "NotVerified",
				"the change was made, but %lld s later the resource still differs",
				(long long)(inconsistency_ms(drift->cell->baseline) / 1000));
		result = fail_change(drift, &failure, err);
	}
	live_read_release(&reading);
	return result;
}

static MAY_YIELD int apply_and_prove(struct drift *drift, struct err *err)
{
	struct err failure = ERR_INIT;

	if (move(drift, CHANGE_INTENT, NULL, NULL, err) < 0)
		return -1;
	bool partly = false;
	int made = make_change(drift, &partly, &failure);
	if (made < 0 && (failure.kind == ERR_STORE || failure.kind == ERR_CANCELLED)) {
		*err = failure;
		return -1;
	}
	if (made < 0 && !partly && aws_error_had_no_effect(&failure))
		return fail_change(drift, &failure, err);
	/* When the answer was lost, or only some of the calls were made, reading the resource is the
	 * only way to find out. */
	if (move(drift, CHANGE_APPLIED, made < 0 ? &failure : NULL, NULL, err) < 0)
		return -1;
	return verify_change(drift, made < 0 ? &failure : NULL, err);
}

int remediation_apply(struct drift *drift, struct err *err)
{
	int result;

	/* Once the intent is on disk the change is completed and recorded, whatever stops the run
	 * meanwhile. */
	fiber_shield();
	limits_count_change(drift);
	result = apply_and_prove(drift, err);
	fiber_unshield();
	return result;
}
