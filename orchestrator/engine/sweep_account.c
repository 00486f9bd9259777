/*
 * Sweeps one account: finds its desired state, its session and its regions, and runs its cells.
 */
#include "engine/sweep_account.h"

#include "aws/read_cache.h"
#include "aws/session.h"
#include "base/banned.h"
#include "base/count.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "baselines/set.h"
#include "config/catalogue.h"
#include "engine/account_regions.h"
#include "engine/account_sweep.h"
#include "engine/administrators.h"
#include "engine/cell.h"
#include "engine/cell_work.h"
#include "engine/desired.h"
#include "engine/recover.h"
#include "engine/run_cells.h"
#include "engine/sessions.h"
#include "engine/work.h"
#include "io/fiber.h"
#include "io/fiber_sync.h"
#include "io/loop.h"
#include "ledger/cell_lock.h"
#include "security_hub/import.h"
#include "security_hub/security_hub.h"
#include "store/queue.h"

struct cell_task {
	struct account_sweep *account;
	struct cell cell;
};

void sweep_fail(struct sweep *sweep, const struct err *err)
{
	if (sweep->failure.kind != ERR_NONE)
		return;
	sweep->failure = *err;
	/* When the store has failed, nothing in the process can continue. */
	if (err->kind == ERR_STORE)
		loop_cancel(sweep->run->engine.loop);
}

static MAY_YIELD void run_cell(void *argument)
{
	struct cell_task *task = argument;
	struct account_sweep *account = task->account;
	struct run *run = account->sweep->run;
	struct cell_lock *lock = NULL;
	struct err err = ERR_INIT;
	int result;

	/* A plan changes nothing, so it need not wait for other runs at the same cell. */
	if (run->kind != RUN_PLAN &&
		cell_lock(run->engine.locks, account->account.account->id, task->cell.region,
			task->cell.baseline->id, &lock) < 0)
		result = err_set(&err, ERR_CANCELLED, "Cancelled", "the run was stopped");
	else if (account->cause.kind != ERR_NONE)
		result = cell_unknown(&task->cell, &account->cause, &err);
	else if (account->regional_cause.kind != ERR_NONE && task->cell.baseline->scope == SCOPE_REGION)
		result = cell_unknown(&task->cell, &account->regional_cause, &err);
	else if (run->work != NULL)
		result = cell_run_work(&task->cell, &err);
	else
		result = cell_run(&task->cell, &err);
	/* The next run at this cell reads committed records: attempts, approvals, held changes. */
	if (result == 0 && lock != NULL && task->cell.worst <= STATUS_REMEDIATED)
		result = store_flush(run->engine.store, &err);
	cell_unlock(run->engine.locks, lock);

	if (result < 0)
		sweep_fail(account->sweep, &err);
	else
		account->sweep->counts.of[task->cell.worst]++;
	free(task);
	fiber_semaphore_release(account->sweep->cells);
	fiber_group_done(&account->group);
}

/* The terms on which a baseline is applied in the account. */
struct terms {
	const json_t *settings;
	enum tier tier;
	const char *decided_by; /* the rule that decided the tier */
};

/* Takes the terms from the account's desired state (config_desired). */
static struct terms terms_desired(const json_t *desired)
{
	struct terms terms = {
		.settings = json_object_get(desired, "settings"),
		.decided_by = json_get_string_or(json_object_get(desired, "decided_by"), "tier", "default"),
	};

	if (tier_parse(json_get_string_or(desired, "tier", ""), &terms.tier) < 0)
		terms.tier = TIER_ALERT; /* fails closed */
	return terms;
}

static struct terms terms_of_change(const struct change_record *record)
{
	return (struct terms){ record->settings, record->tier,
		record->decided_by != NULL ? record->decided_by : "default" };
}

static MAY_YIELD void start_cell(struct account_sweep *account, const struct baseline *baseline,
	const char *region, const struct terms *terms)
{
	struct run *run = account->sweep->run;
	struct cell_task *task;
	enum status done;
	struct err err = ERR_INIT;

	if (account->sweep->failure.kind != ERR_NONE ||
		(!selection_takes_region(&run->selection, region) && strcmp(region, REGIONS_UNKNOWN) != 0))
		return;
	run->cells_known++;
	if (run_cell_done(run, account->account.account->id, region, baseline->id, &done) == 0)
		return;
	if (fiber_semaphore_acquire(account->sweep->cells) != 0)
		return;
	task = xcalloc(1, sizeof *task);
	task->account = account;
	task->cell.account = &account->account;
	task->cell.baseline = baseline;
	snprintf(task->cell.region, sizeof task->cell.region, "%s", region);
	task->cell.settings = terms->settings;
	task->cell.decided_by = terms->decided_by;
	task->cell.tier = terms->tier;
	fiber_group_add(&account->group);
	if (fiber_spawn(run->engine.loop, "cell", run_cell, task, &err) < 0)
		run_cell(task); /* the pool is full: this fiber does the work itself */
}

/* Starts the baseline's cells in all of the account's regions. */
static MAY_YIELD void start_baseline(struct account_sweep *account, const struct baseline *baseline,
	const json_t *desired)
{
	const struct terms terms = terms_desired(desired);
	size_t index;
	json_t *region;

	if (baseline->scope == SCOPE_ACCOUNT)
		start_cell(account, baseline, REGION_GLOBAL, &terms);
	else if (account->regions == NULL)
		start_cell(account, baseline, REGIONS_UNKNOWN, &terms);
	else
		json_array_foreach(account->regions, index, region)
			start_cell(account, baseline, json_string_value(region), &terms);
}

static MAY_YIELD void start_cells(struct account_sweep *account)
{
	const struct baseline_set *baselines = baselines_of(account->sweep->run->engine.config);

	for (size_t i = 0; i < baseline_set_count(baselines); i++) {
		const struct baseline *baseline = baseline_set_at(baselines, i);
		const json_t *desired = json_object_get(account->account.desired, baseline->id);

		if (desired != NULL &&
			selection_takes_baseline(&account->sweep->run->selection, baseline->id))
			start_baseline(account, baseline, desired);
	}
}

static bool is_every_region(const struct wanted_cell *wanted)
{
	return wanted->baseline->scope == SCOPE_REGION && strcmp(wanted->region, REGIONS_UNKNOWN) == 0;
}

/* Starts the cells that were asked for, as far as they are wanted in this account. */
static MAY_YIELD void start_wanted_cells(struct account_sweep *account)
{
	const struct baseline_set *baselines = baselines_of(account->sweep->run->engine.config);

	for (size_t i = 0; i < account->sweep->wanted_count; i++) {
		const struct wanted_cell *wanted = &account->sweep->wanted[i];
		const struct baseline *baseline = baseline_set_find(baselines, wanted->baseline->id);
		const json_t *desired = json_object_get(account->account.desired, wanted->baseline->id);

		if (baseline == NULL || desired == NULL)
			continue;
		const struct terms terms = terms_desired(desired);

		if (is_every_region(wanted))
			start_baseline(account, baseline, desired);
		else if (baseline->scope == SCOPE_ACCOUNT ||
			json_has_string(account->regions, wanted->region))
			start_cell(account, baseline, wanted->region, &terms);
		else if (account->regions == NULL)
			account->sweep->counts.of[STATUS_UNKNOWN]++; /* it is not known now whether the account
															has the region */
	}
}

/* Starts the cells of the work list's items in this account, each once. A rollback reads a
 * resource with the settings of the original change; a change that is made must be wanted by the
 * current settings. */
static MAY_YIELD void start_work_cells(struct account_sweep *account)
{
	const struct work *work = account->sweep->run->work;
	const char *id = account->account.account->id;

	for (struct work_item *item = work_of_account(work, id, NULL); item != NULL;
		item = work_of_account(work, id, item)) {
		const struct baseline *baseline =
			baseline_set_find(baselines_of(account->sweep->run->engine.config), item->baseline);
		const json_t *desired = json_object_get(account->account.desired, item->baseline);
		const struct terms terms = work->rollback ? terms_of_change(&item->record)
												  : terms_desired(desired);

		if (baseline != NULL && (work->rollback || desired != NULL) &&
			work_of_cell(work, id, item->cell_region, item->baseline, NULL) == item)
			start_cell(account, baseline, item->cell_region, &terms);
	}
}

/* Returns a desired state with every baseline, used when the real one could not be compiled, so
 * that every baseline is reported as unknown. */
static json_t *every_baseline(const struct baseline_set *baselines)
{
	json_t *all = json_object();

	for (size_t i = 0; i < baseline_set_count(baselines); i++)
		json_object_set_new(all, baseline_set_at(baselines, i)->id,
			json_pack("{s:{}, s:s, s:{s:s}}", "settings", "tier", "alert", "decided_by", "tier",
				"default"));
	return all;
}

/* Finds out which baselines the account needs, its session and its regions. An error of the
 * account is kept as the cause. */
static MAY_YIELD int prepare(struct account_sweep *account, struct err *err)
{
	struct run *run = account->sweep->run;
	const struct aws_credentials *credentials;

	if (desired_state(run, account->account.place, &account->account.desired, &account->cause) <
		0) {
		if (account->cause.kind == ERR_STORE) {
			*err = account->cause;
			return -1;
		}
		account->account.desired = every_baseline(baselines_of(run->engine.config));
	}
	if (account->cause.kind == ERR_NONE &&
		aws_session_get(account->account.session, &run->stats, &credentials, &account->cause) < 0)
		(void)err_prefix(&account->cause, "the role in account %s can't be assumed",
			account->account.account->id);
	account_regions_find(account);
	const struct err *cause = account->cause.kind != ERR_NONE ? &account->cause
															  : &account->regional_cause;
	if (cause->kind == ERR_CANCELLED) {
		*err = *cause;
		return -1;
	}
	if (cause->kind != ERR_NONE)
		log_write(LOG_WARNING,
			&(struct log_place){ .run = run->id, .account = account->account.account->id }, "%s",
			cause->message);
	else if (account->sweep->wanted == NULL)
		log_write(LOG_INFO,
			&(struct log_place){ .run = run->id, .account = account->account.account->id },
			"sweeping %s in %s", account->account.account->name,
			count_of(json_array_size(account->regions), "region"));
	if (account_regions_recall(account, err) < 0)
		return -1;
	return account_regions_store(account, err);
}

void sweep_account(struct sweep *sweep, struct account *account, const struct org_place *place)
{
	struct run *run = sweep->run;
	struct account_sweep work = {
		.sweep = sweep,
		.account = {
			.run = run,
			.account = account,
			.place = place,
			.administrators = sweep->administrators,
			.cache = sweep->wanted == NULL ? aws_read_cache_new() : NULL, /* events read live */
			.session = run_session_for_account(run, account->id),
		},
	};
	struct err err = ERR_INIT;

	store_gather_begin(run->engine.store);
	fiber_group_init(&work.group);
	if (prepare(&work, &err) < 0)
		sweep_fail(sweep, &err);
	else if (work.cause.kind == ERR_NONE && recover_account(&work.account, &err) < 0)
		sweep_fail(sweep, &err);
	else if (run->work != NULL)
		start_work_cells(&work);
	else if (sweep->wanted != NULL)
		start_wanted_cells(&work);
	else if (recover_report_unknown(&work.account, &err) < 0)
		sweep_fail(sweep, &err);
	else
		start_cells(&work);
	fiber_group_wait(&work.group);
	if (run_account_done(run, account->id, &err) < 0)
		sweep_fail(sweep, &err);
	if (work.cause.kind == ERR_NONE && sweep->failure.kind == ERR_NONE) {
		struct hub_run hub = run_for_security_hub(run);

		security_hub_import(&hub, account->id, work.account.session);
	}
	aws_read_cache_free(work.account.cache);
	aws_session_release(work.account.session);
	json_decref(work.account.desired);
	json_decref(work.regions);
	run->accounts_done++;
	store_gather_end(run->engine.store);
}
