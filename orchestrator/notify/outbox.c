/* The outbox: messages are on disk until they are delivered. */
#include "notify/outbox.h"

#include "notify/internal.h"
#include "notify/record.h"
#include "store/queue.h"
#include "store/read.h"

#include "base/banned.h"
#include "base/clock.h"
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

static struct store_key message_key(const char *id)
{
	return STORE_KEY("message", id);
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

static MAY_YIELD void put(struct notifier *notifier, const struct store_key *key,
	const json_t *value)
{
	struct err err = ERR_INIT;

	if (store_put_json(notifier->store, STORE_OUTBOX, key, value, &err) < 0)
		tell(notifier, &err);
}

static MAY_YIELD void put_record(struct notifier *notifier, const json_t *record)
{
	struct store_key key = message_key(json_get_string_or(record, "id", ""));

	put(notifier, &key, record);
}

static MAY_YIELD void delete_id(struct notifier *notifier, const char *id)
{
	struct store_key key = message_key(id);
	struct err err = ERR_INIT;

	if (store_delete(notifier->store, STORE_OUTBOX, &key, &err) < 0)
		tell(notifier, &err);
}

void notify_outbox_put(struct notifier *notifier, const json_t *record)
{
	store_batch_begin(notifier->store);
	put_record(notifier, record);
	store_batch_end(notifier->store);
}

void notify_outbox_delete(struct notifier *notifier, const char *id)
{
	store_batch_begin(notifier->store);
	delete_id(notifier, id);
	store_batch_end(notifier->store);
}

void notify_outbox_put_all(struct notifier *notifier, const json_t *records, const json_t *gone)
{
	size_t index;
	json_t *value;

	store_batch_begin(notifier->store);
	json_array_foreach((json_t *)records, index, value)
		put_record(notifier, value);
	json_array_foreach((json_t *)gone, index, value)
		delete_id(notifier, json_string_value(value));
	store_batch_end(notifier->store);
}

void notify_outbox_put_rate(struct notify_channel *channel)
{
	struct store_key key = STORE_KEY("rate", channel->name);
	CLEANUP_JSON json_t *value = json_pack("{s:s, s:f, s:I}", "channel", channel->name, "tokens",
		channel->rate.tokens, "at", (json_int_t)channel->rate.at_ms);

	store_batch_begin(channel->notifier->store);
	put(channel->notifier, &key, value);
	store_batch_end(channel->notifier->store);
}

void notify_outbox_flush(struct notifier *notifier)
{
	struct err err = ERR_INIT;

	if (store_flush(notifier->store, &err) < 0)
		tell(notifier, &err);
}

static const char *state_of(const json_t *record)
{
	return json_get_string_or(record, "state", "");
}

/* --- pruning --- */

struct prune {
	const char *channel;
	json_t *ids; /* ids of the failed messages, the oldest first */
};

static int collect_failed(void *argument, const struct store_key *key, const json_t *record)
{
	struct prune *prune = argument;

	(void)key;
	if (strcmp(state_of(record), "failed") == 0 &&
		strcmp(json_get_string_or(record, "channel", ""), prune->channel) == 0)
		json_array_append(prune->ids, json_object_get(record, "id"));
	return 0;
}

void notify_outbox_prune(struct notify_channel *channel)
{
	struct store_key prefix = STORE_KEY("message");
	CLEANUP_JSON json_t *ids = json_array();
	struct prune prune = { channel->name, ids };
	struct err err = ERR_INIT;

	notify_outbox_flush(channel->notifier);
	if (store_each_json(channel->notifier->store, STORE_OUTBOX, &prefix, collect_failed, &prune,
			&err) < 0) {
		tell(channel->notifier, &err);
		return;
	}
	for (size_t i = 0; i + NOTIFY_FAILED_KEPT < json_array_size(ids); i++)
		notify_outbox_delete(channel->notifier, json_string_value(json_array_get(ids, i)));
}

/* --- what earlier processes left --- */

struct loading {
	struct notifier *notifier;
	json_t *orphans; /* ids of messages whose channel no longer exists */
};

static struct notify_channel *channel_of(struct notifier *notifier, const json_t *record)
{
	const char *name = json_get_string_or(record, "channel", "");

	for (size_t i = 0; i < notifier->channel_count; i++)
		if (strcmp(notifier->channels[i].name, name) == 0)
			return &notifier->channels[i];
	return NULL;
}

static int take_message(void *argument, const struct store_key *key, const json_t *record)
{
	struct loading *loading = argument;
	struct notify_channel *channel = channel_of(loading->notifier, record);
	json_t *copy;

	(void)key;
	if (channel == NULL || !json_is_array(json_object_get(record, "sections"))) {
		json_array_append(loading->orphans, json_object_get(record, "id"));
		return 0;
	}
	if (strcmp(state_of(record), "failed") == 0)
		return 0;
	copy = json_deep_copy(record);
	/* The process that was adding events to it has ended. */
	if (strcmp(state_of(record), "sending") == 0 && channel->sending == NULL) {
		channel->sending = copy;
	} else {
		json_object_set_new(copy, "state", json_string("waiting"));
		json_array_append_new(channel->waiting, copy);
	}
	return 0;
}

static int take_rate(void *argument, const struct store_key *key, const json_t *value)
{
	struct loading *loading = argument;
	struct notify_channel *channel = channel_of(loading->notifier, value);

	(void)key;
	if (channel != NULL) {
		channel->rate.tokens = json_number_value(json_object_get(value, "tokens"));
		channel->rate.at_ms = (int64_t)json_get_integer_or(value, "at", 0);
	}
	return 0;
}

int notify_outbox_load(struct notifier *notifier, struct err *err)
{
	struct store_key messages = STORE_KEY("message"), rates = STORE_KEY("rate");
	CLEANUP_JSON json_t *orphans = json_array();
	struct loading loading = { notifier, orphans };
	size_t index;
	json_t *id;

	if (store_each_json(notifier->store, STORE_OUTBOX, &messages, take_message, &loading, err) <
			0 ||
		store_each_json(notifier->store, STORE_OUTBOX, &rates, take_rate, &loading, err) < 0)
		return -1;
	json_array_foreach(orphans, index, id)
		if (json_is_string(id))
			notify_outbox_delete(notifier, json_string_value(id));
	if (json_array_size(orphans) > 0)
		log_warning("%zu notifications for channels that are no longer configured were dropped",
			json_array_size(orphans));
	return 0;
}

/* --- for `status` --- */

struct summary {
	json_int_t waiting;
	json_t *failed;
};

static int sum_up(void *argument, const struct store_key *key, const json_t *record)
{
	struct summary *summary = argument;
	char created[CLOCK_RFC3339_SIZE];

	(void)key;
	if (strcmp(state_of(record), "failed") != 0) {
		summary->waiting++;
		return 0;
	}
	clock_format_rfc3339((int64_t)json_get_integer_or(record, "created", 0), created);
	json_array_append_new(summary->failed,
		json_pack("{s:O?, s:O?, s:O?, s:I, s:s, s:I, s:O?}", "id", json_object_get(record, "id"),
			"channel", json_object_get(record, "channel"), "kind", json_object_get(record, "kind"),
			"events", notify_count(record), "created", created, "attempts",
			json_get_integer_or(record, "attempts", 0), "error", json_object_get(record, "error")));
	return 0;
}

int notify_status(struct store *store, json_t **out, struct err *err)
{
	struct store_key prefix = STORE_KEY("message");
	CLEANUP_JSON json_t *failed = json_array();
	struct summary summary = { 0, failed };

	if (store_each_json(store, STORE_OUTBOX, &prefix, sum_up, &summary, err) < 0)
		return -1;
	*out = json_pack("{s:I, s:O}", "waiting", summary.waiting, "failed", failed);
	return 0;
}
