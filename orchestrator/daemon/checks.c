/* The run to which the checks that events cause belong. It lasts events.limits_minutes; then a new
 * run begins, and the old one ends with its last check. */
#include "daemon/checks.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "config/values.h"
#include "daemon/daemon_private.h"
#include "daemon/life.h"
#include "io/fiber_sync.h"
#include "security_hub/security_hub.h"
#include "security_hub/update.h"
#include "store/queue.h"
#include "store/store.h"

struct one_run {
	struct check_run *checks;
	struct generation *generation; /* the configuration whose engine it uses */
	int64_t ends_us;
	size_t users; /* the fibers that use it now */
};

struct checks_now {
	struct daemon *daemon;
	struct one_run *current;
	struct fiber_once beginning;
	struct err failure;
};

struct checks_now *checks_now_new(struct daemon *daemon)
{
	struct checks_now *checks = xcalloc(1, sizeof *checks);

	checks->daemon = daemon;
	return checks;
}

static MAY_YIELD int end_run(struct one_run *run, struct err *err)
{
	int result = check_run_end(run->checks, err);

	metric_add(METRIC_RUNS, METRIC_LABELS("event", result < 0 ? "failed" : "finished"), 1);
	generation_release(run->generation);
	free(run);
	return result;
}

static MAY_YIELD int begin_run(struct checks_now *checks, struct err *err)
{
	struct daemon *daemon = checks->daemon;
	struct one_run *run = xcalloc(1, sizeof *run), *old = checks->current;

	run->generation = generation_retain(daemon->generation);
	if (check_run_begin(&run->generation->engine, directory_organization(daemon->directory),
			daemon->orchestrator_account, &run->checks, err) < 0) {
		generation_release(run->generation);
		free(run);
		return -1;
	}
	run->ends_us = clock_monotonic_us() +
		config_integer(run->generation->config, "events", "limits_minutes") * 60000000;
	checks->current = run;
	/* A run with checks under way ends with the last of them. */
	if (old != NULL && old->users == 0)
		return end_run(old, err);
	return 0;
}

static bool is_over(const struct checks_now *checks)
{
	const struct one_run *current = checks->current;

	return current == NULL || clock_monotonic_us() >= current->ends_us ||
		current->generation != checks->daemon->generation;
}

/* Returns the run to use, until leave_run. When there is none, one fiber begins it and the
 * others wait. */
static MAY_YIELD struct one_run *enter_run(struct checks_now *checks, struct err *err)
{
	if (is_over(checks)) {
		if (checks->beginning.state == FIBER_ONCE_DONE)
			fiber_once_reset(&checks->beginning);
		if (fiber_once_begin(&checks->beginning)) {
			err_clear(&checks->failure);
			(void)!begin_run(checks, &checks->failure);
			fiber_once_finish(&checks->beginning);
		}
		if (checks->failure.kind != ERR_NONE) {
			*err = checks->failure;
			return NULL;
		}
	}
	checks->current->users++;
	return checks->current;
}

static MAY_YIELD int leave_run(struct checks_now *checks, struct one_run *run, struct err *err)
{
	if (--run->users > 0 || run == checks->current)
		return 0;
	return end_run(run, err);
}

static void count_statuses(const struct status_counts *cells)
{
	for (size_t i = 0; i < STATUS_COUNT; i++)
		if (cells->of[i] > 0)
			metric_add(METRIC_CHECKS, METRIC_LABELS("event", status_name((enum status)i)),
				(double)cells->of[i]);
}

static MAY_YIELD int check(struct one_run *run, struct account *account,
	const struct wanted_cell *wanted, size_t count, struct check_outcome *outcome, struct err *err)
{
	struct check_result result;

	if (check_cells(run->checks, account, wanted, count, &result, err) < 0)
		return -1;
	count_statuses(&result.cells);
	outcome->changes = result.changes;
	outcome->retry = result.cells.of[STATUS_UNKNOWN] > 0;
	outcome->outcome = result.out_of_scope ? HANDLED_OUT_OF_SCOPE
										   : handled_outcome_of(&result.cells);
	return 0;
}

/* Returns the account. It is read from AWS when it is not known, or when an event says that it
 * has changed. NULL with an empty err: there is no such account. */
static MAY_YIELD struct account *find_account(struct daemon *daemon, struct run *run,
	const char *id, bool look, struct organization **holder, struct err *err)
{
	struct account *account = directory_find(daemon->directory, id, holder);

	if (account != NULL && !look)
		return account;
	organization_free(*holder);
	*holder = NULL;
	return directory_lookup(daemon->directory, run, id, err) < 0
		? NULL
		: directory_find(daemon->directory, id, holder);
}

/* Returns -1 for a failure that stops the process. After any other failure the outcome is
 * `unknown`, and a later try to read the account may succeed. */
static int not_known(const struct err *failure, const char *account_id,
	struct check_outcome *outcome, struct err *err)
{
	if (failure->kind == ERR_STORE || failure->kind == ERR_CANCELLED) {
		*err = *failure;
		return -1;
	}
	log_write(LOG_WARNING, &(struct log_place){ .run = outcome->run, .account = account_id },
		"the account could not be looked up: %s", failure->message);
	outcome->outcome = HANDLED_UNKNOWN;
	outcome->retry = true;
	return 0;
}

int checks_make(struct checks_now *checks, const char *account_id, const struct wanted_cell *wanted,
	size_t count, bool look, struct check_outcome *outcome, struct err *err)
{
	struct organization *holder = NULL;
	struct err failure = ERR_INIT;
	struct one_run *run = enter_run(checks, err);
	int result = 0;

	if (run == NULL)
		return -1;
	snprintf(outcome->run, sizeof outcome->run, "%s", check_run_of(run->checks)->id);
	struct account *account = find_account(checks->daemon, check_run_of(run->checks), account_id,
		look, &holder, &failure);
	if (account != NULL)
		result = check(run, account, wanted, count, outcome, err);
	else if (failure.kind == ERR_NONE)
		outcome->outcome = HANDLED_UNKNOWN_ACCOUNT;
	else
		result = not_known(&failure, account_id, outcome, err);
	organization_free(holder);
	return leave_run(checks, run, err) < 0 ? -1 : result;
}

static MAY_YIELD int forget_account(struct store *store, const char *account_id, struct err *err)
{
	struct store_key key = STORE_KEY(account_id);

	log_write(LOG_INFO, &(struct log_place){ .account = account_id },
		"the account has left the organization: Reeve deletes its records of the account");
	store_batch_begin(store);
	int result = store_delete(store, STORE_ACCOUNTS, &key, err) < 0 ||
			store_delete(store, STORE_DESIRED, &key, err) < 0 ||
			store_delete_prefix(store, STORE_FINDINGS, &key, err) < 0 ||
			store_delete_prefix(store, STORE_SECURITY_HUB, &key, err) < 0
		? -1
		: 0;
	store_batch_end(store);
	return result;
}

int checks_retire(struct checks_now *checks, const char *account_id, struct check_outcome *outcome,
	struct err *err)
{
	struct daemon *daemon = checks->daemon;
	struct organization *holder = NULL;
	struct err failure = ERR_INIT;
	struct one_run *run = enter_run(checks, err);
	int result = 0;

	if (run == NULL)
		return -1;
	snprintf(outcome->run, sizeof outcome->run, "%s", check_run_of(run->checks)->id);
	if (directory_lookup(daemon->directory, check_run_of(run->checks), account_id, &failure) < 0) {
		result = not_known(&failure, account_id, outcome, err);
	} else {
		/* An event that says that the account has left is believed only when AWS Organizations
		 * says the same. */
		const struct account *account = directory_find(daemon->directory, account_id, &holder);
		bool gone = account == NULL || !account_is_active(account);

		outcome->outcome = gone ? HANDLED_RETIRED : HANDLED_IGNORED;
		organization_free(holder);
		if (gone)
			result = forget_account(daemon->parts.store, account_id, err);
	}
	return leave_run(checks, run, err) < 0 ? -1 : result;
}

void checks_tell(struct checks_now *checks, const struct security_hub_update *updates, size_t count)
{
	struct err err = ERR_INIT;
	struct one_run *run = enter_run(checks, &err);

	if (run == NULL)
		return;
	struct hub_run hub = run_for_security_hub(check_run_of(run->checks));
	security_hub_send_updates(&hub, updates, count);
	if (leave_run(checks, run, &err) < 0)
		daemon_fail(checks->daemon, &err);
}

void checks_now_end(struct checks_now *checks)
{
	struct err err = ERR_INIT;

	if (checks->current != NULL && end_run(checks->current, &err) < 0)
		log_error("the end of the event run could not be recorded: %s", err.message);
	checks->current = NULL;
}

void checks_now_free(struct checks_now *checks)
{
	free(checks);
}

json_t *checks_now_to_json(const struct checks_now *checks)
{
	if (checks->current == NULL)
		return json_null();
	const struct run *run = check_run_of(checks->current->checks);
	json_t *halted = run->halt.kind == ERR_NONE
		? json_null()
		: json_pack("{s:o, s:o}", "code", json_text(run->halt.code), "message",
			  json_text(run->halt.message));
	return json_pack("{s:s, s:I, s:o}", "id", run->id, "changes", (json_int_t)run->changes_made,
		"halted", halted);
}
