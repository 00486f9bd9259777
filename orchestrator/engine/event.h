/*
 * What a signal asks for: which cells are to be checked, or why none. The same for the daemon, for
 * `reeve event` and for what is handed in over the API. Events choose work; they have no path of
 * their own.
 */
#ifndef REEVE_ENGINE_EVENT_H
#define REEVE_ENGINE_EVENT_H

#include "engine/run.h"
#include "engine/sweep_account.h"
#include "events/routes.h"
#include "events/signal.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct own_changes;

#define EVENT_EVERY_REGION "*"

struct event_plan {
	struct route route;
	struct wanted_cell cells[ROUTE_MAX_BASELINES]; /* baselines that the configuration knows;
													  regions are the signal's */
	size_t count;
	bool look;   /* the account is new or has moved: what is known of it is looked at anew first */
	bool retire; /* the account is gone */
	const char *outcome; /* static: why nothing is checked ("ignored", "own", "no_account"); NULL:
							something is */
	char why[256];       /* for people */
};

/* The table of routes with the triggers of every baseline in the configuration's set, which it
 * borrows. The caller frees it with route_table_free. */
struct route_table *event_routes(const struct config *config);

/* Every baseline's cells in the whole account; fills at most ROUTE_MAX_BASELINES, returns their
 * number. */
size_t event_whole_account(const struct config *config, struct wanted_cell *wanted);

/* Pure but for `own` (NULL: not looked at). Borrows from the signal. */
void event_plan(const struct engine *engine, const struct own_changes *own,
	const struct signal *signal, struct event_plan *plan);

/* {"signal": {…}, "rule", "action", "why", "outcome"?, "cells": [{"region", "baseline"}]}: for
 * people and `--explain`. */
json_t *event_plan_to_json(const struct signal *signal, const struct event_plan *plan);

/* What came of a signal, as it is recorded (seen.h). Texts may be NULL or empty: not told. New
 * reference. */
struct event_outcome {
	const char *outcome; /* a word of seen.h */
	const char *run, *message_id, *by;
	size_t changes;
};
json_t *event_record(const struct signal *signal, const struct event_plan *plan,
	const struct event_outcome *outcome);
/* Why something will be looked at is on record before it is. `by`: who handed the event in; NULL:
 * the process's own user. */
MAY_YIELD int event_tell_audit(struct audit *audit, const struct signal *signal,
	const struct event_plan *plan, const char *by, struct err *err) MUST_CHECK;

/* The word for what came of cells: that of the worst status ("remediated", "awaiting_approval",
 * ...), "unassigned" when the account has none of them. */
const char *event_outcome(const struct status_counts *cells);

#endif
