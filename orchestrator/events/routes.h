/*
 * Routing: which baselines a signal asks to be checked. The table of routes is made at start from
 * the triggers of the baselines and from what no baseline is about (routes.def). The
 * configuration's events.routes come before it, in their order: the first that matches decides.
 */
#ifndef REEVE_EVENTS_ROUTES_H
#define REEVE_EVENTS_ROUTES_H

#include "config/config.h"
#include "events/signal.h"

#include <jansson.h>
#include <stdbool.h>

#define ROUTE_NAME_SIZE 128
#define ROUTE_MAX_BASELINES 256 /* the most baselines that there may be (baselines/set.h) */

enum route_action {
	ROUTE_CHECK,  /* check the named baselines in the signal's account and region */
	ROUTE_SWEEP,  /* check the whole account: it is new or was moved */
	ROUTE_RETIRE, /* forget the account: it was closed or left */
	ROUTE_IGNORE, /* check nothing; `why` tells the reason */
};

struct route {
	enum route_action action;
	/* Ids, borrowed from the configuration or the table. */
	const char *baselines[ROUTE_MAX_BASELINES];
	size_t baseline_count;
	char rule[ROUTE_NAME_SIZE]; /* which rule decided: "events.routes/2 (my-name)", "built-in:
								   cloudtrail DeleteDetector" */
	char why[256];              /* for people: what the signal says, or why it is ignored */
};

/* One row of the table. */
struct route_rule {
	struct trigger trigger;
	const char *baseline; /* its id, borrowed; NULL: the signal is ignored */
};

struct route_table;

/* Returns a table with the rows of routes.def only, which ignore signals. */
struct route_table *route_table_new(void);
/* Adds the triggers (which end with TRIGGERS_END) of one more baseline, all borrowed. Baselines
 * with a trigger for the same signal are checked in the order in which they were added. */
void route_table_add(struct route_table *table, const char *baseline,
	const struct trigger *triggers);
void route_table_free(struct route_table *table); /* NULL is fine */
/* Returns the row with the index, counted from 0, for documentation and tests; NULL after the last
 * row. */
const struct route_rule *route_table_at(const struct route_table *table, size_t index);

/* Sets *route from its arguments alone; a signal that no rule matches gets ROUTE_IGNORE. A signal
 * that is closed, or whose call failed, is ignored unless a rule of the configuration says
 * otherwise. Every baseline with a matching trigger is checked. A row of routes.def that matches
 * more of the name than a trigger overrides that trigger. */
void route_signal(const struct route_table *table, const struct config *config,
	const struct signal *signal, struct route *route);

#endif
