/* Decides whether a command opens the state folder itself or asks a daemon, and on which socket. */
#ifndef REEVE_CMD_SOCKET_FIND_H
#define REEVE_CMD_SOCKET_FIND_H

#include "base/compiler.h"
#include "base/err.h"
#include "cmd/socket.h"

struct invocation;

/* Finds the daemon's socket: the control socket where it can be reached; else, where this user has
 * no access to the state folder, the operators' socket. The caller frees *path, which is NULL for
 * SOCKET_NONE. */
enum socket_state socket_find(const struct invocation *invocation, char **path);
/* 0: the command opens the state folder itself; 1: this user has no access to it, so the daemon is
 * asked; -1: neither is possible, since there is no state folder and the daemon of the
 * configuration doesn't answer. */
int socket_route(const struct invocation *invocation, enum folder_use use, struct err *err)
	MUST_CHECK;

#endif
