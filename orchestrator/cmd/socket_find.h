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
/* Returns 0 when the command opens the state folder itself, and 1 when it asks the daemon because
 * this user has no access to the folder. Returns -1 when neither is possible, since there is no
 * state folder and no daemon answers on the socket of the configuration. */
int socket_route(const struct invocation *invocation, enum folder_use use, struct err *err)
	MUST_CHECK;

#endif
