/* Asks a daemon over the control socket or the operators' socket. */
#ifndef REEVE_CMD_ASK_H
#define REEVE_CMD_ASK_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

/* Asks the daemon that answers on a UNIX socket (a path: the control socket of its state folder, or
 * its operators' socket): method and path of the API, body may be NULL. 0 with the answer's JSON;
 * the daemon's refusal (4xx, 5xx) is -1 with its message, code and status. ERR_NETWORK, code
 * NoDaemon: nobody listens there. Called outside a fiber; runs a loop of its own. */
int web_ask(const char *socket, const char *method, const char *path, const json_t *body,
	json_t **answer, struct err *err) MUST_CHECK;

#endif
