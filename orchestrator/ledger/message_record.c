#include "ledger/message_record.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "baselines/names.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"
#include "ledger/record_write.h"
#include "store/queue.h"
#include "store/read.h"

/* --- names --- */

static const char *const kind_names[] = {
	[NOTIFY_ALERT] = "alert",
	[NOTIFY_APPROVAL] = "approval",
	[NOTIFY_HALT] = "halt",
	[NOTIFY_FAILURE] = "failure",
};
static const struct record_names kinds = { "kind", kind_names, ARRAY_LENGTH(kind_names) };

static const char *const state_names[] = {
	[MESSAGE_OPEN] = "open",
	[MESSAGE_WAITING] = "waiting",
	[MESSAGE_SENDING] = "sending",
	[MESSAGE_FAILED] = "failed",
};
static const struct record_names states = { "state", state_names, ARRAY_LENGTH(state_names) };

static const struct record_names severities = { "severity", severity_names, SEVERITY_COUNT };

const char *notification_kind_name(enum notification_kind kind)
{
	return record_name(&kinds, (int)kind);
}

int notification_kind_parse(const char *name, enum notification_kind *out)
{
	int value;

	if (record_parse_name(&kinds, name, &value) < 0)
		return -1;
	*out = (enum notification_kind)value;
	return 0;
}

/* --- the tables --- */

#define ITEM struct message_item
static const struct record_field item_fields[] = {
	RECORD_TEXT(ITEM, account, "account", RECORD_NULLABLE),
	RECORD_TEXT(ITEM, account_name, "account_name", RECORD_NULLABLE),
	RECORD_TEXT(ITEM, region, "region", RECORD_NULLABLE),
	RECORD_TEXT(ITEM, resource, "resource", RECORD_NULLABLE),
	RECORD_TEXT(ITEM, change, "change", RECORD_NULLABLE),
	RECORD_TEXT(ITEM, code, "code", RECORD_NULLABLE),
	RECORD_TEXT(ITEM, message, "message", RECORD_NULLABLE),
	RECORD_INTEGER(ITEM, at_ms, "at", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type item_type = {
	.name = "event of a notification", .fields = item_fields, RECORD_PART(ITEM)
};

#define SECTION struct message_section
static const struct record_field section_fields[] = {
	RECORD_TEXT(SECTION, baseline, "baseline", RECORD_NULLABLE),
	RECORD_TEXT(SECTION, title, "title", RECORD_NULLABLE),
	RECORD_TEXT(SECTION, run, "run", RECORD_NULLABLE),
	RECORD_ENUM(SECTION, severity, "severity", RECORD_REQUIRED, &severities),
	RECORD_INTEGER(SECTION, count, "count", RECORD_REQUIRED),
	RECORD_INTEGER(SECTION, first_ms, "first", RECORD_REQUIRED),
	RECORD_INTEGER(SECTION, last_ms, "last", RECORD_REQUIRED),
	RECORD_LIST(SECTION, items, "items", RECORD_REQUIRED, &item_type),
	RECORD_END,
};
static const struct record_type section_type = {
	.name = "section of a notification", .fields = section_fields, RECORD_PART(SECTION)
};

static const struct record_field unlisted_fields[] = {
	RECORD_INTEGER(struct message_unlisted, sections, "sections", RECORD_REQUIRED),
	RECORD_INTEGER(struct message_unlisted, count, "count", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type unlisted_type = { .name = "rest of a notification",
	.fields = unlisted_fields,
	RECORD_PART(struct message_unlisted) };

#define MESSAGE struct message_record
static const struct record_field fields[] = {
	RECORD_TEXT(MESSAGE, id, "id", RECORD_REQUIRED),
	RECORD_TEXT(MESSAGE, channel, "channel", RECORD_REQUIRED),
	RECORD_ENUM(MESSAGE, kind, "kind", RECORD_REQUIRED, &kinds),
	RECORD_ENUM(MESSAGE, severity, "severity", RECORD_REQUIRED, &severities),
	RECORD_ENUM(MESSAGE, state, "state", RECORD_REQUIRED, &states),
	RECORD_INTEGER(MESSAGE, created_ms, "created", RECORD_REQUIRED),
	RECORD_INTEGER(MESSAGE, due_ms, "due", RECORD_REQUIRED),
	RECORD_INTEGER(MESSAGE, attempts, "attempts", RECORD_REQUIRED),
	RECORD_INTEGER(MESSAGE, rejections, "rejections", RECORD_REQUIRED),
	RECORD_TEXT(MESSAGE, error, "error", RECORD_OPTIONAL),
	RECORD_INTEGER(MESSAGE, count, "count", RECORD_REQUIRED),
	RECORD_LIST(MESSAGE, sections, "sections", RECORD_REQUIRED, &section_type),
	RECORD_NESTED(MESSAGE, unlisted, "unlisted", RECORD_OPTIONAL, &unlisted_type),
	RECORD_END,
};
static const struct record_type message_type = {
	.name = "notification",
	.version = 1,
	.fields = fields,
	.identity = { "id" },
	RECORD_STORED(MESSAGE),
};

static const struct record_field failure_fields[] = {
	RECORD_TEXT(MESSAGE, id, "id", RECORD_REQUIRED),
	RECORD_TEXT(MESSAGE, channel, "channel", RECORD_REQUIRED),
	RECORD_ENUM(MESSAGE, kind, "kind", RECORD_REQUIRED, &kinds),
	RECORD_INTEGER(MESSAGE, count, "events", RECORD_REQUIRED),
	RECORD_TIME(MESSAGE, created_ms, "created", RECORD_REQUIRED),
	RECORD_INTEGER(MESSAGE, attempts, "attempts", RECORD_REQUIRED),
	RECORD_TEXT(MESSAGE, error, "error", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type failure_type = {
	.name = "failed notification", .fields = failure_fields, RECORD_PART(MESSAGE)
};

static const struct record_field rate_fields[] = {
	RECORD_TEXT(struct message_rate, channel, "channel", RECORD_REQUIRED),
	RECORD_REAL(struct message_rate, tokens, "tokens", RECORD_REQUIRED),
	RECORD_INTEGER(struct message_rate, at_ms, "at", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type rate_type = {
	.name = "rate of notifications",
	.version = 1,
	.fields = rate_fields,
	.identity = { "channel" },
	RECORD_STORED(struct message_rate),
};

/* --- messages in memory --- */

struct message_record *message_record_new(void)
{
	struct message_record *message = xcalloc(1, sizeof *message);

	message->kept = json_array();
	return message;
}

void message_record_free(struct message_record *message)
{
	if (message == NULL)
		return;
	json_decref(message->kept);
	record_release(&message_type, message);
	free(message);
}

const char *message_record_keep(struct message_record *message, json_t *text)
{
	json_array_append_new(message->kept, text);
	return json_string_value(text);
}

struct message_section *message_record_add_section(struct message_record *message)
{
	size_t count = ++message->sections_count;

	message->sections = xrealloc(message->sections, count * sizeof *message->sections);
	message->sections[count - 1] = (struct message_section){ NULL };
	return &message->sections[count - 1];
}

struct message_item *message_section_add_item(struct message_section *section)
{
	size_t count = ++section->items_count;

	section->items = xrealloc(section->items, count * sizeof *section->items);
	section->items[count - 1] = (struct message_item){ NULL };
	return &section->items[count - 1];
}

void message_list_add(struct message_list *list, struct message_record *message)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity > 0 ? 2 * list->capacity : 8;
		list->items = xrealloc(list->items, list->capacity * sizeof *list->items);
	}
	list->items[list->count++] = message;
}

struct message_record *message_list_take(struct message_list *list, size_t index)
{
	struct message_record *message = list->items[index];

	list->count--;
	memmove(&list->items[index], &list->items[index + 1],
		(list->count - index) * sizeof *list->items);
	return message;
}

void message_list_release(struct message_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		message_record_free(list->items[i]);
	free(list->items);
	*list = (struct message_list){ NULL };
}

/* --- the store --- */

static struct store_key message_key(const char *id)
{
	return STORE_KEY("message", id);
}

int message_record_put(struct store *store, const struct message_record *message, struct err *err)
{
	struct store_key key = message_key(message->id);

	return record_put(store, STORE_OUTBOX, &key, &message_type, message, err);
}

int message_record_delete(struct store *store, const char *id, struct err *err)
{
	struct store_key key = message_key(id);

	return store_delete(store, STORE_OUTBOX, &key, err);
}

struct each {
	int (*each)(void *argument, struct message_record *message);
	void *argument;
	struct err *err;
	int result;
};

static int visit(void *argument, const struct store_key *key, const json_t *json)
{
	struct each *each = argument;
	struct message_record *message = xcalloc(1, sizeof *message);

	(void)key;
	each->result = record_decode(&message_type, json, message, each->err);
	if (each->result < 0) {
		free(message);
		return 1;
	}
	message->kept = json_array();
	return each->each(each->argument, message);
}

int message_record_each(struct store *store,
	int (*each)(void *argument, struct message_record *message), void *argument, struct err *err)
{
	struct store_key prefix = STORE_KEY("message");
	struct each visiting = { each, argument, err, 0 };

	if (store_each_json(store, STORE_OUTBOX, &prefix, visit, &visiting, err) < 0)
		return -1;
	return visiting.result;
}

json_t *message_record_failure(const struct message_record *message)
{
	return record_encode(&failure_type, message);
}

static struct store_key rate_key(const char *channel)
{
	return STORE_KEY("rate", channel);
}

int message_rate_put(struct store *store, const struct message_rate *rate, struct err *err)
{
	struct store_key key = rate_key(rate->channel);

	return record_put(store, STORE_OUTBOX, &key, &rate_type, rate, err);
}

int message_rate_read(struct store *store, const char *channel, struct message_rate *out,
	bool *found, struct err *err)
{
	struct store_key key = rate_key(channel);

	return record_get(store, STORE_OUTBOX, &key, &rate_type, out, found, err);
}

void message_rate_release(struct message_rate *rate)
{
	record_release(&rate_type, rate);
}

bool message_record_is_urgent(const struct message_record *message)
{
	return message->kind == NOTIFY_HALT || message->kind == NOTIFY_FAILURE;
}
