/* The text of messages for people, and the escaping of text from outside. No I/O. */
#include "notify/text.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/log.h"
#include "notify/record.h"

#define CUT_MARK "…"

/* The length of the text, or of its longest part within max_bytes that ends with a whole
 * character. */
static size_t cut_length(const char *text, size_t max_bytes)
{
	size_t length = strnlen(text, max_bytes + 1);

	if (length <= max_bytes)
		return length;
	length = max_bytes;
	while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

void notify_add_plain(struct buf *out, const char *text, size_t max_bytes)
{
	if (text == NULL)
		return;
	size_t length = cut_length(text, max_bytes);
	log_add_escaped(out, text, length);
	if (text[length] != '\0')
		buf_add_string(out, CUT_MARK);
}

json_t *notify_cut(const char *text, size_t max_bytes)
{
	CLEANUP_BUF struct buf cut = BUF_INIT(max_bytes + sizeof CUT_MARK);

	if (text == NULL)
		return json_null();
	size_t length = cut_length(text, max_bytes);
	buf_add(&cut, text, length);
	if (text[length] != '\0')
		buf_add_string(&cut, CUT_MARK);
	return json_text(cut.data);
}

void notify_add_number(struct buf *out, json_int_t number)
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%lld", (long long)number);

	for (int i = 0; i < length; i++) {
		buf_add_char(out, digits[i]);
		if ((length - i) % 3 == 1 && i + 1 < length && digits[i] != '-')
			buf_add_char(out, ',');
	}
}

json_int_t notify_more(const json_t *section, size_t listed)
{
	json_int_t more = json_get_integer_or(section, "count", 0) - (json_int_t)listed;

	return more > 0 ? more : 0;
}

/* "12 alerts", "1 change waits for approval" */
static void add_count(struct buf *out, const char *kind, json_int_t count)
{
	bool one = count == 1;

	notify_add_number(out, count);
	if (strcmp(kind, "alert") == 0)
		buf_add_string(out, one ? " alert" : " alerts");
	else if (strcmp(kind, "approval") == 0)
		buf_add_string(out, one ? " change waits for approval" : " changes wait for approval");
	else if (strcmp(kind, "halt") == 0)
		buf_add_string(out, one ? " run has halted" : " runs have halted");
	else
		buf_add_string(out, one ? " run has failed" : " runs have failed");
}

void notify_add_section_title(struct buf *out, const json_t *section)
{
	const char *title = json_get_string(section, "title");

	if (title != NULL)
		buf_add_string(out, title);
	else
		notify_add_plain(out, json_get_string(section, "baseline"), 128);
}

void notify_add_title(struct buf *out, const json_t *record)
{
	const json_t *sections = json_object_get(record, "sections");
	size_t baselines = json_array_size(sections) +
		(size_t)json_get_integer_or(json_object_get(record, "unlisted"), "sections", 0);

	add_count(out, json_get_string_or(record, "kind", ""), notify_count(record));
	if (notify_is_urgent(record))
		return;
	if (baselines > 1) {
		buf_add_format(out, " in %zu groups", baselines);
		return;
	}
	buf_add_string(out, ": ");
	notify_add_section_title(out, json_array_get(sections, 0));
}

void notify_add_hint(struct buf *out, const json_t *record)
{
	const json_t *sections = json_object_get(record, "sections");
	const json_t *only = json_array_size(sections) == 1 ? json_array_get(sections, 0) : NULL;
	const char *kind = json_get_string_or(record, "kind", "");

	if (strcmp(kind, "approval") == 0)
		buf_add_string(out,
			"`reeve approvals` lists the changes that wait; `reeve approvals approve ID` approves "
			"one.");
	else if (strcmp(kind, "halt") == 0)
		buf_add_string(out, "The run makes no more changes. `reeve status` shows it.");
	else if (strcmp(kind, "failure") == 0)
		buf_add_string(out,
			"`reeve status` shows the run; `reeve sweep --resume` continues a sweep that was cut "
			"off.");
	else if (json_get_string(only, "title") != NULL)
		buf_add_format(out, "`reeve plan --baseline %s` lists them all.",
			json_get_string_or(only, "baseline", ""));
	else
		buf_add_string(out, "`reeve plan` lists them all.");
}
