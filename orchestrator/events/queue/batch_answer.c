/* Handles the response to a batch call for each of its messages. */
#include "events/queue/batch_answer.h"

#include "events/queue/entries.h"
#include "events/queue/internal.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"

static struct queue_list *outbox_of(struct queue *queue, enum queue_place kind)
{
	return kind == QUEUE_DELETING ? &queue->deleting : &queue->releasing;
}

static const char *what(enum queue_place kind)
{
	return kind == QUEUE_DELETING ? "deleted" : kind == QUEUE_RELEASING ? "given back" : "kept";
}

static bool ends_with(const char *text, const char *word)
{
	size_t length = strlen(text), part = strlen(word);

	return length >= part && strcmp(text + length - part, word) == 0;
}

/* Returns whether the same call can't succeed later either: the message is visible again, deleted,
 * or past SQS's limit. The codes may have the prefix of the query protocol. */
static bool is_final(const char *code)
{
	return ends_with(code, "ReceiptHandleIsInvalid") || ends_with(code, "MessageNotInflight") ||
		ends_with(code, "InvalidParameterValue") ||
		ends_with(code, "InvalidParameterValueException");
}

static void give_up(struct queue *queue, struct queue_batch *batch, struct queue_entry *entry,
	const char *code, const char *message)
{
	log_warning(
		"the message %s of the event queue could not be %s (%s: %.200s) and may be delivered again",
		json_string_value(entry->id), what(batch->kind), code, message);
	if (batch->kind == QUEUE_HELD) {
		entry->renew_us = INT64_MAX;
		return;
	}
	queue_count("given_up");
	queue_entry_end(queue, entry);
}

/* --- renewals --- */

/* Ends a renewal, successful or not. The taker may have given the message back meanwhile. */
static void end_renewal(struct queue *queue, struct queue_entry *entry)
{
	entry->renewing = false;
	if (entry->place != QUEUE_HELD)
		queue_wake_worker(queue);
	queue_entry_release(entry);
}

/* --- one message --- */

static void succeeded(struct queue *queue, struct queue_batch *batch, struct queue_entry *entry)
{
	switch (batch->kind) {
	case QUEUE_HELD:
		if (entry->place == QUEUE_HELD)
			queue_renew_later(queue, entry, batch->begun_us);
		return;
	case QUEUE_DELETING:
		queue->stats.deleted++;
		queue_count("deleted");
		break;
	default:
		queue->stats.released++;
		queue_count("released");
		break;
	}
	queue_entry_end(queue, entry);
}

static void failed(struct queue *queue, struct queue_batch *batch, struct queue_entry *entry,
	const char *code, const char *message)
{
	bool gone = batch->kind == QUEUE_HELD && entry->place != QUEUE_HELD;
	int64_t now_us = clock_monotonic_us();

	if (gone)
		return;
	if (is_final(code)) {
		give_up(queue, batch, entry, code, message);
		return;
	}
	if (batch->kind == QUEUE_HELD) {
		/* Try again soon but not at once, since half of the visibility timeout is left. */
		entry->renew_us = now_us + (queue->backoff_ms + queue_backoff(queue, 1)) * 1000;
		return;
	}
	if (++entry->tries >= QUEUE_MAX_TRIES) {
		give_up(queue, batch, entry, code, message);
		return;
	}
	entry->not_before_us = now_us + queue_backoff(queue, entry->tries) * 1000;
	queue_list_add(outbox_of(queue, batch->kind), entry);
}

/* --- the batch --- */

static void after(struct queue *queue, struct queue_batch *batch)
{
	for (size_t i = 0; batch->kind == QUEUE_HELD && i < batch->count; i++)
		end_renewal(queue, batch->entries[i]);
}

/* Returns the index in the batch of the message that an entry of the response is about; -1 when it
 * is about none. */
static int place_of(const json_t *item, const struct queue_batch *batch)
{
	const char *id = json_get_string_or(item, "Id", "");

	if (id[0] != 'm' || id[1] < '0' || id[1] > '9' || id[2] != '\0' ||
		(size_t)(id[1] - '0') >= batch->count)
		return -1;
	return id[1] - '0';
}

void queue_settle(struct queue *queue, struct queue_batch *batch, const json_t *output)
{
	const json_t *failures[QUEUE_BATCH] = { NULL };
	bool good[QUEUE_BATCH] = { false };
	size_t index, bad = 0;
	json_t *item;

	json_array_foreach(json_object_get(output, "Successful"), index, item) {
		if (place_of(item, batch) >= 0)
			good[place_of(item, batch)] = true;
	}
	json_array_foreach(json_object_get(output, "Failed"), index, item) {
		if (place_of(item, batch) >= 0)
			failures[place_of(item, batch)] = item;
	}
	for (size_t i = 0; i < batch->count; i++) {
		if (good[i] && failures[i] == NULL) {
			succeeded(queue, batch, batch->entries[i]);
			continue;
		}
		bad++;
		failed(queue, batch, batch->entries[i], json_get_string_or(failures[i], "Code", "NoAnswer"),
			json_get_string_or(failures[i], "Message", "the response does not say why"));
	}
	queue->stats.failures += bad > 0;
	if (bad < batch->count)
		queue->outbox_failing = false;
	after(queue, batch);
}

/* Puts the batch back when the process is stopping: no message is given up, and nothing is logged.
 */
static void put_back(struct queue *queue, struct queue_batch *batch)
{
	for (size_t i = 0; batch->kind != QUEUE_HELD && i < batch->count; i++)
		queue_list_add(outbox_of(queue, batch->kind), batch->entries[i]);
}

void queue_settle_failure(struct queue *queue, struct queue_batch *batch, const struct err *err)
{
	if (err->kind == ERR_CANCELLED) {
		put_back(queue, batch);
		after(queue, batch);
		return;
	}
	queue->stats.failures++;
	if (!queue->outbox_failing)
		log_warning("messages of the event queue could not be %s; trying again: %s",
			what(batch->kind), err->message);
	queue->outbox_failing = true;
	for (size_t i = 0; i < batch->count; i++)
		failed(queue, batch, batch->entries[i], err->code, err->message);
	after(queue, batch);
}
