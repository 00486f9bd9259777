#include "cmd/approval_print.h"

#include "approvals/check.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/count.h"
#include "base/json.h"
#include "base/json_write.h"

#define MINUTE_MS (INT64_C(60) * 1000)
#define TEXT_MAX_BYTES (8 * 1024 * 1024)
#define PRINTED_AT_ONCE 4096

/* The text is printed in parts, which are split between characters. */
void approval_print_whole(FILE *out, const char *text)
{
	char part[PRINTED_AT_ONCE + 1];

	while (*text != '\0') {
		size_t length = strnlen(text, PRINTED_AT_ONCE);

		while (text[length] != '\0' && length > PRINTED_AT_ONCE - 4 &&
			((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
		memcpy(part, text, length);
		part[length] = '\0';
		print_text(out, part, 0, false);
		text += length;
	}
}

void approval_print_value(FILE *out, const json_t *value)
{
	CLEANUP_BUF struct buf text = BUF_INIT(TEXT_MAX_BYTES);

	if (value == NULL || json_is_null(value))
		buf_add_string(&text, "absent");
	else
		json_add_text(&text, value);
	approval_print_whole(out, buf_ok(&text) ? text.data : "(too long to be shown)");
}

/* Writes a duration as "3 d 4 h", "2 h 5 min", "12 min" or "less than a minute". */
static void duration(int64_t ms, char out[32])
{
	long long minutes = (ms > 0 ? ms : 0) / MINUTE_MS, hours = minutes / 60, days = hours / 24;

	if (days > 0)
		snprintf(out, 32, "%lld d %lld h", days, hours % 24);
	else if (hours > 0)
		snprintf(out, 32, "%lld h %lld min", hours, minutes % 60);
	else
		snprintf(out, 32, minutes > 0 ? "%lld min" : "less than a minute", minutes);
}

enum severity approval_severity(const struct baseline_set *baselines,
	const struct approval_request *request)
{
	const struct baseline *baseline = baseline_set_find(baselines, request->change.baseline);

	return baseline != NULL ? baseline->severity : SEVERITY_INFORMATIONAL;
}

enum colour severity_colour(enum severity severity)
{
	return severity >= SEVERITY_HIGH  ? COLOUR_RED
		: severity == SEVERITY_MEDIUM ? COLOUR_YELLOW
									  : COLOUR_BLUE;
}

static enum colour state_colour(enum approval_state state)
{
	if (state == APPROVAL_WAITING)
		return COLOUR_YELLOW;
	return state == APPROVAL_APPROVED || state == APPROVAL_DONE ? COLOUR_GREEN : COLOUR_RED;
}

void approval_print_approvers(FILE *out, const struct approval_request *request)
{
	size_t index;
	json_t *name;

	if (json_array_size(request->approvers) == 0)
		fputs("anyone in the configuration's \"people\"", out);
	json_array_foreach(request->approvers, index, name) {
		fputs(index > 0 ? ", " : "", out);
		print_text(out, json_is_string(name) ? json_string_value(name) : "?", 0, false);
	}
	if (request->requester.name != NULL && request->four_eyes) {
		fputs("; not ", out);
		print_text(out, request->requester.name, 0, false);
		fputs(", who requested it", out);
	}
}

void approval_print_standing(FILE *out, const struct approval_request *request, int64_t now_ms)
{
	enum approval_state state = approval_request_state_at(request, now_ms);
	char waited[32], left[32];

	duration(now_ms - request->requested_ms, waited);
	duration(request->expires_ms - now_ms, left);
	fprintf(out, "%s%s%s", colour_on(out, state_colour(state)), approval_state_name(state),
		colour_off(out));
	if (state == APPROVAL_WAITING)
		fprintf(out, " for %s, %s given; expires in %s", waited,
			count_among((size_t)approval_count(request), (size_t)request->required, "approval"),
			left);
	else if (state == APPROVAL_APPROVED)
		fprintf(out,
			", but the change is not made yet: the next sweep makes it; the approval expires in %s",
			left);
}
