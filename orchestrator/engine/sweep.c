#include "engine/sweep.h"

#include "accounts/session.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/administrators.h"
#include "engine/journal.h"
#include "engine/work.h"
#include "io/fiber.h"
#include "io/loop.h"

/* Enough accounts at once that their first calls (AssumeRole, regions), which depend on each other, are hidden
 * behind the cells of the others. */
#define ACCOUNTS_PER_IN_FLIGHT 8
#define ACCOUNTS_LEAST 4

struct queued_account {
	struct account *account;
	struct queued_account *next;
};

struct driver {
	struct sweep sweep;
	struct queued_account *first, **end;
	struct fiber_semaphore accounts;    /* accounts that wait in the queue, plus one for each runner when the walk is over */
	struct fiber_group runners;
	struct err *err;
	int result;
};

void sweep_fail(struct sweep *sweep, const struct err *err)
{
	if (sweep->failure.kind != ERR_NONE)
		return;
	sweep->failure = *err;
	/* A fault of the run (the store, a stop) ends it: the rest would only fail the same way. */
	loop_cancel(sweep->run->engine.loop);
}

static bool takes_account(struct run *run, const struct account *account)
{
	struct account_place storage;
	const struct org_place *place = account_place(account, &storage);

	if (!config_in_scope(run->engine.config, place) || !selection_takes_account(&run->selection, place))
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

	run->organization = organization;
	if (!takes_account(run, account))
		return;
	run->accounts_in_scope++;
	struct queued_account *queued = xcalloc(1, sizeof *queued);
	queued->account = account;
	*driver->end = queued;
	driver->end = &queued->next;
	fiber_semaphore_release(&driver->accounts);
}

static MAY_YIELD void run_accounts(void *argument)
{
	struct driver *driver = argument;

	while (fiber_semaphore_acquire(&driver->accounts) == 0 && driver->first != NULL) {
		struct queued_account *queued = driver->first;
		struct account_place *storage = xmalloc(sizeof *storage); /* too large for a fiber's stack */

		driver->first = queued->next;
		if (driver->first == NULL)
			driver->end = &driver->first;
		sweep_account(&driver->sweep, queued->account, account_place(queued->account, storage));
		free(storage);
		free(queued);
	}
	fiber_group_done(&driver->runners);
}

static MAY_YIELD int find_own_account(struct run *run, struct err *err)
{
	CLEANUP_JSON json_t *output = NULL;
	struct aws_reader reader = { run->engine.aws, run->own, "", session_permissions, NULL };
	struct aws_call call = { .operation = &aws_sts_GetCallerIdentity, .region = config_string(run->engine.config, "organization", "home_region") };

	if (aws_read(&reader, &call, &output, err) < 0)
		return -1;
	snprintf(run->orchestrator_account, sizeof run->orchestrator_account, "%s", json_get_string_or(output, "Account", ""));
	return 0;
}

static MAY_YIELD int walk(struct driver *driver, struct err *err)
{
	struct run *run = driver->sweep.run;
	bool tags = config_uses_tags(run->engine.config);
	struct aws_session *session = session_for_organization(run->engine.aws, run->own, run->engine.config, run->id);
	struct aws_reader reader = { run->engine.aws, session, run->orchestrator_account, organization_permissions(tags), NULL };
	struct organization_walk_options options = { .read_tags = tags, .found = found, .argument = driver };
	int result = organization_walk(&reader, &options, &run->organization, err);

	aws_session_release(session);
	if (result < 0 || run->accounts_in_scope > 0 || run->work != NULL)
		return result;
	return err_set(err, ERR_CONFIG, "EmptyScope",
	               "no active account of the organization's %zu is in scope; check scope.include and scope.exclude and the selectors with `reeve accounts`",
	               run->organization->account_count);
}

static size_t runner_count(const struct run *run)
{
	size_t count = (size_t)config_integer(run->engine.config, "limits", "in_flight") / ACCOUNTS_PER_IN_FLIGHT;

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

/* Items of a work list whose account or cell is not there any more: nothing was done, and it is told. */
static MAY_YIELD int record_leftovers(struct run *run, struct err *err)
{
	for (struct work_item *item = run->work->first; item != NULL; item = item->next) {
		const struct baseline *baseline = baseline_find(item->baseline);
		struct finding finding = {
			.account = item->account,
			.account_name = json_get_string_or(item->record, "account_name", ""),
			.cell_region = item->cell_region,
			.region = json_get_string_or(item->record, "region", item->cell_region),
			.baseline = baseline,
			.resource = item->resource,
			.status = STATUS_UNKNOWN,
			.tier = TIER_ALERT,
			.decided_by = "",
			.change = json_get_string(item->record, "id"),
			.cause_code = "NotInScope",
			.cause_message = "the account is not active or not in scope, or its baseline is not wanted there any more; nothing was done",
			.observed_ms = clock_now_ms(),
			.run = run->id,
		};

		if (item->done || baseline == NULL)
			continue;
		log_warning("change %s in account %s was not handled: %s", finding.change, item->account, finding.cause_message);
		if (finding_store(run->engine.store, &finding, err) < 0 ||
		    run_record_cell(run, item->account, item->cell_region, item->baseline, STATUS_UNKNOWN, err) < 0)
			return -1;
	}
	return 0;
}

static void drop_queue(struct driver *driver)
{
	for (struct queued_account *queued = driver->first, *next; queued != NULL; queued = next) {
		next = queued->next;
		free(queued);
	}
}

static MAY_YIELD void drive(void *argument)
{
	struct driver *driver = argument;
	struct run *run = driver->sweep.run;
	struct fiber_semaphore cells;
	size_t runners = runner_count(run);
	struct err failure = ERR_INIT;

	fiber_semaphore_init(&cells, run->engine.loop, (int)config_integer(run->engine.config, "limits", "in_flight"));
	fiber_semaphore_init(&driver->accounts, run->engine.loop, 0);
	fiber_group_init(&driver->runners);
	driver->sweep.cells = &cells;
	driver->end = &driver->first;
	driver->sweep.administrators = administrators_new(run);
	if ((run->kind != RUN_PLAN && journal_in_flight(run->engine.store, &run->in_flight, &failure) < 0) || find_own_account(run, &failure) < 0 || start_runners(driver, runners, &failure) < 0 || walk(driver, &failure) < 0)
		sweep_fail(&driver->sweep, &failure);
	for (size_t i = 0; i < runners; i++) /* wakes each runner once more, to find the queue empty */
		fiber_semaphore_release(&driver->accounts);
	fiber_group_wait(&driver->runners);
	drop_queue(driver);
	if (driver->sweep.failure.kind == ERR_NONE && run->work != NULL && record_leftovers(run, &failure) < 0)
		sweep_fail(&driver->sweep, &failure);
	administrators_free(driver->sweep.administrators);

	run->interrupted = driver->sweep.failure.kind == ERR_CANCELLED || (driver->sweep.failure.kind == ERR_NONE && loop_cancelled(run->engine.loop));
	bool failed = driver->sweep.failure.kind != ERR_NONE && !run->interrupted;
	fiber_shield();
	driver->result = run_finish(run, failed ? &driver->sweep.failure : NULL, driver->err);
	fiber_unshield();
	if (failed) {
		*driver->err = driver->sweep.failure;
		driver->result = -1;
	}
}

int sweep(struct run *run, struct err *err)
{
	struct driver driver = { .sweep = { .run = run }, .err = err };

	if (fiber_spawn(run->engine.loop, "sweep", drive, &driver, err) < 0)
		return -1;
	loop_run(run->engine.loop);
	return driver.result;
}
