/*
 * One configuration and everything that is made from it. A reload makes a new generation; work that
 * was begun under the old one (a sweep, a period of events) ends under it.
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
	struct generation *notifier_of; /* the generation whose notifier this one uses, held; NULL: it
									   has its own */
	struct session_pool *sessions;
	struct engine engine;        /* the engine with all of these parts */
	struct generation **retired; /* the list that it goes to when nobody holds it any more */
	struct generation *next;     /* links in that list */
	int64_t retired_us;
	int64_t flush_ms; /* how long its release may take to deliver notifications */
};

/* Makes a generation. `parts` has what stays the same from one to the next. The configuration is
 * taken over if owns_config says so, on failure too. The caller holds it once. It does not
 * notify yet. */
MAY_YIELD int generation_new(const struct engine *parts, const char *process_id,
	struct baseline_set *baselines, struct config *config, bool owns_config,
	struct generation **retired, struct generation **out, struct err *err) MUST_CHECK;
/* From now on this generation notifies. It uses the notifier of the one before (NULL: none) if
 * notifications are configured alike, otherwise its own, which takes over undelivered messages.
 * -1 when it can't; then the one before continues. */
MAY_YIELD int generation_notify(struct generation *generation, struct generation *before,
	struct err *err) MUST_CHECK;
/* How long the last release may take to deliver. */
void generation_flush_within(struct generation *generation, int64_t ms);
struct generation *generation_retain(struct generation *generation);
/* The last release delivers what is left in the outbox, and retires the generation. NULL is
 * allowed. */
MAY_YIELD void generation_release(struct generation *generation);
/* Frees generations that were retired before that time. A request of the API reads the
 * configuration without holding it, and may take as long as a change with its verification; an
 * hour is far more than that. */
void generations_free(struct generation **retired, int64_t before_us);

#endif
