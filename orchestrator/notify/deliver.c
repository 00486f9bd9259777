/* The work of a channel: it completes groups, merges messages beyond its rate, and sends
 * messages, again if necessary. */
#include "notify/deliver.h"

#include "ledger/message_record.h"
#include "notify/group.h"
#include "notify/internal.h"
#include "notify/outbox.h"
#include "notify/schedule.h"
#include "notify/send.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "base/log.h"

#include <openssl/rand.h>

/* Returns whether the message is of that run (NULL: any). */
static bool is_of_run(const struct message_record *message, const char *run)
{
	const char *own = message->sections_count > 0 ? message->sections[0].run : NULL;

	return run == NULL || strcmp(own != NULL ? own : "", run) == 0;
}

/* Merges messages that the rate does not allow to be sent one by one, also while the channel
 * can't be reached. */
static MAY_YIELD void condense(struct notify_channel *channel, int64_t now_ms)
{
	struct message_list gone = { NULL };

	notify_condense(&channel->waiting, notify_rate_available(&channel->rate, false, now_ms), &gone);
	if (gone.count > 0)
		notify_outbox_put_all(channel->notifier, &channel->waiting, &gone);
	message_list_release(&gone);
}

/* Moves a complete message from the open ones to the waiting ones. */
static void close_message(struct notify_channel *channel, size_t index)
{
	struct message_record *message = message_list_take(&channel->open, index);

	message->state = MESSAGE_WAITING;
	message_list_add(&channel->waiting, message);
}

void notify_close(struct notify_channel *channel, enum notify_closing which, const char *run,
	int64_t now_ms)
{
	size_t before = channel->waiting.count;

	for (size_t i = 0; i < channel->open.count;) {
		const struct message_record *message = channel->open.items[i];

		if (which == NOTIFY_CLOSE_DUE ? message->due_ms <= now_ms : is_of_run(message, run))
			close_message(channel, i);
		else
			i++;
	}
	if (channel->waiting.count == before)
		return;
	const struct message_list closed = { .items = channel->waiting.items + before,
		.count = channel->waiting.count - before };
	notify_outbox_put_all(channel->notifier, &closed, NULL);
	condense(channel, now_ms);
}

/* Returns the index of the first urgent message, else of the oldest; -1 when the rate allows none.
 */
static long choose(struct notify_channel *channel, int64_t now_ms)
{
	for (size_t i = 0; i < channel->waiting.count; i++)
		if (message_record_is_urgent(channel->waiting.items[i]))
			return notify_rate_available(&channel->rate, true, now_ms) > 0 ? (long)i : -1;
	return channel->waiting.count > 0 && notify_rate_available(&channel->rate, false, now_ms) > 0
		? 0
		: -1;
}

/* Takes the next message to be sent: from now on the message with this id does not change any more.
 */
static MAY_YIELD bool freeze_next(struct notify_channel *channel, int64_t now_ms)
{
	condense(channel, now_ms);
	if (channel->sending != NULL)
		return true;
	long chosen = choose(channel, now_ms);
	if (chosen < 0)
		return false;
	channel->sending = message_list_take(&channel->waiting, (size_t)chosen);
	channel->sending->state = MESSAGE_SENDING;
	channel->sending->due_ms = now_ms;
	notify_rate_take(&channel->rate);
	notify_outbox_put_rate(channel);
	return true;
}

static MAY_YIELD void give_up(struct notify_channel *channel, struct message_record *message)
{
	message->state = MESSAGE_FAILED;
	notify_outbox_put(channel->notifier, message);
	log_error("notification %s (%s, %s) could not be delivered to channel %s and will not be sent "
			  "again: %s",
		message->id, notification_kind_name(message->kind),
		count_of((size_t)message->count, "event"), channel->name, message->error);
	notify_outbox_prune(channel);
}

static MAY_YIELD void try_later(struct notify_channel *channel, struct message_record *message,
	const struct notify_result *result)
{
	uint32_t random = 0;

	if (RAND_bytes((unsigned char *)&random, sizeof random) != 1)
		abort();
	int64_t wait_ms = result->interrupted
		? 0
		: notify_backoff_ms((int)message->attempts, channel->notifier->backoff_ms, random);
	if (wait_ms < result->retry_after_ms)
		wait_ms = result->retry_after_ms;
	message->due_ms = clock_now_ms() + wait_ms;
	notify_outbox_put(channel->notifier, message);
	log_warning("notification %s could not be delivered to channel %s (attempt %lld; the next in "
				"%lld s): %s",
		message->id, channel->name, (long long)message->attempts,
		(long long)((wait_ms + 999) / 1000), result->error);
}

/* Records the result of an attempt. Returns whether the message is to be sent again. */
static MAY_YIELD bool settle(struct notify_channel *channel, struct message_record *message,
	const struct notify_result *result)
{
	if (result->verdict == NOTIFY_DELIVERED) {
		notify_outbox_delete(channel->notifier, message->id);
		return false;
	}
	message->rejections += result->verdict == NOTIFY_REJECTED;
	message->error = message_record_keep(message, json_text(result->error));
	if (message->rejections >= NOTIFY_REJECTIONS || message->attempts >= NOTIFY_ATTEMPTS) {
		give_up(channel, message);
		return false;
	}
	try_later(channel, message, result);
	return true;
}

bool notify_step(struct notify_channel *channel, int64_t now_ms)
{
	struct notify_result result;

	if (!freeze_next(channel, now_ms) || channel->sending->due_ms > now_ms)
		return false;
	struct message_record *message = channel->sending;
	message->attempts++;
	/* The message is on disk before it is sent: after a crash it is sent again with the same id. */
	notify_outbox_put(channel->notifier, message);
	notify_outbox_flush(channel->notifier);
	notify_send(channel, message, &result);
	channel->sending = NULL;
	if (settle(channel, message, &result))
		channel->sending = message;
	else
		message_record_free(message);
	return true;
}

int64_t notify_next_ms(struct notify_channel *channel, int64_t now_ms)
{
	int64_t next_ms = INT64_MAX, at_ms = INT64_MAX;
	bool urgent = false;

	for (size_t i = 0; i < channel->open.count; i++)
		if (channel->open.items[i]->due_ms < next_ms)
			next_ms = channel->open.items[i]->due_ms;
	for (size_t i = 0; i < channel->waiting.count; i++)
		urgent |= message_record_is_urgent(channel->waiting.items[i]);
	if (channel->sending != NULL)
		at_ms = channel->sending->due_ms;
	else if (channel->waiting.count > 0)
		at_ms = notify_rate_next(&channel->rate, urgent, now_ms);
	return at_ms < next_ms ? at_ms : next_ms;
}
