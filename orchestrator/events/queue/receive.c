/* Receivers: each is a fiber that makes one long poll after the other. */
#include "events/queue/receive.h"

#include "aws/client_view.h"
#include "aws/errors.h"
#include "aws/session.h"
#include "events/queue/entries.h"
#include "events/queue/internal.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"

enum {
	/* A response without a message that came sooner than this was no long poll: the server may
	 * be a stand-in for SQS that does not support it. */
	QUICK_US = 500 * 1000,
	QUICK_PAUSE_MS = 50,
	QUICK_PAUSE_MAX_MS = 1000,
};

/* --- room --- */

/* Reserves room for the messages that a poll may return. Returns false when the queue stops. */
static MAY_YIELD bool reserve(struct queue_receiver *receiver)
{
	struct queue *queue = receiver->queue;
	int left;

	while (queue_room(queue) < queue_worthwhile(queue)) {
		receiver->waits_for_room = true;
		receiver->room = fiber_ticket();
		int waited = fiber_wait(FIBER_FOREVER);
		receiver->waits_for_room = false;
		if (waited == FIBER_CANCELLED || queue->stopping)
			return false;
	}
	left = queue_room(queue);
	receiver->reserved = left < receiver->most ? left : receiver->most;
	queue->reserved += receiver->reserved;
	return true;
}

static void unreserve(struct queue_receiver *receiver)
{
	receiver->queue->reserved -= receiver->reserved;
	receiver->reserved = 0;
}

/* --- health --- */

static void set_state(struct queue *queue, enum queue_state state, const struct err *err)
{
	if (queue->state == state)
		return;
	if (state == QUEUE_STATE_DOWN)
		log_warning("the event queue can't be read; trying again: %s", err->message);
	else if (queue->state == QUEUE_STATE_DOWN)
		log_info("the event queue answers again");
	queue->state = state;
	queue_gauge(queue);
	if (queue->options.health != NULL)
		queue->options.health(queue->options.argument, err);
}

/* Returns whether a failure is worth a warning: a single broken connection is not, a refusal is. */
static bool is_worth_warning(const struct queue *queue, const struct err *err)
{
	bool refused = err->kind == ERR_AWS && err->http_status < 500 && !aws_error_is_throttle(err);

	return queue->failures > 1 || refused || err->kind == ERR_CREDENTIALS;
}

static MAY_YIELD void failed(struct queue_receiver *receiver, const struct err *err)
{
	struct queue *queue = receiver->queue;

	queue->stats.failures++;
	queue->failures++;
	receiver->failures++;
	/* Ten large messages can exceed the maximum size of a response; a single message always
	 * fits. */
	if (err->kind == ERR_LIMIT)
		receiver->most = 1;
	if (is_worth_warning(queue, err))
		set_state(queue, QUEUE_STATE_DOWN, err);
	/* The failure of a role is kept until it is forgotten; one try after each wait is few
	 * enough. */
	aws_session_forget_failure(queue->options.session);
	(void)!fiber_sleep(queue_backoff(queue, receiver->failures));
}

static void answered(struct queue_receiver *receiver)
{
	struct queue *queue = receiver->queue;

	queue->failures = receiver->failures = 0;
	receiver->most = receiver->most * 2 < QUEUE_BATCH ? receiver->most * 2 : QUEUE_BATCH;
	set_state(queue, QUEUE_STATE_UP, NULL);
}

/* --- messages --- */

/* Returns a number that SQS gives as text; 0 for anything else. */
static int64_t number_of(const json_t *attributes, const char *name)
{
	const char *text = json_get_string_or(attributes, name, "");
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits <= 15 && text[digits] == '\0' ? strtoll(text, NULL, 10) : 0;
}

static void describe(struct queue_entry *entry, const json_t *message, int64_t now_us)
{
	const json_t *attributes = json_object_get(message, "Attributes");
	int64_t count = number_of(attributes, "ApproximateReceiveCount");

	entry->message.sent_ms = number_of(attributes, "SentTimestamp");
	entry->message.received_us = now_us;
	entry->message.receive_count = count > INT32_MAX ? INT32_MAX : (int)count;
}

/* Takes the new receipt handle, the only valid one, of a message that is held and was delivered
 * again since its visibility timeout had expired. The taker keeps the message. */
static void renew_handle(struct queue *queue, struct queue_entry *entry, const json_t *message,
	int64_t now_us)
{
	json_decref(entry->receipt);
	entry->receipt = json_incref(json_object_get(message, "ReceiptHandle"));
	describe(entry, message, now_us);
	queue_renew_later(queue, entry, now_us);
	queue_count("repeated");
}

static struct queue_entry *hold(struct queue *queue, const json_t *message, int64_t now_us)
{
	struct queue_entry *entry = xcalloc(1, sizeof *entry);

	entry->references = 1;
	entry->place = QUEUE_HELD;
	entry->id = json_incref(json_object_get(message, "MessageId"));
	entry->receipt = json_incref(json_object_get(message, "ReceiptHandle"));
	entry->body = json_incref(json_object_get(message, "Body"));
	entry->message.id = json_string_value(entry->id);
	entry->message.body = json_string_value(entry->body);
	entry->message.length = json_string_length(entry->body);
	describe(entry, message, now_us);
	queue_renew_later(queue, entry, now_us);
	queue_list_add(&queue->held, entry);
	HASH_ADD_KEYPTR(hh, queue->by_id, entry->message.id, strlen(entry->message.id), entry);
	queue->stats.received++;
	queue_count("received");
	return entry;
}

static bool has_text(const json_t *message, const char *key)
{
	const json_t *value = json_object_get(message, key);

	return json_is_string(value) && json_string_length(value) > 0;
}

/* Holds the messages that were received, puts those that are new into `fresh`, and returns how
 * many could not be read. Those are not deleted: their visibility timeout and the dead-letter
 * queue take care of them. */
static size_t accept(struct queue *queue, const json_t *messages,
	struct queue_entry *fresh[QUEUE_BATCH], size_t *count)
{
	int64_t now_us = clock_monotonic_us();
	size_t index, bad = 0;
	json_t *message;

	*count = 0;
	json_array_foreach((json_t *)messages, index, message) {
		struct queue_entry *entry = NULL;

		if (!has_text(message, "ReceiptHandle") || !has_text(message, "MessageId") ||
			!json_is_string(json_object_get(message, "Body")) || *count == QUEUE_BATCH) {
			queue_count("unreadable");
			bad++;
			continue;
		}
		HASH_FIND_STR(queue->by_id, json_get_string(message, "MessageId"), entry);
		if (entry != NULL)
			renew_handle(queue, entry, message, now_us);
		else
			fresh[(*count)++] = hold(queue, message, now_us);
	}
	if (*count > 0)
		queue_wake_worker(queue); /* for the first renewal */
	queue_gauge(queue);
	return bad;
}

/* Hands the messages to the taker. Those that arrive after the stop are given back at once, so that
 * another process need not wait for them. */
static MAY_YIELD void hand_over(struct queue_receiver *receiver,
	struct queue_entry *fresh[QUEUE_BATCH], size_t count)
{
	struct queue *queue = receiver->queue;

	receiver->taking = true;
	for (size_t i = 0; i < count; i++) {
		if (queue->stopping)
			queue_release(queue, &fresh[i]->message, 0);
		else
			queue->options.take(queue->options.argument, &fresh[i]->message);
	}
	receiver->taking = false;
}

/* --- the poll --- */

static json_t *poll_params(const struct queue_receiver *receiver, int wait_seconds)
{
	const struct queue_options *options = &receiver->queue->options;

	return json_pack("{s:s, s:i, s:i, s:i, s:[s, s]}", "QueueUrl", options->url,
		"MaxNumberOfMessages", receiver->reserved, "WaitTimeSeconds", wait_seconds,
		"VisibilityTimeout", options->visibility_seconds, "MessageSystemAttributeNames",
		"SentTimestamp", "ApproximateReceiveCount");
}

static MAY_YIELD void pause_after_quick(struct queue_receiver *receiver)
{
	int64_t pause_ms = QUICK_PAUSE_MS;

	for (int i = 0; i < receiver->quick_empties && pause_ms < QUICK_PAUSE_MAX_MS; i++)
		pause_ms *= 2;
	receiver->quick_empties++;
	(void)!fiber_sleep(pause_ms < QUICK_PAUSE_MAX_MS ? pause_ms : QUICK_PAUSE_MAX_MS);
}

static MAY_YIELD void poll(struct queue_receiver *receiver)
{
	struct queue *queue = receiver->queue;
	struct queue_entry *fresh[QUEUE_BATCH];
	json_t *output CLEANUP_JSON = NULL;
	struct err err = ERR_INIT;
	/* Until the queue is known to answer, it is asked to respond at once. */
	int wait_seconds =
		queue->state == QUEUE_STATE_UP && receiver->failures == 0 ? QUEUE_WAIT_SECONDS : 0;
	struct aws_call call = { .operation = &aws_sqs_ReceiveMessage,
		.region = queue->region,
		.params = poll_params(receiver, wait_seconds),
		.hold_ms = wait_seconds * 1000,
		.max_attempts = 1 };
	int64_t begun_us = clock_monotonic_us();
	size_t count = 0;

	int result = aws_read(&queue->reader, &call, &output, &err);
	unreserve(receiver);
	if (result < 0) {
		if (err.kind != ERR_CANCELLED)
			failed(receiver, &err);
		return;
	}
	const json_t *messages = json_object_get(output, "Messages");
	size_t bad = accept(queue, messages, fresh, &count);
	if (bad > 0 && bad == json_array_size(messages)) {
		err_set(&err, ERR_PROTOCOL, "NotMessages",
			"the messages from %s have no id, receipt handle or body; is it the right endpoint?",
			queue->options.url);
		failed(receiver, &err);
		return;
	}
	if (bad > 0)
		log_warning("%zu of the messages received from the event queue could not be read, and are "
					"left in the queue",
			bad);
	answered(receiver);
	hand_over(receiver, fresh, count);
	if (json_array_size(messages) == 0 && wait_seconds > 0 &&
		clock_monotonic_us() - begun_us < QUICK_US)
		pause_after_quick(receiver);
	else
		receiver->quick_empties = 0;
}

void queue_receive(void *argument)
{
	struct queue_receiver *receiver = argument;
	struct queue *queue = receiver->queue;

	receiver->fiber = fiber_ref();
	while (!queue->stopping && !fiber_stopping() && reserve(receiver)) {
		poll(receiver);
		queue_wake_receivers(queue);
	}
	receiver->running = false;
	queue->receivers_running--;
	queue_fiber_ended(queue);
}
