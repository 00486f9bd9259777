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
	/* The current parts of the process, which change with a reload; borrowed until the next yield.
	 */
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
	/* Makes the changes of a work list (an approved change, a rollback) in a run of its own for the
	 * person, and waits for its end. *document is the document of the run. -1: the run could not be
	 * made. */
	MAY_YIELD int (*do_work)(void *daemon, enum run_kind kind, struct work *work,
		const struct person *person, json_t **document, struct err *err);
	/* Takes a body as the event queue would, e.g. a finding of another product, and waits until its
	 * outcome is recorded. *outcome is {"signals": [{"identity", "outcome", "rule", …}]}. -1:
	 * refused; *err says why. */
	MAY_YIELD int (*ingest)(void *daemon, const char *body, size_t length,
		const struct person *person, json_t **outcome, struct err *err);
	/* Tells the running process that exceptions or pauses have changed. */
	MAY_YIELD int (*exceptions_changed)(void *daemon, struct err *err);
	/* Starts a sweep now. 0: started, or already running. */
	int (*sweep_now)(void *daemon, const struct person *person, struct err *err);
	/* The OpenAPI document of the API; new reference. */
	json_t *(*openapi)(void);
};

#endif
