/* One HTTP request to the daemon over a UNIX socket. */
#ifndef REEVE_CMD_SOCKET_HTTP_H
#define REEVE_CMD_SOCKET_HTTP_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

/* Sends one request to the daemon that listens on `socket`, a file's path. `path` is a path of the
 * API; `body` may be NULL. Returns 0 with the answer's JSON. Returns -1 at a refusal (4xx, 5xx),
 * with the daemon's message, code and status, and with the code NoDaemon (ERR_NETWORK) when no
 * process listens there. Call it outside a fiber, since it runs a loop of its own. */
int socket_http_ask(const char *socket, const char *method, const char *path, const json_t *body,
	json_t **answer, struct err *err) MUST_CHECK;

#endif
