/* Fibers that the daemon waits for when it stops, and the beginning of stopping. */
#include "daemon/life.h"

#include "daemon/daemon_private.h"
#include "daemon/systemd.h"
#include "io/fiber_sync.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/loop.h"

#define DRAIN_MS 25000
#define AT_ONCE_MS 1000 /* the time that is left after a second signal to stop */

int daemon_spawn(struct daemon *daemon, const char *name, void (*body)(void *argument),
	void *argument, struct err *err)
{
	fiber_group_add(&daemon->fibers);
	if (fiber_spawn(daemon->parts.loop, name, body, argument, err) == 0)
		return 0;
	fiber_group_done(&daemon->fibers);
	return -1;
}

void daemon_fiber_done(struct daemon *daemon)
{
	fiber_group_done(&daemon->fibers);
}

static int64_t bound_ms(const struct daemon *daemon)
{
	return daemon->options->drain_ms > 0 ? daemon->options->drain_ms : DRAIN_MS;
}

void daemon_stop(struct daemon *daemon)
{
	bool ready = daemon->state == DAEMON_READY;

	if (daemon->state == DAEMON_DRAINING)
		return;
	log_info("stopping: changes in flight are completed");
	daemon->state = DAEMON_DRAINING;
	daemon->ends_us = clock_monotonic_us() + bound_ms(daemon) * 1000;
	systemd_tell("STOPPING=1");
	if (!ready) /* no work has begun yet that must be completed */
		loop_cancel(daemon->parts.loop);
}

void daemon_stop_at_once(struct daemon *daemon)
{
	int64_t soon_us = clock_monotonic_us() + AT_ONCE_MS * 1000;

	if (daemon->ends_us > soon_us)
		daemon->ends_us = soon_us;
	loop_cancel(daemon->parts.loop);
}

void daemon_fail(struct daemon *daemon, const struct err *cause)
{
	/* Work that was cancelled because the process stops is not a failure. */
	if (daemon->failure.kind == ERR_NONE && cause->kind != ERR_NONE && cause->kind != ERR_CANCELLED)
		daemon->failure = *cause;
	daemon_stop(daemon);
	if (cause->kind == ERR_STORE)
		loop_cancel(daemon->parts.loop); /* no further work could be recorded */
}
