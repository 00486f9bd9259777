#include "cmd/approval_text.h"

#include "approvals/approvals.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "base/json_write.h"
#include "baselines/names.h"
#include "baselines/set.h"
#include "cmd/report.h"
#include "cmd/terminal.h"

#define MINUTE_MS (INT64_C(60) * 1000)
#define DIFFERENCE_MAX_BYTES 2048
#define TEXT_MAX_BYTES (8 * 1024 * 1024)
#define PRINTED_AT_ONCE 4096
#define SERVICE_MAX 64

/* print_text cuts long texts, and here nothing may be left out: prints in parts, split between
 * characters. */
static void print_whole(FILE *out, const char *text)
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

static void print_value(FILE *out, const json_t *value)
{
	CLEANUP_BUF struct buf text = BUF_INIT(TEXT_MAX_BYTES);

	if (value == NULL || json_is_null(value))
		buf_add_string(&text, "absent");
	else
		json_add_text(&text, value);
	print_whole(out, buf_ok(&text) ? text.data : "(too long to be shown)");
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

static int64_t time_of(const json_t *object, const char *key, int64_t otherwise)
{
	int64_t ms;

	return clock_parse_rfc3339(json_get_string_or(object, key, ""), &ms) == 0 ? ms : otherwise;
}

static const char *text_of(const json_t *request, const char *key)
{
	return json_get_string_or(json_object_get(request, "change"), key, "");
}

static const struct baseline *baseline_of(const struct baseline_set *baselines,
	const json_t *request)
{
	return baseline_set_find(baselines, text_of(request, "baseline"));
}

static enum severity severity_of(const struct baseline_set *baselines, const json_t *request)
{
	const struct baseline *baseline = baseline_of(baselines, request);

	return baseline != NULL ? baseline->severity : SEVERITY_INFORMATIONAL;
}

static enum colour severity_colour(enum severity severity)
{
	return severity >= SEVERITY_HIGH  ? COLOUR_RED
		: severity == SEVERITY_MEDIUM ? COLOUR_YELLOW
									  : COLOUR_BLUE;
}

static enum colour state_colour(const json_t *request)
{
	if (approval_has_state(request, APPROVAL_WAITING))
		return COLOUR_YELLOW;
	return approval_has_state(request, APPROVAL_APPROVED) ||
			approval_has_state(request, APPROVAL_DONE)
		? COLOUR_GREEN
		: COLOUR_RED;
}

/* Prints who may answer, e.g. "Ann, Bob; not Carol, who requested it". */
static void print_approvers(FILE *out, const json_t *request)
{
	const json_t *approvers = json_object_get(request, "approvers");
	const char *requester = json_get_string(json_object_get(request, "requester"), "name");
	size_t index;
	json_t *name;

	if (json_array_size(approvers) == 0)
		fputs("anyone in the configuration's \"people\"", out);
	json_array_foreach(approvers, index, name) {
		fputs(index > 0 ? ", " : "", out);
		print_text(out, json_string_value(name), 0, false);
	}
	if (requester != NULL && json_is_true(json_object_get(request, "four_eyes"))) {
		fputs("; not ", out);
		print_text(out, requester, 0, false);
		fputs(", who requested it", out);
	}
}

static void print_standing(FILE *out, const json_t *request, int64_t now_ms)
{
	const char *state = json_get_string_or(request, "state", "?");
	char waited[32], left[32];

	duration(now_ms - time_of(request, "requested_at", now_ms), waited);
	duration(time_of(request, "expires_at", now_ms) - now_ms, left);
	fprintf(out, "%s%s%s", colour_on(out, state_colour(request)), state, colour_off(out));
	if (approval_has_state(request, APPROVAL_WAITING))
		fprintf(out, " for %s, %s given; expires in %s", waited,
			count_among((size_t)approval_count(request), (size_t)approval_needed(request, NULL),
				"approval"),
			left);
	else if (approval_has_state(request, APPROVAL_APPROVED))
		fprintf(out,
			", but the change is not made yet: the next sweep makes it; the approval expires in %s",
			left);
}

/* --- the list --- */

static void print_unreadable(FILE *out, const json_t *request)
{
	fprintf(out, "%sunreadable%s  ", colour_on(out, COLOUR_RED), colour_off(out));
	print_text(out, json_get_string_or(request, "id", "?"), 16, true);
	fputs("  ", out);
	print_text(out, json_get_string_or(request, "cause", ""), 0, false);
	fputc('\n', out);
}

static void print_row(FILE *out, const struct baseline_set *baselines, const json_t *request,
	int64_t now_ms)
{
	const struct baseline *baseline = baseline_of(baselines, request);
	const json_t *change = json_object_get(request, "change");
	CLEANUP_BUF struct buf difference = BUF_INIT(DIFFERENCE_MAX_BYTES);
	enum severity severity = severity_of(baselines, request);

	fprintf(out, "%s%-13s%s  %s%s%s  ", colour_on(out, severity_colour(severity)),
		severity_name(severity), colour_off(out), colour_on(out, COLOUR_BOLD),
		json_get_string_or(request, "id", "?"), colour_off(out));
	print_text(out, baseline != NULL ? baseline->title : text_of(request, "baseline"), 80, false);
	fputs("\n    ", out);
	print_text(out, text_of(request, "account"), 12, true);
	fputs("  ", out);
	print_text(out, text_of(request, "account_name"), 24, false);
	fputs("  ", out);
	print_text(out, text_of(request, "region"), 16, false);
	fputs("  ", out);
	if (strcmp(text_of(request, "resource"), text_of(request, "account")) != 0)
		print_text(out, text_of(request, "resource"), 100, false);
	fputs("\n    ", out);
	report_difference(json_object_get(change, "before"), json_object_get(change, "after"),
		&difference);
	print_text(out, difference.data, 160, false);
	fputs("\n    ", out);
	print_standing(out, request, now_ms);
	fputs("\n    may answer: ", out);
	print_approvers(out, request);
	fputc('\n', out);
}

void approvals_print_list(FILE *out, const struct baseline_set *baselines, const json_t *requests,
	int64_t now_ms)
{
	size_t index, waiting = 0;
	json_t *request;

	/* The highest severity comes first; within one severity the order of the list holds: the oldest
	 * first. */
	for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_INFORMATIONAL; severity--) {
		json_array_foreach(requests, index, request) {
			bool unreadable = strcmp(json_get_string_or(request, "state", ""), "unreadable") == 0;

			if (unreadable && severity == SEVERITY_CRITICAL)
				print_unreadable(out, request);
			else if (!unreadable && severity_of(baselines, request) == (enum severity)severity)
				print_row(out, baselines, request, now_ms);
		}
	}
	json_array_foreach(requests, index, request)
		waiting += approval_has_state(request, APPROVAL_WAITING);
	if (waiting == 0)
		fputs(json_array_size(requests) > 0 ? "nothing else waits for approval\n"
											: "nothing waits for approval\n",
			out);
	else
		fprintf(out,
			"%s %s for approval; `reeve approvals show ID` says what would happen, `approve ID` or "
			"`deny ID` answers\n",
			count_of(waiting, "change"), waiting == 1 ? "waits" : "wait");
}

/* --- one --- */

static void print_field(FILE *out, const char *name, const char *text)
{
	fprintf(out, "  %-13s ", name);
	print_whole(out, text[0] != '\0' ? text : "-");
	fputc('\n', out);
}

/* Prints one line for each value that changes; `name` is the path to it. */
static void print_difference(FILE *out, const char *name, const json_t *before, const json_t *after)
{
	const char *key;
	json_t *value;

	if (json_is_object(after) && (json_is_object(before) || name == NULL)) {
		json_object_foreach((json_t *)after, key, value) {
			CLEANUP_BUF struct buf path = BUF_INIT(TEXT_MAX_BYTES);

			buf_add_format(&path, "%s%s%s", name != NULL ? name : "", name != NULL ? "." : "", key);
			print_difference(out, path.data, json_object_get(before, key), value);
		}
		return;
	}
	if (before != NULL && json_equal(before, after))
		return;
	fputs("    ", out);
	print_whole(out, name != NULL ? name : "it");
	fputs("  ", out);
	print_value(out, before);
	fputs(" → ", out);
	print_value(out, after);
	fputc('\n', out);
}

static void print_calls(FILE *out, const json_t *calls)
{
	size_t index;
	json_t *call;

	json_array_foreach(calls, index, call) {
		fprintf(out, "    %zu. ", index + 1);
		print_text(out, json_get_string_or(call, "service", "?"), SERVICE_MAX, false);
		fputc(' ', out);
		print_text(out, json_get_string_or(call, "operation", "?"), 0, false);
		fputs(" in ", out);
		print_text(out, json_get_string_or(call, "region", "the service's global region"), 0,
			false);
		if (json_get_string(call, "account") != NULL) {
			fputs(", account ", out);
			print_text(out, json_get_string(call, "account"), 0, false);
		}
		fputs("\n       ", out);
		print_value(out, json_object_get(call, "params"));
		fputc('\n', out);
	}
}

static void print_requester(FILE *out, const json_t *requester)
{
	const char *name = json_get_string(requester, "name");

	fputs("  requested by  ", out);
	print_text(out, name != NULL ? name : "nobody in the configuration's \"people\"", 0, false);
	fputs(" (system user ", out);
	print_text(out, json_get_string_or(requester, "user", "?"), 0, false);
	fputs(", run ", out);
	print_text(out, json_get_string_or(requester, "run", "?"), 0, false);
	fputs(")\n", out);
}

static void print_answers(FILE *out, const json_t *answers)
{
	size_t index;
	json_t *answer;

	json_array_foreach(answers, index, answer) {
		bool approved = strcmp(json_get_string_or(answer, "answer", ""), "approve") == 0;

		fprintf(out, "  %s%-13s%s ", colour_on(out, approved ? COLOUR_GREEN : COLOUR_RED),
			approved ? "approved" : "denied", colour_off(out));
		fprintf(out, "%s by ", json_get_string_or(answer, "at", "?"));
		print_text(out, json_get_string_or(answer, "name", "?"), 0, false);
		fputs(" (", out);
		print_text(out, json_get_string_or(answer, "via", "?"), 0, false);
		fputc(')', out);
		if (json_get_string(answer, "note") != NULL) {
			fputs(": ", out);
			print_text(out, json_get_string(answer, "note"), 0, false);
		}
		fputc('\n', out);
	}
}

static void print_history(FILE *out, const json_t *history)
{
	size_t index;
	json_t *step;

	json_array_foreach(history, index, step) {
		fprintf(out, "  %s%-13s%s %s", colour_on(out, COLOUR_DIM),
			json_get_string_or(step, "state", "?"), colour_off(out),
			json_get_string_or(step, "at", "?"));
		if (json_get_string(step, "why") != NULL && index > 0) {
			fputs("  ", out);
			print_text(out, json_get_string(step, "why"), 0, false);
		}
		fputc('\n', out);
	}
}

json_t *approval_as_of(const json_t *request, int64_t now_ms)
{
	json_t *copy = json_deep_copy(request);

	json_object_set_new(copy, "state",
		json_string(approval_state_name(approval_state_at(request, now_ms))));
	return copy;
}

void approvals_print_request(FILE *out, const struct baseline_set *baselines, const json_t *request,
	int64_t now_ms)
{
	const struct baseline *baseline = baseline_of(baselines, request);
	const json_t *change = json_object_get(request, "change");
	const char *expires = json_get_string_or(request, "expires_at", "?"),
			   *reason = json_get_string_or(request, "reason", "");

	fprintf(out, "%s%s%s  ", colour_on(out, COLOUR_BOLD), json_get_string_or(request, "id", "?"),
		colour_off(out));
	print_standing(out, request, now_ms);
	fputs("\n", out);
	print_field(out, "baseline", text_of(request, "baseline"));
	if (baseline != NULL) {
		fprintf(out, "  %-13s %s%s%s\n", "severity",
			colour_on(out, severity_colour(baseline->severity)), severity_name(baseline->severity),
			colour_off(out));
		print_field(out, "title", baseline->title);
		print_field(out, "rationale", baseline->rationale);
	}
	print_field(out, "account", text_of(request, "account"));
	print_field(out, "name", text_of(request, "account_name"));
	print_field(out, "region", text_of(request, "region"));
	print_field(out, "resource", text_of(request, "resource"));
	print_field(out, "why",
		reason[0] != '\0' ? reason : "the resource differs from the desired state");
	print_field(out, "tier", text_of(request, "tier"));
	print_field(out, "decided by", text_of(request, "decided_by"));
	print_requester(out, json_object_get(request, "requester"));
	print_field(out, "requested at", json_get_string_or(request, "requested_at", "?"));
	print_field(out, "expires", expires);
	fputs("  may answer    ", out);
	print_approvers(out, request);
	fputc('\n', out);
	if (baseline != NULL && baseline->irreversible != NULL)
		fprintf(out, "  %sundo%s          impossible: %s\n", colour_on(out, COLOUR_RED),
			colour_off(out), baseline->irreversible);
	else
		print_field(out, "undo", "`reeve rollback` restores it");
	fputs("\n  what changes\n", out);
	print_difference(out, NULL, json_object_get(change, "before"),
		json_object_get(change, "after"));
	fputs("  the calls\n", out);
	print_calls(out, json_object_get(change, "calls"));
	fprintf(out, "  hash %s\n\n", json_get_string_or(request, "hash", "?"));
	print_answers(out, json_object_get(request, "answers"));
	print_history(out, json_object_get(request, "history"));
}

/* --- after the run --- */

void approvals_print_outcome(FILE *out, const char *outcome, const json_t *finding)
{
	const json_t *cause = json_object_get(finding, "cause");
	bool verified = strcmp(outcome, "verified") == 0;

	fprintf(out, "%s%s%s  ", colour_on(out, verified ? COLOUR_GREEN : COLOUR_RED), outcome,
		colour_off(out));
	print_text(out, json_get_string_or(finding, "resource", "?"), 0, false);
	if (verified)
		fprintf(out, " was read again and is now as desired; `reeve rollback %s` undoes the change",
			json_get_string_or(finding, "change", "?"));
	else if (json_is_object(cause)) {
		fputs(": ", out);
		print_text(out, json_get_string_or(cause, "message", ""), 0, false);
	}
	/* A change that was held back before the run has no status and was not observed. */
	if (json_object_get(finding, "status") == NULL) {
		fputc('\n', out);
		return;
	}
	fputs("\n  observed  ", out);
	print_value(out, json_object_get(finding, "observed"));
	fputs("\n  requests  ", out);
	print_value(out, json_object_get(finding, "request_ids"));
	fputc('\n', out);
}
