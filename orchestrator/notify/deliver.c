/* The work of a channel: it completes groups, merges messages beyond its rate, and sends
 * messages, again if necessary. */
#include "notify/deliver.h"

#include "notify/group.h"
#include "notify/internal.h"
#include "notify/outbox.h"
#include "notify/record.h"
#include "notify/schedule.h"
#include "notify/send.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

#include <openssl/rand.h>

static int64_t due_of(const json_t *record)
{
	return (int64_t)json_get_integer_or(record, "due", 0);
}

static void set_integer(json_t *record, const char *key, int64_t value)
{
	json_object_set_new(record, key, json_integer((json_int_t)value));
}

/* NULL: of any run. */
static bool is_of_run(const json_t *record, const char *run)
{
	const json_t *section = json_array_get(json_object_get(record, "sections"), 0);

	return run == NULL || strcmp(json_get_string_or(section, "run", ""), run) == 0;
}

/* Merges messages that the rate does not allow to be sent one by one, also while the channel
 * can't be reached. */
static MAY_YIELD void condense(struct notify_channel *channel, int64_t now_ms)
{
	CLEANUP_JSON json_t *gone = json_array();

	notify_condense(channel->waiting, notify_rate_available(&channel->rate, false, now_ms), gone);
	if (json_array_size(gone) > 0)
		notify_outbox_put_all(channel->notifier, channel->waiting, gone);
}

void notify_close(struct notify_channel *channel, enum notify_closing which, const char *run,
	int64_t now_ms)
{
	CLEANUP_JSON json_t *closed = json_array();
	const char *key;
	json_t *record;
	void *next;

	json_object_foreach_safe(channel->open, next, key, record)
	{
		if (which == NOTIFY_CLOSE_DUE ? due_of(record) > now_ms : !is_of_run(record, run))
			continue;
		json_object_set_new(record, "state", json_string("waiting"));
		json_array_append(closed, record);
		json_object_del(channel->open, key);
	}
	if (json_array_size(closed) == 0)
		return;
	json_array_extend(channel->waiting, closed);
	notify_outbox_put_all(channel->notifier, closed, NULL);
	condense(channel, now_ms);
}

/* The index of the first urgent message, else of the oldest; -1 when the rate allows none. */
static long choose(struct notify_channel *channel, int64_t now_ms)
{
	size_t index;
	json_t *record;

	json_array_foreach(channel->waiting, index, record)
		if (notify_is_urgent(record))
			return notify_rate_available(&channel->rate, true, now_ms) > 0 ? (long)index : -1;
	return json_array_size(channel->waiting) > 0 &&
			notify_rate_available(&channel->rate, false, now_ms) > 0
		? 0
		: -1;
}

/* From now on the message with this id does not change any more. */
static MAY_YIELD bool freeze_next(struct notify_channel *channel, int64_t now_ms)
{
	condense(channel, now_ms);
	if (channel->sending != NULL)
		return true;
	long chosen = choose(channel, now_ms);
	if (chosen < 0)
		return false;
	channel->sending = json_incref(json_array_get(channel->waiting, (size_t)chosen));
	json_array_remove(channel->waiting, (size_t)chosen);
	json_object_set_new(channel->sending, "state", json_string("sending"));
	set_integer(channel->sending, "due", now_ms);
	notify_rate_take(&channel->rate);
	notify_outbox_put_rate(channel);
	return true;
}

static MAY_YIELD void give_up(struct notify_channel *channel, json_t *record)
{
	json_object_set_new(record, "state", json_string("failed"));
	notify_outbox_put(channel->notifier, record);
	log_error("notification %s (%s, %lld events) could not be delivered to channel %s and will not "
			  "be sent again: %s",
		json_get_string_or(record, "id", ""), json_get_string_or(record, "kind", ""),
		(long long)notify_count(record), channel->name, json_get_string_or(record, "error", ""));
	notify_outbox_prune(channel);
}

static MAY_YIELD void try_later(struct notify_channel *channel, json_t *record,
	const struct notify_result *result)
{
	json_int_t attempts = json_get_integer_or(record, "attempts", 0);
	uint32_t random = 0;

	if (RAND_bytes((unsigned char *)&random, sizeof random) != 1)
		abort();
	int64_t wait_ms = result->interrupted
		? 0
		: notify_backoff_ms((int)attempts, channel->notifier->backoff_ms, random);
	if (wait_ms < result->retry_after_ms)
		wait_ms = result->retry_after_ms;
	set_integer(record, "due", clock_now_ms() + wait_ms);
	notify_outbox_put(channel->notifier, record);
	log_warning("notification %s could not be delivered to channel %s (attempt %lld; the next in "
				"%lld s): %s",
		json_get_string_or(record, "id", ""), channel->name, (long long)attempts,
		(long long)((wait_ms + 999) / 1000), result->error);
}

static MAY_YIELD void settle(struct notify_channel *channel, json_t *record,
	const struct notify_result *result)
{
	json_int_t rejections = json_get_integer_or(record, "rejections", 0) +
		(result->verdict == NOTIFY_REJECTED);

	if (result->verdict == NOTIFY_DELIVERED) {
		notify_outbox_delete(channel->notifier, json_get_string_or(record, "id", ""));
		return;
	}
	set_integer(record, "rejections", rejections);
	json_object_set_new(record, "error", json_text(result->error));
	if (rejections >= NOTIFY_REJECTIONS ||
		json_get_integer_or(record, "attempts", 0) >= NOTIFY_ATTEMPTS) {
		give_up(channel, record);
		return;
	}
	try_later(channel, record, result);
	channel->sending = json_incref(record);
}

bool notify_step(struct notify_channel *channel, int64_t now_ms)
{
	struct notify_result result;

	if (!freeze_next(channel, now_ms) || due_of(channel->sending) > now_ms)
		return false;
	CLEANUP_JSON json_t *record = channel->sending;
	set_integer(record, "attempts", json_get_integer_or(record, "attempts", 0) + 1);
	/* The message is on disk before it is sent: after a crash it is sent again with the same id. */
	notify_outbox_put(channel->notifier, record);
	notify_outbox_flush(channel->notifier);
	notify_send(channel, record, &result);
	channel->sending = NULL;
	settle(channel, record, &result);
	return true;
}

int64_t notify_next_ms(struct notify_channel *channel, int64_t now_ms)
{
	int64_t next_ms = INT64_MAX, at_ms = INT64_MAX;
	bool urgent = false;
	const char *key;
	size_t index;
	json_t *record;

	json_object_foreach(channel->open, key, record)
		if (due_of(record) < next_ms)
			next_ms = due_of(record);
	json_array_foreach(channel->waiting, index, record)
		urgent |= notify_is_urgent(record);
	if (channel->sending != NULL)
		at_ms = due_of(channel->sending);
	else if (json_array_size(channel->waiting) > 0)
		at_ms = notify_rate_next(&channel->rate, urgent, now_ms);
	return at_ms < next_ms ? at_ms : next_ms;
}
