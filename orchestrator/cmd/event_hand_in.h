/* Hands an event to the daemon, when the daemon holds the state folder. */
#ifndef REEVE_CMD_EVENT_HAND_IN_H
#define REEVE_CMD_EVENT_HAND_IN_H

#include "cmd/command.h"

#include <stddef.h>

/* Posts the event, waits for the outcome, and shows it as `reeve event` does; returns the exit
 * status. The caller passes in *err the error of opening the state folder; it is reported when the
 * process that holds the folder is no daemon. */
int event_hand_in(const struct invocation *invocation, const char *body, size_t length,
	struct err *err);

#endif
