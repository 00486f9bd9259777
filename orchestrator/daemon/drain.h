/* Stopping the process. */
#ifndef REEVE_DAEMON_DRAIN_H
#define REEVE_DAEMON_DRAIN_H

#include "base/compiler.h"

struct daemon;

/* Waits for the work that is under way. */
MAY_YIELD void daemon_drain(struct daemon *daemon);
/* Exits the process when draining takes too long; called by the clock. */
void daemon_drain_tick(struct daemon *daemon);

#endif
