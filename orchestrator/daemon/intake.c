/*
 * Handles an event body. It is decoded into signals. A duplicate of a signal waits for the outcome
 * of the first one, or gets it at once if there is one; the others are routed, and their cells are
 * checked. The sender of the body is told when the outcomes of all signals are on disk: only then
 * may a message be deleted from the queue.
 */
#include "daemon/intake.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "config/values.h"
#include "daemon/cells.h"
#include "daemon/checks.h"
#include "daemon/intake_private.h"
#include "daemon/life.h"
#include "daemon/outcomes.h"
#include "events/envelope.h"
#include "ledger/handled_event.h"
#include "store/queue.h"

#include <openssl/sha.h>

struct intake *intake_new(struct daemon *daemon)
{
	struct intake *intake = xcalloc(1, sizeof *intake);

	intake->daemon = daemon;
	intake->decided_end = &intake->decided;
	return intake;
}

void intake_free(struct intake *intake)
{
	free(intake);
}

size_t intake_waiting(const struct intake *intake)
{
	return intake->waiting;
}

/* --- one signal --- */

/* Adds the outcome of one check. */
static void merge(struct item *item, const struct check_outcome *outcome)
{
	item->changes += outcome->changes;
	item->retry = item->retry || outcome->retry;
	snprintf(item->run, sizeof item->run, "%s", outcome->run);
	item->worst = handled_outcome_worst(item->worst, outcome->outcome);
}

/* Sets the signal's outcome from its checks. When no check was made, since the process is stopping,
 * the outcome is unknown. */
static void decided_by_checks(struct item *item)
{
	intake_decided(item, item->worst != HANDLED_NONE ? item->worst : HANDLED_UNKNOWN);
}

static void cell_done(struct cell_waiter *waiter, const struct check_outcome *outcome)
{
	struct item *item = waiter->user;

	if (outcome == NULL)
		item->abandoned = true;
	else
		merge(item, outcome);
	if (--item->open_cells == 0)
		decided_by_checks(item);
}

static void ask_for_cells(struct item *item)
{
	struct cells *cells = item->arrival->intake->daemon->cells;
	const struct event_plan *plan = &item->plan;
	bool whole = plan->route.action == ROUTE_SWEEP;
	size_t count = whole ? 1 : plan->count;

	item->waiters = xcalloc(count, sizeof *item->waiters);
	item->open_cells = count;
	for (size_t i = 0; i < count; i++) {
		item->waiters[i] = (struct cell_waiter){ .done = cell_done, .user = item };
		cells_request(cells, item->signal->account,
			whole ? EVENT_EVERY_REGION : plan->cells[i].region,
			whole ? NULL : plan->cells[i].baseline, plan->look, &item->waiters[i]);
	}
}

static MAY_YIELD void retire(void *argument)
{
	struct item *item = argument;
	struct daemon *daemon = item->arrival->intake->daemon;
	struct check_outcome outcome = { 0 };
	struct err err = ERR_INIT;

	if (checks_retire(daemon->checks, item->signal->account, &outcome, &err) < 0) {
		if (err.kind != ERR_CANCELLED)
			daemon_fail(daemon, &err);
		item->abandoned = true;
	} else {
		merge(item, &outcome);
	}
	decided_by_checks(item);
	daemon_fiber_done(daemon);
}

/* Frees the event's JSON, which is no longer needed, since thousands of events may wait for one
 * check. */
static void forget_event(struct item *item)
{
	snprintf(item->seen_in, sizeof item->seen_in, "%s",
		json_get_string_or(item->signal->event, "region", ""));
	json_object_clear(item->signal->event);
}

static MAY_YIELD void act_on(struct item *item)
{
	struct daemon *daemon = item->arrival->intake->daemon;
	struct err err = ERR_INIT;

	const char *by = item->arrival->by[0] != '\0' ? item->arrival->by : daemon->parts.actor;

	event_plan(&daemon->generation->engine, daemon->parts.own_changes, item->signal, &item->plan);
	forget_event(item);
	if (item->plan.outcome != HANDLED_NONE) {
		intake_decided(item, item->plan.outcome);
		return;
	}
	if (event_audit(daemon->parts.audit, item->signal, &item->plan, by, &err) < 0 ||
		(item->plan.retire && daemon_spawn(daemon, "retire", retire, item, &err) < 0)) {
		log_warning("an event can't be handled now and is left in the queue: %s", err.message);
		item->abandoned = true;
		intake_decided(item, HANDLED_UNKNOWN);
		return;
	}
	if (!item->plan.retire)
		ask_for_cells(item);
}

/* Returns whether it is a duplicate of a signal that has its outcome, or that is being handled. */
static bool is_copy(struct item *item)
{
	struct intake *intake = item->arrival->intake;
	struct daemon *daemon = intake->daemon;
	bool found = false;
	struct item *original;
	struct err err = ERR_INIT;

	HASH_FIND_STR(intake->under_way, item->signal->identity, original);
	if (original != NULL) {
		item->next_copy = original->copies;
		original->copies = item;
		return true;
	}
	if (handled_event_find(daemon->parts.store, item->signal->identity, clock_now_ms(),
			config_integer(daemon->generation->config, "events", "retention_days"), &found,
			&err) < 0)
		log_warning("the records of earlier events can't be read, so an event is handled that may "
					"be a duplicate: %s",
			err.message);
	if (!found)
		return false;
	item->copy = true;
	intake_decided(item, HANDLED_DUPLICATE);
	return true;
}

static MAY_YIELD void take_signal(struct item *item)
{
	if (is_copy(item)) {
		forget_event(item);
		return;
	}
	item->registered = true;
	HASH_ADD_KEYPTR(hh, item->arrival->intake->under_way, item->signal->identity,
		strlen(item->signal->identity), item);
	act_on(item);
}

/* --- a body that can't be decoded --- */

static void refused_identity(const char *body, size_t length, char out[80])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	size_t used = (size_t)snprintf(out, 80, "refused:");

	SHA256((const unsigned char *)body, length, digest);
	for (size_t i = 0; i < sizeof digest; i++)
		used += (size_t)snprintf(out + used, 80 - used, "%02x", digest[i]);
}

/* Records the refusal, and audits it the first time. The message itself stays in the queue, which
 * moves it to its dead-letter queue. */
static MAY_YIELD int record_refusal(struct arrival *arrival, const char *body, size_t length,
	const struct err *cause, struct err *err)
{
	struct daemon *daemon = arrival->intake->daemon;
	char identity[80];
	bool found;
	int64_t now_ms = clock_now_ms();
	struct audit_entry entry = { .kind = AUDIT_DECISION,
		.action = "event",
		.outcome = "refused",
		.actor = arrival->by[0] != '\0' ? arrival->by : daemon->parts.actor,
		.rule = identity,
		.reason = cause->message };

	refused_identity(body, length, identity);
	if (handled_event_find(daemon->parts.store, identity, now_ms,
			config_integer(daemon->generation->config, "events", "retention_days"), &found,
			err) < 0)
		return -1;
	if (found)
		return 0;
	log_warning("an event is refused: %s", cause->message);
	const struct handled_event record = { .identity = identity,
		.at_ms = now_ms,
		.outcome = HANDLED_REFUSED,
		.code = cause->code,
		.why = cause->message,
		.bytes = (int64_t)length,
		.message = arrival->message_id[0] != '\0' ? arrival->message_id : NULL };
	return audit_append(daemon->parts.audit, &entry, err) < 0
		? -1
		: handled_event_put(daemon->parts.store, &record, now_ms, err);
}

static MAY_YIELD void refuse(struct arrival *arrival, const char *body, size_t length,
	const struct err *cause)
{
	struct err err = ERR_INIT;

	metric_add(METRIC_SIGNALS, METRIC_LABELS("unknown", "refused"), 1);
	arrival->refused = true;
	arrival->cause = *cause;
	if (record_refusal(arrival, body, length, cause, &err) < 0 ||
		store_flush(arrival->intake->daemon->parts.store, &err) < 0)
		log_warning("a refused event could not be recorded: %s", err.message);
	intake_finish(arrival);
}

/* --- a body --- */

static struct arrival *arrival_new(struct intake *intake, const struct arrival_origin *origin)
{
	struct arrival *arrival = xcalloc(1, sizeof *arrival);

	arrival->intake = intake;
	snprintf(arrival->message_id, sizeof arrival->message_id, "%s",
		origin->message_id != NULL ? origin->message_id : "");
	snprintf(arrival->by, sizeof arrival->by, "%s", origin->by != NULL ? origin->by : "");
	arrival->sent_ms = origin->sent_ms;
	arrival->last_try = origin->message_id == NULL ||
		origin->receive_count >=
			config_integer(intake->daemon->generation->config, "events", "attempts");
	arrival->records = json_array();
	intake->waiting++;
	return arrival;
}

void intake_take(struct intake *intake, const char *body, size_t length,
	const struct arrival_origin *origin,
	void (*done)(void *argument, const struct arrival_result *result), void *argument)
{
	struct arrival *arrival = arrival_new(intake, origin);
	struct err err = ERR_INIT;

	arrival->done = done;
	arrival->argument = argument;
	if (signals_decode(body, length, &arrival->signals, &err) < 0) {
		refuse(arrival, body, length, &err);
		return;
	}
	if (arrival->signals.count == 0) {
		intake_finish(arrival);
		return;
	}
	/* The last outcome frees the arrival, and may come while signals are still being taken, so the
	 * count is one higher meanwhile. */
	size_t count = arrival->signals.count;
	arrival->open = count + 1;
	arrival->items = xcalloc(count, sizeof *arrival->items);
	for (size_t i = 0; i < count; i++) {
		arrival->items[i].arrival = arrival;
		arrival->items[i].signal = &arrival->signals.signals[i];
		take_signal(&arrival->items[i]);
	}
	if (--arrival->open == 0)
		intake_finish(arrival);
}
