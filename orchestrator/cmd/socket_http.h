/* One HTTP request to the daemon over a UNIX socket. */
#ifndef REEVE_CMD_SOCKET_HTTP_H
#define REEVE_CMD_SOCKET_HTTP_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

/* Sends one request to the daemon that listens on `socket`, a path. `path` is one of the API;
 * `body` may be NULL. Returns 0 with the answer's JSON. A refusal (4xx, 5xx) is -1 with the
 * daemon's message, code and status; code NoDaemon (ERR_NETWORK) means that no process listens
 * there. Call it outside a fiber: it runs a loop of its own. */
int socket_http_ask(const char *socket, const char *method, const char *path, const json_t *body,
	json_t **answer, struct err *err) MUST_CHECK;

#endif
