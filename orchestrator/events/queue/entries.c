/* The messages that are held, and the outboxes with the deletions and releases to be sent to
 * SQS. */
#include "events/queue/entries.h"

#include "aws/session.h"
#include "events/queue/internal.h"
#include "io/fiber_sync.h"

#include "aws/retry.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/metrics.h"

#include <assert.h>

void queue_list_add(struct queue_list *list, struct queue_entry *entry)
{
	entry->next = NULL;
	entry->previous = list->last;
	if (list->last != NULL)
		list->last->next = entry;
	else
		list->first = entry;
	list->last = entry;
	list->count++;
}

void queue_list_remove(struct queue_list *list, struct queue_entry *entry)
{
	if (entry->previous != NULL)
		entry->previous->next = entry->next;
	else
		list->first = entry->next;
	if (entry->next != NULL)
		entry->next->previous = entry->previous;
	else
		list->last = entry->previous;
	list->count--;
}

void queue_entry_release(struct queue_entry *entry)
{
	if (--entry->references > 0)
		return;
	json_decref(entry->id);
	json_decref(entry->receipt);
	json_decref(entry->body);
	free(entry);
}

void queue_wake_worker(struct queue *queue)
{
	for (int i = 0; i < queue->worker_count; i++) {
		struct queue_worker *worker = &queue->workers[i];

		if (!worker->waits)
			continue;
		worker->waits = false;
		fiber_wake(worker->idle, 0);
		return;
	}
}

int queue_room(const struct queue *queue)
{
	if (queue->outbox_count >= QUEUE_MAX_OUTBOX)
		return 0;
	return queue->options.most_held - (int)queue->held.count - queue->reserved;
}

int queue_worthwhile(const struct queue *queue)
{
	int half = (queue->options.most_held + 1) / 2;

	return half < QUEUE_BATCH ? half : QUEUE_BATCH;
}

void queue_wake_receivers(struct queue *queue)
{
	int left = queue_room(queue);

	for (int i = 0; i < queue->options.receivers && left >= queue_worthwhile(queue); i++) {
		struct queue_receiver *receiver = &queue->receivers[i];

		if (!receiver->waits_for_room)
			continue;
		receiver->waits_for_room = false;
		fiber_wake(receiver->room, 0);
		left -= QUEUE_BATCH;
	}
}

/* Renews at half of the visibility timeout or a little before: the time is rounded to an eighth
 * of the timeout, so that messages share calls. */
void queue_renew_later(const struct queue *queue, struct queue_entry *entry, int64_t now_us)
{
	int64_t visibility_us = queue->options.visibility_seconds * INT64_C(1000000),
			grid_us = visibility_us / 8;
	int64_t due_us = now_us + visibility_us / 2;

	entry->renew_us = due_us - due_us % grid_us;
}

void queue_entry_end(struct queue *queue, struct queue_entry *entry)
{
	entry->place = QUEUE_GONE;
	queue->outbox_count--;
	queue_entry_release(entry);
	if (queue->outbox_count == 0)
		fiber_wake(queue->drainer, 0);
	queue_wake_receivers(queue);
}

int64_t queue_backoff(struct queue *queue, int failures)
{
	int64_t most_ms = queue->backoff_ms;

	for (int i = 1; i < failures && most_ms < QUEUE_BACKOFF_MAX_MS; i++)
		most_ms *= 2;
	if (most_ms > QUEUE_BACKOFF_MAX_MS)
		most_ms = QUEUE_BACKOFF_MAX_MS;
	return (int64_t)(retry_random(&queue->random) % (uint64_t)(most_ms + 1));
}

/* --- metrics and health --- */

void queue_count(const char *outcome)
{
	metric_add(METRIC_QUEUE_MESSAGES, METRIC_LABELS(outcome), 1);
}

void queue_gauge(const struct queue *queue)
{
	struct queue_stats stats = queue_stats_now(queue);
	int64_t age_ms = stats.oldest_ms > 0 ? clock_now_ms() - stats.oldest_ms : 0;

	metric_set(METRIC_QUEUE_HELD, METRIC_NO_LABELS, (double)stats.held);
	metric_set(METRIC_QUEUE_AGE, METRIC_NO_LABELS, age_ms > 0 ? (double)age_ms / 1000 : 0);
	metric_set(METRIC_QUEUE_UP, METRIC_NO_LABELS, stats.up);
}

struct queue_stats queue_stats_now(const struct queue *queue)
{
	struct queue_stats stats = queue->stats;

	stats.held = queue->held.count;
	stats.up = queue->state == QUEUE_STATE_UP;
	for (const struct queue_entry *entry = queue->held.first; entry != NULL; entry = entry->next)
		if (entry->message.sent_ms > 0 &&
			(stats.oldest_ms == 0 || entry->message.sent_ms < stats.oldest_ms))
			stats.oldest_ms = entry->message.sent_ms;
	return stats;
}

/* --- calls of the taker --- */

/* Moves a message from those held to an outbox. Its body is not needed any more. */
static void post(struct queue *queue, struct queue_message *message, enum queue_place place,
	struct queue_list *outbox)
{
	struct queue_entry *entry = (struct queue_entry *)message;

	assert(entry->place == QUEUE_HELD);
	queue_list_remove(&queue->held, entry);
	HASH_DEL(queue->by_id, entry);
	json_decref(entry->body);
	entry->body = NULL;
	entry->message = (struct queue_message){ .received_us = entry->message.received_us };
	entry->place = place;
	entry->due_us = clock_monotonic_us() + QUEUE_LINGER_MS * 1000;
	queue_list_add(outbox, entry);
	queue->outbox_count++;
	queue_wake_worker(queue); /* it sets its timer again, or ends */
	queue_gauge(queue);
	queue_wake_receivers(queue);
}

void queue_done(struct queue *queue, struct queue_message *message)
{
	post(queue, message, QUEUE_DELETING, &queue->deleting);
}

void queue_release(struct queue *queue, struct queue_message *message, int seconds)
{
	struct queue_entry *entry = (struct queue_entry *)message;

	entry->seconds = seconds < 0 ? 0 : seconds;
	post(queue, message, QUEUE_RELEASING, &queue->releasing);
}

/* --- the end of a queue --- */

static void free_list(struct queue_list *list)
{
	for (struct queue_entry *entry = list->first, *next; entry != NULL; entry = next) {
		next = entry->next;
		assert(entry->references == 1);
		queue_entry_release(entry);
	}
}

void queue_free(struct queue *queue)
{
	if (queue == NULL)
		return;
	assert(queue->fibers.running == 0);
	HASH_CLEAR(hh, queue->by_id);
	free_list(&queue->held);
	free_list(&queue->deleting);
	free_list(&queue->releasing);
	if (queue->options.session != NULL)
		aws_session_release(queue->options.session);
	free((char *)queue->options.account_id);
	free((char *)queue->options.url);
	free(queue->region);
	free(queue->receivers);
	free(queue->workers);
	free(queue);
}

void queue_fiber_ended(struct queue *queue)
{
	fiber_wake(queue->drainer, 0);
	fiber_group_done(&queue->fibers);
	if (queue->orphaned && queue->fibers.running == 0)
		queue_free(queue);
}
