#include "daemon/daemon.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "baselines/set.h"
#include "config/values.h"
#include "daemon/api_host.h"
#include "daemon/arrivals.h"
#include "daemon/cells.h"
#include "daemon/checks.h"
#include "daemon/daemon_private.h"
#include "daemon/drain.h"
#include "daemon/intake.h"
#include "daemon/life.h"
#include "daemon/outcomes.h"
#include "daemon/schedule.h"
#include "daemon/systemd.h"
#include "engine/own_account.h"
#include "engine/own_change.h"
#include "engine/recovery.h"
#include "io/fiber_sync.h"
#include "io/loop.h"
#include "io/loop_watch.h"
#include "ledger/cell_lock.h"

#include <openssl/rand.h>
#include <signal.h>

#define TICK_MS 100
#define WALK_AGAIN_FIRST_MS 5000
#define WALK_AGAIN_MOST_MS 300000
#define RETIRED_KEPT_US (3600 * 1000000LL)

/* --- fibers --- */

/* --- signals --- */

static void on_stop(void *argument)
{
	struct daemon *daemon = argument;

	if (daemon_draining(daemon))
		daemon_stop_at_once(daemon);
	daemon_stop(daemon);
}

/* --- the configuration --- */

static MAY_YIELD int tell_audit(struct daemon *daemon, const char *action, const char *outcome,
	const char *reason, struct err *err)
{
	struct audit_entry entry = { .kind = AUDIT_COMMAND,
		.action = action,
		.outcome = outcome,
		.run = daemon->id,
		.actor = daemon->parts.actor,
		.reason = reason };

	return audit_append(daemon->parts.audit, &entry, err);
}

static MAY_YIELD int take_configuration(struct daemon *daemon, struct err *err)
{
	struct baseline_set *baselines = NULL;
	struct config *config = NULL;
	struct generation *fresh = NULL, *old = daemon->generation;

	if (baseline_set_new_built_in(&baselines, err) < 0)
		return -1;
	if (config_load(daemon->options->config_path, baseline_set_catalogue(baselines), &config, err) <
		0) {
		baseline_set_free(baselines);
		return -1;
	}
	if (generation_new(&daemon->parts, daemon->id, baselines, config, true, &daemon->retired,
			&fresh, err) < 0)
		return -1;
	struct source *queue = NULL;
	daemon->generation = fresh; /* arrivals_open and web_reload read it from there; no work begins
								   meanwhile */
	int result = arrivals_open(daemon, &queue, err) < 0 ? -1 : web_reload(daemon->web, err);
	daemon->generation = old;
	if (result < 0 || generation_notify(fresh, old, err) < 0) {
		struct err unused = ERR_INIT;

		(void)!web_reload(daemon->web, &unused); /* `daemon->generation` is the old one again */
		arrivals_drop(daemon, queue);
		generation_release(fresh);
		return -1;
	}
	daemon->generation = fresh;
	arrivals_follow(daemon, queue);
	generation_release(old);
	schedule_reload(daemon->schedule);
	return 0;
}

static MAY_YIELD void reload_once(struct daemon *daemon)
{
	struct err err = ERR_INIT, unused = ERR_INIT;

	systemd_tell("RELOADING=1");
	if (take_configuration(daemon, &err) < 0) {
		log_error("the new configuration is refused, and the old one stays in force: %s",
			err.message);
		(void)!tell_audit(daemon, "reload", "refused", err.message, &unused);
	} else {
		log_info("the new configuration is in force (generation %.12s)",
			config_generation(daemon->generation->config));
		(void)!tell_audit(daemon, "reload", "taken", config_generation(daemon->generation->config),
			&unused);
	}
	if (!daemon_draining(daemon))
		systemd_tell("READY=1");
}

static MAY_YIELD void reload(void *argument)
{
	struct daemon *daemon = argument;

	do {
		daemon->reload_again = false;
		reload_once(daemon);
	} while (daemon->reload_again && !daemon_draining(daemon));
	daemon->reloading = false;
	daemon_fiber_done(daemon);
}

/* Reloads the configuration file, in a fiber of its own. */
static void daemon_reload(struct daemon *daemon)
{
	struct err err = ERR_INIT;

	daemon->reload_again = true; /* set also while the file is being read, since it may have changed
									since */
	if (daemon->reloading)
		return;
	if (daemon->state == DAEMON_STARTING)
		log_info("the configuration will be reloaded once the process is ready");
	else if (daemon_draining(daemon))
		log_warning("the configuration is not reloaded: the process is ending");
	else if (daemon_spawn(daemon, "reload", reload, daemon, &err) < 0)
		log_warning("the configuration can't be reloaded now: %s", err.message);
	else
		daemon->reloading = true;
}

static void on_reload(void *argument)
{
	daemon_reload(argument);
}

/* --- the tick --- */

static void on_tick(void *argument)
{
	struct daemon *daemon = argument;

	if (daemon_draining(daemon))
		daemon_drain_tick(daemon);
	if (daemon->state != DAEMON_READY)
		return;
	cells_tick(daemon->cells);
	intake_tick(daemon->intake);
	schedule_tick(daemon->schedule);
	generations_free(&daemon->retired, clock_monotonic_us() - RETIRED_KEPT_US);
}

static void on_watchdog(void *argument)
{
	(void)argument;
	systemd_tell("WATCHDOG=1");
}

/* --- the start --- */

/* Finds the process's own account and walks the organization for the first time. The caller repeats
 * it until it succeeds. */
static MAY_YIELD int walk_first(struct daemon *daemon, struct err *err)
{
	struct selection everything;
	struct run run;

	selection_init(&everything);
	int result = run_prepare(&daemon->generation->engine, RUN_EVENT, &everything, &run, err);
	selection_release(&everything);
	if (result == 0)
		result = own_account_find(&run, err);
	if (result == 0)
		result = directory_walk(daemon->directory, &run, err);
	snprintf(daemon->orchestrator_account, sizeof daemon->orchestrator_account, "%s",
		run.orchestrator_account);
	run_release(&run);
	return result;
}

static MAY_YIELD void walk_until_it_succeeds(struct daemon *daemon)
{
	int64_t again_ms = WALK_AGAIN_FIRST_MS;
	struct err err = ERR_INIT;

	daemon->waits_for = "the first walk of the organization is not complete";
	while (!daemon_draining(daemon) && walk_first(daemon, &err) < 0) {
		if (err.kind == ERR_STORE || err.kind == ERR_CANCELLED) {
			daemon_fail(daemon, &err);
			return;
		}
		log_error("the organization can't be walked; this is tried again in %lld s: %s",
			(long long)(again_ms / 1000), err.message);
		for (int64_t waited_ms = 0; waited_ms < again_ms && !daemon_draining(daemon);
			waited_ms += TICK_MS)
			(void)!fiber_sleep(TICK_MS);
		again_ms = again_ms * 2 < WALK_AGAIN_MOST_MS ? again_ms * 2 : WALK_AGAIN_MOST_MS;
		err_clear(&err);
	}
	daemon->waits_for = NULL;
}

static MAY_YIELD int begin(struct daemon *daemon, struct err *err)
{
	host_fill(daemon, &daemon->host);
	if (generation_notify(daemon->generation, NULL, err) < 0 ||
		tell_audit(daemon, "serve.begin", "begun", NULL, err) < 0 ||
		web_new(daemon->parts.loop, &daemon->host, &daemon->web, err) < 0)
		return -1;
	walk_until_it_succeeds(daemon);
	if (daemon_draining(daemon))
		return 0;
	daemon->schedule = schedule_new(daemon);
	struct source *queue = NULL;
	if (arrivals_open(daemon, &queue, err) < 0)
		return -1;
	arrivals_follow(daemon, queue);
	daemon->state = DAEMON_READY;
	systemd_tell("READY=1");
	log_info("ready: %s; %s",
		count_of(directory_organization(daemon->directory)->account_count, "account"),
		daemon->queue != NULL ? "events are taken from the queue" : "no event queue is configured");
	if (daemon->reload_again)
		daemon_reload(daemon);
	return 0;
}

static MAY_YIELD void serve(void *argument)
{
	struct daemon *daemon = argument;
	struct err err = ERR_INIT;

	if (generation_new(&daemon->parts, daemon->id, NULL,
			(struct config *)daemon->options->engine->config, false, &daemon->retired,
			&daemon->generation, &daemon->failure) < 0)
		return;
	if (begin(daemon, &err) < 0)
		daemon_fail(daemon, &err);
	while (!daemon_draining(daemon))
		if (fiber_sleep(TICK_MS) == FIBER_CANCELLED)
			daemon_stop(daemon);
	daemon_drain(daemon);
	fiber_shield();
	err_clear(&err);
	if (tell_audit(daemon, "serve.end", daemon->failure.kind == ERR_NONE ? "finished" : "failed",
			daemon->failure.kind == ERR_NONE ? NULL : daemon->failure.message, &err) < 0)
		daemon_fail(daemon, &err);
	generation_release(daemon->generation);
	daemon->generation = NULL;
	fiber_unshield();
}

static void make_id(char out[RUN_ID_SIZE])
{
	unsigned char random[8];
	size_t used = (size_t)snprintf(out, RUN_ID_SIZE, "serve-");

	if (RAND_bytes(random, sizeof random) != 1)
		abort(); /* without random bytes the program can't work at all */
	for (size_t i = 0; i < sizeof random; i++)
		used += (size_t)snprintf(out + used, RUN_ID_SIZE - used, "%02x", random[i]);
}

static void daemon_open(struct daemon *daemon, const struct daemon_options *options)
{
	daemon->options = options;
	daemon->started_ms = clock_now_ms();
	make_id(daemon->id);
	daemon->parts = *options->engine;
	daemon->directory = directory_new();
	daemon->parts.locks = cell_locks_new(daemon->parts.loop);
	daemon->parts.recovery = recovery_new();
	daemon->parts.own_changes = own_changes_new(daemon->id);
	daemon->parts.directory = daemon->directory;
	fiber_group_init(&daemon->fibers);
	daemon->cells = cells_new(daemon);
	daemon->checks = checks_now_new(daemon);
	daemon->intake = intake_new(daemon);
}

static void daemon_close(struct daemon *daemon)
{
	web_free(daemon->web);
	arrivals_free(daemon);
	schedule_free(daemon->schedule);
	intake_free(daemon->intake);
	checks_now_free(daemon->checks);
	cells_free(daemon->cells);
	own_changes_free(daemon->parts.own_changes);
	recovery_free(daemon->parts.recovery);
	cell_locks_free(daemon->parts.locks);
	directory_free(daemon->directory);
	generations_free(&daemon->retired, INT64_MAX);
}

static int listen_to_signals(struct daemon *daemon, struct err *err)
{
	struct loop *loop = daemon->parts.loop;
	int64_t watchdog_ms = systemd_watchdog_ms();

	if (loop_on_signal(loop, SIGTERM, on_stop, daemon, err) < 0 ||
		loop_on_signal(loop, SIGINT, on_stop, daemon, err) < 0 ||
		loop_on_signal(loop, SIGHUP, on_reload, daemon, err) < 0 ||
		loop_on_interval(loop, TICK_MS, on_tick, daemon, err) < 0)
		return -1;
	return watchdog_ms > 0 ? loop_on_interval(loop, watchdog_ms / 2, on_watchdog, daemon, err) : 0;
}

int daemon_serve(const struct daemon_options *options, struct err *err)
{
	struct daemon daemon = { 0 };
	int result;

	daemon_open(&daemon, options);
	metric_set(METRIC_BUILD, METRIC_LABELS(REEVE_VERSION), 1);
	result = listen_to_signals(&daemon, err);
	if (result == 0)
		result = fiber_spawn(daemon.parts.loop, "serve", serve, &daemon, err);
	if (result == 0) {
		loop_run(daemon.parts.loop);
		if (daemon.failure.kind != ERR_NONE) {
			*err = daemon.failure;
			result = -1;
		}
	}
	daemon_close(&daemon);
	return result;
}
