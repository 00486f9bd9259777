/* How commands reach a running daemon. While it holds the state folder it works for them over a
 * UNIX socket: the control socket of the state folder or, for users without access to the folder,
 * the operators' socket (http.socket in the configuration). The kernel tells the daemon which
 * system user asks, and the configuration says which person that is. */
#ifndef REEVE_CMD_SOCKET_H
#define REEVE_CMD_SOCKET_H

#include "base/buf.h"
#include "base/err.h"
#include "cmd/command.h"

#include <jansson.h>
#include <stdbool.h>

/* Whether a daemon answers on a socket. One that sends nothing within some seconds is silent. */
enum socket_state { SOCKET_NONE, SOCKET_SILENT, SOCKET_ANSWERS };

/* What a command does with the state folder when no daemon holds it. */
enum folder_use {
	FOLDER_READ,
	FOLDER_WRITE,
	FOLDER_PAUSE /* writes only the file of pauses */
};

/* Sends a request to the daemon. `path` was made by socket_path. *err comes with the error of
 * store_open, or none, and keeps it when the folder's holder is no daemon. A refusal by the daemon
 * is ERR_LIMIT. */
int socket_ask(const struct invocation *invocation, const char *method, const struct buf *path,
	const json_t *body, json_t **answer, struct err *err) MUST_CHECK;
/* Gets a path, and the member `name` of the answer (NULL: the whole answer) as a new reference. */
int socket_get(const struct invocation *invocation, const char *path, const char *name,
	json_t **out, struct err *err) MUST_CHECK;
/* Gets all pages of a list: `path` may have a query; the lists `name` of all answers are joined in
 * *list. */
int socket_list(const struct invocation *invocation, const char *path, const char *name,
	json_t **list, struct err *err) MUST_CHECK;

/* -1 with --as aws, since the socket can't carry that identity; *err stays as it was when the
 * folder's holder is no daemon. Else 0. */
int socket_check_identity(const struct invocation *invocation, struct err *err) MUST_CHECK;

/* Makes a path of `before`, the percent-encoded id, and `after`. Initializes `path`, which the
 * caller releases. */
void socket_path(struct buf *path, const char *before, const char *id, const char *after);

/* The daemon's status of itself, or NULL when none answers this user. New reference. */
json_t *socket_status(const struct invocation *invocation);

#endif
