#include "engine/run.h"

#include "audit/copy.h"
#include "aws/session.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "baselines/set.h"
#include "config/values.h"
#include "engine/recovery.h"
#include "engine/run_cells.h"
#include "io/loop.h"
#include "ledger/coverage.h"
#include "ledger/journal.h"
#include "ledger/retention.h"
#include "notify/notify.h"
#include "security_hub/security_hub.h"
#include "store/queue.h"

#include <openssl/rand.h>

static void make_id(struct run *run)
{
	time_t seconds = (time_t)(run->started_ms / 1000);
	unsigned char random[4];
	struct tm utc;

	if (RAND_bytes(random, sizeof random) != 1)
		abort(); /* without randomness nothing can be signed either */
	gmtime_r(&seconds, &utc);
	/* Ids sort by their start. */
	size_t used = strftime(run->id, sizeof run->id, "%Y%m%dT%H%M%S", &utc);
	snprintf(run->id + used, sizeof run->id - used, ".%03dZ-%02x%02x%02x%02x",
		(int)(run->started_ms % 1000), random[0], random[1], random[2], random[3]);
}

static void run_init(const struct engine *engine, enum run_kind kind, struct run *run)
{
	memset(run, 0, sizeof *run);
	run->engine = *engine;
	run->kind = kind;
	if (kind == RUN_PLAN) /* a plan notifies nobody, not even of messages that earlier runs left */
		run->engine.notifier = NULL;
	run->keeps_all = kind == RUN_APPLY || kind == RUN_ROLLBACK;
	run->started_ms = clock_now_ms();
	run->began_us = clock_monotonic_us();
	run->regions = json_object();
	run->own = aws_session_default(engine->aws);
	run->outcomes =
		xcalloc(baseline_set_count(baselines_of(engine->config)), sizeof *run->outcomes);
	run->waves =
		xcalloc(json_array_size(config_get(engine->config, "rollout")) + 1, sizeof *run->waves);
	run->account_changes = json_object();
	breaker_init(&run->breaker, config_integer(engine->config, "limits", "breaker_failures"));
	selection_init(&run->selection);
	if (run->engine.recovery == NULL)
		run->engine.recovery = run->own_recovery = recovery_new();
}

static json_t *counts_to_json(const struct status_counts *counts)
{
	json_t *json = json_object();

	for (size_t i = 0; i < STATUS_COUNT; i++)
		json_object_set_new(json, status_name((enum status)i),
			json_integer((json_int_t)counts->of[i]));
	return json;
}

static MAY_YIELD int write_record(struct run *run, enum run_state state, struct err *err)
{
	CLEANUP_JSON json_t *selection = selection_to_json(&run->selection);
	CLEANUP_JSON json_t *cells = counts_to_json(&run->cells);
	const struct run_record record = {
		.id = run->id,
		.kind = run->kind,
		.state = state,
		.started_ms = run->started_ms,
		.finished_ms = run->finished_ms,
		.generation = config_generation(run->engine.config),
		.selection = selection,
		.cells = cells,
		.changes = (int64_t)run->changes_made,
		.accounts_in_scope = (int64_t)run->accounts_in_scope,
		.accounts_inactive = (int64_t)run->accounts_inactive,
		.halt = { run->halt.kind != ERR_NONE ? run->halt.code : NULL, run->halt.message },
	};

	return run_record_put(run->engine.store, &record, err);
}

int run_prepare(const struct engine *engine, enum run_kind kind, const struct selection *selection,
	struct run *run, struct err *err)
{
	CLEANUP_JSON json_t *copy = selection_to_json(selection);

	run_init(engine, kind, run);
	make_id(run);
	return selection_from_json(copy, &run->selection, err);
}

/* Keeps the latest sweep when it was cut off. When the latest sweep was completed there is nothing
 * to resume, even if an older one was cut off. */
static int keep_interrupted_sweep(void *argument, const struct run_record *record)
{
	struct run_record *latest = argument;

	if (record->kind != RUN_SWEEP)
		return 0;
	run_record_release(latest);
	if (record->state == RUN_FINISHED)
		return 0;
	*latest = *record;
	json_incref(latest->source); /* the texts of *latest are borrowed from it */
	return 0;
}

int run_begin(const struct engine *engine, enum run_kind kind, const struct selection *selection,
	struct run *run, struct err *err)
{
	struct run_record latest = { .source = NULL };
	int result = run_prepare(engine, kind, selection, run, err);

	if (result == 0 && !engine->serving) /* in a process that serves, a sweep under way is not an
										  * unfinished one
										  */
		result = run_record_each(engine->store, keep_interrupted_sweep, &latest, err);
	if (latest.source != NULL)
		snprintf(run->unfinished, sizeof run->unfinished, "%s", latest.id);
	run_record_release(&latest);
	return result < 0 ? -1 : write_record(run, RUN_RUNNING, err);
}

/* Returns whether a failed change counts as a failure of the baseline's remediation. It does not
 * when the change was stopped, was cut off, or is not ours to make. */
static bool counts_as_failure(const struct change_record *record)
{
	static const char *const others[] = { "Paused", "ApprovalWithdrawn", CAUSE_MANAGED_CENTRALLY,
		"NoEffect", "Interrupted" };

	for (size_t i = 0; i < ARRAY_LENGTH(others) && record->cause.code != NULL; i++)
		if (strcmp(record->cause.code, others[i]) == 0)
			return false;
	return true;
}

static void count_outcome(struct run_outcomes *outcomes, const struct change_record *record)
{
	outcomes->made++;
	if (record->state == CHANGE_VERIFIED || record->state == CHANGE_ROLLED_BACK) {
		outcomes->tried++;
	} else if (record->state == CHANGE_FAILED && counts_as_failure(record)) {
		outcomes->tried++;
		outcomes->failed++;
	}
}

/* Counts a change that the run made before it was cut off against its limits. */
static int count_change(void *argument, const struct change_record *record)
{
	struct run *run = argument;
	const char *account = record->account;
	size_t wave = (size_t)record->wave,
		   last = json_array_size(config_get(run->engine.config, "rollout"));

	if (record->kind != CHANGE_REMEDY)
		return 0;
	run->changes_made++;
	json_object_set_new(run->account_changes, account,
		json_integer(json_get_integer_or(run->account_changes, account, 0) + 1));
	count_outcome(&run->waves[wave <= last ? wave : last], record);
	const struct baseline_set *baselines = baselines_of(run->engine.config);
	const struct baseline *baseline = baseline_set_find(baselines, record->baseline);
	if (baseline != NULL)
		count_outcome(&run->outcomes[baseline_set_index(baselines, baseline)], record);
	return 0;
}

static int resume(struct run *run, const struct run_record *record, struct err *err)
{
	struct store *store = run->engine.store;

	if (record->source == NULL)
		return err_set(err, ERR_USAGE, "NothingToResume",
			"no sweep was cut off in this state folder; start one without --resume");
	if (record->generation == NULL ||
		strcmp(record->generation, config_generation(run->engine.config)) != 0)
		return err_set(err, ERR_CONFIG, "ConfigurationChanged",
			"the configuration has changed since sweep %s was cut off; start a new sweep without "
			"--resume",
			record->id);
	snprintf(run->id, sizeof run->id, "%s", record->id);
	run->resumed = true;
	run->started_ms = record->started_ms;
	if (run->started_ms == 0)
		return err_set(err, ERR_STORE, "InvalidRecord",
			"the stored run %s has no start time; start a new sweep without --resume", run->id);
	if (journal_each_of_run(store, run->id, count_change, run, err) < 0 ||
		selection_from_json(record->selection, &run->selection, err) < 0 ||
		coverage_count(store, run->id, &run->cells, err) < 0)
		return -1;
	run->cells_done = status_total(&run->cells);
	return 0;
}

int run_resume(const struct engine *engine, struct run *run, struct err *err)
{
	struct run_record latest = { .source = NULL };

	run_init(engine, RUN_SWEEP, run);
	int result = run_record_each(engine->store, keep_interrupted_sweep, &latest, err);
	if (result == 0)
		result = resume(run, &latest, err);
	run_record_release(&latest);
	return result;
}

int run_finish(struct run *run, const struct err *failure, struct err *err)
{
	enum run_state state = failure != NULL ? RUN_FAILED
		: run->interrupted                 ? RUN_INTERRUPTED
										   : RUN_FINISHED;

	run->finished_ms = clock_now_ms();
	log_write(LOG_INFO, &(struct log_place){ .run = run->id }, "%s ends; loop_max_lag_us=%lld",
		run_kind_name(run->kind), (long long)loop_max_lag_us(run->engine.loop));
	if (run_write_cells(run, err) < 0 || write_record(run, state, err) < 0 ||
		retention_apply(run->engine.store, run->finished_ms, err) < 0)
		return -1;
	return store_flush(run->engine.store, err);
}

void run_release(struct run *run)
{
	organization_free(run->organization);
	json_decref(run->regions);
	recovery_free(run->own_recovery);
	selection_release(&run->selection);
	aws_session_release(run->own);
	free(run->outcomes);
	free(run->waves);
	free(run->asker);
	json_decref(run->account_changes);
	breaker_release(&run->breaker);
	run_cells_release(run);
	memset(run, 0, sizeof *run);
}

struct aws_stats run_stats(const struct run *run)
{
	return run->engine.serving ? run->stats : aws_stats_now(run->engine.aws);
}

void run_halt(struct run *run, const struct err *cause)
{
	if (run->halt.kind != ERR_NONE)
		return;
	run->halt = *cause;
	log_error("%s; no further change is made in this run", cause->message);
	notify_event(run->engine.notifier,
		&(struct notification){ .kind = NOTIFY_HALT,
			.severity = SEVERITY_HIGH,
			.run = run->id,
			.code = cause->code,
			.message = cause->message });
}

struct hub_run run_for_security_hub(struct run *run)
{
	return (struct hub_run){
		.store = run->engine.store,
		.audit = run->engine.audit,
		.config = run->engine.config,
		.aws = run->engine.aws,
		.locks = run->engine.locks,
		.stats = &run->stats,
		.id = run->id,
		.actor = run->engine.actor,
		.mutates = run->kind != RUN_PLAN,
		.own = run->own,
		.own_account = run->orchestrator_account,
	};
}

struct audit_copy_run run_for_audit_copy(const struct run *run)
{
	return (struct audit_copy_run){
		.loop = run->engine.loop,
		.store = run->engine.store,
		.config = run->engine.config,
		.audit = run->engine.audit,
		.notifier = run->engine.notifier,
		.id = run->id,
		.own = run->own,
		.account_id = run->orchestrator_account[0] != '\0' ? run->orchestrator_account : NULL,
	};
}
