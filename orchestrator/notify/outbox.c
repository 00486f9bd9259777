/* The outbox: messages are on disk until they are delivered. */
#include "notify/outbox.h"

#include "ledger/message_record.h"
#include "notify/internal.h"
#include "store/queue.h"

#include "base/banned.h"
#include "base/count.h"
#include "base/json.h"
#include "base/log.h"

#include <openssl/rand.h>

/* Ids sort by the time at which their messages were created. */
void notify_make_id(int64_t now_ms, char out[NOTIFY_ID_SIZE])
{
	time_t seconds = (time_t)(now_ms / 1000);
	unsigned char random[6];
	struct tm utc;

	if (RAND_bytes(random, sizeof random) != 1)
		abort(); /* without randomness nothing can be signed either */
	gmtime_r(&seconds, &utc);
	size_t used = strftime(out, NOTIFY_ID_SIZE, "%Y%m%dT%H%M%S", &utc);
	snprintf(out + used, NOTIFY_ID_SIZE - used, ".%03dZ-%02x%02x%02x%02x%02x%02x",
		(int)(now_ms % 1000), random[0], random[1], random[2], random[3], random[4], random[5]);
}

static void tell(struct notifier *notifier, const struct err *err)
{
	if (err->kind == ERR_CANCELLED || notifier->told_of_store) /* a cancelled write is queued all
																  the same */
		return;
	notifier->told_of_store = true;
	log_error("notifications can't be stored in the state folder, so those that can't be delivered "
			  "now are lost: %s",
		err->message);
}

static MAY_YIELD void put(struct notifier *notifier, const struct message_record *message)
{
	struct err err = ERR_INIT;

	if (message_record_put(notifier->store, message, &err) < 0)
		tell(notifier, &err);
}

static MAY_YIELD void delete(struct notifier *notifier, const char *id)
{
	struct err err = ERR_INIT;

	if (message_record_delete(notifier->store, id, &err) < 0)
		tell(notifier, &err);
}

void notify_outbox_put(struct notifier *notifier, const struct message_record *message)
{
	store_batch_begin(notifier->store);
	put(notifier, message);
	store_batch_end(notifier->store);
}

void notify_outbox_delete(struct notifier *notifier, const char *id)
{
	store_batch_begin(notifier->store);
	delete (notifier, id);
	store_batch_end(notifier->store);
}

void notify_outbox_put_all(struct notifier *notifier, const struct message_list *messages,
	const struct message_list *gone)
{
	store_batch_begin(notifier->store);
	for (size_t i = 0; i < messages->count; i++)
		put(notifier, messages->items[i]);
	for (size_t i = 0; gone != NULL && i < gone->count; i++)
		delete (notifier, gone->items[i]->id);
	store_batch_end(notifier->store);
}

void notify_outbox_put_rate(struct notify_channel *channel)
{
	struct store *store = channel->notifier->store;
	const struct message_rate rate = {
		.channel = channel->name, .tokens = channel->rate.tokens, .at_ms = channel->rate.at_ms
	};
	struct err err = ERR_INIT;

	store_batch_begin(store);
	if (message_rate_put(store, &rate, &err) < 0)
		tell(channel->notifier, &err);
	store_batch_end(store);
}

void notify_outbox_flush(struct notifier *notifier)
{
	struct err err = ERR_INIT;

	if (store_flush(notifier->store, &err) < 0)
		tell(notifier, &err);
}

/* --- pruning --- */

struct prune {
	const char *channel;
	struct message_list failed; /* the channel's failed messages, the oldest first */
};

static int collect_failed(void *argument, struct message_record *message)
{
	struct prune *prune = argument;

	if (message->state == MESSAGE_FAILED && strcmp(message->channel, prune->channel) == 0)
		message_list_add(&prune->failed, message);
	else
		message_record_free(message);
	return 0;
}

void notify_outbox_prune(struct notify_channel *channel)
{
	struct notifier *notifier = channel->notifier;
	struct prune prune = { .channel = channel->name };
	struct err err = ERR_INIT;

	notify_outbox_flush(notifier);
	if (message_record_each(notifier->store, collect_failed, &prune, &err) < 0)
		tell(notifier, &err);
	for (size_t i = 0; i + NOTIFY_FAILED_KEPT < prune.failed.count; i++)
		notify_outbox_delete(notifier, prune.failed.items[i]->id);
	message_list_release(&prune.failed);
}

/* --- what earlier processes left --- */

struct loading {
	struct notifier *notifier;
	struct message_list orphans; /* messages whose channel is no longer configured */
};

static struct notify_channel *channel_named(struct notifier *notifier, const char *name)
{
	for (size_t i = 0; i < notifier->channel_count; i++)
		if (strcmp(notifier->channels[i].name, name) == 0)
			return &notifier->channels[i];
	return NULL;
}

static int take_message(void *argument, struct message_record *message)
{
	struct loading *loading = argument;
	struct notify_channel *channel = channel_named(loading->notifier, message->channel);

	if (channel == NULL) {
		message_list_add(&loading->orphans, message);
	} else if (message->state == MESSAGE_FAILED) {
		message_record_free(message);
	} else if (message->state == MESSAGE_SENDING && channel->sending == NULL) {
		channel->sending = message;
	} else {
		/* The process that was adding events to it has ended. */
		message->state = MESSAGE_WAITING;
		message_list_add(&channel->waiting, message);
	}
	return 0;
}

static MAY_YIELD void delete_orphans(struct loading *loading)
{
	size_t count = loading->orphans.count;

	for (size_t i = 0; i < count; i++)
		notify_outbox_delete(loading->notifier, loading->orphans.items[i]->id);
	if (count > 0)
		log_warning("%s for channels that are no longer configured %s dropped",
			count_of(count, "notification"), count == 1 ? "was" : "were");
}

static int load_rates(struct notifier *notifier, struct err *err)
{
	for (size_t i = 0; i < notifier->channel_count; i++) {
		struct notify_channel *channel = &notifier->channels[i];
		struct message_rate rate;
		bool found;

		if (message_rate_read(notifier->store, channel->name, &rate, &found, err) < 0)
			return -1;
		if (found) {
			channel->rate.tokens = rate.tokens;
			channel->rate.at_ms = rate.at_ms;
		}
		message_rate_release(&rate);
	}
	return 0;
}

int notify_outbox_load(struct notifier *notifier, struct err *err)
{
	struct loading loading = { .notifier = notifier };
	int result = message_record_each(notifier->store, take_message, &loading, err);

	if (result == 0)
		result = load_rates(notifier, err);
	if (result == 0)
		delete_orphans(&loading);
	message_list_release(&loading.orphans);
	return result;
}

/* --- for `status` --- */

struct summary {
	json_int_t waiting;
	json_t *failed;
};

static int sum_up(void *argument, struct message_record *message)
{
	struct summary *summary = argument;

	if (message->state == MESSAGE_FAILED)
		json_array_append_new(summary->failed, message_record_failure(message));
	else
		summary->waiting++;
	message_record_free(message);
	return 0;
}

int notify_status(struct store *store, json_t **out, struct err *err)
{
	CLEANUP_JSON json_t *failed = json_array();
	struct summary summary = { 0, failed };

	if (message_record_each(store, sum_up, &summary, err) < 0)
		return -1;
	*out = json_pack("{s:I, s:O}", "waiting", summary.waiting, "failed", failed);
	return 0;
}
