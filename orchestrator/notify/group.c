/* Groups events into few messages. No I/O. */
#include "notify/group.h"

#include "baselines/names.h"
#include "notify/internal.h"
#include "notify/record.h"
#include "notify/text.h"

#include "base/banned.h"
#include "base/json.h"

/* The longest texts that a listed event keeps. */
#define TEXT_MAX_BYTES 300
#define RESOURCE_MAX_BYTES 600

void notify_group_key(const struct notification *event, struct buf *out)
{
	buf_add_format(out, "%s\x1f%s\x1f%s", notification_kind_name(event->kind),
		event->baseline != NULL ? event->baseline : "", event->run != NULL ? event->run : "");
}

/* JSON null for NULL or an empty text. */
static json_t *kept(const char *text, size_t max_bytes)
{
	return text != NULL && *text != '\0' ? notify_cut(text, max_bytes) : json_null();
}

static json_t *item_of(const struct notification *event, int64_t now_ms)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "account",
		kept(event->account, TEXT_MAX_BYTES), "account_name",
		kept(event->account_name, TEXT_MAX_BYTES), "region", kept(event->region, TEXT_MAX_BYTES),
		"resource", kept(event->resource, RESOURCE_MAX_BYTES), "change",
		kept(event->change, TEXT_MAX_BYTES), "code", kept(event->code, TEXT_MAX_BYTES), "message",
		kept(event->message, TEXT_MAX_BYTES), "at", (json_int_t)now_ms);
}

json_t *notify_record_new(const char *id, const char *channel, const struct notification *event,
	const char *title, int64_t now_ms, int64_t due_ms)
{
	const char *severity = severity_name(event->severity);
	json_t *section = json_pack("{s:o, s:s?, s:o, s:s, s:i, s:I, s:I, s:[o]}", "baseline",
		json_text(event->baseline), "title", title, "run", json_text(event->run), "severity",
		severity, "count", 1, "first", (json_int_t)now_ms, "last", (json_int_t)now_ms, "items",
		item_of(event, now_ms));

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:i, s:i, s:[o]}", "id", id,
		"channel", channel, "kind", notification_kind_name(event->kind), "severity", severity,
		"state", "open", "created", (json_int_t)now_ms, "due", (json_int_t)due_ms, "attempts", 0,
		"rejections", 0, "count", 1, "sections", section);
}

static void raise_severity(json_t *object, const char *name)
{
	enum severity now, other;

	if (notify_severity_parse(json_get_string_or(object, "severity", ""), &now) < 0 ||
		notify_severity_parse(name, &other) < 0)
		return;
	if (other > now)
		json_object_set_new(object, "severity", json_string(name));
}

static void add_to(json_t *object, const char *key, json_int_t more)
{
	json_object_set_new(object, key, json_integer(json_get_integer_or(object, key, 0) + more));
}

bool notify_record_add(json_t *record, const struct notification *event, int64_t now_ms)
{
	json_t *section = json_array_get(json_object_get(record, "sections"), 0);
	json_t *items = json_object_get(section, "items");
	bool listed = json_array_size(items) < NOTIFY_ITEMS_KEPT;

	add_to(record, "count", 1);
	add_to(section, "count", 1);
	json_object_set_new(section, "last", json_integer((json_int_t)now_ms));
	raise_severity(record, severity_name(event->severity));
	raise_severity(section, severity_name(event->severity));
	if (listed)
		json_array_append_new(items, item_of(event, now_ms));
	json_int_t count = notify_count(record);
	return listed || (count & (count - 1)) == 0;
}

/* Joins a section into one of the same baseline and run. */
static bool join_section(json_t *sections, const json_t *from)
{
	size_t index, number;
	json_t *section, *item;

	json_array_foreach(sections, index, section) {
		json_t *items = json_object_get(section, "items");

		if (!json_equal(json_object_get(section, "baseline"), json_object_get(from, "baseline")) ||
			!json_equal(json_object_get(section, "run"), json_object_get(from, "run")))
			continue;
		add_to(section, "count", json_get_integer_or(from, "count", 0));
		raise_severity(section, json_get_string_or(from, "severity", ""));
		json_object_set(section, "last", json_object_get(from, "last"));
		json_array_foreach(json_object_get(from, "items"), number, item)
			if (json_array_size(items) < NOTIFY_ITEMS_KEPT)
				json_array_append(items, item);
		return true;
	}
	return false;
}

static void leave_out(json_t *record, json_int_t sections, json_int_t count)
{
	json_t *unlisted = json_object_get(record, "unlisted");

	if (unlisted == NULL) {
		unlisted = json_pack("{s:i, s:i}", "sections", 0, "count", 0);
		json_object_set_new(record, "unlisted", unlisted);
	}
	add_to(unlisted, "sections", sections);
	add_to(unlisted, "count", count);
}

void notify_record_merge(json_t *record, const json_t *from)
{
	json_t *sections = json_object_get(record, "sections"), *section;
	const json_t *unlisted = json_object_get(from, "unlisted");
	size_t index;

	add_to(record, "count", notify_count(from));
	raise_severity(record, json_get_string_or(from, "severity", ""));
	json_array_foreach(json_object_get(from, "sections"), index, section) {
		if (join_section(sections, section))
			continue;
		if (json_array_size(sections) < NOTIFY_SECTIONS_KEPT)
			json_array_append_new(sections, json_deep_copy(section));
		else
			leave_out(record, 1, json_get_integer_or(section, "count", 0));
	}
	if (unlisted != NULL)
		leave_out(record, json_get_integer_or(unlisted, "sections", 0),
			json_get_integer_or(unlisted, "count", 0));
}

static bool same_kind(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "kind"), json_object_get(b, "kind"));
}

/* The index of the nearest record before `last` that it can be merged into, or -1. */
static long partner_of(const json_t *waiting, size_t last)
{
	for (size_t i = last; i-- > 0;)
		if (same_kind(json_array_get(waiting, i), json_array_get(waiting, last)))
			return (long)i;
	return -1;
}

void notify_condense(json_t *waiting, size_t most, json_t *gone)
{
	for (size_t last = json_array_size(waiting); last-- > 0 && json_array_size(waiting) > most;) {
		long partner = partner_of(waiting, last);
		json_t *from = json_array_get(waiting, last);

		if (partner < 0)
			continue;
		notify_record_merge(json_array_get(waiting, (size_t)partner), from);
		json_array_append(gone, json_object_get(from, "id"));
		json_array_remove(waiting, last);
	}
}
