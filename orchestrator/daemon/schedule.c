/* Scheduled work: sweeps (cron expression, time zone, jitter), approved changes whose change window
 * has opened, and the removal of old events. However many sweeps were missed while no process ran,
 * one is made. Only one sweep runs at a time; events are handled meanwhile. */
#include "daemon/schedule.h"

#include "approvals/list.h"
#include "config/values.h"
#include "daemon/life.h"
#include "daemon/work_run.h"
#include "store/errors.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "config/calendar/cron.h"
#include "config/calendar/zone.h"
#include "daemon/daemon_private.h"
#include "engine/sweep.h"
#include "engine/work.h"
#include "guards/pause.h"
#include "guards/windows.h"
#include "ledger/handled_event.h"
#include "ledger/schedule_record.h"

#include <openssl/rand.h>

#define PRUNE_EVERY_MS (60 * 60 * 1000LL)
#define APPROVED_EVERY_MS (60 * 1000LL)
#define TRIED_AGAIN_MS (60 * 60 * 1000LL)

struct schedule {
	struct daemon *daemon;
	int64_t due_ms;    /* the time of the next sweep, without jitter; INT64_MAX: never */
	int64_t begins_ms; /* the same with the jitter */
	bool asked;        /* true: a person asked for a sweep */
	bool resume;       /* true: an earlier process left a sweep unfinished */
	struct person asker;
	bool sweeping;   /* true: a sweep is under way, so no other begins */
	struct run *run; /* the sweep under way, once it has begun */
	int64_t pruned_ms, approved_ms;
	bool approving;
	json_t *tried; /* {hash of an approved change: the time in ms before which it is not tried
					  again} */
};

/* --- the time of the next sweep --- */

static int64_t next_due(const struct config *config, int64_t after_ms)
{
	const char *expression = config_string(config, "schedule", "sweep"), *reason;
	struct zone *zone = NULL;
	struct cron cron;

	if (expression == NULL || cron_parse(expression, &cron, &reason) < 0)
		return INT64_MAX;
	if (zone_load(config_string(config, "schedule", "time_zone"), &zone, &reason) < 0) {
		log_error("no sweep is scheduled, since schedule.time_zone %s", reason);
		return INT64_MAX;
	}
	int64_t due_ms = cron_next_in(&cron, zone, after_ms);
	zone_free(zone);
	return due_ms;
}

static int64_t with_jitter(const struct config *config, int64_t due_ms)
{
	int64_t most_ms = config_integer(config, "schedule", "jitter_seconds") * 1000;
	uint32_t random = 0;

	if (due_ms == INT64_MAX || most_ms == 0 ||
		RAND_bytes((unsigned char *)&random, sizeof random) != 1)
		return due_ms;
	return due_ms + (int64_t)(random % (uint32_t)most_ms);
}

static void plan_next(struct schedule *schedule, int64_t after_ms)
{
	const struct config *config = schedule->daemon->generation->config;

	schedule->due_ms = next_due(config, after_ms);
	schedule->begins_ms = with_jitter(config, schedule->due_ms);
}

void schedule_reload(struct schedule *schedule)
{
	int64_t now_ms = clock_now_ms(), due_ms = schedule->due_ms, begins_ms = schedule->begins_ms;

	plan_next(schedule, now_ms);
	/* A sweep that is due and only waits for its jitter is still made. */
	if (schedule->due_ms != INT64_MAX && due_ms <= now_ms) {
		schedule->due_ms = due_ms;
		schedule->begins_ms = begins_ms;
	}
}

/* Continues an unfinished sweep. If the time of a sweep came while no process ran, it is made now,
 * once. */
static void catch_up(struct schedule *schedule)
{
	struct daemon *daemon = schedule->daemon;
	struct err err = ERR_INIT;
	int64_t now_ms = clock_now_ms(), last_ms;
	bool found;

	if (!json_is_true(json_object_get(config_get(daemon->generation->config, "schedule"),
			"catch_up")))
		return;
	if (schedule_due_read(daemon->parts.store, &last_ms, &found, &err) < 0) {
		log_warning(
			"the time of the last sweep can't be read, so a missed sweep is not made up for: %s",
			err.message);
		return;
	}
	if (found && next_due(daemon->generation->config, last_ms) <= now_ms) {
		log_info("a scheduled sweep was missed: it starts now");
		schedule->begins_ms = now_ms;
	}
}

struct schedule *schedule_new(struct daemon *daemon)
{
	struct schedule *schedule = xcalloc(1, sizeof *schedule);

	schedule->daemon = daemon;
	schedule->resume = true;
	schedule->tried = json_object();
	plan_next(schedule, clock_now_ms());
	catch_up(schedule);
	return schedule;
}

void schedule_free(struct schedule *schedule)
{
	if (schedule != NULL)
		json_decref(schedule->tried);
	free(schedule);
}

int64_t schedule_next_ms(const struct schedule *schedule)
{
	return schedule->begins_ms;
}

/* --- a sweep --- */

static void count_cells(const struct run *run)
{
	metric_clear(METRIC_CELLS);
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		metric_set(METRIC_CELLS, METRIC_LABELS(status_name((enum status)i)),
			(double)run->cells.of[i]);
		metric_add(METRIC_CHECKS, METRIC_LABELS("sweep", status_name((enum status)i)),
			(double)run->cells.of[i]);
	}
	metric_observe(METRIC_RUN_SECONDS, METRIC_LABELS("sweep"),
		(double)(clock_monotonic_us() - run->began_us) / 1000000.0);
}

/* Continues an interrupted sweep if possible; otherwise begins a new one. */
static MAY_YIELD int begin(struct schedule *schedule, const struct engine *engine, bool *resumed,
	struct run *run, struct err *err)
{
	struct selection everything;
	struct err cause = ERR_INIT;

	*resumed = schedule->resume && run_resume(engine, run, &cause) == 0;
	if (*resumed)
		return 0;
	if (schedule->resume) {
		run_release(run);
		schedule->resume = false;
		if (err_is(&cause, ERR_USAGE, "NothingToResume") && schedule->begins_ms > clock_now_ms() &&
			!schedule->asked)
			return 1; /* there was nothing to continue, and no sweep is due */
		if (!err_is(&cause, ERR_USAGE, "NothingToResume"))
			log_warning("a new sweep starts, since the interrupted one can't be continued: %s",
				cause.message);
	}
	selection_init(&everything);
	int result = run_begin(engine, RUN_SWEEP, &everything, run, err);
	selection_release(&everything);
	return result;
}

static MAY_YIELD void run_sweep(void *argument)
{
	struct schedule *schedule = argument;
	struct daemon *daemon = schedule->daemon;
	struct generation *generation = generation_retain(daemon->generation);
	struct engine engine = generation->engine;
	struct run run = { 0 };
	struct err err = ERR_INIT;
	int64_t due_ms = schedule->due_ms <= clock_now_ms() ? schedule->due_ms : clock_now_ms();
	bool resumed = false;

	if (schedule->asked) {
		engine.actor = schedule->asker.name;
		engine.asker = &schedule->asker;
	}
	schedule->run = &run;
	int begun = begin(schedule, &engine, &resumed, &run, &err);
	if (begun == 0) {
		schedule->resume = false;
		schedule->asked = false;
		if (!resumed || schedule->begins_ms <= clock_now_ms())
			plan_next(schedule, clock_now_ms());
		if (resumed)
			log_info("the interrupted sweep %s continues", run.id);
		begun = schedule_due_put(schedule->daemon->parts.store, due_ms, &err);
	}
	if (begun == 0 && sweep_in_fiber(&run, &err) < 0)
		begun = -1;
	if (begun < 0 && (err.kind == ERR_STORE || store_failed(daemon->parts.store)))
		daemon_fail(daemon, &err);
	else if (begun < 0)
		log_error("the sweep failed: %s", err.message);
	if (begun <= 0) {
		metric_add(METRIC_RUNS,
			METRIC_LABELS("sweep",
				begun < 0             ? "failed"
					: run.interrupted ? "interrupted"
									  : "finished"),
			1);
		count_cells(&run);
	}
	if (begun == 0 && !run.interrupted && run.organization != NULL)
		directory_set(daemon->directory, run.organization, run.started_ms);
	schedule->run = NULL;
	schedule->sweeping = false;
	run_release(&run);
	generation_release(generation);
	daemon_fiber_done(daemon);
}

static void start_sweep(struct schedule *schedule)
{
	struct err err = ERR_INIT;

	if (daemon_spawn(schedule->daemon, "sweep", run_sweep, schedule, &err) < 0)
		log_warning("a sweep is postponed: %s", err.message);
	else
		schedule->sweeping = true;
}

int schedule_sweep_now(void *argument, const struct person *person, struct err *err)
{
	struct daemon *daemon = argument;
	struct schedule *schedule = daemon->schedule;

	if (daemon->state != DAEMON_READY || schedule == NULL)
		return err_set(err, ERR_BUSY, "NotReady", "the daemon can't start a sweep now: %s",
			daemon->waits_for != NULL ? daemon->waits_for : "it is stopping");
	if (schedule->sweeping)
		return err_set(err, ERR_LIMIT, "SweepUnderWay", "a sweep is already running (%s)",
			schedule->run != NULL ? schedule->run->id : "it has just started");
	schedule->asked = true;
	schedule->asker = *person;
	schedule_tick(schedule);
	return 0;
}

/* --- approved changes --- */

/* Returns whether the change may be tried now. A change that was tried without success is tried
 * again after a while. */
static bool is_possible(struct schedule *schedule, const struct approval_request *request,
	int64_t now_ms)
{
	struct daemon *daemon = schedule->daemon;
	const struct change_record *change = &request->change;
	struct organization *holder = NULL;
	struct account_place storage;
	char why[PAUSE_WHY_SIZE];
	int64_t opens_ms;

	if (approval_request_state_at(request, now_ms) != APPROVAL_APPROVED ||
		json_get_integer_or(schedule->tried, request->hash, 0) > now_ms ||
		pause_check(daemon->parts.pause, change->account, change->baseline, why))
		return false;
	const struct account *account = directory_find(daemon->directory, change->account, &holder);
	bool open = account != NULL &&
		windows_open(daemon->generation->windows, account_place(account, &storage), now_ms,
			&opens_ms);
	organization_free(holder);
	return open;
}

static int collect_approved(struct schedule *schedule, struct work *work, struct err *err)
{
	CLEANUP_REQUEST_LIST struct request_list list = { 0 };
	int64_t now_ms = clock_now_ms();

	if (approvals_list(schedule->daemon->parts.approvals, false, now_ms, &list, err) < 0)
		return -1;
	if (list.count == 0)
		json_object_clear(schedule->tried);
	for (size_t i = 0; i < list.count; i++) {
		const struct approval_request *request = &list.items[i].request;

		if (list.items[i].unreadable.cause != NULL || !is_possible(schedule, request, now_ms))
			continue;
		json_object_set_new(schedule->tried, request->hash, json_integer(now_ms + TRIED_AGAIN_MS));
		if (work_add(work, request->change_json, err) < 0)
			return -1;
	}
	return 0;
}

/* Makes changes that were approved while their change window was closed, or while a pause held
 * them. */
static MAY_YIELD void make_approved(void *argument)
{
	struct schedule *schedule = argument;
	struct daemon *daemon = schedule->daemon;
	struct person nobody = { .name = "" };
	struct err err = ERR_INIT;
	json_t *document = NULL;
	struct work work;

	work_init(&work, false, false);
	if (collect_approved(schedule, &work, &err) < 0 ||
		(work.count > 0 && daemon_do_work(daemon, RUN_APPLY, &work, &nobody, &document, &err) < 0))
		log_warning("approved changes could not be made, and are tried again later: %s",
			err.message);
	json_decref(document);
	work_release(&work);
	schedule->approving = false;
	daemon_fiber_done(daemon);
}

/* --- the tick --- */

static MAY_YIELD void prune(void *argument)
{
	struct daemon *daemon = argument;
	struct err err = ERR_INIT;

	if (handled_event_prune(daemon->parts.store, clock_now_ms(),
			config_integer(daemon->generation->config, "events", "retention_days"), &err) < 0)
		log_warning("the records of old events could not be deleted: %s", err.message);
	daemon_fiber_done(daemon);
}

void schedule_tick(struct schedule *schedule)
{
	struct daemon *daemon = schedule->daemon;
	struct err err = ERR_INIT;
	int64_t now_ms = clock_now_ms();

	if (daemon->state != DAEMON_READY)
		return;
	if (!schedule->sweeping &&
		(schedule->resume || schedule->asked || now_ms >= schedule->begins_ms))
		start_sweep(schedule);
	if (now_ms - schedule->pruned_ms >= PRUNE_EVERY_MS &&
		daemon_spawn(daemon, "prune", prune, daemon, &err) == 0)
		schedule->pruned_ms = now_ms;
	if (!schedule->approving && now_ms - schedule->approved_ms >= APPROVED_EVERY_MS &&
		daemon_spawn(daemon, "approved", make_approved, schedule, &err) == 0) {
		schedule->approving = true;
		schedule->approved_ms = now_ms;
	}
}

json_t *schedule_sweep_to_json(const struct schedule *schedule)
{
	const struct run *run = schedule != NULL ? schedule->run : NULL;
	char started[CLOCK_RFC3339_SIZE];

	if (run == NULL || run->id[0] == '\0')
		return json_null();
	clock_format_rfc3339(run->started_ms, started);
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "run", run->id, "started", started,
		"accounts_in_scope", (json_int_t)run->accounts_in_scope, "accounts_done",
		(json_int_t)run->accounts_done, "cells_known", (json_int_t)run->cells_known, "cells_done",
		(json_int_t)run->cells_done, "changes", (json_int_t)run->changes_made);
}
