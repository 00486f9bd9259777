#include "engine/event_check.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/scope.h"
#include "config/values.h"
#include "engine/administrators.h"
#include "engine/change_limits.h"
#include "engine/recovery.h"
#include "io/fiber.h"
#include "io/fiber_sync.h"
#include "io/loop.h"
#include "notify/notify.h"

struct check_run {
	struct run run;
	struct administrators *administrators;
	struct fiber_semaphore cells;
	json_t *accounts; /* a set of the accounts that were checked */
};

static MAY_YIELD int tell_audit(struct run *run, const char *action, const char *outcome,
	struct err *err)
{
	struct audit_entry entry = { .kind = AUDIT_COMMAND,
		.action = action,
		.outcome = outcome,
		.run = run->id,
		.actor = run->engine.actor };

	return audit_append(run->engine.audit, &entry, err);
}

int check_run_begin(const struct engine *engine, struct organization *organization,
	const char *orchestrator_account, struct check_run **out, struct err *err)
{
	struct check_run *checks = xcalloc(1, sizeof *checks);
	struct selection everything;

	selection_init(&everything);
	int result = run_begin(engine, RUN_EVENT, &everything, &checks->run, err);
	selection_release(&everything);
	checks->run.organization = organization_retain(organization);
	snprintf(checks->run.orchestrator_account, sizeof checks->run.orchestrator_account, "%s",
		orchestrator_account);
	checks->administrators = administrators_new(&checks->run);
	checks->accounts = json_object();
	fiber_semaphore_init(&checks->cells, engine->loop,
		(int)config_integer(engine->config, "limits", "in_flight"));
	if (result == 0)
		result = recovery_load(checks->run.engine.recovery, engine->store, err);
	if (result == 0)
		result = tell_audit(&checks->run, "event.begin", "begun", err);
	if (result < 0) {
		administrators_free(checks->administrators);
		json_decref(checks->accounts);
		run_release(&checks->run);
		free(checks);
		return -1;
	}
	*out = checks;
	return 0;
}

struct run *check_run_of(struct check_run *checks)
{
	return &checks->run;
}

int check_run_end(struct check_run *checks, struct err *err)
{
	if (checks == NULL)
		return 0;
	struct run *run = &checks->run;
	fiber_shield();
	int result = tell_audit(run, "event.end", "finished", err);
	if (result == 0)
		result = audit_checkpoint(run->engine.audit, err);
	if (result == 0)
		result = run_finish(run, NULL, err);
	notify_end_run(run->engine.notifier, run->id);
	fiber_unshield();
	administrators_free(checks->administrators);
	json_decref(checks->accounts);
	run_release(run);
	free(checks);
	return result;
}

static bool takes(const struct run *run, const struct account *account,
	const struct org_place *place)
{
	return account_is_active(account) && config_in_scope(run->engine.config, place);
}

int check_cells(struct check_run *checks, struct account *account, const struct wanted_cell *wanted,
	size_t count, struct check_result *result, struct err *err)
{
	struct account_place *storage = xmalloc(sizeof *storage); /* too large for a fiber's stack */
	const struct org_place *place = account_place(account, storage);
	struct sweep sweep = { .run = &checks->run,
		.administrators = checks->administrators,
		.cells = &checks->cells,
		.wanted = wanted,
		.wanted_count = count };

	memset(result, 0, sizeof *result);
	if (!takes(&checks->run, account, place)) {
		result->out_of_scope = true;
		free(storage);
		return 0;
	}
	if (json_object_get(checks->accounts, account->id) == NULL) {
		json_object_set_new(checks->accounts, account->id, json_null());
		checks->run.accounts_in_scope++;
	}
	sweep_account(&sweep, account, place);
	free(storage);
	result->cells = sweep.counts;
	result->changes = sweep.counts.of[STATUS_REMEDIATED];
	if (sweep.failure.kind != ERR_NONE) {
		*err = sweep.failure;
		return -1;
	}
	if (loop_cancelled(checks->run.engine.loop))
		return err_set(err, ERR_CANCELLED, "Cancelled", "the run was stopped");
	return 0;
}
