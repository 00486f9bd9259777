/* The bodies of messages: Reeve's own JSON, and the parameters for SNS. No I/O. */
#include "notify/format.h"

#include "baselines/names.h"
#include "notify/internal.h"
#include "notify/slack.h"
#include "notify/teams.h"
#include "notify/text.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"

#define SUBJECT_MAX_BYTES 99 /* SNS: fewer than 100 characters */
#define LINE_MAX_BYTES 4096

int notify_format_parse(const char *name, enum notify_format *out)
{
	static const char *const names[] = { "json", "slack", "teams" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*out = (enum notify_format)i;
			return 0;
		}
	}
	return -1;
}

static json_t *when(int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(ms, text);
	return json_string(text);
}

static json_t *document_item(const struct message_item *item)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "account",
		json_text(item->account), "account_name", json_text(item->account_name), "region",
		json_text(item->region), "resource", json_text(item->resource), "change",
		json_text(item->change), "code", json_text(item->code), "message", json_text(item->message),
		"at", when(item->at_ms));
}

static json_t *document_section(const struct message_section *section, size_t most)
{
	CLEANUP_BUF struct buf title = BUF_INIT(LINE_MAX_BYTES);
	json_t *listed = json_array();

	notify_add_section_title(&title, section);
	for (size_t i = 0; i < section->items_count && i < most; i++)
		json_array_append_new(listed, document_item(&section->items[i]));
	return json_pack("{s:o, s:s, s:o, s:s, s:I, s:o, s:o, s:o, s:I}", "baseline",
		json_text(section->baseline), "title", title.data, "run", json_text(section->run),
		"severity", severity_name(section->severity), "count", (json_int_t)section->count, "first",
		when(section->first_ms), "last", when(section->last_ms), "items", listed, "more",
		(json_int_t)notify_more(section, json_array_size(listed)));
}

/* Makes the body in Reeve's own format. */
static json_t *own_format(const struct message_record *message, size_t items)
{
	CLEANUP_BUF struct buf hint = BUF_INIT(LINE_MAX_BYTES), title = BUF_INIT(LINE_MAX_BYTES);
	json_t *groups = json_array();

	for (size_t i = 0; i < message->sections_count; i++)
		json_array_append_new(groups, document_section(&message->sections[i], items));
	notify_add_title(&title, message);
	notify_add_hint(&hint, message);
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:o, s:I, s:I, s:s}", "version", 1,
		"source", "reeve", "id", message->id, "kind", notification_kind_name(message->kind),
		"severity", severity_name(message->severity), "title", title.data, "created",
		when(message->created_ms), "count", (json_int_t)message->count, "groups", groups,
		"more_groups", (json_int_t)message->unlisted.sections, "more_groups_count",
		(json_int_t)message->unlisted.count, "hint", hint.data);
}

/* The text is ASCII, so that no character in it can control or reorder the display. */
static void add_ascii(struct buf *out, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII);

	buf_add_string(out, text != NULL ? text : "{}");
	free(text);
}

/* Lists fewer events until the body fits. With no events listed, the sections of a message take
 * some 10 KB. */
void notify_format(const struct message_record *message, enum notify_format format, struct buf *out)
{
	static const size_t fewer[] = { NOTIFY_ITEMS_KEPT, 5, 3, 1, 0 };
	static json_t *(*const makers[])(const struct message_record *, size_t) = {
		[NOTIFY_JSON] = own_format,
		[NOTIFY_SLACK] = notify_slack,
		[NOTIFY_TEAMS] = notify_teams,
	};
	size_t most = format == NOTIFY_TEAMS ? NOTIFY_TEAMS_MAX : NOTIFY_BODY_MAX;

	for (size_t i = 0; i < ARRAY_LENGTH(fewer); i++) {
		CLEANUP_JSON json_t *body = makers[format](message, fewer[i]);

		buf_reset(out);
		add_ascii(out, body);
		if (buf_ok(out) && out->length <= most)
			return;
	}
}

/* --- SNS --- */

static void add_named(struct buf *out, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	buf_add_format(out, "%s ", name);
	notify_add_plain(out, value, 600);
	buf_add_string(out, "  ");
}

static void add_mail_item(struct buf *out, const struct message_item *item)
{
	buf_add_string(out, "  - ");
	add_named(out, "account", item->account);
	add_named(out, "named", item->account_name);
	add_named(out, "region", item->region);
	add_named(out, "resource", item->resource);
	add_named(out, "change", item->change);
	if (item->message != NULL) {
		buf_add_string(out, "\n    ");
		notify_add_plain(out, item->message, 300);
	}
	buf_add_char(out, '\n');
}

static void add_mail_section(struct buf *out, const struct message_section *section, size_t most)
{
	const char *baseline = section->baseline, *run = section->run;
	size_t listed = section->items_count < most ? section->items_count : most;

	buf_add_char(out, '\n');
	if (baseline != NULL) {
		notify_add_section_title(out, section);
		buf_add_string(out, " (");
		notify_add_plain(out, baseline, 128);
		buf_add_format(out, ", %s)", severity_name(section->severity));
	}
	if (run != NULL) {
		buf_add_string(out, baseline != NULL ? ", run " : "Run ");
		notify_add_plain(out, run, 128);
	}
	buf_add_char(out, '\n');
	for (size_t i = 0; i < listed; i++)
		add_mail_item(out, &section->items[i]);
	if (notify_more(section, listed) > 0) {
		buf_add_string(out, "  and ");
		notify_add_number(out, notify_more(section, listed));
		buf_add_string(out, " more\n");
	}
}

/* Adds the text for e-mail. */
static void add_mail(struct buf *out, const struct message_record *message, size_t items)
{
	notify_add_title(out, message);
	buf_add_char(out, '\n');
	for (size_t i = 0; i < message->sections_count; i++)
		add_mail_section(out, &message->sections[i], items);
	if (message->unlisted.sections > 0) {
		buf_add_char(out, '\n');
		notify_add_unlisted(out, message);
	}
	buf_add_char(out, '\n');
	notify_add_hint(out, message);
	buf_add_format(out, "\nMessage %s\n", message->id);
}

void notify_add_subject(struct buf *out, const struct message_record *message)
{
	CLEANUP_BUF struct buf title = BUF_INIT(LINE_MAX_BYTES);

	buf_add_string(&title, "Reeve: ");
	notify_add_title(&title, message);
	for (size_t i = 0; i < title.length && i < SUBJECT_MAX_BYTES; i++) {
		unsigned char c = (unsigned char)title.data[i];

		buf_add_char(out, c >= ' ' && c < 0x7f ? (char)c : '?');
	}
}

static json_t *attribute(const char *value)
{
	return json_pack("{s:s, s:s}", "DataType", "String", "StringValue", value);
}

/* One text for programs, and one for e-mail. */
static json_t *sns_message(const struct message_record *message, size_t items)
{
	CLEANUP_BUF struct buf document = BUF_INIT(4 * NOTIFY_BODY_MAX),
						   mail = BUF_INIT(4 * NOTIFY_BODY_MAX), subject = BUF_INIT(256);
	CLEANUP_BUF struct buf whole = BUF_INIT(8 * NOTIFY_BODY_MAX);
	CLEANUP_JSON json_t *body = own_format(message, items), *both = NULL;

	add_ascii(&document, body);
	add_mail(&mail, message, items);
	notify_add_subject(&subject, message);
	both = json_pack("{s:s, s:s, s:s}", "default", document.data, "email", mail.data, "sms",
		subject.data);
	add_ascii(&whole, both);
	return json_string(whole.data);
}

json_t *notify_sns_params(const struct message_record *message, const char *topic_arn)
{
	static const size_t fewer[] = { NOTIFY_ITEMS_KEPT, 5, 3, 1, 0 };
	CLEANUP_BUF struct buf subject = BUF_INIT(256);
	const char *id = message->id;
	json_t *text = NULL;
	size_t length = strlen(topic_arn);

	for (size_t i = 0; i < ARRAY_LENGTH(fewer); i++) {
		json_decref(text);
		text = sns_message(message, fewer[i]);
		if (json_string_length(text) <= NOTIFY_BODY_MAX)
			break;
	}
	notify_add_subject(&subject, message);
	json_t *params = json_pack("{s:s, s:s, s:o, s:s, s:{s:o, s:o, s:o}}", "TopicArn", topic_arn,
		"Subject", subject.data, "Message", text, "MessageStructure", "json", "MessageAttributes",
		"kind", attribute(notification_kind_name(message->kind)), "severity",
		attribute(severity_name(message->severity)), "id", attribute(id));
	if (length > 5 && strcmp(topic_arn + length - 5, ".fifo") == 0) {
		json_object_set_new(params, "MessageGroupId", json_string("reeve"));
		json_object_set_new(params, "MessageDeduplicationId", json_string(id));
	}
	return params;
}
