/* status: shows the last runs, the findings by status, pauses and the daemon, from the state folder
 * or through the daemon. */
#include "cmd/command.h"

#include "audit/copy.h"
#include "audit/copy_position.h"
#include "base/banned.h"
#include "base/count.h"
#include "base/json.h"
#include "cmd/fail.h"
#include "cmd/report.h"
#include "cmd/socket.h"
#include "cmd/socket_find.h"
#include "cmd/terminal.h"
#include "cmd/workplace.h"
#include "config/config.h"
#include "guards/pause_file.h"
#include "ledger/finding.h"
#include "ledger/run_record.h"
#include "ledger/status.h"
#include "notify/outbox.h"
#include "store/read.h"
#include "store/space.h"
#include "store/store.h"

#define RUNS_SHOWN 10

struct knowledge {
	json_t *daemon;     /* the daemon's own status; NULL: no daemon answers */
	json_t *pauses;     /* the pauses in force */
	json_t *outbox;     /* notify_status */
	json_t *audit_copy; /* audit_copy_status */
	json_t *store;      /* store_stats_to_json */
	json_t *runs;       /* the last RUNS_SHOWN, oldest first */
	struct status_counts findings;
	size_t accounts;
};

static int keep_run(void *argument, const struct run_record *record)
{
	struct knowledge *knowledge = argument;

	json_array_append_new(knowledge->runs, run_record_document(record));
	if (json_array_size(knowledge->runs) > RUNS_SHOWN)
		json_array_remove(knowledge->runs, 0);
	return 0;
}

static int count_finding(void *argument, const struct finding *finding)
{
	struct knowledge *knowledge = argument;

	knowledge->findings.of[finding->status]++;
	return 0;
}

static int count_account(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	struct knowledge *knowledge = argument;

	(void)key;
	(void)value;
	(void)length;
	knowledge->accounts++;
	return 0;
}

static int read_store(struct store *store, const char *folder, struct knowledge *knowledge,
	struct err *err)
{
	struct store_stats stats = store_stats_now(store);

	knowledge->store = store_stats_to_json(&stats);
	if (pause_read(folder, &knowledge->pauses, err) < 0 ||
		notify_status(store, &knowledge->outbox, err) < 0 ||
		audit_copy_status(store, &knowledge->audit_copy, err) < 0 ||
		run_record_each(store, keep_run, knowledge, err) < 0 ||
		finding_each(store, NULL, count_finding, knowledge, err) < 0)
		return -1;
	return store_each(store, STORE_ACCOUNTS, NULL, count_account, knowledge, err);
}

/* Returns the size that the configuration allows the store; 0 without a valid configuration, since
 * the status is shown all the same. */
static uint64_t configured_bytes(const struct invocation *invocation)
{
	struct config *config = NULL;
	struct err unused = ERR_INIT;

	if (workplace_load_config(invocation, &config, &unused) < 0)
		return 0;
	uint64_t bytes = workplace_store_bytes(config);
	config_free(config);
	return bytes;
}

static int read_here(const struct invocation *invocation, struct knowledge *knowledge,
	struct err *err)
{
	struct store_options options = { .mode = STORE_READ,
		.max_bytes = configured_bytes(invocation) };
	struct store *store = NULL;
	struct err close_err = ERR_INIT;

	knowledge->runs = json_array();
	int result = store_open(invocation->state_folder, &options, NULL, &store, err) < 0
		? -1
		: read_store(store, invocation->state_folder, knowledge, err);
	if (store_close(store, &close_err) < 0 && result == 0) {
		*err = close_err;
		result = -1;
	}
	if (result == 0)
		knowledge->daemon = socket_status(invocation);
	return result;
}

/* --- through the daemon, for a user without access to the state folder --- */

static json_t *member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value != NULL ? json_incref(value) : json_null();
}

static int read_by_daemon(const struct invocation *invocation, struct knowledge *knowledge,
	struct err *err)
{
	CLEANUP_JSON json_t *status = NULL;

	if (socket_get(invocation, "/api/v1/status?findings=true", NULL, &status, err) < 0)
		return -1;
	if (json_get_string(status, "pauses_unreadable") != NULL)
		return err_set(err, ERR_STORE, "Malformed", "%s",
			json_get_string(status, "pauses_unreadable"));
	const json_t *runs = json_object_get(status, "runs"),
				 *findings = json_object_get(status, "findings");
	knowledge->runs = json_array();
	for (size_t i = json_array_size(runs); i-- > 0;) /* the daemon lists the newest first */
		json_array_append(knowledge->runs, json_array_get(runs, i));
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		json_int_t count = json_get_integer_or(findings, status_name((enum status)i), 0);

		knowledge->findings.of[i] = count > 0 ? (size_t)count : 0;
	}
	knowledge->daemon = member(status, "daemon");
	knowledge->pauses = member(status, "pauses");
	knowledge->outbox = member(status, "notifications");
	knowledge->audit_copy = member(status, "audit_copy");
	knowledge->store = member(status, "store");
	knowledge->accounts = (size_t)json_get_integer_or(status, "accounts", 0);
	return 0;
}

/* --- output --- */

static void print_json(const struct knowledge *knowledge)
{
	json_t *findings = json_object();

	for (size_t i = 0; i < STATUS_COUNT; i++)
		json_object_set_new(findings, status_name((enum status)i),
			json_integer((json_int_t)knowledge->findings.of[i]));
	CLEANUP_JSON json_t *document = json_pack("{s:O?, s:O, s:O, s:O, s:I, s:o, s:O, s:O}", "daemon",
		knowledge->daemon, "pauses", knowledge->pauses, "notifications", knowledge->outbox,
		"audit_copy", knowledge->audit_copy, "accounts", (json_int_t)knowledge->accounts,
		"findings", findings, "runs", knowledge->runs, "store", knowledge->store);
	print_document(stdout, document);
}

static void print_run(const json_t *run)
{
	const json_t *cells = json_object_get(run, "cells");
	const char *state = json_get_string_or(run, "state", "?"), *name;
	enum status status;
	json_t *count;

	/* A run in state "running" whose process is gone was killed; `reeve sweep --resume` continues
	 * it. */
	printf("  %s  %-8s  %-11s", json_get_string_or(run, "id", "?"),
		json_get_string_or(run, "kind", "?"), state);
	json_object_foreach((json_t *)cells, name, count)
		if (json_integer_value(count) > 0)
			printf("  %s %s", thousands((size_t)json_integer_value(count)),
				status_parse(name, &status) == 0 ? report_status_in(run, status) : name);
	putchar('\n');
}

static void print_pauses(const json_t *pauses)
{
	char what[128];
	size_t index;
	json_t *pause;

	json_array_foreach((json_t *)pauses, index, pause) {
		pause_describe(pause, what, sizeof what);
		printf("%spaused:%s %s by ", colour_on(stdout, COLOUR_RED), colour_off(stdout), what);
		print_text(stdout, json_get_string_or(pause, "by", "?"), 0, false);
		printf(" since %s", json_get_string_or(pause, "at", "?"));
		if (json_get_string(pause, "reason") != NULL) {
			printf(": ");
			print_text(stdout, json_get_string(pause, "reason"), 200, false);
		}
		putchar('\n');
	}
}

static void print_audit_copy(const json_t *copy)
{
	const json_t *failed = json_object_get(copy, "failed");

	if (json_is_null(copy))
		return;
	printf("audit log: %s copied to s3://%s/%s",
		count_among((size_t)json_get_integer_or(copy, "copied", 0),
			(size_t)json_get_integer_or(copy, "last", 0), "entry"),
		json_get_string_or(copy, "bucket", ""), json_get_string_or(copy, "prefix", ""));
	if (!json_is_null(failed)) {
		printf("; %sfailed%s %s: ", colour_on(stdout, COLOUR_RED), colour_off(stdout),
			json_get_string_or(failed, "at", "?"));
		print_text(stdout, json_get_string_or(failed, "message", ""), 300, false);
	}
	putchar('\n');
}

static void print_daemon(const json_t *daemon)
{
	const json_t *queue = json_object_get(daemon, "queue"),
				 *sweep = json_object_get(daemon, "sweep");

	if (daemon == NULL)
		return;
	printf("daemon: %s", json_get_string_or(daemon, "state", "?"));
	if (json_is_object(sweep))
		printf(", sweep %s is running",
			json_get_string_or(sweep, "run", json_get_string_or(sweep, "id", "?")));
	if (json_get_string(daemon, "next_sweep") != NULL)
		printf(", next sweep at %s", json_get_string(daemon, "next_sweep"));
	if (json_is_object(queue)) {
		bool up = json_get_bool_or(queue, "up", false);

		printf("; queue %s%s%s", up ? "" : colour_on(stdout, COLOUR_RED),
			up ? "answers" : "does not answer", up ? "" : colour_off(stdout));
		printf(", %s in progress",
			count_of((size_t)json_get_integer_or(queue, "held", 0), "message"));
	}
	putchar('\n');
}

static size_t mib(const json_t *store, const char *key)
{
	return (size_t)(json_get_integer_or(store, key, 0) >> 20);
}

static void print_store(const json_t *store)
{
	if (!json_get_bool_or(store, "nearly_full", false))
		return;
	printf("%sstate folder nearly full:%s %s MiB", colour_on(stdout, COLOUR_RED),
		colour_off(stdout), thousands(mib(store, "used_bytes")));
	printf(" of at most %s MiB are used; raise limits.store_gib, since Reeve records and changes "
		   "nothing once the folder is full\n",
		thousands(mib(store, "max_bytes")));
}

static void print_knowledge(const struct knowledge *knowledge)
{
	size_t index;
	json_t *run;

	print_daemon(knowledge->daemon);
	print_pauses(knowledge->pauses);
	if (json_get_integer_or(knowledge->outbox, "waiting", 0) > 0 ||
		json_array_size(json_object_get(knowledge->outbox, "failed")) > 0)
		printf("notifications: %s waiting to be sent, %s failed\n",
			thousands((size_t)json_get_integer_or(knowledge->outbox, "waiting", 0)),
			thousands(json_array_size(json_object_get(knowledge->outbox, "failed"))));
	print_audit_copy(knowledge->audit_copy);
	print_store(knowledge->store);
	printf("%s known", count_of(knowledge->accounts, "account"));
	for (size_t i = 0; i < STATUS_COUNT; i++)
		if (knowledge->findings.of[i] > 0)
			printf(" · %s %s", thousands(knowledge->findings.of[i]), status_name((enum status)i));
	printf("\n%sruns%s (newest last)\n", colour_on(stdout, COLOUR_BOLD), colour_off(stdout));
	json_array_foreach(knowledge->runs, index, run)
		print_run(run);
	if (json_array_size(knowledge->runs) == 0)
		printf("  none yet; `reeve plan` makes one that changes nothing\n");
}

static int run(struct invocation *invocation)
{
	struct knowledge knowledge = { .daemon = NULL };
	struct err err = ERR_INIT;
	int status = EXIT_FINE, route = socket_route(invocation, FOLDER_READ, &err);

	if (route < 0 ||
		(route > 0 ? read_by_daemon(invocation, &knowledge, &err)
				   : read_here(invocation, &knowledge, &err)) < 0)
		status = command_fail(&err);
	else if (invocation->json)
		print_json(&knowledge);
	else
		print_knowledge(&knowledge);
	json_decref(knowledge.daemon);
	json_decref(knowledge.runs);
	json_decref(knowledge.pauses);
	json_decref(knowledge.outbox);
	json_decref(knowledge.audit_copy);
	json_decref(knowledge.store);
	return status;
}

const struct command command_status = {
	.name = "status",
	.arguments = "",
	.summary = "show the last runs, findings by status, pauses and the daemon",
	.description =
		"Reads the state folder, also while a sweep is running, and does not call AWS. While "
		"`reeve serve` holds the folder, the daemon's state, next sweep and event queue are shown "
		"too. A user without access to the state folder gets all of this from the daemon on the "
		"operators' socket (http.socket in the configuration).",
	.run = run,
};
