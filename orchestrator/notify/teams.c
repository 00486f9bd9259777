/*
 * A message for a Microsoft Teams workflow ("when a webhook request is received"): an Adaptive
 * Card. Text from outside is put into text runs of rich text blocks, where no Markdown is
 * interpreted: no link, no mention. https://adaptivecards.io/explorer/TextRun.html
 */
#include "notify/teams.h"

#include "base/banned.h"
#include "baselines/names.h"
#include "notify/text.h"

#define VALUE_MAX_BYTES 256

static json_t *run_of(const char *text)
{
	CLEANUP_BUF struct buf plain = BUF_INIT(8 * VALUE_MAX_BYTES + 64);

	notify_add_plain(&plain, text, VALUE_MAX_BYTES);
	return json_pack("{s:s, s:s}", "type", "TextRun", "text", plain.data);
}

static void add_run(json_t *inlines, const char *before, const char *text, bool code)
{
	if (text == NULL || *text == '\0')
		return;
	if (*before != '\0')
		json_array_append_new(inlines,
			json_pack("{s:s, s:s, s:b}", "type", "TextRun", "text", before, "isSubtle", 1));
	json_t *run = run_of(text);
	if (code)
		json_object_set_new(run, "fontType", json_string("Monospace"));
	json_array_append_new(inlines, run);
}

static json_t *block(json_t *inlines, const char *spacing)
{
	return json_pack("{s:s, s:s, s:o}", "type", "RichTextBlock", "spacing", spacing, "inlines",
		inlines);
}

static json_t *heading(const char *text, const char *size)
{
	json_t *run = json_pack("{s:s, s:s, s:s, s:s}", "type", "TextRun", "text", text, "weight",
		"Bolder", "size", size);

	return block(json_pack("[o]", run), "Medium");
}

static json_t *item_block(const struct message_item *item)
{
	json_t *inlines = json_array();

	add_run(inlines, "account ", item->account, true);
	add_run(inlines, " ", item->account_name, false);
	add_run(inlines, " region ", item->region, true);
	add_run(inlines, " resource ", item->resource, true);
	add_run(inlines, " change ", item->change, true);
	add_run(inlines, " : ", item->message, false);
	return block(inlines, "Small");
}

static void add_line(json_t *body, const char *before, int64_t number, const char *after)
{
	CLEANUP_BUF struct buf text = BUF_INIT(256);

	buf_add_string(&text, before);
	notify_add_number(&text, number);
	buf_add_string(&text, after);
	json_array_append_new(body, block(json_pack("[o]", run_of(text.data)), "Small"));
}

static void add_section(json_t *body, const struct message_section *section, size_t most)
{
	CLEANUP_BUF struct buf title = BUF_INIT(1024);
	json_t *inlines = json_array();
	size_t listed = section->items_count < most ? section->items_count : most;

	notify_add_section_title(&title, section);
	if (title.length > 0)
		json_array_append_new(body, heading(title.data, "Default"));
	add_run(inlines, "", section->baseline, true);
	add_run(inlines, " severity ", severity_name(section->severity), false);
	add_run(inlines, " run ", section->run, true);
	json_array_append_new(body, block(inlines, "Small"));
	for (size_t i = 0; i < listed; i++)
		json_array_append_new(body, item_block(&section->items[i]));
	if (notify_more(section, listed) > 0)
		add_line(body, "and ", notify_more(section, listed), " more");
}

json_t *notify_teams(const struct message_record *message, size_t items)
{
	CLEANUP_BUF struct buf title = BUF_INIT(4096), hint = BUF_INIT(4096);
	json_t *body = json_array();

	buf_add_string(&title, "Reeve: ");
	notify_add_title(&title, message);
	json_array_append_new(body, heading(title.data, "Large"));
	for (size_t i = 0; i < message->sections_count; i++)
		add_section(body, &message->sections[i], items);
	if (message->unlisted.sections > 0)
		add_line(body, "and ", message->unlisted.count, " more of other groups");
	notify_add_hint(&hint, message);
	json_array_append_new(body, block(json_pack("[o]", run_of(hint.data)), "Medium"));
	json_t *card = json_pack("{s:s, s:s, s:s, s:{s:s}, s:o}", "$schema",
		"http://adaptivecards.io/schemas/adaptive-card.json", "type", "AdaptiveCard", "version",
		"1.4", "msteams", "width", "Full", "body", body);
	return json_pack("{s:s, s:[{s:s, s:n, s:o}]}", "type", "message", "attachments", "contentType",
		"application/vnd.microsoft.card.adaptive", "contentUrl", "content", card);
}
