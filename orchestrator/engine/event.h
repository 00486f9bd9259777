/*
 * Decides which cells are to be checked because of a signal, or why none are. The daemon, `reeve
 * event` and the API use the same decision. An event only chooses which cells are checked: the
 * checks are the same as in a sweep.
 */
#ifndef REEVE_ENGINE_EVENT_H
#define REEVE_ENGINE_EVENT_H

#include "engine/run.h"
#include "engine/sweep_account.h"
#include "events/routes.h"
#include "events/signal.h"
#include "ledger/handled_event.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct own_changes;

#define EVENT_EVERY_REGION "*"

struct event_plan {
	struct route route;
	struct wanted_cell cells[ROUTE_MAX_BASELINES]; /* only baselines that the configuration knows;
													  the region is the signal's */
	size_t count;
	bool look;   /* the account is new or has moved, so that it is read from AWS again first */
	bool retire; /* the account has left the organization */
	enum handled_outcome outcome; /* the reason why nothing is checked; HANDLED_NONE when something
									 is */
	char why[256];                /* a sentence for people */
};

/* Makes the table of routes from the triggers of every baseline in the configuration's set, which
 * it borrows. The caller frees it with route_table_free. */
struct route_table *event_routes(const struct config *config);

/* Lists the cells of every baseline in the whole account. Fills at most ROUTE_MAX_BASELINES and
 * returns their number. */
size_t event_whole_account(const struct config *config, struct wanted_cell *wanted);

/* Makes the decision. It depends on its arguments only; with `own` NULL it doesn't ask whether
 * Reeve itself caused the event. Borrows from the signal. */
void event_plan(const struct engine *engine, const struct own_changes *own,
	const struct signal *signal, struct event_plan *plan);

/* Returns {"signal": {…}, "rule", "action", "why", "outcome"?, "cells": [{"region", "baseline"}]},
 * for people and `--explain`. */
json_t *event_plan_to_json(const struct signal *signal, const struct event_plan *plan);

/* Fills the record of a handled signal; its texts are borrowed from the arguments, which may have
 * texts that are NULL or empty when they are not known. */
struct event_outcome {
	enum handled_outcome outcome;
	const char *run, *message_id, *by;
	size_t changes;
};
void event_record(const struct signal *signal, const struct event_plan *plan,
	const struct event_outcome *outcome, struct handled_event *out);
/* Records in the audit log why cells will be checked, before they are. `by` is the person who
 * handed in the event; NULL: the process's own user. */
MAY_YIELD int event_audit(struct audit *audit, const struct signal *signal,
	const struct event_plan *plan, const char *by, struct err *err) MUST_CHECK;

#endif
