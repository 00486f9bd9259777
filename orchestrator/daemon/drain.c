/*
 * Stopping the process. Nothing new is begun, and work under way is completed within a bounded
 * time. Work that is not complete by then is left as a crash would leave it: a change is in the
 * journal with its before-image, and the next process finds out whether it took effect; a message
 * is delivered again.
 */
#include "daemon/drain.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/arrivals.h"
#include "daemon/cells.h"
#include "daemon/checks.h"
#include "daemon/daemon_private.h"
#include "daemon/intake.h"
#include "io/fiber_sync.h"
#include "io/loop.h"
#include "store/queue.h"

#include <unistd.h>

#define LINGER_MS \
	2000 /* the most for each of: the last API responses, deletions of messages, notifications */
#define RECORD_MS 500 /* the time to record that work was cut off */

static bool is_over(const struct daemon *daemon)
{
	return clock_monotonic_us() >= daemon->ends_us;
}

/* Returns a quarter of the remaining time, at most LINGER_MS, so that each later step gets some. */
static int64_t linger_ms(const struct daemon *daemon)
{
	int64_t left_ms = (daemon->ends_us - clock_monotonic_us()) / 1000, most_ms = left_ms / 4;

	return most_ms < 0 ? 0 : most_ms < LINGER_MS ? most_ms : LINGER_MS;
}

/* --- the time limit --- */

static void leave(struct daemon *daemon)
{
	if (daemon->failure.kind != ERR_NONE)
		log_error("%s", daemon->failure.message);
	_exit(daemon->failure.kind == ERR_NONE ? 0 : 1);
}

static MAY_YIELD void cut_off(void *argument)
{
	struct daemon *daemon = argument;
	struct audit_entry entry = { .kind = AUDIT_COMMAND,
		.action = "serve.end",
		.outcome = "cut off",
		.run = daemon->id,
		.actor = daemon->parts.actor,
		.reason = "some work did not end within the time for stopping" };
	struct err err = ERR_INIT;

	fiber_shield();
	log_warning("stopping takes too long, so the process exits now: the journal has the changes in "
				"flight, and the next start finds out their outcome");
	if (audit_append(daemon->parts.audit, &entry, &err) < 0 ||
		store_flush(daemon->parts.store, &err) < 0)
		log_error("the stop can't be recorded: %s", err.message);
	leave(daemon);
}

void daemon_drain_tick(struct daemon *daemon)
{
	struct err err = ERR_INIT;

	if (!is_over(daemon))
		return;
	if (!daemon->cut_off) {
		daemon->cut_off = true;
		loop_cancel(daemon->parts.loop);
		if (fiber_spawn(daemon->parts.loop, "cut off", cut_off, daemon, &err) < 0)
			leave(daemon);
	} else if (clock_monotonic_us() >= daemon->ends_us + RECORD_MS * 1000) {
		leave(daemon); /* the disk does not respond either */
	}
}

/* --- work under way --- */

static MAY_YIELD void wait_for_events(struct daemon *daemon)
{
	int64_t until_us = daemon->ends_us - 3 * linger_ms(daemon) * 1000;

	while ((cells_count(daemon->cells) > 0 || intake_waiting(daemon->intake) > 0) &&
		clock_monotonic_us() < until_us && !loop_cancelled(daemon->parts.loop))
		(void)!fiber_sleep(20);
}

void daemon_drain(struct daemon *daemon)
{
	fiber_shield();
	arrivals_stop(daemon);
	cells_abandon(daemon->cells);
	wait_for_events(daemon);
	if (daemon->web != NULL)
		web_stop(daemon->web, linger_ms(daemon));
	arrivals_end(daemon, linger_ms(daemon));
	/* A sweep is resumed by a later process. Shielded fibers, which are making a change,
	 * complete it all the same. */
	loop_cancel(daemon->parts.loop);
	fiber_group_wait(&daemon->fibers);
	/* Wait until requests that changed something have their entry in the audit log. */
	if (daemon->web != NULL)
		web_stop(daemon->web, linger_ms(daemon));
	checks_now_end(daemon->checks);
	generation_flush_within(daemon->generation, linger_ms(daemon));
	fiber_unshield();
}
