/* Shows the document of a run that the daemon made, as the commands show their own runs. */
#include "cmd/socket_run.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/count.h"
#include "base/json.h"
#include "baselines/set.h"
#include "cmd/command.h"
#include "cmd/report.h"
#include "cmd/terminal.h"
#include "ledger/status.h"

#define DOCUMENT_FLAGS \
	(JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))
#define DIFFERENCE_MAX_BYTES 2048

static enum status status_of(const json_t *finding)
{
	enum status status;

	return status_parse(json_get_string_or(finding, "status", ""), &status) < 0 ? STATUS_UNKNOWN
																				: status;
}

/* Without --all, findings that need no attention are left out; remediated ones are shown. */
static bool is_shown(const struct invocation *invocation, const json_t *finding)
{
	return invocation->all || status_of(finding) <= STATUS_REMEDIATED;
}

static void print_json(const struct invocation *invocation, const json_t *document)
{
	static const char *const parts[] = { "run", "organization", "cells" };
	const char *before = "{";
	size_t index;
	json_t *finding;

	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
		printf("%s\"%s\": ", before, parts[i]);
		if (json_dumpf(json_object_get(document, parts[i]), stdout, DOCUMENT_FLAGS) < 0)
			printf("null");
		before = ",\n ";
	}
	printf(",\n \"findings\": [");
	before = "\n  ";
	json_array_foreach(json_object_get(document, "findings"), index, finding) {
		if (!is_shown(invocation, finding))
			continue;
		fputs(before, stdout);
		json_dumpf(finding, stdout, DOCUMENT_FLAGS);
		before = ",\n  ";
	}
	printf("\n ]}\n");
}

static void print_finding(const struct baseline_set *baselines, const json_t *run,
	const json_t *finding)
{
	const struct baseline *baseline =
		baseline_set_find(baselines, json_get_string_or(finding, "baseline", ""));
	const char *account = json_get_string_or(finding, "account", "?"),
			   *resource = json_get_string_or(finding, "resource", "");
	const char *cause = json_get_string_or(json_object_get(finding, "cause"), "message", "");
	CLEANUP_BUF struct buf difference = BUF_INIT(DIFFERENCE_MAX_BYTES);
	enum status status = status_of(finding);

	printf("\n%s%s%s  ", colour_on(stdout, COLOUR_BOLD), report_status_in(run, status),
		colour_off(stdout));
	print_text(stdout,
		baseline != NULL ? baseline->title : json_get_string_or(finding, "baseline", "?"), 0,
		false);
	printf("\n    ");
	print_text(stdout, account, 12, true);
	printf("  ");
	print_text(stdout, json_get_string_or(finding, "account_name", ""), 22, true);
	printf("  ");
	print_text(stdout, json_get_string_or(finding, "region", "?"), 14, true);
	if (strcmp(resource, account) != 0) {
		printf("  ");
		print_text(stdout, resource, 100, false);
	}
	report_difference(json_object_get(finding, "observed"), json_object_get(finding, "desired"),
		&difference);
	if (difference.length > 0 && status != STATUS_REMEDIATED) {
		printf("  ");
		print_text(stdout, difference.data, 160, false);
	}
	putchar('\n');
	if (cause[0] != '\0') {
		printf("      ");
		print_text(stdout, cause, 240, false);
		putchar('\n');
	}
}

static void print_people(const struct invocation *invocation, const json_t *document,
	const struct status_counts *cells)
{
	const json_t *run = json_object_get(document, "run"),
				 *organization = json_object_get(document, "organization");
	const char *halt = json_get_string(json_object_get(run, "halt"), "message");
	size_t index;
	json_t *finding;

	printf("%s%s%s %s  organization ", colour_on(stdout, COLOUR_BOLD),
		json_get_string_or(run, "kind", "run"), colour_off(stdout),
		json_get_string_or(run, "id", "?"));
	print_text(stdout, json_get_string_or(organization, "id", "?"), 0, false);
	printf("  (run by the daemon)\n");
	json_array_foreach(json_object_get(document, "findings"), index, finding)
		if (is_shown(invocation, finding))
			print_finding(invocation->baselines, run, finding);
	printf("\n%s%s%s", colour_on(stdout, COLOUR_BOLD), count_of(status_total(cells), "cell"),
		colour_off(stdout));
	for (size_t i = 0; i < STATUS_COUNT; i++)
		if (cells->of[i] > 0)
			printf(" · %s %s", thousands(cells->of[i]), report_status_in(run, (enum status)i));
	printf("\n%s, %.1f s\n", count_of((size_t)json_get_integer_or(run, "changes", 0), "change"),
		json_number_value(json_object_get(run, "seconds")));
	if (halt != NULL) {
		printf("%sHalted:%s ", colour_on(stdout, COLOUR_RED), colour_off(stdout));
		print_text(stdout, halt, 0, false);
		putchar('\n');
	}
	if (json_is_true(json_object_get(run, "interrupted")))
		printf("Interrupted: the daemon was stopped before the run ended.\n");
}

int socket_show_run(const struct invocation *invocation, const json_t *document)
{
	const json_t *cells = json_object_get(document, "cells"),
				 *run = json_object_get(document, "run");
	struct status_counts counts = { { 0 } };

	for (size_t i = 0; i < STATUS_COUNT; i++) {
		json_int_t count = json_get_integer_or(cells, status_name((enum status)i), 0);

		counts.of[i] = count > 0 ? (size_t)count : 0;
	}
	if (invocation->json)
		print_json(invocation, document);
	else
		print_people(invocation, document, &counts);
	if (json_is_true(json_object_get(run, "interrupted")))
		return EXIT_FAULT;
	int status = status_exit_code(&counts);
	return status == EXIT_FINE && json_is_object(json_object_get(run, "halt")) ? EXIT_DRIFT
																			   : status;
}
