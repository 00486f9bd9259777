#include "engine/gate.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/hold.h"
#include "engine/journal.h"
#include "engine/pause.h"
#include "engine/windows.h"
#include "engine/work.h"

#include <stdarg.h>

/* A failure rate means nothing before this many changes of a baseline were tried. */
#define FAILURE_RATE_MINIMUM_SAMPLE 10

static void PRINTF_LIKE(4, 5) hold(struct gate_decision *decision, enum status status, const char *code, const char *format, ...)
{
	va_list args;

	decision->act = false;
	decision->status = status;
	snprintf(decision->cause_code, sizeof decision->cause_code, "%s", code);
	va_start(args, format);
	vsnprintf(decision->cause_message, sizeof decision->cause_message, format, args);
	va_end(args);
}

static struct breaker_change breaker_change_of(const struct drift *drift)
{
	return (struct breaker_change){ drift->cell->baseline->id, drift->cell->account->account->id, drift->cell->baseline->service, drift->resource };
}

/* The kill switch, the change windows and the circuit breaker. */
static bool hold_by_stop(const struct drift *drift, struct gate_decision *decision)
{
	struct run *run = drift->cell->account->run;
	struct breaker_change change = breaker_change_of(drift);
	char why[1024];
	int64_t opens_ms;

	if (pause_check(run->engine.pause, change.account, change.baseline, why)) {
		hold(decision, STATUS_DRIFTED, "Paused", "%s", why);
	} else if (!windows_open(run->engine.windows, drift->cell->account->place, clock_now_ms(), &opens_ms)) {
		windows_describe_closed(opens_ms, why);
		hold(decision, STATUS_DRIFTED, "OutsideWindow", "%s", why);
	} else if (breaker_is_open(&run->breaker, &change, why)) {
		hold(decision, STATUS_DRIFTED, "CircuitOpen", "%s", why);
	} else {
		return false;
	}
	return true;
}

static bool hold_by_limit(const struct drift *drift, struct gate_decision *decision)
{
	const struct run *run = drift->cell->account->run;
	int64_t per_run = config_integer(run->engine.config, "limits", "changes_per_run");
	const json_t *per_wave = json_object_get(config_get(run->engine.config, "limits"), "changes_per_wave");
	int64_t per_account = config_integer(run->engine.config, "limits", "changes_per_account");

	if (run->halt.kind != ERR_NONE)
		hold(decision, STATUS_DRIFTED, "Halted", "the run has halted: %s", run->halt.message);
	else if ((int64_t)run->changes_made >= per_run)
		hold(decision, STATUS_DRIFTED, "RunLimit", "this run has made its %lld changes (limits.changes_per_run); the next run goes on",
		     (long long)per_run);
	else if (json_is_integer(per_wave) && (json_int_t)run->wave_changes >= json_integer_value(per_wave))
		hold(decision, STATUS_DRIFTED, "WaveLimit", "this wave has made its %lld changes (limits.changes_per_wave); the next run goes on",
		     (long long)json_integer_value(per_wave));
	else if ((int64_t)drift->cell->account->changes_made >= per_account)
		hold(decision, STATUS_DRIFTED, "AccountLimit",
		     "this run has made its %lld changes in the account (limits.changes_per_account); the next run goes on",
		     (long long)per_account);
	else
		return false;
	return true;
}

/* A change of a work list must still be the same change. */
static bool hold_moved(const struct drift *drift, struct gate_decision *decision)
{
	const struct work_item *item = drift->cell->item;
	char hash[65];

	if (item == NULL)
		return false;
	journal_change_hash(drift, hash);
	if (strcmp(hash, item->hash) == 0)
		return false;
	hold(decision, STATUS_DRIFTED, "Moved", "the resource or what is wanted has changed since the change was planned, so that it is not made");
	return true;
}

static void hold_by_tier(const struct drift *drift, struct gate_decision *decision)
{
	if (drift->tier == TIER_ALERT)
		hold(decision, STATUS_ALERTED, drift->verdict->cause_code, "%s", drift->verdict->cause_message);
	else if (drift->tier == TIER_APPROVAL)
		hold(decision, STATUS_AWAITING_APPROVAL, drift->verdict->cause_code, "%s", drift->verdict->cause_message);
}

/* What a person has undone is not done again without a person. Fails closed. */
static bool hold_undone(const struct drift *drift, struct gate_decision *decision)
{
	CLEANUP_JSON json_t *held = NULL;
	struct err err = ERR_INIT;
	char hash[65];

	journal_change_hash(drift, hash);
	if (hold_read(drift->cell->account->run->engine.store, hash, &held, &err) < 0)
		hold(decision, STATUS_DRIFTED, "StateUnreadable", "whether the change was undone before can't be read: %s", err.message);
	else if (held != NULL)
		hold(decision, STATUS_AWAITING_APPROVAL, json_get_string_or(held, "code", "Held"), "the same change was undone (%s, %s); a person decides",
		     json_get_string_or(held, "change", "?"), json_get_string_or(held, "at", "?"));
	else
		return false;
	return true;
}

void gate_decide(const struct drift *drift, struct gate_decision *decision)
{
	const struct cell *cell = drift->cell;

	*decision = (struct gate_decision){ .act = true };
	if (cell->account->run->kind == RUN_PLAN)
		hold(decision, STATUS_DRIFTED, drift->verdict->cause_code, "%s", drift->verdict->cause_message);
	else if (cell->baseline->remediate == NULL)
		hold(decision, STATUS_ALERTED, drift->verdict->cause_code, "%s", drift->verdict->cause_message);
	else if (drift->verdict->calls == NULL) /* there is a remedy, but not for this state: the cause says why */
		hold(decision, STATUS_DRIFTED, drift->verdict->cause_code, "%s", drift->verdict->cause_message);
	else if (hold_moved(drift, decision))
		return;
	else
		hold_by_tier(drift, decision);
	if (decision->act && !hold_undone(drift, decision) && !hold_by_stop(drift, decision))
		hold_by_limit(drift, decision);
}

void gate_count_change(struct drift *drift)
{
	drift->cell->account->run->changes_made++;
	drift->cell->account->run->wave_changes++;
	drift->cell->account->changes_made++;
}

static size_t index_of(const struct baseline *baseline)
{
	size_t index = 0;

	while (baseline_at(index) != baseline)
		index++;
	return index;
}

void gate_count_outcome(struct drift *drift, const struct err *failure)
{
	struct run *run = drift->cell->account->run;
	struct run_outcomes *outcomes = &run->outcomes[index_of(drift->cell->baseline)];
	double limit = json_number_value(json_object_get(config_get(run->engine.config, "limits"), "failure_rate"));

	struct breaker_change change = breaker_change_of(drift);
	if (breaker_count(&run->breaker, &change, failure))
		log_error("%s of %s failed again: no more of its kind is changed in this run", drift->cell->baseline->id, drift->resource);
	outcomes->tried++;
	run->wave_outcomes.tried++;
	if (failure != NULL) {
		outcomes->failed++;
		run->wave_outcomes.failed++;
	}
	if (outcomes->tried < FAILURE_RATE_MINIMUM_SAMPLE || (double)outcomes->failed <= limit * (double)outcomes->tried || run->halt.kind != ERR_NONE)
		return;
	struct err cause = ERR_INIT;
	(void)err_set(&cause, ERR_LIMIT, "FailureRate", "%zu of %zu changes of %s failed, more than limits.failure_rate (%g) allows",
	              outcomes->failed, outcomes->tried, drift->cell->baseline->id, limit);
	run_halt(run, &cause);
	log_error("%s; no further change is made in this run", cause.message);
}
