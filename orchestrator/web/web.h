/*
 * What the daemon shows and takes: the HTTP API on a TCP port (TLS off loopback), and the same API
 * on the control socket of the state folder, which is for root and the daemon's own user, and on
 * the operators' socket (http.socket), for people with a login of their own (SO_PEERCRED names the
 * system user on both). One table of routes (web/api_routes.c) is the authorization, the dispatch
 * and the OpenAPI document.
 *
 * Who asks is known by an API token (kept as SHA-256 in the configuration's "people") or by the
 * peer of the socket, and has a role: viewer, responder, admin, ingest. Nothing is changed by GET.
 * Every request that would change something is in the audit log with its identity, refused ones
 * too.
 */
#ifndef REEVE_WEB_WEB_H
#define REEVE_WEB_WEB_H

#include "base/compiler.h"
#include "base/err.h"
#include "approvals/people.h"
#include "engine/run.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct loop;
struct web;
struct work;

#define WEB_SOCKET "control.sock" /* in the state folder, mode 0600 */

/* What the web room asks of the daemon. */
struct web_host {
	void *daemon;
	/* The parts of the process as they are now (they change with a reload); borrowed until the next
	 * yield. */
	const struct engine *(*engine)(void *daemon);
	const char *state_folder;
	/* Whether the first walk is done and the process works; *why (static text) when not. */
	bool (*ready)(void *daemon, const char **why);
	/* {"state": "starting|ready|draining", "organization", "queue": {…}|null, "sweep": {…}|null,
	 * "next_sweep", …}: the daemon's part of /api/v1/status; new reference. */
	json_t *(*status)(void *daemon);
	/* Sets the gauges that are only known when asked (loop lag, queue age, approvals waiting, ...).
	 */
	void (*refresh_metrics)(void *daemon);
	/* Does the work of a list (an approved change, a rollback) in a run of its own, asked for by
	 * the person, and waits for its end; *document is that of the contract. -1: it could not be
	 * done at all. */
	MAY_YIELD int (*do_work)(void *daemon, enum run_kind kind, struct work *work,
		const struct person *person, json_t **document, struct err *err);
	/* Takes a body as the event queue would (third parties' findings); waits until what it says is
	 * recorded. *outcome is
	 * {"signals": [{"identity", "outcome", "rule", …}]}. -1: refused, and why. */
	MAY_YIELD int (*ingest)(void *daemon, const char *body, size_t length,
		const struct person *person, json_t **outcome, struct err *err);
	/* Exceptions were added or ended, or something was paused or resumed: the running process
	 * follows. */
	MAY_YIELD int (*exceptions_changed)(void *daemon, struct err *err);
	/* A sweep is asked for now. 0: begun or already under way. */
	int (*sweep_now)(void *daemon, const struct person *person, struct err *err);
};

/* Opens the control socket, and the listeners of the configuration's "http" (none where http.listen
 * or http.socket is null). Errors name the address or file, and the remedy: in use, no certificate
 * off loopback, not ours, no such group. */
int web_new(struct loop *loop, const struct web_host *host, struct web **out, struct err *err)
	MUST_CHECK;
/* Follows a new configuration (listeners, certificate, hosts, group): -1 and the old goes on. */
int web_reload(struct web *web, struct err *err) MUST_CHECK;
/* Takes no new connection, ends idle ones; requests under way are answered. Waits for them, at most
 * so long. */
MAY_YIELD void web_stop(struct web *web, int64_t timeout_ms);
void web_free(struct web *web); /* NULL is fine */

/* The OpenAPI 3.1 document of the API, made from the table of routes; new reference. */
json_t *web_openapi(void);

/* --- the client's side, for commands beside a daemon --- */

/* Asks the daemon that answers on a UNIX socket (a path: the control socket of its state folder, or
 * its operators' socket): method and path of the API, body may be NULL. 0 with the answer's JSON;
 * the daemon's refusal (4xx, 5xx) is -1 with its message, code and status. ERR_NETWORK, code
 * NoDaemon: nobody listens there. Called outside a fiber; runs a loop of its own. */
int web_ask(const char *socket, const char *method, const char *path, const json_t *body,
	json_t **answer, struct err *err) MUST_CHECK;

/* Whether only root and `owner` (the daemon's user) can put a socket at that path: its folder, and
 * those above it, are theirs and nobody else's to write to. ERR_CONFIG: UnsafeFolder, NoFolder. */
int web_check_socket_folder(const char *path, uid_t owner, struct err *err) MUST_CHECK;

#endif
