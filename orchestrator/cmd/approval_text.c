#include "cmd/approval_text.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "baselines/names.h"
#include "cmd/approval_print.h"
#include "config/catalogue.h"

#define PATH_MAX_BYTES (8 * 1024 * 1024)
#define SERVICE_MAX 64

/* --- one request --- */

static void print_field(FILE *out, const char *name, const char *text)
{
	fprintf(out, "  %-13s ", name);
	approval_print_whole(out, text != NULL && text[0] != '\0' ? text : "-");
	fputc('\n', out);
}

/* Prints one line for each value that changes; `name` is the path to it. */
static void print_difference(FILE *out, const char *name, const json_t *before, const json_t *after)
{
	const char *key;
	json_t *value;

	if (json_is_object(after) && (json_is_object(before) || name == NULL)) {
		json_object_foreach((json_t *)after, key, value) {
			CLEANUP_BUF struct buf path = BUF_INIT(PATH_MAX_BYTES);

			buf_add_format(&path, "%s%s%s", name != NULL ? name : "", name != NULL ? "." : "", key);
			print_difference(out, path.data, json_object_get(before, key), value);
		}
		return;
	}
	if (before != NULL && json_equal(before, after))
		return;
	fputs("    ", out);
	approval_print_whole(out, name != NULL ? name : "it");
	fputs("  ", out);
	approval_print_value(out, before);
	fputs(" → ", out);
	approval_print_value(out, after);
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
		approval_print_value(out, json_object_get(call, "params"));
		fputc('\n', out);
	}
}

static void print_requester(FILE *out, const struct approval_requester *requester)
{
	const char *name = requester->name;

	fputs("  requested by  ", out);
	print_text(out, name != NULL ? name : "nobody in the configuration's \"people\"", 0, false);
	fputs(" (system user ", out);
	print_text(out, requester->user != NULL ? requester->user : "?", 0, false);
	fputs(", run ", out);
	print_text(out, requester->run != NULL ? requester->run : "?", 0, false);
	fputs(")\n", out);
}

static void print_answer(FILE *out, const struct approval_answer *answer)
{
	bool approved = answer->verdict == APPROVAL_YES;
	char at[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(answer->at_ms, at);
	fprintf(out, "  %s%-13s%s %s by ", colour_on(out, approved ? COLOUR_GREEN : COLOUR_RED),
		approved ? "approved" : "denied", colour_off(out), at);
	print_text(out, answer->name, 0, false);
	fputs(" (", out);
	print_text(out, answer->via, 0, false);
	fputc(')', out);
	if (answer->note != NULL) {
		fputs(": ", out);
		print_text(out, answer->note, 0, false);
	}
	fputc('\n', out);
}

static void print_history(FILE *out, const struct approval_request *request)
{
	for (size_t i = 0; i < request->history_count; i++) {
		const struct approval_history_step *step = &request->history[i];
		char at[CLOCK_RFC3339_SIZE];

		clock_format_rfc3339(step->at_ms, at);
		fprintf(out, "  %s%-13s%s %s", colour_on(out, COLOUR_DIM), approval_state_name(step->state),
			colour_off(out), at);
		if (step->why != NULL && i > 0) { /* the reason of the first step is printed above as "why"
										   */
			fputs("  ", out);
			print_text(out, step->why, 0, false);
		}
		fputc('\n', out);
	}
}

static void print_change(FILE *out, const struct baseline *baseline,
	const struct approval_request *request)
{
	const struct change_record *change = &request->change;
	const char *reason = request->reason;

	print_field(out, "baseline", change->baseline);
	if (baseline != NULL) {
		fprintf(out, "  %-13s %s%s%s\n", "severity",
			colour_on(out, severity_colour(baseline->severity)), severity_name(baseline->severity),
			colour_off(out));
		print_field(out, "title", baseline->title);
		print_field(out, "rationale", baseline->rationale);
	}
	print_field(out, "account", change->account);
	print_field(out, "name", change->account_name);
	print_field(out, "region", change->region);
	print_field(out, "resource", change->resource);
	print_field(out, "why",
		reason != NULL && reason[0] != '\0' ? reason
											: "the resource differs from the desired state");
	print_field(out, "tier", tier_name(change->tier));
	print_field(out, "decided by", change->decided_by);
}

void approvals_print_request(FILE *out, const struct baseline_set *baselines,
	const struct approval_request *request, int64_t now_ms)
{
	const struct change_record *change = &request->change;
	const struct baseline *baseline = baseline_set_find(baselines, change->baseline);
	char requested_at[CLOCK_RFC3339_SIZE], expires_at[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(request->requested_ms, requested_at);
	clock_format_rfc3339(request->expires_ms, expires_at);
	fprintf(out, "%s%s%s  ", colour_on(out, COLOUR_BOLD), request->id, colour_off(out));
	approval_print_standing(out, request, now_ms);
	fputs("\n", out);
	print_change(out, baseline, request);
	print_requester(out, &request->requester);
	print_field(out, "requested at", requested_at);
	print_field(out, "expires", expires_at);
	fputs("  may answer    ", out);
	approval_print_approvers(out, request);
	fputc('\n', out);
	if (baseline != NULL && baseline->irreversible != NULL)
		fprintf(out, "  %sundo%s          impossible: %s\n", colour_on(out, COLOUR_RED),
			colour_off(out), baseline->irreversible);
	else
		print_field(out, "undo", "`reeve rollback` restores it");
	fputs("\n  what changes\n", out);
	print_difference(out, NULL, change->before, change->after);
	fputs("  the calls\n", out);
	print_calls(out, change->calls);
	fprintf(out, "  hash %s\n\n", request->hash);
	for (size_t i = 0; i < request->answers_count; i++)
		print_answer(out, &request->answers[i]);
	print_history(out, request);
}

/* --- after the run --- */

void approvals_print_outcome(FILE *out, enum approval_outcome outcome,
	const struct finding *finding)
{
	bool verified = outcome == APPROVAL_OUTCOME_VERIFIED;

	fprintf(out, "%s%s%s  ", colour_on(out, verified ? COLOUR_GREEN : COLOUR_RED),
		approval_outcome_name(outcome), colour_off(out));
	print_text(out, finding->resource != NULL ? finding->resource : "?", 0, false);
	if (verified) {
		fprintf(out, " was read again and is now as desired; `reeve rollback %s` undoes the change",
			finding->change != NULL ? finding->change : "?");
	} else if (finding->cause.code != NULL) {
		fputs(": ", out);
		print_text(out, finding->cause.message != NULL ? finding->cause.message : "", 0, false);
	}
	/* A change that was held back before the run was not observed. */
	if (finding->source == NULL) {
		fputc('\n', out);
		return;
	}
	fputs("\n  observed  ", out);
	approval_print_value(out, finding->observed);
	fputs("\n  requests  ", out);
	approval_print_value(out, finding->request_ids);
	fputc('\n', out);
}
