/* The bodies of messages: Reeve's own JSON, and the parameters for SNS. No I/O. */
#include "notify/format.h"

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

static json_t *when(const json_t *object, const char *key)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339((int64_t)json_get_integer_or(object, key, 0), text);
	return json_string(text);
}

static json_t *text_of(void (*add)(struct buf *out, const json_t *value), const json_t *value)
{
	CLEANUP_BUF struct buf text = BUF_INIT(LINE_MAX_BYTES);

	add(&text, value);
	return json_string(text.data);
}

static json_t *document_item(const json_t *item)
{
	json_t *out = json_copy((json_t *)item);

	json_object_set_new(out, "at", when(item, "at"));
	return out;
}

static json_t *document_section(const json_t *section, size_t most)
{
	const json_t *items = json_object_get(section, "items");
	json_t *listed = json_array();

	for (size_t i = 0; i < json_array_size(items) && i < most; i++)
		json_array_append_new(listed, document_item(json_array_get(items, i)));
	return json_pack("{s:O, s:o, s:O, s:O, s:O, s:o, s:o, s:o, s:I}", "baseline",
		json_object_get(section, "baseline"), "title", text_of(notify_add_section_title, section),
		"run", json_object_get(section, "run"), "severity", json_object_get(section, "severity"),
		"count", json_object_get(section, "count"), "first", when(section, "first"), "last",
		when(section, "last"), "items", listed, "more",
		notify_more(section, json_array_size(listed)));
}

/* The body in Reeve's own format. */
static json_t *own_format(const json_t *record, size_t items)
{
	CLEANUP_BUF struct buf hint = BUF_INIT(LINE_MAX_BYTES);
	const json_t *unlisted = json_object_get(record, "unlisted");
	const char *kind = json_get_string_or(record, "kind", "");
	json_t *groups = json_array(), *section;
	size_t index;

	json_array_foreach(json_object_get(record, "sections"), index, section)
		json_array_append_new(groups, document_section(section, items));
	notify_add_hint(&hint, record);
	return json_pack("{s:i, s:s, s:O, s:s, s:O, s:o, s:o, s:O, s:o, s:I, s:I, s:s}", "version", 1,
		"source", "reeve", "id", json_object_get(record, "id"), "kind", kind, "severity",
		json_object_get(record, "severity"), "title", text_of(notify_add_title, record), "created",
		when(record, "created"), "count", json_object_get(record, "count"), "groups", groups,
		"more_groups", json_get_integer_or(unlisted, "sections", 0), "more_groups_count",
		json_get_integer_or(unlisted, "count", 0), "hint", hint.data);
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
void notify_format(const json_t *record, enum notify_format format, struct buf *out)
{
	static const size_t fewer[] = { NOTIFY_ITEMS_KEPT, 5, 3, 1, 0 };
	static json_t *(*const makers[])(const json_t *, size_t) = {
		[NOTIFY_JSON] = own_format,
		[NOTIFY_SLACK] = notify_slack,
		[NOTIFY_TEAMS] = notify_teams,
	};
	size_t most = format == NOTIFY_TEAMS ? NOTIFY_TEAMS_MAX : NOTIFY_BODY_MAX;

	for (size_t i = 0; i < ARRAY_LENGTH(fewer); i++) {
		CLEANUP_JSON json_t *body = makers[format](record, fewer[i]);

		buf_reset(out);
		add_ascii(out, body);
		if (buf_ok(out) && out->length <= most)
			return;
	}
}

/* --- SNS --- */

static void add_named(struct buf *out, const char *name, const json_t *item, const char *key)
{
	const char *value = json_get_string(item, key);

	if (value == NULL || *value == '\0')
		return;
	buf_add_format(out, "%s ", name);
	notify_add_plain(out, value, 600);
	buf_add_string(out, "  ");
}

static void add_mail_item(struct buf *out, const json_t *item)
{
	const char *message = json_get_string(item, "message");

	buf_add_string(out, "  - ");
	add_named(out, "account", item, "account");
	add_named(out, "named", item, "account_name");
	add_named(out, "region", item, "region");
	add_named(out, "resource", item, "resource");
	add_named(out, "change", item, "change");
	if (message != NULL) {
		buf_add_string(out, "\n    ");
		notify_add_plain(out, message, 300);
	}
	buf_add_char(out, '\n');
}

static void add_mail_section(struct buf *out, const json_t *section, size_t most)
{
	const json_t *items = json_object_get(section, "items");
	const char *baseline = json_get_string(section, "baseline"),
			   *run = json_get_string(section, "run");
	size_t listed = json_array_size(items) < most ? json_array_size(items) : most;

	buf_add_char(out, '\n');
	if (baseline != NULL) {
		notify_add_section_title(out, section);
		buf_add_string(out, " (");
		notify_add_plain(out, baseline, 128);
		buf_add_format(out, ", %s)", json_get_string_or(section, "severity", ""));
	}
	if (run != NULL) {
		buf_add_string(out, baseline != NULL ? ", run " : "Run ");
		notify_add_plain(out, run, 128);
	}
	buf_add_char(out, '\n');
	for (size_t i = 0; i < listed; i++)
		add_mail_item(out, json_array_get(items, i));
	if (notify_more(section, listed) > 0) {
		buf_add_string(out, "  and ");
		notify_add_number(out, notify_more(section, listed));
		buf_add_string(out, " more\n");
	}
}

/* Adds the text for e-mail. */
static void add_mail(struct buf *out, const json_t *record, size_t items)
{
	const json_t *sections = json_object_get(record, "sections"),
				 *unlisted = json_object_get(record, "unlisted");
	size_t count = json_array_size(sections);

	notify_add_title(out, record);
	buf_add_char(out, '\n');
	for (size_t i = 0; i < count; i++)
		add_mail_section(out, json_array_get(sections, i), items);
	if (unlisted != NULL) {
		buf_add_string(out, "\nand ");
		notify_add_number(out, json_get_integer_or(unlisted, "count", 0));
		buf_add_string(out, " more of other groups\n");
	}
	buf_add_char(out, '\n');
	notify_add_hint(out, record);
	buf_add_format(out, "\nMessage %s\n", json_get_string_or(record, "id", ""));
}

void notify_add_subject(struct buf *out, const json_t *record)
{
	CLEANUP_BUF struct buf title = BUF_INIT(LINE_MAX_BYTES);

	buf_add_string(&title, "Reeve: ");
	notify_add_title(&title, record);
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
static json_t *sns_message(const json_t *record, size_t items)
{
	CLEANUP_BUF struct buf document = BUF_INIT(4 * NOTIFY_BODY_MAX),
						   mail = BUF_INIT(4 * NOTIFY_BODY_MAX), subject = BUF_INIT(256);
	CLEANUP_BUF struct buf whole = BUF_INIT(8 * NOTIFY_BODY_MAX);
	CLEANUP_JSON json_t *body = own_format(record, items), *both = NULL;

	add_ascii(&document, body);
	add_mail(&mail, record, items);
	notify_add_subject(&subject, record);
	both = json_pack("{s:s, s:s, s:s}", "default", document.data, "email", mail.data, "sms",
		subject.data);
	add_ascii(&whole, both);
	return json_string(whole.data);
}

json_t *notify_sns_params(const json_t *record, const char *topic_arn)
{
	static const size_t fewer[] = { NOTIFY_ITEMS_KEPT, 5, 3, 1, 0 };
	CLEANUP_BUF struct buf subject = BUF_INIT(256);
	const char *id = json_get_string_or(record, "id", "");
	json_t *message = NULL;
	size_t length = strlen(topic_arn);

	for (size_t i = 0; i < ARRAY_LENGTH(fewer); i++) {
		json_decref(message);
		message = sns_message(record, fewer[i]);
		if (json_string_length(message) <= NOTIFY_BODY_MAX)
			break;
	}
	notify_add_subject(&subject, record);
	json_t *params = json_pack("{s:s, s:s, s:o, s:s, s:{s:o, s:o, s:o}}", "TopicArn", topic_arn,
		"Subject", subject.data, "Message", message, "MessageStructure", "json",
		"MessageAttributes", "kind", attribute(json_get_string_or(record, "kind", "")), "severity",
		attribute(json_get_string_or(record, "severity", "")), "id", attribute(id));
	if (length > 5 && strcmp(topic_arn + length - 5, ".fifo") == 0) {
		json_object_set_new(params, "MessageGroupId", json_string("reeve"));
		json_object_set_new(params, "MessageDeduplicationId", json_string(id));
	}
	return params;
}
