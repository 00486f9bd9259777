/* The text of messages for people, and the escaping of text from outside. No I/O. */
#include "notify/text.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/log.h"
#include "notify/group.h"

#define CUT_MARK "…"

/* Returns the length of the text, or of its longest part within max_bytes that ends with a whole
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

void notify_add_number(struct buf *out, int64_t number)
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%lld", (long long)number);

	for (int i = 0; i < length; i++) {
		buf_add_char(out, digits[i]);
		if ((length - i) % 3 == 1 && i + 1 < length && digits[i] != '-')
			buf_add_char(out, ',');
	}
}

int64_t notify_more(const struct message_section *section, size_t listed)
{
	int64_t more = section->count - (int64_t)listed;

	return more > 0 ? more : 0;
}

void notify_add_unlisted(struct buf *out, const struct message_record *message)
{
	buf_add_string(out, "and ");
	notify_add_number(out, message->unlisted.count);
	buf_add_string(out, " more of other groups\n");
}

/* "12 alerts", "1 change waits for approval" */
static void add_count(struct buf *out, enum notification_kind kind, int64_t count)
{
	static const struct {
		const char *one, *several;
	} words[] = {
		[NOTIFY_ALERT] = { " alert", " alerts" },
		[NOTIFY_APPROVAL] = { " change waits for approval", " changes wait for approval" },
		[NOTIFY_HALT] = { " run has halted", " runs have halted" },
		[NOTIFY_FAILURE] = { " run has failed", " runs have failed" },
	};

	notify_add_number(out, count);
	buf_add_string(out, count == 1 ? words[kind].one : words[kind].several);
}

void notify_add_section_title(struct buf *out, const struct message_section *section)
{
	if (section->title != NULL)
		buf_add_string(out, section->title);
	else
		notify_add_plain(out, section->baseline, 128);
}

void notify_add_title(struct buf *out, const struct message_record *message)
{
	size_t groups = message->sections_count + (size_t)message->unlisted.sections;

	add_count(out, message->kind, message->count);
	if (message_record_is_urgent(message))
		return;
	if (groups > 1) {
		buf_add_format(out, " in %zu groups", groups);
		return;
	}
	buf_add_string(out, ": ");
	if (message->sections_count > 0)
		notify_add_section_title(out, &message->sections[0]);
}

void notify_add_hint(struct buf *out, const struct message_record *message)
{
	const struct message_section *only = message->sections_count == 1 ? &message->sections[0]
																	  : NULL;

	switch (message->kind) {
	case NOTIFY_APPROVAL:
		buf_add_string(out,
			"`reeve approvals` lists the changes that wait; `reeve approvals approve ID` approves "
			"one.");
		return;
	case NOTIFY_HALT:
		buf_add_string(out, "The run makes no more changes. `reeve status` shows it.");
		return;
	case NOTIFY_FAILURE:
		buf_add_string(out,
			"`reeve status` shows the run; `reeve sweep --resume` continues a sweep that was cut "
			"off.");
		return;
	default:
		break;
	}
	if (only != NULL && only->title != NULL && only->baseline != NULL)
		buf_add_format(out, "`reeve plan --baseline %s` lists them all.", only->baseline);
	else
		buf_add_string(out, "`reeve plan` lists them all.");
}
