/*
 * What the handlers of the API ask of the process that serves it.
 */
#ifndef REEVE_WEB_API_HOST_H
#define REEVE_WEB_API_HOST_H

#include "approvals/people.h"
#include "base/compiler.h"
#include "base/err.h"
#include "engine/run.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct work;

/* What the API asks of the daemon. */
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
	/* The OpenAPI document of the API; new reference. */
	json_t *(*openapi)(void);
};

#endif
