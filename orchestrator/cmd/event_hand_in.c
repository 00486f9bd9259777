#include "cmd/event_hand_in.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_read.h"
#include "cmd/fail.h"
#include "cmd/socket.h"
#include "cmd/socket_run.h"
#include "cmd/terminal.h"
#include "ledger/status.h"

#define PATH_MAX_BYTES 512

/* Adds the account's findings that the run of this event wrote. */
static int add_findings(const struct invocation *invocation, const json_t *record, json_t *findings,
	struct err *err)
{
	CLEANUP_JSON json_t *all = NULL;
	char path[PATH_MAX_BYTES];
	size_t index;
	json_t *finding;

	snprintf(path, sizeof path, "/api/v1/findings?account=%.12s",
		json_get_string_or(record, "account", ""));
	if (socket_list(invocation, path, "findings", &all, err) < 0)
		return -1;
	json_array_foreach(all, index, finding)
		if (strcmp(json_get_string_or(finding, "run", ""),
				json_get_string_or(record, "run", "?")) == 0)
			json_array_append(findings, finding);
	return 0;
}

/* Makes the document of a run from the signals' outcomes: each signal that was checked counts as
 * one cell. */
static int make_document(const struct invocation *invocation, const json_t *signals, json_t **out,
	struct err *err)
{
	CLEANUP_JSON json_t *cells = json_object(), *findings = json_array();
	char now[CLOCK_RFC3339_SIZE];
	const char *run = "";
	size_t index;
	json_t *record;
	json_int_t total = 0;

	for (size_t i = 0; i < STATUS_COUNT; i++)
		json_object_set_new(cells, status_name((enum status)i), json_integer(0));
	json_array_foreach(signals, index, record) {
		const char *outcome = json_get_string_or(record, "outcome", "");
		enum status status;

		if (status_parse(outcome, &status) < 0)
			continue; /* no cell was checked */
		total++;
		run = json_get_string_or(record, "run", run);
		json_object_set_new(cells, outcome,
			json_integer(json_get_integer_or(cells, outcome, 0) + 1));
		if (add_findings(invocation, record, findings, err) < 0)
			return -1;
	}
	json_object_set_new(cells, "total", json_integer(total));
	clock_format_rfc3339(clock_now_ms(), now);
	*out = json_pack(
		"{s:{s:s, s:s, s:s, s:s, s:f, s:i, s:i, s:i, s:i}, s:{s:n, s:i, s:i, s:[]}, s:O, s:O}",
		"run", "id", run, "kind", "event", "started", now, "finished", now, "seconds", 0.0,
		"api_calls", 0, "retries", 0, "throttled", 0, "assume_role_calls", 0, "organization", "id",
		"accounts", 0, "in_scope", 0, "regions", "cells", cells, "findings", findings);
	return 0;
}

static void print_signal(const json_t *record)
{
	print_text(stdout, json_get_string_or(record, "type", "?"), 0, false);
	printf(": outcome at the daemon: %s", json_get_string_or(record, "outcome", "?"));
	if (json_get_string(record, "why") != NULL) {
		fputs(" (", stdout);
		print_text(stdout, json_get_string(record, "why"), 0, false);
		putchar(')');
	}
	putchar('\n');
}

int event_hand_in(const struct invocation *invocation, const char *body, size_t length,
	struct err *err)
{
	CLEANUP_JSON json_t *event = NULL, *answer = NULL, *document = NULL;
	CLEANUP_BUF struct buf path = BUF_INIT(PATH_MAX_BYTES);
	struct err failure = ERR_INIT;
	size_t index;
	json_t *record;

	if (json_parse(body, length, "the event", &event, &failure) < 0)
		return command_fail(&failure);
	buf_add_string(&path, "/api/v1/signals");
	if (socket_ask(invocation, "POST", &path, event, &answer, err) < 0)
		return command_fail(err);
	const json_t *signals = json_object_get(answer, "signals");
	if (!invocation->json)
		json_array_foreach((json_t *)signals, index, record)
			print_signal(record);
	if (make_document(invocation, signals, &document, err) < 0)
		return command_fail(err);
	if (!invocation->json &&
		json_integer_value(json_object_get(json_object_get(document, "cells"), "total")) == 0)
		return EXIT_FINE;
	return socket_show_run(invocation, document);
}
