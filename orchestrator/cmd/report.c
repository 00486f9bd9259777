#include "cmd/report.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "baselines/names.h"
#include "baselines/set.h"
#include "cmd/terminal.h"
#include "engine/document.h"
#include "guards/exceptions.h"

/* At most this many findings of one baseline and status are shown; the JSON document has all. */
#define SHOWN_PER_GROUP 8
#define DIFFERENCE_MAX_BYTES 2048
/* An exception is mentioned for 30 days after it expired. */
#define EXPIRED_SHOWN_MS (30LL * 24 * 3600 * 1000)

struct line {
	char *account, *name, *region, *resource, *difference, *cause;
};

struct group {
	const struct baseline *baseline;
	enum status status;
	enum tier tier;
	char decided_by[128]; /* "default", or the target of the rule that set the tier */
	size_t count;
	size_t line_count;
	struct line lines[SHOWN_PER_GROUP];
};

struct report {
	struct group *groups; /* sorted by severity, baseline, status and tier */
	size_t count;
	const struct run *run;
};

static void add_value(struct buf *out, const json_t *value)
{
	CLEANUP_FREE char *text = value == NULL ? xstrdup("absent")
		: json_is_string(value)             ? xstrdup(json_string_value(value))
											: json_to_text(value);

	buf_add_format(out, "%.120s", text);
}

static void add_difference(struct buf *out, const char *name, const json_t *observed,
	const json_t *desired)
{
	const char *key;
	json_t *value;

	if (json_equal(observed, desired))
		return;
	if (json_is_object(desired) && json_is_object(observed)) {
		json_object_foreach((json_t *)desired, key, value)
			add_difference(out, key, json_object_get(observed, key), value);
		return;
	}
	if (out->length > 0)
		buf_add_string(out, ", ");
	if (name != NULL)
		buf_add_format(out, "%s ", name);
	add_value(out, observed);
	buf_add_string(out, " → ");
	add_value(out, desired);
}

void report_difference(const json_t *observed, const json_t *desired, struct buf *out)
{
	if (json_is_object(desired) && !json_is_null(observed))
		add_difference(out, NULL, observed, desired);
}

static struct group *group_of(struct report *report, const struct baseline *baseline,
	enum status status, enum tier tier, const char *decided_by)
{
	for (size_t i = 0; i < report->count; i++)
		if (report->groups[i].baseline == baseline && report->groups[i].status == status &&
			report->groups[i].tier == tier &&
			strncmp(report->groups[i].decided_by, decided_by,
				sizeof report->groups[i].decided_by - 1) == 0)
			return &report->groups[i];
	report->groups = xrealloc(report->groups, (report->count + 1) * sizeof *report->groups);
	memset(&report->groups[report->count], 0, sizeof *report->groups);
	report->groups[report->count] =
		(struct group){ .baseline = baseline, .status = status, .tier = tier };
	snprintf(report->groups[report->count].decided_by,
		sizeof report->groups[report->count].decided_by, "%s", decided_by);
	return &report->groups[report->count++];
}

static char *text_of(const char *text)
{
	return xstrdup(text != NULL ? text : "");
}

static int add_finding(void *argument, const struct finding *finding)
{
	const struct report *report = argument;
	const struct baseline *baseline =
		baseline_set_find(baselines_of(report->run->engine.config), finding->baseline);
	struct buf difference;

	if (baseline == NULL)
		return 0;
	struct group *group = group_of(argument, baseline, finding->status, finding->tier,
		finding->decided_by != NULL ? finding->decided_by : "default");
	if (group->count++ >= SHOWN_PER_GROUP)
		return 0;
	buf_init(&difference, DIFFERENCE_MAX_BYTES);
	if (finding->observed != NULL)
		report_difference(finding->observed, finding->desired, &difference);
	group->lines[group->line_count++] = (struct line){
		.account = text_of(finding->account),
		.name = text_of(finding->account_name),
		.region = text_of(finding->region),
		.resource = text_of(finding->resource),
		.difference = buf_detach(&difference),
		.cause = text_of(finding->cause.message),
	};
	return 0;
}

static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	if (a->baseline->severity != b->baseline->severity)
		return a->baseline->severity > b->baseline->severity ? -1 : 1;
	int order = strcmp(a->baseline->id, b->baseline->id);
	if (order != 0)
		return order;
	return a->status != b->status ? (a->status < b->status ? -1 : 1) : (int)a->tier - (int)b->tier;
}

const char *report_status_word(enum run_kind kind, enum status status)
{
	return kind == RUN_ROLLBACK && status == STATUS_REMEDIATED ? "rolled back"
															   : status_name(status);
}

const char *report_status_in(const json_t *run, enum status status)
{
	bool rollback = strcmp(json_get_string_or(run, "kind", ""), run_kind_name(RUN_ROLLBACK)) == 0;

	return report_status_word(rollback ? RUN_ROLLBACK : RUN_SWEEP, status);
}

static const char *next_step(const struct run *run, const struct group *group)
{
	switch (group->status) {
	case STATUS_UNKNOWN:
		return "could not be read, so Reeve can't tell whether it is compliant";
	case STATUS_AWAITING_APPROVAL:
		return "waits for a person's approval; nothing was changed";
	case STATUS_ALERTED:
		return "only a person can remediate this; Reeve reports it";
	case STATUS_MANAGED_CENTRALLY:
		return "an organization policy or a delegated administrator owns this; change it there";
	case STATUS_REMEDIATED:
		return run->kind == RUN_ROLLBACK ? "restored, and verified by reading the resource again"
										 : "changed, and verified by reading the resource again";
	case STATUS_EXEMPT:
		return "an exception covers this";
	case STATUS_DRIFTED:
		break;
	case STATUS_COMPLIANT:
	case STATUS_NOT_APPLICABLE:
	case STATUS_COUNT:
		return "";
	}
	if (run->kind != RUN_PLAN)
		return run->kind == RUN_ROLLBACK ? "not rolled back" : "not remediated";
	return group->tier == TIER_AUTO    ? "`reeve sweep` remediates this"
		: group->tier == TIER_APPROVAL ? "a sweep would ask for a person's approval"
									   : "a sweep would only report this";
}

static enum colour severity_colour(enum severity severity)
{
	return severity >= SEVERITY_HIGH  ? COLOUR_RED
		: severity == SEVERITY_MEDIUM ? COLOUR_YELLOW
									  : COLOUR_BLUE;
}

/* Returns the part of the ARN that tells resources apart; "" for the account itself. */
static const char *short_resource(const struct line *line)
{
	const char *last = strrchr(line->resource, ':');

	if (strcmp(line->resource, line->account) == 0)
		return "";
	return last != NULL ? last + 1 : line->resource;
}

/* Returns whether all lines have the same cause, which is then printed once. */
static bool one_cause(const struct group *group)
{
	for (size_t i = 1; i < group->line_count; i++)
		if (strcmp(group->lines[i].cause, group->lines[0].cause) != 0)
			return false;
	return group->line_count > 1;
}

static void print_cause(FILE *out, const char *cause)
{
	if (cause[0] == '\0')
		return;
	fprintf(out, "      %s", colour_on(out, COLOUR_DIM));
	print_text(out, cause, 240, false);
	fprintf(out, "%s\n", colour_off(out));
}

static void print_line(FILE *out, const struct group *group, const struct line *line)
{
	bool difference = line->difference[0] != '\0' && group->status != STATUS_REMEDIATED;

	fputs("    ", out);
	print_text(out, line->account, 12, true);
	fputs("  ", out);
	print_text(out, line->name, 22, true);
	fprintf(out, "  %-14s  ", line->region);
	if (short_resource(line)[0] != '\0') {
		print_text(out, short_resource(line), 60, false);
		fputs(difference ? "  " : "", out);
	}
	if (difference)
		print_text(out, line->difference, 160, false);
	fputc('\n', out);
}

static void print_group(FILE *out, const struct run *run, const struct group *group, bool heading)
{
	const struct baseline *baseline = group->baseline;

	if (heading)
		fprintf(out, "\n%s%-8s%s  %s%s%s  %s%s%s\n",
			colour_on(out, severity_colour(baseline->severity)), severity_name(baseline->severity),
			colour_off(out), colour_on(out, COLOUR_BOLD), baseline->title, colour_off(out),
			colour_on(out, COLOUR_DIM), baseline->id, colour_off(out));
	fprintf(out, "  %s %s: %s%s%s\n", thousands(group->count),
		report_status_word(run->kind, group->status), next_step(run, group),
		strcmp(group->decided_by, "default") != 0 ? "; the tier is set for " : "",
		strcmp(group->decided_by, "default") != 0 ? group->decided_by : "");
	bool once = one_cause(group);
	if (once)
		print_cause(out, group->lines[0].cause);
	for (size_t i = 0; i < group->line_count; i++) {
		print_line(out, group, &group->lines[i]);
		if (!once)
			print_cause(out, group->lines[i].cause);
	}
	if (group->count > group->line_count)
		fprintf(out, "    … and %s more (--json lists all)\n",
			thousands(group->count - group->line_count));
}

/* Mentions expired exceptions: the drift that they covered is reported again, and readers should
 * know why. */
static void print_expired(FILE *out, const struct run *run)
{
	int64_t now_ms = clock_now_ms();
	CLEANUP_JSON json_t *expired =
		exceptions_expired(run->engine.exceptions, now_ms - EXPIRED_SHOWN_MS, now_ms);

	size_t count = json_array_size(expired);
	if (count > 0)
		fprintf(out,
			"%s expired in the last 30 days, so the drift that %s covered is reported again; "
			"`reeve exceptions list` shows %s\n",
			count_of(count, "exception"), count == 1 ? "it" : "they", count == 1 ? "it" : "them");
}

static void print_totals(FILE *out, const struct run *run)
{
	static const enum status order[] = { STATUS_UNKNOWN, STATUS_DRIFTED, STATUS_AWAITING_APPROVAL,
		STATUS_ALERTED, STATUS_MANAGED_CENTRALLY, STATUS_REMEDIATED, STATUS_EXEMPT,
		STATUS_COMPLIANT, STATUS_NOT_APPLICABLE };
	struct aws_stats stats = run_stats(run);

	fprintf(out, "\n%s%s%s", colour_on(out, COLOUR_BOLD),
		count_of(status_total(&run->cells), "cell"), colour_off(out));
	for (size_t i = 0; i < ARRAY_LENGTH(order); i++)
		if (run->cells.of[order[i]] > 0)
			fprintf(out, " · %s %s", thousands(run->cells.of[order[i]]),
				report_status_word(run->kind, order[i]));
	fprintf(out, "\n%s%s (%s retried, %s throttled), %s, %.1f s%s\n", colour_on(out, COLOUR_DIM),
		count_of(stats.api_calls, "AWS call"), thousands(stats.retries), thousands(stats.throttled),
		count_of(run->changes_made, "change"), (double)(clock_monotonic_us() - run->began_us) / 1e6,
		colour_off(out));
	if (run->halt.kind != ERR_NONE) {
		fprintf(out, "%sHalted:%s ", colour_on(out, COLOUR_RED), colour_off(out));
		print_text(out, run->halt.message, 0, false);
		fprintf(out, "\n%s made; `reeve rollback %s` undoes %s\n",
			count_of(run->changes_made, "change"), run->id, run->changes_made == 1 ? "it" : "them");
	}
	print_expired(out, run);
	if (run->interrupted)
		fputs("Interrupted: `reeve sweep --resume` continues with the cells that were not done.\n",
			out);
}

static void print_heading(FILE *out, const struct run *run)
{
	static const char *const titles[] = { [RUN_PLAN] = "Plan",
		[RUN_SWEEP] = "Sweep",
		[RUN_APPLY] = "Apply",
		[RUN_ROLLBACK] = "Rollback",
		[RUN_EVENT] = "Event" };
	const struct organization *organization = run->organization;

	fprintf(out, "%s%s%s %s  organization ", colour_on(out, COLOUR_BOLD), titles[run->kind],
		colour_off(out), run->id);
	print_text(out, organization != NULL ? organization->id : "?", 0, false);
	/* an event's run reads single accounts, so it has no totals of the organization */
	if (run->kind == RUN_EVENT) {
		fputc('\n', out);
		return;
	}
	fprintf(out, "  %s in scope",
		count_among(run->accounts_in_scope, organization != NULL ? organization->account_count : 0,
			"account"));
	/* No region is looked up when every baseline is of scope account. */
	if (json_object_size(run->regions) > 0)
		fprintf(out, "  %s", count_of(json_object_size(run->regions), "region"));
	fputs(run->resumed ? "  (resumed)\n" : "\n", out);
	if (run->accounts_inactive > 0)
		fprintf(out, "%s %s not active and %s skipped\n",
			count_of(run->accounts_inactive, "account"), run->accounts_inactive == 1 ? "is" : "are",
			run->accounts_inactive == 1 ? "was" : "were");
}

int report_print(const struct run *run, bool all, FILE *out, struct err *err)
{
	struct report report = { .run = run };
	int result = document_each_finding(run, all, add_finding, &report, err);

	if (report.count > 0)
		qsort(report.groups, report.count, sizeof *report.groups, compare_groups);
	print_heading(out, run);
	for (size_t i = 0; i < report.count; i++)
		print_group(out, run, &report.groups[i],
			i == 0 || report.groups[i].baseline != report.groups[i - 1].baseline);
	print_totals(out, run);
	for (size_t i = 0; i < report.count; i++) {
		for (size_t j = 0; j < report.groups[i].line_count; j++) {
			struct line *line = &report.groups[i].lines[j];

			free(line->account);
			free(line->name);
			free(line->region);
			free(line->resource);
			free(line->difference);
			free(line->cause);
		}
	}
	free(report.groups);
	return result;
}
