#include "engine/gate.h"

#include "approvals/approvals.h"
#include "approvals/people.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "baselines/set.h"
#include "config/values.h"
#include "engine/change_limits.h"
#include "engine/recovery.h"
#include "engine/repeated_change.h"
#include "engine/work.h"
#include "guards/pause.h"
#include "guards/windows.h"
#include "ledger/held_change.h"
#include "notify/notify.h"

#include <stdarg.h>

static void PRINTF_LIKE(4, 5) hold(struct gate_decision *decision, enum status status,
	const char *code, const char *format, ...)
{
	va_list args;

	decision->act = false;
	decision->status = status;
	snprintf(decision->cause_code, sizeof decision->cause_code, "%s", code);
	va_start(args, format);
	vsnprintf(decision->cause_message, sizeof decision->cause_message, format, args);
	va_end(args);
}

/* Holds the change when the kill switch, a closed change window or the circuit breaker stops it. */
static bool hold_by_stop(const struct drift *drift, struct gate_decision *decision)
{
	struct run *run = drift->cell->account->run;
	struct breaker_change change = breaker_change_of(drift);
	char why[1024];
	int64_t opens_ms;

	if (pause_check(run->engine.pause, change.account, change.baseline, why)) {
		hold(decision, STATUS_DRIFTED, "Paused", "%s", why);
	} else if (!windows_open(run->engine.windows, drift->cell->account->place, clock_now_ms(),
				   &opens_ms)) {
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
	const json_t *per_wave =
		json_object_get(config_get(run->engine.config, "limits"), "changes_per_wave");
	int64_t per_account = config_integer(run->engine.config, "limits", "changes_per_account");

	if (run->halt.kind != ERR_NONE)
		hold(decision, STATUS_DRIFTED, "Halted", "the run has halted: %s", run->halt.message);
	else if ((int64_t)run->changes_made >= per_run)
		hold(decision, STATUS_DRIFTED, "RunLimit",
			"this run has reached limits.changes_per_run (%lld); the next run continues",
			(long long)per_run);
	else if (json_is_integer(per_wave) &&
		(json_int_t)run->waves[run->wave].made >= json_integer_value(per_wave))
		hold(decision, STATUS_DRIFTED, "WaveLimit",
			"this wave has reached limits.changes_per_wave (%lld); the next run continues",
			(long long)json_integer_value(per_wave));
	else if (json_get_integer_or(run->account_changes, drift->cell->account->account->id, 0) >=
		per_account)
		hold(decision, STATUS_DRIFTED, "AccountLimit",
			"this run has reached limits.changes_per_account (%lld) in the account; the next run "
			"continues",
			(long long)per_account);
	else
		return false;
	return true;
}

/* Holds the change of a work list unless it is still the same change. */
static bool hold_moved(const struct drift *drift, struct gate_decision *decision)
{
	const struct work_item *item = drift->cell->item;

	if (item == NULL || strcmp(drift->hash, item->hash) == 0)
		return false;
	hold(decision, STATUS_DRIFTED, "Moved",
		"the resource or its desired state has changed since the change was planned, so the change "
		"is not made");
	return true;
}

/* Holds the change while an earlier change of the resource is in flight and the resource could not
 * be read since. */
static bool hold_in_flight(const struct drift *drift, struct gate_decision *decision)
{
	const struct account_run *account = drift->cell->account;
	const struct change_record *record = recovery_holding(account->run->engine.recovery,
		account->account->id, drift->cell->region, drift->cell->baseline->id, drift->resource);

	if (record == NULL)
		record = recovery_holding_unknown(account->run->engine.recovery,
			baselines_of(account->run->engine.config), account->account->id, drift->region,
			drift->resource);
	if (record == NULL)
		return false;
	hold(decision, STATUS_DRIFTED, "InFlight",
		"change %s was in flight when a process ended, and its outcome is not known yet; the next "
		"run checks it again",
		record->id);
	return true;
}

static MAY_YIELD void notify_people(const struct drift *drift, enum notification_kind kind,
	const struct gate_decision *decision)
{
	const struct account_run *account = drift->cell->account;

	notify_event(account->run->engine.notifier,
		&(struct notification){
			.kind = kind,
			.severity = drift->cell->baseline->severity,
			.run = account->run->id,
			.baseline = drift->cell->baseline->id,
			.account = account->account->id,
			.account_name = account->account->name,
			.region = drift->region,
			.resource = drift->resource,
			.change = drift->change_id,
			.code = decision->cause_code,
			.message = decision->cause_message,
		});
}

#define SYSTEM_USER "system user "

/* Names the person who asked for the run over the API; the schedule and an event are nobody. The
 * user that the process runs as says nothing about who asked. */
static void serving_asker(const struct person *person, struct approvals_asker *out)
{
	snprintf(out->user, sizeof out->user, "reeve serve");
	if (person == NULL)
		return;
	out->person = *person;
	if (strncmp(person->via, SYSTEM_USER, sizeof SYSTEM_USER - 1) == 0)
		snprintf(out->user, sizeof out->user, "%s", person->via + sizeof SYSTEM_USER - 1);
}

/* This is looked up once for each run, since each lookup reads the system's user database. */
static int requester_of(struct run *run, struct approval_requester *out, struct err *err)
{
	if (run->asker == NULL) {
		CLEANUP_FREE struct approvals_asker *asker = xcalloc(1, sizeof *asker);

		if (run->engine.serving)
			serving_asker(run->engine.asker, asker);
		else if (approvals_find_asker(run->engine.config, asker, err) < 0)
			return -1;
		run->asker = asker;
		asker = NULL;
	}
	*out = (struct approval_requester){
		.name = run->asker->person.name[0] != '\0' ? run->asker->person.name : NULL,
		.user = run->asker->user,
		.run = run->id
	};
	return 0;
}

/* Lets a change of the tier "approval" pass when a person has approved exactly this change;
 * otherwise requests an approval. */
static MAY_YIELD void hold_by_approval(struct drift *drift, struct gate_decision *decision)
{
	struct run *run = drift->cell->account->run;
	CLEANUP_REQUEST struct approval_request request = { 0 };
	struct approval_requester requester;
	bool valid;
	struct err err = ERR_INIT;
	int64_t now_ms = clock_now_ms();

	int found =
		approvals_valid_for(run->engine.approvals, drift->hash, now_ms, &request, &valid, &err);
	if (found == 0 && valid) {
		snprintf(drift->rule, sizeof drift->rule, "approved: %s", request.id);
		drift->approved = true;
		return;
	}
	if (found == 0)
		found = requester_of(run, &requester, &err);
	if (found == 0)
		found = approvals_request(run->engine.approvals, run->engine.config, &drift->record,
			drift->reason, &requester, now_ms, &request, &err);
	if (found < 0) {
		hold(decision, STATUS_DRIFTED, err.code, "%s", err.message);
		return;
	}
	char waits[256];
	approvals_describe(&request, now_ms, waits, sizeof waits);
	if (approval_request_state_at(&request, now_ms) == APPROVAL_DENIED) {
		hold(decision, STATUS_DRIFTED, "Denied", "%s", waits);
		return;
	}
	hold(decision, STATUS_AWAITING_APPROVAL,
		drift->verdict->cause_code[0] != '\0' ? drift->verdict->cause_code : "NeedsApproval",
		"%s%s%s", drift->reason, drift->reason[0] != '\0' ? "; " : "", waits);
	/* People are notified of new requests only, which are those of this run. */
	if (request.requester.run != NULL && strcmp(request.requester.run, run->id) == 0)
		notify_people(drift, NOTIFY_APPROVAL, decision);
}

/* Holds a change that a person rolled back before, unless it is approved. When the record of that
 * can't be read, the change is not made either. */
static MAY_YIELD void hold_undone(struct drift *drift, struct gate_decision *decision)
{
	struct held_change held;
	struct err err = ERR_INIT;
	char reason[256], at[CLOCK_RFC3339_SIZE];
	bool found;

	if (held_change_read(drift->cell->account->run->engine.store, drift->hash, &held, &found,
			&err) < 0) {
		hold(decision, STATUS_DRIFTED, "StateUnreadable",
			"the change is not made, because the record of earlier rollbacks can't be read: %s",
			err.message);
	} else if (found) {
		const char *before = drift->reason;

		clock_format_rfc3339(held.at_ms, at);
		snprintf(reason, sizeof reason, "the same change was rolled back before (change %s, %s)",
			held.change, at);
		drift->reason = reason;
		hold_by_approval(drift, decision);
		drift->reason = before;
	}
	held_change_release(&held);
}

static MAY_YIELD void hold_by_tier(struct drift *drift, struct gate_decision *decision)
{
	if (drift->tier == TIER_ALERT) {
		hold(decision, STATUS_ALERTED, drift->verdict->cause_code, "%s",
			drift->verdict->cause_message);
		notify_people(drift, NOTIFY_ALERT, decision);
	} else if (drift->tier == TIER_APPROVAL) {
		hold_by_approval(drift, decision);
	} else {
		hold_undone(drift, decision);
	}
}

/* Turns the change into an alert when somebody keeps undoing it. */
static MAY_YIELD void hold_by_attempts(struct drift *drift, struct gate_decision *decision)
{
	struct run *run = drift->cell->account->run;
	struct attempts_key key = attempts_key_of(drift);
	struct attempts_verdict verdict;
	struct err err = ERR_INIT;

	if (attempts_allowed(run->engine.store, run->engine.config, &key, clock_now_ms(), &verdict,
			&err) < 0) {
		hold(decision, STATUS_DRIFTED, err.code, "%s", err.message);
		return;
	}
	if (verdict.allowed)
		return;
	attempts_ask_who(drift, &key, &verdict);
	hold(decision, STATUS_ALERTED, "TugOfWar", "%s", verdict.message);
	notify_people(drift, NOTIFY_ALERT, decision);
	if (attempts_held(run->engine.store, &key, clock_now_ms(), &err) < 0)
		log_warning("%s", err.message);
}

void gate_decide(struct drift *drift, struct gate_decision *decision)
{
	const struct cell *cell = drift->cell;

	*decision = (struct gate_decision){ .act = true };
	if (cell->account->run->kind == RUN_PLAN) {
		hold(decision, STATUS_DRIFTED, drift->verdict->cause_code, "%s",
			drift->verdict->cause_message);
		return;
	}
	if (cell->baseline->remediate == NULL) {
		hold(decision, STATUS_ALERTED, drift->verdict->cause_code, "%s",
			drift->verdict->cause_message);
		notify_people(drift, NOTIFY_ALERT, decision);
		return;
	}
	if (drift->verdict->calls == NULL) { /* the baseline can remediate, but not from this state: the
											verdict's cause says why */
		hold(decision, STATUS_DRIFTED, drift->verdict->cause_code, "%s",
			drift->verdict->cause_message);
		return;
	}
	if (hold_moved(drift, decision) || hold_in_flight(drift, decision))
		return;
	hold_by_tier(drift, decision);
	if (decision->act && !hold_by_stop(drift, decision) && !hold_by_limit(drift, decision) &&
		!drift->approved)
		hold_by_attempts(drift, decision);
}
