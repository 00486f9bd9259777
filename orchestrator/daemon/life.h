/* Fibers that the daemon waits for when it stops, and the beginning of stopping. */
#ifndef REEVE_DAEMON_LIFE_H
#define REEVE_DAEMON_LIFE_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

struct daemon;

/* Starts a fiber that the daemon waits for when it stops. Returns -1 when no fiber is free. */
int daemon_spawn(struct daemon *daemon, const char *name, void (*body)(void *argument),
	void *argument, struct err *err) MUST_CHECK;
void daemon_fiber_done(struct daemon *daemon);

/* Stops the process because of a failure. The first failure is kept; when the store has failed,
 * everything else is cancelled. */
void daemon_fail(struct daemon *daemon, const struct err *cause);
/* Begins to stop the process. */
void daemon_stop(struct daemon *daemon);
/* Ends the process within a second. Called when a second signal asks it to stop. */
void daemon_stop_at_once(struct daemon *daemon);

#endif
