/* event FILE|-: handles one event as the daemon would, or says what the daemon would do. */
#include "engine/event.h"
#include "accounts/lookup.h"
#include "accounts/session.h"
#include "accounts/walk.h"
#include "aws/errors.h"
#include "aws/session.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "cmd/event_hand_in.h"
#include "cmd/fail.h"
#include "cmd/report.h"
#include "cmd/terminal.h"
#include "cmd/workplace.h"
#include "config/catalogue.h"
#include "config/values.h"
#include "engine/document.h"
#include "engine/event_check.h"
#include "engine/own_account.h"
#include "events/envelope.h"
#include "guards/exceptions.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "ledger/desired_record.h"
#include "ledger/handled_event.h"
#include "notify/notify.h"
#include "store/queue.h"

#include <errno.h>

/* --- the body --- */

static int read_body(const char *path, struct buf *body, struct err *err)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char piece[65536];
	size_t got;

	if (file == NULL)
		return err_set(err, ERR_USAGE, "CannotRead", "the event %s can't be read: %s", path,
			strerror(errno));
	while ((got = fread(piece, 1, sizeof piece, file)) > 0 && buf_ok(body))
		buf_add(body, piece, got);
	bool failed = ferror(file) != 0;
	if (file != stdin)
		fclose(file);
	if (failed)
		return err_set(err, ERR_USAGE, "CannotRead", "the event %s can't be read: %s", path,
			strerror(errno));
	if (!buf_ok(body))
		return err_set(err, ERR_LIMIT, "TooLarge",
			"the event %s has more than %d bytes, which is the most that SQS carries", path,
			SIGNAL_MAX_BODY_BYTES);
	return 0;
}

/* --- --explain --- */

/* Lists the cells of the signal with their tiers, which tell what would happen to drift there. The
 * tiers come from the desired state that the last sweep stored for the account. */
static json_t *explain_tiers(struct store *store, const struct signal *signal,
	const struct event_plan *plan)
{
	json_t *cells = json_array();
	struct desired_record record = { NULL };
	struct err unused = ERR_INIT;
	bool found;

	if (store != NULL && signal->account != NULL)
		(void)!desired_record_read(store, signal->account, &record, &found, &unused);
	const json_t *desired = record.baselines;
	for (size_t i = 0; plan->outcome == HANDLED_NONE && i < plan->count; i++) {
		const struct baseline *baseline = plan->cells[i].baseline;
		const json_t *assigned = json_object_get(desired, baseline->id);
		const char *tier = desired == NULL ? NULL
			: assigned != NULL             ? json_get_string_or(assigned, "tier", "alert")
										   : "not assigned there";

		json_array_append_new(cells,
			json_pack("{s:s, s:s, s:s?, s:s}", "region", plan->cells[i].region, "baseline",
				baseline->id, "tier", tier, "default_tier", tier_name(baseline->tier)));
	}
	desired_record_release(&record);
	return cells;
}

static void print_field(const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	printf("  %-10s ", name);
	print_text(stdout, value, 0, false);
	putchar('\n');
}

static const char *what_happens(const json_t *cell)
{
	const char *tier = json_get_string(cell, "tier");

	if (tier == NULL)
		return "the account has not been swept yet, so its tier is not known here";
	if (strcmp(tier, "auto") == 0)
		return "drift is remediated at once";
	if (strcmp(tier, "approval") == 0)
		return "drift waits for a person's approval";
	return strcmp(tier, "alert") == 0
		? "drift is reported only"
		: "the configuration does not assign it, so nothing is checked";
}

static void print_explained(const json_t *explained)
{
	const json_t *signal = json_object_get(explained, "signal"),
				 *cells = json_object_get(explained, "cells");
	const char *outcome = json_get_string(explained, "outcome");
	size_t index;
	json_t *cell;

	printf("%s%s%s\n", colour_on(stdout, COLOUR_BOLD), json_get_string_or(signal, "source", "?"),
		colour_off(stdout));
	print_field("type", json_get_string(signal, "type"));
	print_field("title", json_get_string(signal, "title"));
	print_field("account", json_get_string(signal, "account"));
	print_field("region", json_get_string(signal, "region"));
	print_field("resource", json_get_string(signal, "resource"));
	print_field("state", json_get_string(signal, "state"));
	print_field("by", json_get_string(json_object_get(signal, "actor"), "arn"));
	print_field("rule", json_get_string(explained, "rule"));
	print_field("why", json_get_string(explained, "why"));
	if (outcome != NULL)
		printf("  nothing is checked: %s\n", outcome);
	else if (strcmp(json_get_string_or(explained, "action", ""), "retire") == 0)
		printf("  if AWS Organizations confirms that the account has left, Reeve deletes its "
			   "records of the account\n");
	json_array_foreach(cells, index, cell)
		printf("  would check %s, region %s: %s\n", json_get_string_or(cell, "baseline", "?"),
			json_get_string_or(cell, "region", "?"), what_happens(cell));
}

static int explain(const struct invocation *invocation, const struct signal_list *signals,
	struct err *err)
{
	struct store_options options = { .mode = STORE_READ };
	struct config *config = NULL;
	struct store *store = NULL;
	struct err unused = ERR_INIT;
	CLEANUP_JSON json_t *list = json_array();

	if (workplace_load_config(invocation, &config, err) < 0)
		return -1;
	/* The state folder is optional here: without it the account's tiers are not known. */
	if (store_open(invocation->state_folder, &options, NULL, &store, &unused) < 0)
		store = NULL;
	struct route_table *routes = event_routes(config);
	struct engine engine = { .config = config, .routes = routes, .store = store };
	for (size_t i = 0; i < signals->count; i++) {
		struct event_plan plan;

		event_plan(&engine, NULL, &signals->signals[i], &plan);
		json_t *explained = event_plan_to_json(&signals->signals[i], &plan);
		json_object_set_new(explained, "cells", explain_tiers(store, &signals->signals[i], &plan));
		json_array_append_new(list, explained);
		if (!invocation->json)
			print_explained(explained);
	}
	if (invocation->json) {
		CLEANUP_JSON json_t *document = json_pack("{s:O}", "signals", list);

		print_document(stdout, document);
	}
	(void)!store_close(store, &unused);
	route_table_free(routes);
	config_free(config);
	return 0;
}

/* --- handling --- */

struct handling {
	const struct invocation *invocation;
	struct engine *engine;
	const struct signal_list *signals;
	struct organization *organization;
	struct run lookup; /* its sessions are used to look up accounts; it is not recorded as a run */
	struct check_run *checks;
	int status;
	struct err *err;
	int result;
};

static MAY_YIELD struct account *find_account(struct handling *handling, const char *id,
	struct err *err)
{
	struct engine *engine = handling->engine;
	struct run *run = &handling->lookup;
	bool tags = config_uses_tags(engine->config) || exceptions_use_tags(engine->exceptions);
	struct aws_session *session =
		session_for_organization(engine->aws, run->own, engine->config, run->id);
	struct aws_reader reader = { engine->aws, session, run->orchestrator_account,
		organization_permissions(tags), NULL };
	struct account *account = handling->organization != NULL ? handling->organization->accounts
															 : NULL;

	while (account != NULL && strcmp(account->id, id) != 0)
		account = account->next;
	if (account == NULL && handling->organization == NULL &&
		organization_lookup(&reader, id, tags, &handling->organization, err) == 0)
		account = handling->organization->accounts;
	else if (account == NULL && handling->organization != NULL)
		(void)!organization_add_looked_up(&reader, handling->organization, id, tags, &account, err);
	aws_session_release(session);
	return account;
}

static void print_nothing(const struct handling *handling, const struct signal *signal,
	const char *why)
{
	if (handling->invocation->json)
		return;
	print_text(stdout, signal->type, 0, false);
	fputs(": nothing is checked: ", stdout);
	print_text(stdout, why, 0, false);
	putchar('\n');
}

/* Records the outcome, so that the same event is recognized when the queue delivers it too. */
static MAY_YIELD int record_outcome(struct handling *handling, const struct signal *signal,
	const struct event_plan *plan, const struct check_result *result, struct err *err)
{
	struct event_outcome outcome = { result->out_of_scope ? HANDLED_OUT_OF_SCOPE
														  : handled_outcome_of(&result->cells),
		check_run_of(handling->checks)->id, NULL, handling->engine->actor, result->changes };
	struct handled_event record;

	if (result->cells.of[STATUS_UNKNOWN] > 0)
		return 0; /* not recorded, so that the event is handled again when it is delivered again */
	event_record(signal, plan, &outcome, &record);
	return handled_event_put(handling->engine->store, &record, clock_now_ms(), err);
}

static MAY_YIELD int handle_signal(struct handling *handling, const struct signal *signal,
	struct err *err)
{
	struct check_result result;
	struct event_plan plan;

	event_plan(handling->engine, NULL, signal, &plan);
	if (plan.outcome != HANDLED_NONE || plan.retire) {
		print_nothing(handling, signal,
			plan.retire ? "the event says that the account has left the organization; the next "
						  "sweep leaves it out"
						: plan.why);
		return 0;
	}
	struct account *account = find_account(handling, signal->account, err);
	if (account == NULL)
		return aws_error_is_not_found(err, "AccountNotFoundException")
			? err_prefix(err, "account %s is not in the organization", signal->account)
			: -1;
	if (event_audit(handling->engine->audit, signal, &plan, handling->engine->actor, err) < 0)
		return -1;
	if (handling->checks == NULL &&
		check_run_begin(handling->engine, handling->organization,
			handling->lookup.orchestrator_account, &handling->checks, err) < 0)
		return -1;
	check_run_of(handling->checks)->keeps_all = handling->invocation->all;
	if (check_cells(handling->checks, account, plan.cells, plan.count, &result, err) < 0)
		return -1;
	if (result.out_of_scope)
		print_nothing(handling, signal, "the account is not active, or not in scope");
	return record_outcome(handling, signal, &plan, &result, err);
}

static MAY_YIELD int handle_all(struct handling *handling, struct err *err)
{
	struct selection everything;

	selection_init(&everything);
	int result = run_prepare(handling->engine, RUN_EVENT, &everything, &handling->lookup, err);
	selection_release(&everything);
	if (result < 0 || notify_start(handling->engine->notifier, err) < 0 ||
		own_account_find(&handling->lookup, err) < 0)
		return -1;
	for (size_t i = 0; i < handling->signals->count; i++)
		if (handle_signal(handling, &handling->signals->signals[i], err) < 0)
			return -1;
	return 0;
}

static MAY_YIELD void handle(void *argument)
{
	struct handling *handling = argument;

	handling->result = handle_all(handling, handling->err);
	fiber_shield();
	if (handling->checks != NULL) {
		struct run *run = check_run_of(handling->checks);

		handling->status = status_exit_code(&run->cells);
		if (handling->result == 0)
			handling->result = store_flush(handling->engine->store, handling->err);
		run->finished_ms = clock_now_ms();
		if (handling->result == 0)
			handling->result = handling->invocation->json
				? document_write(run, handling->invocation->all, stdout, handling->err)
				: report_print(run, handling->invocation->all, stdout, handling->err);
		if (check_run_end(handling->checks, handling->err) < 0)
			handling->result = -1;
	}
	if (handling->checks == NULL && handling->result == 0 && handling->invocation->json) {
		handling->lookup.finished_ms = clock_now_ms();
		handling->result = document_write(&handling->lookup, false, stdout, handling->err);
	}
	notify_flush(handling->engine->notifier, NOTIFY_FLUSH_MS);
	fiber_unshield();
}

static int handle_here(const struct invocation *invocation, const struct buf *body,
	const struct signal_list *signals, struct err *err)
{
	struct workplace workplace = { 0 };
	struct handling handling = { .invocation = invocation, .signals = signals, .err = err };
	struct err close_err = ERR_INIT;
	int result = workplace_open(&workplace, invocation, "event", err);
	bool held = result < 0 && err->kind == ERR_BUSY;

	if (result == 0) {
		handling.engine = &workplace.engine;
		result = fiber_spawn(workplace.loop, "event", handle, &handling, err);
	}
	if (result == 0) {
		loop_run(workplace.loop);
		result = handling.result;
		run_release(&handling.lookup);
		organization_free(handling.organization);
	}
	if (workplace_close(&workplace, &close_err) < 0 && result == 0) {
		*err = close_err;
		result = -1;
	}
	if (held)
		return event_hand_in(invocation, body->data, body->length, err);
	return result < 0 ? command_fail(err) : handling.status;
}

static int run(struct invocation *invocation)
{
	CLEANUP_BUF struct buf body = BUF_INIT(SIGNAL_MAX_BODY_BYTES);
	struct signal_list signals = { 0 };
	struct err err = ERR_INIT;
	int status = EXIT_FINE;

	if (invocation->argument_count == 0) {
		(void)err_set(&err, ERR_USAGE, "MissingArgument",
			"`reeve event` needs a file with one event, or - for standard input");
		return command_fail(&err);
	}
	if (read_body(invocation->arguments[0], &body, &err) < 0 ||
		signals_decode(body.data, body.length, &signals, &err) < 0)
		return command_fail(&err);
	if (!invocation->explain)
		status = handle_here(invocation, &body, &signals, &err);
	else if (explain(invocation, &signals, &err) < 0)
		status = command_fail(&err);
	signals_release(&signals);
	return status;
}

const struct command command_event = {
	.name = "event",
	.arguments = "FILE|-",
	.summary = "handle one event as the daemon would, or explain what it would do",
	.description =
		"Takes one security event as EventBridge delivers it, an SNS notification of it, or a bare "
		"finding (GuardDuty, ASFF, OCSF, a CloudTrail record). The cells that it concerns are "
		"checked and remediated as in a sweep. With --explain AWS is not called: the command says "
		"how the event is decoded, which route matches, and what would happen.",
	.options = OPTIONS_ALL | OPTIONS_EXPLAIN,
	.most_arguments = 1,
	.run = run,
};
