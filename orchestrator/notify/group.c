/* Groups events into few messages. No I/O. */
#include "notify/group.h"

#include "base/banned.h"
#include "base/json.h"
#include "notify/internal.h"
#include "notify/text.h"

/* The longest texts that a listed event keeps. */
#define TEXT_MAX_BYTES 300
#define RESOURCE_MAX_BYTES 600

/* An unknown text may be NULL or empty. */
static bool same_text(const char *left, const char *right)
{
	return strcmp(left != NULL ? left : "", right != NULL ? right : "") == 0;
}

bool notify_message_takes(const struct message_record *message, const struct notification *event)
{
	return message->kind == event->kind && message->sections_count > 0 &&
		same_text(message->sections[0].baseline, event->baseline) &&
		same_text(message->sections[0].run, event->run);
}

static const char *copy(struct message_record *message, const char *text)
{
	return text != NULL ? message_record_keep(message, json_text(text)) : NULL;
}

/* Keeps a copy of the text, cut to that many bytes. Returns NULL for an unknown text. */
static const char *keep(struct message_record *message, const char *text, size_t max_bytes)
{
	return text != NULL && *text != '\0' ? message_record_keep(message, notify_cut(text, max_bytes))
										 : NULL;
}

static void list_event(struct message_record *message, struct message_section *section,
	const struct notification *event, int64_t now_ms)
{
	*message_section_add_item(section) = (struct message_item){
		.account = keep(message, event->account, TEXT_MAX_BYTES),
		.account_name = keep(message, event->account_name, TEXT_MAX_BYTES),
		.region = keep(message, event->region, TEXT_MAX_BYTES),
		.resource = keep(message, event->resource, RESOURCE_MAX_BYTES),
		.change = keep(message, event->change, TEXT_MAX_BYTES),
		.code = keep(message, event->code, TEXT_MAX_BYTES),
		.message = keep(message, event->message, TEXT_MAX_BYTES),
		.at_ms = now_ms,
	};
}

struct message_record *notify_message_new(const char *id, const char *channel,
	const struct notification *event, const char *title, int64_t now_ms, int64_t due_ms)
{
	struct message_record *message = message_record_new();
	struct message_section *section = message_record_add_section(message);

	message->id = copy(message, id);
	message->channel = copy(message, channel);
	message->kind = event->kind;
	message->severity = event->severity;
	message->state = MESSAGE_OPEN;
	message->created_ms = now_ms;
	message->due_ms = due_ms;
	message->count = 1;
	section->baseline = copy(message, event->baseline);
	section->title = copy(message, title);
	section->run = copy(message, event->run);
	section->severity = event->severity;
	section->count = 1;
	section->first_ms = section->last_ms = now_ms;
	list_event(message, section, event, now_ms);
	return message;
}

static void raise_severity(enum severity *severity, enum severity other)
{
	if (other > *severity)
		*severity = other;
}

bool notify_message_add(struct message_record *message, const struct notification *event,
	int64_t now_ms)
{
	struct message_section *section = &message->sections[0];
	bool listed = section->items_count < NOTIFY_ITEMS_KEPT;

	message->count++;
	section->count++;
	section->last_ms = now_ms;
	raise_severity(&message->severity, event->severity);
	raise_severity(&section->severity, event->severity);
	if (listed)
		list_event(message, section, event, now_ms);
	return listed || (message->count & (message->count - 1)) == 0;
}

/* Adds as many of the items as are listed. Texts are copied: what is left out of the message is
 * then freed with the message that it comes from. */
static void copy_items(struct message_record *message, struct message_section *section,
	const struct message_section *from)
{
	for (size_t i = 0; i < from->items_count && section->items_count < NOTIFY_ITEMS_KEPT; i++) {
		const struct message_item *item = &from->items[i];

		*message_section_add_item(section) = (struct message_item){
			.account = copy(message, item->account),
			.account_name = copy(message, item->account_name),
			.region = copy(message, item->region),
			.resource = copy(message, item->resource),
			.change = copy(message, item->change),
			.code = copy(message, item->code),
			.message = copy(message, item->message),
			.at_ms = item->at_ms,
		};
	}
}

/* Joins a section into one of the same baseline and run. Returns false when there is none. */
static bool join_section(struct message_record *message, const struct message_section *from)
{
	for (size_t i = 0; i < message->sections_count; i++) {
		struct message_section *section = &message->sections[i];

		if (!same_text(section->baseline, from->baseline) || !same_text(section->run, from->run))
			continue;
		section->count += from->count;
		raise_severity(&section->severity, from->severity);
		section->last_ms = from->last_ms;
		copy_items(message, section, from);
		return true;
	}
	return false;
}

static void copy_section(struct message_record *message, const struct message_section *from)
{
	struct message_section *section = message_record_add_section(message);

	*section = (struct message_section){
		.baseline = copy(message, from->baseline),
		.title = copy(message, from->title),
		.run = copy(message, from->run),
		.severity = from->severity,
		.count = from->count,
		.first_ms = from->first_ms,
		.last_ms = from->last_ms,
	};
	copy_items(message, section, from);
}

void notify_message_merge(struct message_record *message, const struct message_record *from)
{
	message->count += from->count;
	raise_severity(&message->severity, from->severity);
	for (size_t i = 0; i < from->sections_count; i++) {
		if (join_section(message, &from->sections[i]))
			continue;
		if (message->sections_count < NOTIFY_SECTIONS_KEPT) {
			copy_section(message, &from->sections[i]);
			continue;
		}
		message->unlisted.sections++;
		message->unlisted.count += from->sections[i].count;
	}
	message->unlisted.sections += from->unlisted.sections;
	message->unlisted.count += from->unlisted.count;
}

/* Returns the index of the nearest message before `last` that it can be merged into, or -1. */
static long partner_of(const struct message_list *waiting, size_t last)
{
	for (size_t i = last; i-- > 0;)
		if (waiting->items[i]->kind == waiting->items[last]->kind)
			return (long)i;
	return -1;
}

void notify_condense(struct message_list *waiting, size_t most, struct message_list *gone)
{
	for (size_t last = waiting->count; last-- > 0 && waiting->count > most;) {
		long partner = partner_of(waiting, last);

		if (partner < 0)
			continue;
		notify_message_merge(waiting->items[partner], waiting->items[last]);
		message_list_add(gone, message_list_take(waiting, last));
	}
}
