/*
 * Where bodies come from: messages of the queue, which are deleted when their outcome is on
 * disk and left to the queue otherwise; and the API, whose caller waits for the outcome.
 */
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "daemon/daemon_private.h"

/* How long a message that could not be handled stays out of sight: doubled with each try. */
#define AGAIN_FIRST_SECONDS 15
#define AGAIN_MOST_SECONDS 900

static int again_after(int receive_count)
{
	int seconds = AGAIN_FIRST_SECONDS;

	for (int i = 1; i < receive_count && seconds < AGAIN_MOST_SECONDS; i++)
		seconds *= 2;
	return seconds < AGAIN_MOST_SECONDS ? seconds : AGAIN_MOST_SECONDS;
}

/* --- the queue --- */

struct held_message {
	struct daemon *daemon;
	struct queue_message *message;
};

static void message_done(void *argument, const struct arrival_result *result)
{
	struct held_message *held = argument;
	struct queue *queue = held->daemon->queue;

	if (held->daemon->queue_ended)
		; /* too late: the message comes again, to the next process, which knows what became of it */
	else if (daemon_draining(held->daemon) && result->retry)
		queue_release(queue, held->message, 0);
	else if (result->retry || result->refused) /* the queue's own limit sends it to its dead-letter queue */
		queue_release(queue, held->message, again_after(held->message->receive_count));
	else
		queue_done(queue, held->message);
	free(held);
}

void arrivals_take_message(void *argument, struct queue_message *message)
{
	struct daemon *daemon = argument;
	struct held_message *held = xcalloc(1, sizeof *held);
	struct arrival_origin origin = { .message_id = message->id, .sent_ms = message->sent_ms, .receive_count = message->receive_count };

	held->daemon = daemon;
	held->message = message;
	intake_take(daemon->intake, message->body, message->length, &origin, message_done, held);
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

int arrivals_ingest(void *argument, const char *body, size_t length, const struct person *person, json_t **outcome, struct err *err)
{
	struct daemon *daemon = argument;
	struct handed_in handed = { 0 };
	struct arrival_origin origin = { .by = person->name, .sent_ms = clock_now_ms() };

	if (daemon->state != DAEMON_READY)
		return err_set(err, ERR_BUSY, "NotReady", "the process is not ready for events: %s", daemon->waits_for != NULL ? daemon->waits_for : "it ends");
	intake_take(daemon->intake, body, length, &origin, handed_in_done, &handed);
	/* The outcome comes in any case: at the end of the process, what is not begun is abandoned. */
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
