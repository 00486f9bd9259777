/*
 * The HTTP server: the TCP listener (TLS off loopback), the control socket of the state folder, and
 * the operators' socket of the configuration. It identifies the caller, checks each request against
 * its row of the table of routes, and records those that would change something in the audit log.
 */
#ifndef REEVE_WEB_SERVER_SERVER_H
#define REEVE_WEB_SERVER_SERVER_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

struct api_route;
struct audit;
struct config;
struct loop;
struct web;
struct web_host;

#define WEB_SOCKET "control.sock" /* in the state folder, mode 0600 */

/* The parts of the process that the server uses. A reload changes configuration and audit log, so
 * the pointers that these functions return are borrowed until the next yield. */
struct web_process {
	void *context; /* the first argument of the functions */
	const struct config *(*config)(void *context);
	struct audit *(*audit)(void *context);
	const char *state_folder;
	const struct web_host *host; /* is passed to the handlers unchanged */
};

/* Opens the control socket, and the listeners of the configuration's "http" (none where http.listen
 * or http.socket is null). The table ends with a row whose method is NULL. Errors name the address
 * or file and the remedy, e.g. for an address in use, a missing certificate or an unknown group. */
int web_start(struct loop *loop, const struct web_process *process, const struct api_route *routes,
	struct web **out, struct err *err) MUST_CHECK;
/* Applies a new configuration (listeners, certificate, hosts, group). After -1 the old one stays in
 * force. */
int web_reload(struct web *web, struct err *err) MUST_CHECK;
/* Stops accepting connections, ends idle ones, and waits at most `timeout_ms` until running
 * requests are answered. */
MAY_YIELD void web_stop(struct web *web, int64_t timeout_ms);
void web_free(struct web *web); /* NULL is allowed */

#endif
