/*
 * A message for a Slack incoming webhook: blocks of mrkdwn. Text from outside is put into code
 * spans, in which Slack interprets only its <…> sequences, and those are escaped; so nobody can be
 * mentioned and no link is made. https://api.slack.com/reference/surfaces/formatting
 */
#include "notify/slack.h"

#include "baselines/names.h"
#include "notify/internal.h"
#include "notify/text.h"

#include "base/banned.h"
#include "base/json.h"

#define HEADER_MAX_BYTES 150
#define VALUE_MAX_BYTES 256

/* Writes "&", "<" and ">" as entities, and a backtick, which would end a code span, as an
 * apostrophe. */
static void add_escaped(struct buf *out, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		switch (*c) {
		case '&':
			buf_add_string(out, "&amp;");
			break;
		case '<':
			buf_add_string(out, "&lt;");
			break;
		case '>':
			buf_add_string(out, "&gt;");
			break;
		case '`':
			buf_add_char(out, '\'');
			break;
		default:
			buf_add_char(out, *c);
		}
	}
}

static void add_code(struct buf *out, const char *text)
{
	CLEANUP_BUF struct buf plain = BUF_INIT(8 * VALUE_MAX_BYTES);

	if (text == NULL || *text == '\0')
		return;
	notify_add_plain(&plain, text, VALUE_MAX_BYTES);
	buf_add_char(out, '`');
	add_escaped(out, plain.data);
	buf_add_string(out, "` ");
}

static void add_item(struct buf *out, const struct message_item *item)
{
	buf_add_string(out, "• ");
	add_code(out, item->account);
	add_code(out, item->account_name);
	add_code(out, item->region);
	add_code(out, item->resource);
	if (item->change != NULL) {
		buf_add_string(out, "change ");
		add_code(out, item->change);
	}
	if (item->message != NULL) {
		buf_add_string(out, "\n    ");
		add_code(out, item->message);
	}
	buf_add_char(out, '\n');
}

static json_t *mrkdwn(const struct buf *text)
{
	return json_pack("{s:s, s:{s:s, s:s, s:b}}", "type", "section", "text", "type", "mrkdwn",
		"text", text->data, "verbatim", 1);
}

static void add_section_head(struct buf *out, const struct message_section *section)
{
	CLEANUP_BUF struct buf title = BUF_INIT(1024);

	notify_add_section_title(&title, section);
	if (title.length > 0) {
		buf_add_char(out, '*');
		add_escaped(out, title.data);
		buf_add_format(out, "* (%s) ", severity_name(section->severity));
		add_code(out, section->baseline);
	}
	if (section->run != NULL) {
		buf_add_string(out, "run ");
		add_code(out, section->run);
	}
	buf_add_char(out, '\n');
}

/* Adds as many of the items as fit. */
static json_t *section_block(const struct message_section *section, size_t most)
{
	CLEANUP_BUF struct buf text = BUF_INIT(4 * NOTIFY_SLACK_TEXT),
						   line = BUF_INIT(8 * NOTIFY_SLACK_TEXT);
	size_t listed = 0;

	add_section_head(&text, section);
	for (; listed < section->items_count && listed < most; listed++) {
		buf_reset(&line);
		add_item(&line, &section->items[listed]);
		if (!buf_ok(&line) || text.length + line.length > NOTIFY_SLACK_TEXT - 40)
			break;
		buf_add(&text, line.data, line.length);
	}
	if (notify_more(section, listed) > 0) {
		buf_add_string(&text, "and ");
		notify_add_number(&text, notify_more(section, listed));
		buf_add_string(&text, " more");
	}
	return mrkdwn(&text);
}

static json_t *last_block(const struct message_record *message)
{
	CLEANUP_BUF struct buf text = BUF_INIT(4 * NOTIFY_SLACK_TEXT);

	if (message->unlisted.sections > 0)
		notify_add_unlisted(&text, message);
	notify_add_hint(&text, message);
	return mrkdwn(&text);
}

json_t *notify_slack(const struct message_record *message, size_t items)
{
	CLEANUP_BUF struct buf title = BUF_INIT(4096), fallback = BUF_INIT(4096);
	json_t *blocks = json_array();

	buf_add_string(&title, "Reeve: ");
	notify_add_title(&title, message);
	add_escaped(&fallback, title.data);
	CLEANUP_JSON json_t *head = notify_cut(title.data, HEADER_MAX_BYTES - 8);
	json_array_append_new(blocks,
		json_pack("{s:s, s:{s:s, s:O, s:b}}", "type", "header", "text", "type", "plain_text",
			"text", head, "emoji", 0));
	for (size_t i = 0; i < message->sections_count; i++)
		if (json_array_size(blocks) < NOTIFY_SLACK_BLOCKS - 1)
			json_array_append_new(blocks, section_block(&message->sections[i], items));
	json_array_append_new(blocks, last_block(message));
	/* Neither names nor addresses in the text become mentions or links. */
	return json_pack("{s:s, s:s, s:b, s:b, s:b, s:o}", "text", fallback.data, "parse", "none",
		"link_names", 0, "unfurl_links", 0, "unfurl_media", 0, "blocks", blocks);
}
