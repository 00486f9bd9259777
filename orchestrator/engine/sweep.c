#include "engine/sweep.h"

#include "accounts/session.h"
#include "accounts/walk.h"
#include "approvals/expire.h"
#include "audit/audit.h"
#include "audit/copy.h"
#include "aws/session.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "baselines/names.h"
#include "baselines/set.h"
#include "config/scope.h"
#include "config/values.h"
#include "engine/administrators.h"
#include "engine/change_limits.h"
#include "engine/directory.h"
#include "engine/own_account.h"
#include "engine/recovery.h"
#include "engine/rollout.h"
#include "engine/run_cells.h"
#include "engine/sweep_account.h"
#include "engine/work.h"
#include "guards/exceptions.h"
#include "guards/pause.h"
#include "io/fiber.h"
#include "io/fiber_sync.h"
#include "io/loop.h"
#include "ledger/finding.h"
#include "notify/notify.h"

/* One account is under way for this many cells in flight. That is enough for the first calls of an
 * account (AssumeRole, regions), each of which waits for the one before, to overlap with the cells
 * of other accounts. */
#define ACCOUNTS_PER_IN_FLIGHT 8
#define ACCOUNTS_LEAST 4

/* Accounts wait in the queue of their rollout wave; runners take accounts from the current wave. */
struct driver {
	struct sweep sweep;
	struct account_queue *waves;
	size_t wave_count, current;
	struct fiber_semaphore accounts; /* accounts of the current wave, plus one for each runner when
										there are no more */
	struct fiber_group runners;
	struct organization **holders; /* organizations of accounts that come from the directory and not
									  from a walk */
	size_t holder_count;
	struct err *err;
	int result;
};

static bool takes_account(struct run *run, const struct account *account)
{
	struct account_place storage;
	const struct org_place *place = account_place(account, &storage);

	if (!config_in_scope(run->engine.config, place) ||
		!selection_takes_account(&run->selection, place))
		return false;
	if (run->work != NULL && !work_has_account(run->work, account->id))
		return false;
	if (!account_is_active(account)) {
		run->accounts_inactive++;
		return false;
	}
	return true;
}

static void found(void *argument, struct organization *organization, struct account *account)
{
	struct driver *driver = argument;
	struct run *run = driver->sweep.run;
	struct account_place storage;

	run->organization = organization;
	if (!takes_account(run, account))
		return;
	run->accounts_in_scope++;
	size_t wave = driver->wave_count > 1
		? config_wave(run->engine.config, account_place(account, &storage))
		: 0;
	if (wave >= driver->wave_count)
		wave = driver->wave_count - 1;
	account_queue_push(&driver->waves[wave], account);
	if (wave == driver->current)
		fiber_semaphore_release(&driver->accounts);
}

static MAY_YIELD void run_accounts(void *argument)
{
	struct driver *driver = argument;
	struct account *account;

	while (fiber_semaphore_acquire(&driver->accounts) == 0 &&
		driver->sweep.failure.kind == ERR_NONE &&
		(account = account_queue_pop(&driver->waves[driver->current])) != NULL) {
		struct account_place *storage = xmalloc(sizeof *storage); /* too large for a fiber's stack
																   */

		sweep_account(&driver->sweep, account, account_place(account, storage));
		free(storage);
	}
	fiber_group_done(&driver->runners);
}

/* Takes the accounts of the work list from the directory. A work list needs no walk when the
 * organization is known. */
static MAY_YIELD void take_known(struct driver *driver)
{
	struct run *run = driver->sweep.run;
	struct directory *directory = run->engine.directory;
	CLEANUP_JSON json_t *seen = json_object();

	run->organization = organization_retain(directory_organization(directory));
	driver->holders = xcalloc(run->work->count + 1, sizeof(struct organization *));
	for (const struct work_item *item = run->work->first; item != NULL; item = item->next) {
		struct organization *holder = NULL;
		struct account *account = json_object_get(seen, item->account) == NULL
			? directory_find(directory, item->account, &holder)
			: NULL;

		json_object_set_new(seen, item->account, json_null());
		if (account == NULL)
			continue;
		driver->holders[driver->holder_count++] = holder;
		found(driver, run->organization, account);
	}
}

static MAY_YIELD int walk(struct driver *driver, struct err *err)
{
	struct run *run = driver->sweep.run;

	if (run->work != NULL && run->engine.directory != NULL &&
		directory_organization(run->engine.directory) != NULL) {
		take_known(driver);
		return 0;
	}
	bool tags = config_uses_tags(run->engine.config) || exceptions_use_tags(run->engine.exceptions);
	struct aws_session *session =
		session_for_organization(run->engine.aws, run->own, run->engine.config, run->id);
	struct aws_reader reader = { run->engine.aws, session, run->orchestrator_account,
		organization_permissions(tags), NULL, &run->stats };
	struct organization_walk_options options = {
		.read_tags = tags, .found = found, .argument = driver
	};
	int result = organization_walk(&reader, &options, &run->organization, err);

	aws_session_release(session);
	if (result < 0 || run->accounts_in_scope > 0 || run->work != NULL)
		return result;
	return err_set(err, ERR_CONFIG, "EmptyScope",
		"no active account is in scope (the organization has %s); check scope.include and "
		"scope.exclude and the selectors with `reeve accounts`",
		count_of(run->organization->account_count, "account"));
}

/* Returns how many cells may be under way at once. A process that serves leaves room for events,
 * which have priority. */
static int cells_at_once(const struct run *run)
{
	int in_flight = (int)config_integer(run->engine.config, "limits", "in_flight");

	return run->engine.serving ? in_flight - in_flight / 4 : in_flight;
}

static size_t runner_count(const struct run *run)
{
	size_t count = (size_t)config_integer(run->engine.config, "limits", "in_flight") /
		ACCOUNTS_PER_IN_FLIGHT;

	return count < ACCOUNTS_LEAST ? ACCOUNTS_LEAST : count;
}

static MAY_YIELD int start_runners(struct driver *driver, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		fiber_group_add(&driver->runners);
		if (fiber_spawn(driver->sweep.run->engine.loop, "account", run_accounts, driver, err) < 0) {
			fiber_group_done(&driver->runners);
			return i > 0 ? 0 : -1;
		}
	}
	return 0;
}

/* Records the items of a work list whose account or cell does not exist any more: nothing was
 * done for them. */
static MAY_YIELD int record_leftovers(struct run *run, struct err *err)
{
	for (struct work_item *item = run->work->first; item != NULL; item = item->next) {
		const struct baseline *baseline =
			baseline_set_find(baselines_of(run->engine.config), item->baseline);
		struct finding finding = {
			.account = item->account,
			.account_name = item->record.account_name != NULL ? item->record.account_name : "",
			.cell_region = item->cell_region,
			.region = item->record.region,
			.baseline = item->baseline,
			.severity = baseline != NULL ? severity_name(baseline->severity) : NULL,
			.resource = item->resource,
			.status = STATUS_UNKNOWN,
			.tier = TIER_ALERT,
			.decided_by = "",
			.change = item->record.id,
			.cause = { "NotInScope",
				"the account is not active or not in scope, or the baseline is no longer assigned "
				"to it; nothing was done" },
			.observed_ms = clock_now_ms(),
			.run = run->id,
		};

		if (item->done)
			continue;
		log_warning("change %s in account %s was not handled: %s", finding.change, item->account,
			finding.cause.message);
		if (finding_store(run->engine.store, &finding, FINDING_WHOLE, err) < 0 ||
			run_record_cell(run, item->account, item->cell_region, item->baseline, STATUS_UNKNOWN,
				err) < 0)
			return -1;
	}
	return 0;
}

static void drop_queues(struct driver *driver)
{
	for (size_t i = 0; i < driver->wave_count; i++)
		while (account_queue_pop(&driver->waves[i]) != NULL)
			;
	free(driver->waves);
}

/* Runs the waves after the first one, whose runners have been started already. */
static MAY_YIELD void finish_waves(struct driver *driver, size_t runners)
{
	struct run *run = driver->sweep.run;
	struct err failure = ERR_INIT;

	for (;;) {
		for (size_t i = 0; i < runners; i++) /* wakes each runner once more, so that it finds the
												queue empty and ends */
			fiber_semaphore_release(&driver->accounts);
		fiber_group_wait(&driver->runners);
		if (driver->current + 1 >= driver->wave_count || driver->sweep.failure.kind != ERR_NONE)
			return;
		rollout_end_wave(run, driver->current);
		driver->current++;
		run->wave = driver->current;
		fiber_semaphore_init(&driver->accounts, run->engine.loop,
			(int)driver->waves[driver->current].count);
		if (start_runners(driver, runners, &failure) < 0) {
			sweep_fail(&driver->sweep, &failure);
			return;
		}
	}
}

static MAY_YIELD int tell_audit(struct run *run, const char *moment, const char *reason,
	struct err *err)
{
	char action[32];
	struct audit_entry entry = { .kind = AUDIT_COMMAND,
		.action = action,
		.run = run->id,
		.actor = run->engine.actor,
		.reason = reason };

	snprintf(action, sizeof action, "%s.%s", run_kind_name(run->kind), moment);
	entry.outcome = strcmp(moment, "begin") == 0 ? "begun"
		: reason != NULL                         ? "failed"
		: run->interrupted                       ? "interrupted"
												 : "finished";
	if (pause_audit(run->engine.pause, run->engine.audit, run->id, err) < 0)
		return -1;
	return audit_append(run->engine.audit, &entry, err);
}

/* Prepares what the run needs before its first account. */
static MAY_YIELD int prepare(struct driver *driver, size_t runners, struct err *err)
{
	struct run *run = driver->sweep.run;

	if (run->kind != RUN_PLAN &&
		approvals_expire(run->engine.approvals, clock_now_ms(), NULL, err) < 0)
		return -1;
	if (run->kind != RUN_PLAN &&
		(recovery_load(run->engine.recovery, run->engine.store, err) < 0 ||
			tell_audit(run, "begin", NULL, err) < 0))
		return -1;
	if (!run->engine.serving && notify_start(run->engine.notifier, err) < 0)
		return -1;
	limits_check_halt(run);
	return own_account_find(run, err) < 0 ? -1 : start_runners(driver, runners, err);
}

static MAY_YIELD void run_all(struct driver *driver)
{
	struct run *run = driver->sweep.run;
	size_t runners = runner_count(run);
	struct err failure = ERR_INIT;

	if (prepare(driver, runners, &failure) < 0 || walk(driver, &failure) < 0)
		sweep_fail(&driver->sweep, &failure);
	finish_waves(driver, runners);
	if (driver->sweep.failure.kind == ERR_NONE && run->work == NULL && run->cells_known == 0 &&
		!loop_cancelled(run->engine.loop)) {
		(void)err_set(&failure, ERR_CONFIG, "EmptyScope",
			"no cell of the accounts in scope matches: check the selectors --region and "
			"--baseline, and the baselines that are assigned to these accounts");
		sweep_fail(&driver->sweep, &failure);
	}
	if (driver->sweep.failure.kind == ERR_NONE && run->work != NULL &&
		record_leftovers(run, &failure) < 0)
		sweep_fail(&driver->sweep, &failure);
}

static MAY_YIELD void drive(struct driver *driver)
{
	struct run *run = driver->sweep.run;
	struct fiber_semaphore cells;
	struct err unused = ERR_INIT;

	fiber_semaphore_init(&cells, run->engine.loop, cells_at_once(run));
	fiber_semaphore_init(&driver->accounts, run->engine.loop, 0);
	fiber_group_init(&driver->runners);
	driver->sweep.cells = &cells;
	/* A plan changes nothing, so it needs no waves. The last wave is for accounts that no wave
	 * names. */
	driver->wave_count =
		run->kind == RUN_PLAN ? 1 : json_array_size(config_get(run->engine.config, "rollout")) + 1;
	driver->waves = xcalloc(driver->wave_count, sizeof *driver->waves);
	driver->sweep.administrators = administrators_new(run);
	log_write(LOG_INFO, &(struct log_place){ .run = run->id }, "%s begins",
		run_kind_name(run->kind));
	run_all(driver);
	drop_queues(driver);
	administrators_free(driver->sweep.administrators);
	for (size_t i = 0; i < driver->holder_count; i++)
		organization_free(driver->holders[i]);
	free(driver->holders);

	run->interrupted = driver->sweep.failure.kind == ERR_CANCELLED ||
		(driver->sweep.failure.kind == ERR_NONE && loop_cancelled(run->engine.loop));
	bool failed = driver->sweep.failure.kind != ERR_NONE && !run->interrupted;
	struct audit_copy_run copy = run_for_audit_copy(run);
	fiber_shield();
	/* The end of a failed run is recorded too, unless the store itself has failed. */
	if (run->kind != RUN_PLAN &&
		tell_audit(run, "end", failed ? driver->sweep.failure.message : NULL, &unused) == 0 &&
		audit_checkpoint(run->engine.audit, &unused) == 0)
		audit_copy(&copy);
	if (failed)
		notify_event(run->engine.notifier,
			&(struct notification){ .kind = NOTIFY_FAILURE,
				.severity = SEVERITY_HIGH,
				.run = run->id,
				.code = driver->sweep.failure.code,
				.message = driver->sweep.failure.message });
	driver->result = run_finish(run, failed ? &driver->sweep.failure : NULL, driver->err);
	notify_end_run(run->engine.notifier, run->id);
	if (!run->engine.serving)
		notify_flush(run->engine.notifier, NOTIFY_FLUSH_MS);
	fiber_unshield();
	if (failed) {
		*driver->err = driver->sweep.failure;
		driver->result = -1;
	}
}

int sweep_in_fiber(struct run *run, struct err *err)
{
	struct driver driver = { .sweep = { .run = run }, .err = err };

	drive(&driver);
	return driver.result;
}

struct driving {
	struct run *run;
	struct err *err;
	int result;
};

static MAY_YIELD void drive_run(void *argument)
{
	struct driving *driving = argument;

	driving->result = sweep_in_fiber(driving->run, driving->err);
}

int sweep(struct run *run, struct err *err)
{
	struct driving driving = { .run = run, .err = err };

	if (fiber_spawn(run->engine.loop, "sweep", drive_run, &driving, err) < 0)
		return -1;
	loop_run(run->engine.loop);
	return driving.result;
}
