#include "cmd/approval_list.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/count.h"
#include "baselines/names.h"
#include "cmd/approval_print.h"
#include "cmd/report.h"

#define DIFFERENCE_MAX_BYTES 2048

static void print_unreadable(FILE *out, const struct unreadable_request *request)
{
	fprintf(out, "%sunreadable%s  ", colour_on(out, COLOUR_RED), colour_off(out));
	print_text(out, request->id, 16, true);
	fputs("  ", out);
	print_text(out, request->cause, 0, false);
	fputc('\n', out);
}

static void print_change(FILE *out, const struct change_record *change)
{
	CLEANUP_BUF struct buf difference = BUF_INIT(DIFFERENCE_MAX_BYTES);

	fputs("\n    ", out);
	print_text(out, change->account, 12, true);
	fputs("  ", out);
	print_text(out, change->account_name != NULL ? change->account_name : "", 24, false);
	fputs("  ", out);
	print_text(out, change->region, 16, false);
	fputs("  ", out);
	if (strcmp(change->resource, change->account) != 0)
		print_text(out, change->resource, 100, false);
	fputs("\n    ", out);
	report_difference(change->before, change->after, &difference);
	print_text(out, difference.data, 160, false);
}

static void print_row(FILE *out, const struct baseline_set *baselines,
	const struct approval_request *request, int64_t now_ms)
{
	const struct baseline *baseline = baseline_set_find(baselines, request->change.baseline);
	enum severity severity = approval_severity(baselines, request);

	fprintf(out, "%s%-13s%s  %s%s%s  ", colour_on(out, severity_colour(severity)),
		severity_name(severity), colour_off(out), colour_on(out, COLOUR_BOLD), request->id,
		colour_off(out));
	print_text(out, baseline != NULL ? baseline->title : request->change.baseline, 80, false);
	print_change(out, &request->change);
	fputs("\n    ", out);
	approval_print_standing(out, request, now_ms);
	fputs("\n    may answer: ", out);
	approval_print_approvers(out, request);
	fputc('\n', out);
}

static size_t count_waiting(const struct request_list *requests, int64_t now_ms)
{
	size_t waiting = 0;

	for (size_t i = 0; i < requests->count; i++)
		waiting += requests->items[i].unreadable.cause == NULL &&
			approval_request_state_at(&requests->items[i].request, now_ms) == APPROVAL_WAITING;
	return waiting;
}

void approvals_print_list(FILE *out, const struct baseline_set *baselines,
	const struct request_list *requests, int64_t now_ms)
{
	size_t waiting = count_waiting(requests, now_ms);

	for (size_t i = 0; i < requests->count; i++)
		if (requests->items[i].unreadable.cause != NULL)
			print_unreadable(out, &requests->items[i].unreadable);
	/* The highest severity comes first; within one severity the order of the list holds: the oldest
	 * first. */
	for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_INFORMATIONAL; severity--)
		for (size_t i = 0; i < requests->count; i++)
			if (requests->items[i].unreadable.cause == NULL &&
				approval_severity(baselines, &requests->items[i].request) ==
					(enum severity)severity)
				print_row(out, baselines, &requests->items[i].request, now_ms);
	if (waiting == 0)
		fputs(requests->count > 0 ? "nothing else waits for approval\n"
								  : "nothing waits for approval\n",
			out);
	else
		fprintf(out,
			"%s %s for approval; `reeve approvals show ID` says what would happen, `approve ID` or "
			"`deny ID` answers\n",
			count_of(waiting, "change"), waiting == 1 ? "waits" : "wait");
}
