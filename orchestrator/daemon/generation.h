/*
 * One configuration and everything that is made of it. A reload makes a new generation; what was
 * begun under the old one (a sweep, a time of events) ends under it.
 */
#ifndef REEVE_DAEMON_GENERATION_H
#define REEVE_DAEMON_GENERATION_H

#include "base/compiler.h"
#include "base/err.h"
#include "engine/run.h"

struct generation {
	int holders;
	bool owns_config;
	struct baseline_set *baselines; /* what the configuration was read with; NULL: its maker's */
	struct config *config;
	struct route_table *routes;
	struct windows *windows;
	struct exceptions *exceptions;
	struct notifier *notifier;
	struct generation *notifier_of; /* another whose notifier it is, held; NULL: its own */
	struct session_pool *sessions;
	struct engine engine;        /* with all of these */
	struct generation **retired; /* where it goes when nobody holds it any more */
	struct generation *next;     /* there */
	int64_t retired_us;
	int64_t flush_ms; /* how long its end may take to deliver notifications */
};

/* `parts` gives what stays from one to the next. The configuration and the baselines that it was
 * read with are taken over where owns_config says so, on failure too. Held once, by the caller. It
 * tells nobody yet. */
MAY_YIELD int generation_new(const struct engine *parts, const char *process_id,
	struct baseline_set *baselines, struct config *config, bool owns_config,
	struct generation **retired, struct generation **out, struct err *err) MUST_CHECK;
/* It notifies from now on: with the notifier of the one before (NULL: none) where notifications are
 * configured alike, else with its own, which takes over what that one has not delivered. -1: it
 * can't, and the one before goes on. */
MAY_YIELD int generation_notify(struct generation *generation, struct generation *before,
	struct err *err) MUST_CHECK;
/* How long the last release may take to deliver. */
void generation_flush_within(struct generation *generation, int64_t ms);
struct generation *generation_retain(struct generation *generation);
/* The last holder's release delivers what is left to be told, and retires it. NULL is fine. */
MAY_YIELD void generation_release(struct generation *generation);
/* Frees what was retired before that moment. A request of the API reads the configuration without
 * holding it, and may take as long as a change with its verification does: an hour is far beyond
 * that. */
void generations_free(struct generation **retired, int64_t before_us);

#endif
