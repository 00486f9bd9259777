/* Workers: each is a fiber that sends one batch after the other for messages that are due. */
#include "events/queue/workers.h"

#include "aws/client_view.h"
#include "events/queue/batch_answer.h"
#include "events/queue/entries.h"
#include "events/queue/internal.h"

#include "base/banned.h"
#include "base/clock.h"

#define SECOND_US INT64_C(1000000)
#define NEVER_US INT64_MAX

/* --- when --- */

/* The number of seconds for which SQS still allows it to stay invisible. */
static int64_t seconds_left(const struct queue_entry *entry, int64_t now_us)
{
	return QUEUE_MAX_HIDDEN_SECONDS - QUEUE_HIDDEN_MARGIN_SECONDS -
		(now_us - entry->message.received_us) / SECOND_US;
}

static int64_t ready_us(const struct queue *queue, const struct queue_entry *entry)
{
	if (entry->renewing)
		return NEVER_US; /* the fiber that renews it wakes a worker */
	if (queue->draining || entry->not_before_us > entry->due_us)
		return entry->not_before_us;
	return entry->due_us;
}

static int64_t earliest(int64_t one_us, int64_t other_us)
{
	return one_us < other_us ? one_us : other_us;
}

/* When there is something to do for a worker. */
static int64_t next_us(const struct queue *queue, int64_t now_us)
{
	const struct queue_list *const outboxes[] = { &queue->deleting, &queue->releasing };
	int64_t next = queue->held.count > 0 ? now_us + QUEUE_TICK_MS * 1000 : NEVER_US;

	for (const struct queue_entry *entry = queue->held.first; entry != NULL; entry = entry->next)
		if (!entry->renewing)
			next = earliest(next, entry->renew_us);
	for (size_t i = 0; i < ARRAY_LENGTH(outboxes); i++)
		for (const struct queue_entry *entry = outboxes[i]->first; entry != NULL;
			entry = entry->next)
			next = earliest(next, ready_us(queue, entry));
	return next;
}

/* --- what --- */

static bool take_renewals(struct queue *queue, struct queue_batch *batch)
{
	*batch = (struct queue_batch){ .kind = QUEUE_HELD, .begun_us = clock_monotonic_us() };
	for (struct queue_entry *entry = queue->held.first; entry != NULL && batch->count < QUEUE_BATCH;
		entry = entry->next) {
		int64_t left = seconds_left(entry, batch->begun_us);

		if (entry->renewing || entry->renew_us > batch->begun_us)
			continue;
		if (left <= 0) {
			entry->renew_us = NEVER_US; /* it is delivered again, even if its taker still holds it
										 */
			continue;
		}
		entry->seconds = left < queue->options.visibility_seconds
			? (int)left
			: queue->options.visibility_seconds;
		entry->renewing = true;
		entry->references++;
		batch->entries[batch->count++] = entry;
	}
	return batch->count > 0;
}

/* Takes ten messages that may be sent, or fewer when one of them is due, out of the outbox. */
static bool take_posted(struct queue *queue, struct queue_list *outbox, enum queue_place kind,
	struct queue_batch *batch)
{
	bool due = false;

	*batch = (struct queue_batch){ .kind = kind, .begun_us = clock_monotonic_us() };
	for (struct queue_entry *entry = outbox->first; entry != NULL && batch->count < QUEUE_BATCH;
		entry = entry->next) {
		if (entry->renewing || entry->not_before_us > batch->begun_us)
			continue;
		due = due || ready_us(queue, entry) <= batch->begun_us;
		batch->entries[batch->count++] = entry;
	}
	if (!due && batch->count < QUEUE_BATCH)
		return false;
	for (size_t i = 0; i < batch->count; i++)
		queue_list_remove(outbox, batch->entries[i]);
	return true;
}

static bool take_work(struct queue *queue, struct queue_batch *batch)
{
	return take_renewals(queue, batch) ||
		take_posted(queue, &queue->deleting, QUEUE_DELETING, batch) ||
		take_posted(queue, &queue->releasing, QUEUE_RELEASING, batch);
}

/* --- the call --- */

static json_t *batch_params(const struct queue *queue, const struct queue_batch *batch)
{
	json_t *entries = json_array();
	char id[24];

	for (size_t i = 0; i < batch->count; i++) {
		const struct queue_entry *entry = batch->entries[i];
		int64_t left = seconds_left(entry, batch->begun_us),
				seconds = entry->seconds < left ? entry->seconds : left;

		snprintf(id, sizeof id, "m%zu", i);
		json_t *one = json_pack("{s:s, s:O}", "Id", id, "ReceiptHandle", entry->receipt);
		if (batch->kind != QUEUE_DELETING)
			json_object_set_new(one, "VisibilityTimeout", json_integer(seconds > 0 ? seconds : 0));
		json_array_append_new(entries, one);
	}
	return json_pack("{s:s, s:o}", "QueueUrl", queue->options.url, "Entries", entries);
}

static MAY_YIELD void send(struct queue *queue, struct queue_batch *batch)
{
	json_t *output CLEANUP_JSON = NULL;
	struct err err = ERR_INIT;
	struct aws_call call = {
		.operation = batch->kind == QUEUE_DELETING ? &aws_sqs_DeleteMessageBatch
												   : &aws_sqs_ChangeMessageVisibilityBatch,
		.region = queue->region,
		.params = batch_params(queue, batch),
		.max_attempts = 2,
		.abandonable = true, /* a deletion that was not made is repeated when the message is
								delivered again */
	};

	if (aws_write(&queue->writer, &call, &output, &err) < 0)
		queue_settle_failure(queue, batch, &err);
	else
		queue_settle(queue, batch, output);
}

static MAY_YIELD void wait_for_work(struct queue_worker *worker)
{
	int64_t now_us = clock_monotonic_us(), next = next_us(worker->queue, now_us),
			wait_ms = FIBER_FOREVER;

	if (next != NEVER_US)
		wait_ms = next > now_us ? (next - now_us + 999) / 1000 : 1;
	worker->waits = true;
	worker->idle = fiber_ticket();
	(void)!fiber_wait(wait_ms);
	worker->waits = false;
}

void queue_work(void *argument)
{
	struct queue_worker *worker = argument;
	struct queue *queue = worker->queue;
	struct queue_batch batch;

	worker->fiber = fiber_ref();
	while (!queue->ended && !fiber_stopping()) {
		if (take_work(queue, &batch)) {
			send(queue, &batch);
			continue;
		}
		queue_gauge(queue);
		wait_for_work(worker);
	}
	queue->workers_running--;
	queue_fiber_ended(queue);
}
