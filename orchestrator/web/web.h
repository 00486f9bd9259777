/*
 * What the daemon shows and takes: the HTTP API on a TCP port (TLS off loopback), and the same API
 * on the control socket of the state folder, which is for root and the daemon's own user, and on
 * the operators' socket (http.socket), for people with a login of their own (SO_PEERCRED names the
 * system user on both). One table of routes (web/api/table.c) is the authorization, the dispatch
 * and the OpenAPI document.
 *
 * Who asks is known by an API token (kept as SHA-256 in the configuration's "people") or by the
 * peer of the socket, and has a role: viewer, responder, admin, ingest. Nothing is changed by GET.
 * Every request that would change something is in the audit log with its identity, refused ones
 * too.
 */
#ifndef REEVE_WEB_WEB_H
#define REEVE_WEB_WEB_H

#include "web/api/host.h"
#include "web/server/server.h"

#include <jansson.h>

/* Starts the server over the API's table of routes; fails as web_start does. `host` is borrowed. */
int web_new(struct loop *loop, const struct web_host *host, struct web **out, struct err *err)
	MUST_CHECK;

/* The OpenAPI 3.1 document of the API, made from the table of routes; new reference. */
json_t *web_openapi(void);

#endif
