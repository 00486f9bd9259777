/*
 * The remedy of one drifted resource: the intent to disk, the calls, and the proof by
 * reading the resource again, past the time for which AWS may still show the old state.
 */
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/cell.h"
#include "engine/gate.h"
#include "engine/journal.h"
#include "io/fiber.h"

#define VERIFY_FIRST_WAIT_MS 100
#define VERIFY_LONGEST_WAIT_MS 10000

static void set_cause(struct drift *drift, const char *code, const char *message)
{
	snprintf(drift->cause_code, sizeof drift->cause_code, "%s", code);
	snprintf(drift->cause_message, sizeof drift->cause_message, "%s", message);
}

static MAY_YIELD int make_change(struct drift *drift, struct err *err)
{
	struct cell *cell = drift->cell;
	struct run *run = cell->account->run;
	struct aws_writer writer = {
		.aws = run->engine.aws,
		.session = cell->account->session,
		.account_id = cell->account->account->id,
		.declared = cell->baseline->writes,
		.permit = gate_permit,
		.permit_argument = run,
	};
	/* What a remedy reads it reads live: the cache knows the state before. */
	struct aws_reader live = *cell->context.reader;
	struct baseline_context context = cell->context;
	live.cache = NULL;
	context.reader = &live;
	struct change change = {
		.id = drift->change_id,
		.resource = drift->resource,
		.region = drift->region,
		.before = drift->before,
		.after = drift->verdict->after,
		.calls = drift->verdict->calls,
		.client_token = drift->change_id,
	};

	return cell->baseline->remediate(&context, &writer, &change, err);
}

/* Reads until the resource is as desired or the baseline's inconsistency window has passed. */
static MAY_YIELD void verify(struct drift *drift, struct reading *reading)
{
	int64_t deadline_us = clock_monotonic_us() + drift->cell->baseline->inconsistency_ms * 1000;
	int64_t wait_ms = VERIFY_FIRST_WAIT_MS;

	for (;;) {
		cell_read_live(drift->cell, drift->resource, reading);
		if (reading->outcome == OUTCOME_COMPLIANT || reading->outcome == OUTCOME_NOT_APPLICABLE || clock_monotonic_us() >= deadline_us)
			return;
		json_decref(reading->state);
		json_decref(reading->request_ids);
		reading->state = reading->request_ids = NULL;
		if (fiber_sleep(wait_ms) == FIBER_CANCELLED)
			deadline_us = 0; /* one last read: what was done is told truly */
		wait_ms = wait_ms * 2 > VERIFY_LONGEST_WAIT_MS ? VERIFY_LONGEST_WAIT_MS : wait_ms * 2;
	}
}

static MAY_YIELD int record_failure(struct drift *drift, const struct err *cause, struct err *err)
{
	bool central = strcmp(cause->code, CAUSE_MANAGED_CENTRALLY) == 0;

	drift->status = central ? STATUS_MANAGED_CENTRALLY : STATUS_DRIFTED;
	set_cause(drift, cause->code, cause->message);
	gate_count_outcome(drift, central);
	return journal_outcome(drift, "failed", cause, err);
}

static MAY_YIELD int apply_and_verify(struct drift *drift, struct err *err)
{
	struct reading reading = { 0 };
	struct err failure = ERR_INIT;
	int result;

	if (make_change(drift, &failure) < 0) {
		if (failure.kind == ERR_STORE || failure.kind == ERR_CANCELLED) {
			*err = failure;
			return -1;
		}
		return record_failure(drift, &failure, err);
	}
	if (journal_outcome(drift, "applied", NULL, err) < 0)
		return -1;
	verify(drift, &reading);
	if (reading.outcome == OUTCOME_COMPLIANT || reading.outcome == OUTCOME_NOT_APPLICABLE) {
		drift->status = STATUS_REMEDIATED;
		drift->observed = reading.state;
		drift->request_ids = reading.request_ids;
		gate_count_outcome(drift, true);
		return journal_outcome(drift, "verified", NULL, err);
	}
	if (reading.failure.kind != ERR_NONE)
		(void)err_set(&failure, ERR_PROTOCOL, "NotVerified", "the change was made, but reading it again failed: %s", reading.failure.message);
	else
		(void)err_set(&failure, ERR_PROTOCOL, "NotVerified", "the change was made, but %lld s later the resource still differs",
		              (long long)(drift->cell->baseline->inconsistency_ms / 1000));
	json_decref(reading.state);
	json_decref(reading.request_ids);
	result = record_failure(drift, &failure, err);
	return result;
}

int remedy_apply(struct drift *drift, struct err *err)
{
	int result;

	/* From the intent on, the change is completed and told truly, whatever stops the run meanwhile. */
	fiber_shield();
	gate_count_change(drift);
	result = journal_intent(drift, err) < 0 ? -1 : apply_and_verify(drift, err);
	fiber_unshield();
	return result;
}
