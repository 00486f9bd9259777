/* Lets commands work through a running daemon. While the daemon holds the state folder, it answers
 * them on a UNIX socket: the control socket in the state folder or, for users without access to the
 * folder, the operators' socket (http.socket in the configuration). The kernel tells the daemon
 * which system user asks, and the configuration says which person that is. */
#ifndef REEVE_CMD_SOCKET_H
#define REEVE_CMD_SOCKET_H

#include "base/buf.h"
#include "base/err.h"
#include "cmd/command.h"

#include <jansson.h>
#include <stdbool.h>

/* Says whether a daemon answers on a socket. A daemon that sends nothing within some seconds is
 * silent. */
enum socket_state { SOCKET_NONE, SOCKET_SILENT, SOCKET_ANSWERS };

/* The access to the state folder that a command needs when no daemon holds it. */
enum folder_use {
	FOLDER_READ,
	FOLDER_WRITE,
	FOLDER_PAUSE /* writes only the file of pauses */
};

/* Sends a request to the daemon. `path` was made by socket_path. The caller passes in *err the
 * error of store_open, or none; it stays there when the process that holds the folder is no daemon.
 * A refusal by the daemon is ERR_LIMIT. */
int socket_ask(const struct invocation *invocation, const char *method, const struct buf *path,
	const json_t *body, json_t **answer, struct err *err) MUST_CHECK;
/* Sends a GET request. *out is the member `name` of the answer (NULL: the whole answer), a new
 * reference. */
int socket_get(const struct invocation *invocation, const char *path, const char *name,
	json_t **out, struct err *err) MUST_CHECK;
/* Gets all pages of a list and joins the members `name` of the answers in *list. `path` may have a
 * query. */
int socket_list(const struct invocation *invocation, const char *path, const char *name,
	json_t **list, struct err *err) MUST_CHECK;

/* Fails with --as aws when a daemon holds the folder, since the socket can't carry that identity.
 * *err stays as it was when the process that holds the folder is no daemon. */
int socket_check_identity(const struct invocation *invocation, struct err *err) MUST_CHECK;

/* Makes a path from `before`, the percent-encoded id, and `after`. Initializes `path`, which the
 * caller releases. */
void socket_path(struct buf *path, const char *before, const char *id, const char *after);

/* Returns the daemon's own status as a new reference, or NULL when no daemon answers this user. */
json_t *socket_status(const struct invocation *invocation);

#endif
