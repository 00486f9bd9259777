/*
 * Records outcomes: one fiber writes all that are waiting, waits for one commit, and then tells the
 * senders of the events.
 */
#include "daemon/outcomes.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "config/values.h"
#include "daemon/checks.h"
#include "daemon/intake_private.h"
#include "daemon/life.h"
#include "ledger/handled_event.h"
#include "security_hub/security_hub.h"
#include "store/queue.h"

/* Returns whether a later delivery of the same event may have a better outcome. */
static bool is_put_off(const struct item *item)
{
	return item->abandoned || (item->retry && !item->arrival->last_try);
}

static MAY_YIELD int record_outcome(struct item *item, struct err *err)
{
	struct daemon *daemon = item->arrival->intake->daemon;
	struct event_outcome outcome = { item->outcome, item->run, item->arrival->message_id,
		item->arrival->by, item->changes };
	struct handled_event record;

	event_record(item->signal, &item->plan, &outcome, &record);
	json_array_append_new(item->arrival->records, handled_event_document(&record));
	if (item->copy || is_put_off(item))
		return 0;
	return handled_event_put(daemon->parts.store, &record, clock_now_ms(), err);
}

/* --- the finding that triggered it --- */

struct telling {
	struct daemon *daemon;
	struct security_hub_update update;
	char *finding_id, *product_arn, *metadata_uid, *region, *note;
};

static void telling_free(struct telling *telling)
{
	free(telling->finding_id);
	free(telling->product_arn);
	free(telling->metadata_uid);
	free(telling->region);
	free(telling->note);
	free(telling);
}

static MAY_YIELD void tell_security_hub(void *argument)
{
	struct telling *telling = argument;

	checks_tell(telling->daemon->checks, &telling->update, 1);
	daemon_fiber_done(telling->daemon);
	telling_free(telling);
}

static char *copy_or_null(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

static void update_finding(const struct item *item)
{
	struct daemon *daemon = item->arrival->intake->daemon;
	const struct signal *signal = item->signal;
	bool mended = item->outcome == HANDLED_REMEDIATED;
	struct err err = ERR_INIT;

	if (item->copy || is_put_off(item) ||
		(signal->finding_id == NULL && signal->metadata_uid == NULL) ||
		(!mended && item->outcome != HANDLED_AWAITING_APPROVAL) ||
		!json_is_true(json_object_get(config_get(daemon->generation->config, "security_hub"),
			"update")))
		return;
	struct telling *telling = xcalloc(1, sizeof *telling);
	telling->daemon = daemon;
	telling->finding_id = copy_or_null(signal->finding_id);
	telling->product_arn = copy_or_null(signal->product_arn);
	telling->metadata_uid = copy_or_null(signal->metadata_uid);
	telling->region = copy_or_null(item->seen_in[0] != '\0' ? item->seen_in : NULL);
	telling->note = xasprintf(mended ? "remediated and verified in run %s"
									 : "a change waits for approval (run %s)",
		item->run);
	telling->update = (struct security_hub_update){ telling->finding_id, telling->product_arn,
		telling->metadata_uid, telling->region, mended, telling->note };
	if (daemon_spawn(daemon, "security-hub", tell_security_hub, telling, &err) < 0) {
		log_warning("Security Hub could not be updated: %s", err.message);
		telling_free(telling);
	}
}

/* --- the end of a delivery --- */

void intake_finish(struct arrival *arrival)
{
	struct arrival_result result = { .refused = arrival->refused,
		.retry = arrival->retry,
		.cause = arrival->cause,
		.signals = arrival->records };

	arrival->intake->waiting--;
	arrival->done(arrival->argument, &result);
	for (size_t i = 0; arrival->items != NULL && i < arrival->signals.count; i++)
		free(arrival->items[i].waiters);
	free(arrival->items);
	signals_release(&arrival->signals);
	json_decref(arrival->records);
	free(arrival);
}

static void count(const struct item *item)
{
	metric_add(METRIC_SIGNALS,
		METRIC_LABELS(signal_source_name(item->signal->source),
			is_put_off(item) ? "put_off" : handled_outcome_name(item->outcome)),
		1);
	if (item->outcome == HANDLED_REMEDIATED && !item->copy && item->arrival->sent_ms > 0)
		metric_observe(METRIC_EVENT_SECONDS, METRIC_NO_LABELS,
			(double)(clock_now_ms() - item->arrival->sent_ms) / 1000.0);
}

/* Called when the outcome is on disk. The duplicates of the event have the same outcome, and the
 * delivery ends with its last event. */
static void conclude(struct item *item)
{
	struct intake *intake = item->arrival->intake;
	struct arrival *arrival = item->arrival;

	count(item);
	update_finding(item);
	if (item->registered)
		HASH_DEL(intake->under_way, item);
	for (struct item *copy = item->copies, *next; copy != NULL; copy = next) {
		next = copy->next_copy;
		copy->copy = true;
		copy->abandoned = is_put_off(item);
		intake_decided(copy, HANDLED_DUPLICATE);
	}
	arrival->retry = arrival->retry || is_put_off(item);
	if (--arrival->open == 0)
		intake_finish(arrival);
}

static MAY_YIELD void commit(void *argument)
{
	struct intake *intake = argument;
	struct daemon *daemon = intake->daemon;
	struct err err = ERR_INIT;
	int result = 0;

	fiber_shield(); /* the sender is told what was done even while the process stops */
	while (intake->decided != NULL && result == 0) {
		struct item *batch = intake->decided;

		intake->decided = NULL;
		intake->decided_end = &intake->decided;
		for (struct item *item = batch; item != NULL && result == 0; item = item->next_decided)
			result = record_outcome(item, &err);
		if (result == 0)
			result = store_flush(daemon->parts.store, &err);
		for (struct item *item = batch, *next; item != NULL && result == 0; item = next) {
			next = item->next_decided;
			conclude(item);
		}
	}
	fiber_unshield();
	intake->committing = false;
	if (result < 0)
		/* The queue gets no receipt, so it delivers the message again, to a process that can record
		 * it. */
		daemon_fail(daemon, &err);
	daemon_fiber_done(daemon);
}

/* Starts the fiber that records outcomes, unless it is running. */
static void intake_wake(struct intake *intake)
{
	struct err err = ERR_INIT;

	if (intake->committing)
		return;
	if (daemon_spawn(intake->daemon, "outcomes", commit, intake, &err) < 0)
		return; /* the next tick tries again */
	intake->committing = true;
}

void intake_tick(struct intake *intake)
{
	if (intake->decided != NULL)
		intake_wake(intake);
}

void intake_decided(struct item *item, enum handled_outcome outcome)
{
	struct intake *intake = item->arrival->intake;

	item->outcome = outcome;
	item->next_decided = NULL;
	*intake->decided_end = item;
	intake->decided_end = &item->next_decided;
	intake_wake(intake);
}
