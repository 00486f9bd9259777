#include "events/queue/internal.h"

#include "aws/retry.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

#include <assert.h>

const struct aws_permission queue_permissions[] = {
	{ .action = "sqs:ReceiveMessage",
		.resource = "arn:${Partition}:sqs:*:*:*",
		.why = "takes events from the queue" },
	{ .action = "sqs:DeleteMessage",
		.resource = "arn:${Partition}:sqs:*:*:*",
		.why = "ends what has its outcome" },
	{ .action = "sqs:ChangeMessageVisibility",
		.resource = "arn:${Partition}:sqs:*:*:*",
		.why = "keeps what is being handled, and gives back what can't be" },
	AWS_PERMISSIONS_END,
};

/* --- entries --- */

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

/* --- what is told --- */

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

/* --- what the taker calls --- */

/* From the held to an outbox; the body is not needed any more. */
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
	queue_wake_worker(queue); /* it sets its timer anew, or goes */
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

/* --- life --- */

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

static int start(struct queue *queue, struct err *err)
{
	for (int i = 0; i < queue->options.receivers; i++) {
		queue->receivers[i] = (struct queue_receiver){ .queue = queue, .most = QUEUE_BATCH };
		if (fiber_spawn(queue->loop, "queue receiver", queue_receive, &queue->receivers[i], err) <
			0)
			return -1;
		queue->receivers[i].running = true;
		queue->receivers_running++;
		fiber_group_add(&queue->fibers);
	}
	for (int i = 0; i < queue->worker_count; i++) {
		queue->workers[i] = (struct queue_worker){ .queue = queue };
		if (fiber_spawn(queue->loop, "queue worker", queue_work, &queue->workers[i], err) < 0)
			return -1;
		queue->workers_running++;
		fiber_group_add(&queue->fibers);
	}
	return 0;
}

static void set_clients(struct queue *queue)
{
	const struct queue_options *options = &queue->options;

	queue->reader = (struct aws_reader){ .aws = options->aws,
		.session = options->session,
		.account_id = options->account_id,
		.declared = queue_permissions };
	queue->writer = (struct aws_writer){ .aws = options->aws,
		.session = options->session,
		.account_id = options->account_id,
		.declared = queue_permissions };
}

int queue_new(struct loop *loop, const struct queue_options *options, struct queue **out,
	struct err *err)
{
	char *region;

	assert(options->receivers > 0 && options->most_held > 0 && options->visibility_seconds > 0 &&
		options->take != NULL);
	*out = NULL;
	if (queue_url_region(options->url, options->region, aws_region(options->aws), &region, err) < 0)
		return -1;
	struct queue *queue = xcalloc(1, sizeof *queue);
	queue->loop = loop;
	queue->options = *options;
	queue->options.region = NULL;
	queue->options.session = aws_session_retain(options->session);
	queue->options.account_id = xstrdup(options->account_id);
	queue->options.url = xstrdup(options->url);
	if (queue->options.receivers > QUEUE_MAX_RECEIVERS)
		queue->options.receivers = QUEUE_MAX_RECEIVERS;
	if (queue->options.visibility_seconds > QUEUE_MAX_HIDDEN_SECONDS)
		queue->options.visibility_seconds = QUEUE_MAX_HIDDEN_SECONDS;
	queue->region = region;
	queue->backoff_ms = QUEUE_BACKOFF_MS;
	queue->random = (uint64_t)clock_monotonic_us() | 1;
	set_clients(queue);
	fiber_group_init(&queue->fibers);
	queue->receivers = xcalloc((size_t)queue->options.receivers, sizeof *queue->receivers);
	queue->worker_count = queue->options.receivers > 1 ? queue->options.receivers : 2;
	queue->workers = xcalloc((size_t)queue->worker_count, sizeof *queue->workers);
	if (start(queue, err) < 0) {
		/* Those that were spawned find this when they first run, and the last one cleans up. */
		queue->stopping = queue->ended = true;
		queue->orphaned = queue->fibers.running > 0;
		if (!queue->orphaned)
			queue_free(queue);
		return -1;
	}
	queue_gauge(queue);
	*out = queue;
	return 0;
}

void queue_stop(struct queue *queue)
{
	queue->stopping = true;
	for (int i = 0; i < queue->options.receivers; i++) {
		struct queue_receiver *receiver = &queue->receivers[i];

		/* One that hands messages over finds out when it has; its taker's waits are not ours to
		 * end. */
		if (receiver->running && !receiver->taking)
			fiber_cancel(receiver->fiber);
	}
}

/* Ends the workers, whatever they are at. */
static void end_workers(struct queue *queue)
{
	queue->ended = true;
	for (int i = 0; i < queue->worker_count; i++)
		fiber_cancel(queue->workers[i].fiber);
}

void queue_drain(struct queue *queue, int64_t timeout_ms)
{
	int64_t end_us = clock_monotonic_us() + timeout_ms * 1000;

	assert(queue->stopping);
	/* The loop may be cancelled by now: this wait has its own bound. */
	fiber_shield();
	queue->draining = true;
	for (int i = 0; i < queue->worker_count; i++)
		queue_wake_worker(queue);
	while (queue->receivers_running > 0 ||
		(queue->outbox_count > 0 && queue->workers_running > 0)) {
		int64_t left_us = end_us - clock_monotonic_us();

		if (left_us <= 0)
			break;
		queue->drainer = fiber_ticket();
		(void)!fiber_wait((left_us + 999) / 1000);
	}
	if (queue->outbox_count > 0)
		log_warning(
			"%zu messages of the event queue could not be given back in time; they will come again",
			queue->outbox_count);
	end_workers(queue);
	fiber_unshield();
	fiber_group_wait(&queue->fibers);
}
