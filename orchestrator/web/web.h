/* The daemon's HTTP API: on a TCP port (with TLS off loopback), on the control socket of the state
 * folder for root and the daemon's own user, and on the operators' socket (http.socket) for people
 * with a login on the machine (SO_PEERCRED names the system user on both sockets). One table of
 * routes (web/api/table.c) serves authorization, dispatch and the OpenAPI document. A caller is
 * identified by an API token (whose SHA-256 is in the configuration's "people") or by the system
 * user at the other end of the socket, and has a role: viewer, responder, admin or ingest. GET
 * changes nothing. Every request that would change something is recorded in the audit log with its
 * caller, refused ones too. */
#ifndef REEVE_WEB_WEB_H
#define REEVE_WEB_WEB_H

#include "web/api/host.h"
#include "web/server/server.h"

#include <jansson.h>

/* Starts the server with the API's table of routes; fails as web_start does. `host` is borrowed. */
int web_new(struct loop *loop, const struct web_host *host, struct web **out, struct err *err)
	MUST_CHECK;

/* Returns the OpenAPI 3.1 document, made from the table of routes, as a new reference. */
json_t *web_openapi(void);

#endif
