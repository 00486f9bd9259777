/*
 * The sources of event bodies: messages of the queue, which are deleted when their outcome is on
 * disk and left in the queue otherwise; and the API, whose caller waits for the outcome.
 */
#include "daemon/arrivals.h"

#include "aws/session.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "config/values.h"
#include "daemon/daemon_private.h"
#include "daemon/intake.h"
#include "daemon/life.h"
#include "events/queue/entries.h"

#include <utlist.h>

/* The seconds for which a message that could not be handled stays invisible in the queue; they
 * double with each try. */
#define AGAIN_FIRST_SECONDS 15
#define AGAIN_MOST_SECONDS 900
/* The interval at which a replaced queue is checked for messages that have no outcome yet. */
#define REPLACED_EVERY_MS 100
#define REPLACED_END_MS 5000

static int again_after(int receive_count)
{
	int seconds = AGAIN_FIRST_SECONDS;

	for (int i = 1; i < receive_count && seconds < AGAIN_MOST_SECONDS; i++)
		seconds *= 2;
	return seconds < AGAIN_MOST_SECONDS ? seconds : AGAIN_MOST_SECONDS;
}

/* --- the queue --- */

/* One queue. A reload may replace it while its messages are being handled. */
struct source {
	struct daemon *daemon;
	struct queue *queue;
	json_t *settings; /* the configuration that it was opened with */
	struct held_message *held;
	bool replaced, ended; /* replaced: by a reload, with another queue; ended: it is closed */
};

struct held_message {
	struct held_message *prev, *next; /* links of utlist */
	struct source *source;
	struct queue_message *message; /* NULL: it was released to the queue */
};

static void source_free(struct source *source)
{
	if (source == NULL)
		return;
	json_decref(source->settings);
	free(source);
}

static void message_done(void *argument, const struct arrival_result *result)
{
	struct held_message *held = argument;
	struct source *source = held->source;

	DL_DELETE(source->held, held);
	if (held->message == NULL || source->ended)
		; /* too late to delete it: SQS delivers it again, and by then its outcome is on record */
	else if (daemon_draining(source->daemon) && result->retry)
		queue_release(source->queue, held->message, 0);
	else if (result->retry || result->refused) /* the queue's redrive policy moves it to the
												  dead-letter queue */
		queue_release(source->queue, held->message, again_after(held->message->receive_count));
	else
		queue_done(source->queue, held->message);
	if (source->replaced && source->ended && source->held == NULL)
		source_free(source);
	free(held);
}

static MAY_YIELD void take(void *argument, struct queue_message *message)
{
	struct source *source = argument;
	struct held_message *held = xcalloc(1, sizeof *held);
	struct arrival_origin origin = { .message_id = message->id,
		.sent_ms = message->sent_ms,
		.receive_count = message->receive_count };

	held->source = source;
	held->message = message;
	DL_APPEND(source->held, held);
	intake_take(source->daemon->intake, message->body, message->length, &origin, message_done,
		held);
}

static void on_health(void *argument, const struct err *err)
{
	(void)argument;
	if (err != NULL)
		log_error("the event queue does not answer; it is polled again until it does: %s",
			err->message);
	else
		log_info("the event queue answers again");
}

static const json_t *setting(const struct config *config, const char *key)
{
	return json_object_get(config_get(config, "events"), key);
}

/* Returns the settings that the queue is opened with; NULL when none is configured. */
static json_t *settings_of(const struct config *config)
{
	const char *region = config_string(config, "events", "queue_region");

	if (config_string(config, "events", "queue_url") == NULL)
		return NULL;
	return json_pack("{s:O, s:s?, s:O, s:O, s:O}", "url", setting(config, "queue_url"), "region",
		region != NULL ? region : config_string(config, "organization", "home_region"), "receivers",
		setting(config, "receivers"), "most_held", setting(config, "most_held"),
		"visibility_seconds", setting(config, "visibility_seconds"));
}

int arrivals_open(struct daemon *daemon, struct source **out, struct err *err)
{
	json_t *settings = settings_of(daemon->generation->config);

	*out = NULL;
	if (settings == NULL ||
		(daemon->source != NULL && json_equal(settings, daemon->source->settings))) {
		json_decref(settings);
		return 0;
	}
	struct source *source = xcalloc(1, sizeof *source);
	source->daemon = daemon;
	source->settings = settings;
	struct queue_options options = {
		.aws = daemon->parts.aws,
		.session = aws_session_default(daemon->parts.aws),
		.account_id = daemon->orchestrator_account,
		.url = json_get_string(settings, "url"),
		.region = json_get_string(settings, "region"),
		.receivers = (int)json_get_integer_or(settings, "receivers", 1),
		.most_held = (int)json_get_integer_or(settings, "most_held", 1),
		.visibility_seconds = (int)json_get_integer_or(settings, "visibility_seconds", 30),
		.take = take,
		.health = on_health,
		.argument = source,
	};
	int result = queue_new(daemon->parts.loop, &options, &source->queue, err);
	aws_session_release(options.session);
	if (result < 0) {
		source_free(source);
		return -1;
	}
	*out = source;
	return 0;
}

/* Ends a queue. Messages without an outcome are released, and SQS delivers them again at once. */
static MAY_YIELD void end_source(struct source *source, int64_t within_ms)
{
	for (struct held_message *held = source->held; held != NULL; held = held->next) {
		queue_release(source->queue, held->message, 0);
		held->message = NULL;
	}
	queue_drain(source->queue, within_ms);
	queue_free(source->queue);
	source->queue = NULL;
	source->ended = true;
}

static MAY_YIELD void end_replaced(void *argument)
{
	struct source *source = argument;
	struct daemon *daemon = source->daemon;

	while (source->held != NULL && fiber_sleep(REPLACED_EVERY_MS) == 0)
		;
	end_source(source, REPLACED_END_MS);
	source->replaced = true;
	if (source->held == NULL)
		source_free(source);
	daemon_fiber_done(daemon);
}

void arrivals_drop(struct daemon *daemon, struct source *source)
{
	struct err err = ERR_INIT;

	if (source == NULL)
		return;
	queue_stop(source->queue);
	if (daemon_spawn(daemon, "queue", end_replaced, source, &err) < 0)
		daemon_fail(daemon, &err); /* its messages could no longer be deleted or released */
}

void arrivals_follow(struct daemon *daemon, struct source *source)
{
	struct source *old = daemon->source;

	if (source == NULL && config_string(daemon->generation->config, "events", "queue_url") != NULL)
		return;
	daemon->source = source;
	daemon->queue = source != NULL ? source->queue : NULL;
	arrivals_drop(daemon, old);
}

void arrivals_stop(struct daemon *daemon)
{
	if (daemon->source != NULL)
		queue_stop(daemon->source->queue);
}

void arrivals_end(struct daemon *daemon, int64_t within_ms)
{
	daemon->queue = NULL;
	if (daemon->source != NULL)
		end_source(daemon->source, within_ms);
}

void arrivals_free(struct daemon *daemon)
{
	source_free(daemon->source);
}

/* --- the API --- */

struct handed_in {
	struct fiber_ticket ticket;
	bool over, waits;
	bool refused, retry;
	struct err cause;
	json_t *signals;
};

static void handed_in_done(void *argument, const struct arrival_result *result)
{
	struct handed_in *handed = argument;

	handed->over = true;
	handed->refused = result->refused;
	handed->retry = result->retry;
	handed->cause = result->cause;
	handed->signals = json_incref((json_t *)result->signals);
	if (handed->waits)
		fiber_wake(handed->ticket, 0);
}

int arrivals_ingest(void *argument, const char *body, size_t length, const struct person *person,
	json_t **outcome, struct err *err)
{
	struct daemon *daemon = argument;
	struct handed_in handed = { 0 };
	struct arrival_origin origin = { .by = person->name, .sent_ms = clock_now_ms() };

	if (daemon->state != DAEMON_READY)
		return err_set(err, ERR_BUSY, "NotReady", "the daemon can't take events now: %s",
			daemon->waits_for != NULL ? daemon->waits_for : "it is stopping");
	intake_take(daemon->intake, body, length, &origin, handed_in_done, &handed);
	/* The outcome always comes: when the process ends, checks that were not begun are abandoned. */
	fiber_shield();
	while (!handed.over) {
		handed.ticket = fiber_ticket();
		handed.waits = true;
		(void)!fiber_wait(FIBER_FOREVER);
	}
	fiber_unshield();
	if (handed.refused) {
		json_decref(handed.signals);
		*err = handed.cause;
		return -1;
	}
	*outcome = json_pack("{s:o, s:b}", "signals", handed.signals, "put_off", handed.retry);
	return 0;
}
