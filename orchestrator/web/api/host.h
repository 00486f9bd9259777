/* The functions of the daemon that the handlers of the API call. */
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

/* The daemon fills it; `daemon` is the first argument of each function. */
struct web_host {
	void *daemon;
	/* Returns the engine with its current parts, which a reload changes; borrowed until the next
	 * yield. */
	const struct engine *(*engine)(void *daemon);
	const char *state_folder;
	/* Returns whether the first walk is done and the daemon works; else *why (static text) says why
	 * not. */
	bool (*ready)(void *daemon, const char **why);
	/* Returns the daemon's part of /api/v1/status as a new reference: {"state":
	 * "starting|ready|draining", "organization", "queue": {…}|null, "sweep": {…}|null,
	 * "next_sweep", …}. */
	json_t *(*status)(void *daemon);
	/* Sets the gauges that are computed only for a scrape (loop lag, queue age, approvals waiting,
	 * ...). */
	void (*refresh_metrics)(void *daemon);
	/* Makes the changes of a work list (an approved change, a rollback) in a run of its own for the
	 * person, and waits for its end. *document is the document of the run. Returns -1 when the run
	 * could not be made. */
	MAY_YIELD int (*do_work)(void *daemon, enum run_kind kind, struct work *work,
		const struct person *person, json_t **document, struct err *err);
	/* Takes a body as the event queue would, e.g. a finding of another product, and waits until its
	 * outcome is recorded. *outcome is {"signals": [{"identity", "outcome", "rule", …}]}. Returns
	 * -1 when the body is refused; *err says why. */
	MAY_YIELD int (*ingest)(void *daemon, const char *body, size_t length,
		const struct person *person, json_t **outcome, struct err *err);
	/* Tells the running process that exceptions or pauses have changed. */
	MAY_YIELD int (*exceptions_changed)(void *daemon, struct err *err);
	/* Starts a sweep now. Fails with SweepUnderWay while one is running. */
	int (*sweep_now)(void *daemon, const struct person *person, struct err *err);
	/* Returns the OpenAPI document of the API as a new reference. */
	json_t *(*openapi)(void);
};

#endif
