/* An event that is handed to the daemon, since that holds the state folder. */
#ifndef REEVE_CMD_CLI_EVENT_H
#define REEVE_CMD_CLI_EVENT_H

#include "cmd/command.h"

#include <stddef.h>

/* Hands the body in, waits for the outcome, and shows it as `reeve event` does; returns the exit
 * status. *err is the error of opening the state folder, and stays when the holder is no daemon. */
int cli_event_hand_in(const struct invocation *invocation, const char *body, size_t length,
	struct err *err);

#endif
