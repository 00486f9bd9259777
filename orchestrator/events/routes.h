/*
 * Routing: which baselines a signal asks to be checked. A const table of what Reeve knows
 * (routes.def), which the configuration's events.routes extend and override, in their order: the
 * first that matches decides.
 */
#ifndef REEVE_EVENTS_ROUTES_H
#define REEVE_EVENTS_ROUTES_H

#include "config/config.h"
#include "events/signal.h"

#include <jansson.h>
#include <stdbool.h>

#define ROUTE_NAME_SIZE 128
#define ROUTE_MAX_BASELINES 256 /* as many as there may be: baselines/set.h */

enum route_action {
	ROUTE_CHECK,  /* the baselines named, in the signal's account and region */
	ROUTE_SWEEP,  /* the whole account: it is new or has moved */
	ROUTE_RETIRE, /* the account is gone */
	ROUTE_IGNORE, /* known, and nothing to check: `why` */
};

struct route {
	enum route_action action;
	const char *baselines[ROUTE_MAX_BASELINES]; /* ids, borrowed from the configuration or static */
	size_t baseline_count;
	char rule[ROUTE_NAME_SIZE]; /* which rule decided: "events.routes/2 (my-name)", "built-in:
								   cloudtrail DeleteDetector" */
	char why[256];              /* for people: why ignored, or what the rule is about */
};

/* Pure. Always fills *route; what no rule matches is ROUTE_IGNORE. A signal that is closed, or
 * whose call failed, is ignored unless a rule of the configuration says otherwise. */
void route_signal(const struct config *config, const struct signal *signal, struct route *route);

/* Every rule of the built-in table, for documentation and tests: index from 0; NULL after the last.
 */
struct route_rule {
	enum signal_source source;
	const char *type;    /* exact, or a prefix when it ends with '*' */
	const char *service; /* CloudTrail's event source; NULL: any */
	enum route_action action;
	const char *baselines; /* ids, separated by blanks; "" for none */
	const char *why;
};
const struct route_rule *route_rule_at(size_t index);

#endif
