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
	struct baseline_set *baselines; /* the set that the configuration was read with; NULL: the
									   caller owns it */
	struct config *config;
	struct route_table *routes;
	struct windows *windows;
	struct exceptions *exceptions;
	struct notifier *notifier;
	struct generation *notifier_of; /* the generation whose notifier this one uses, held; NULL: it
									   has its own */
	struct session_pool *sessions;
	struct engine engine;        /* the engine with all of these parts */
	struct generation **retired; /* the list that it moves to after its last release */
	struct generation *next;     /* links in that list */
	int64_t retired_us;
	int64_t flush_ms; /* the longest time for which its last release delivers notifications */
};

/* Makes a generation, with one reference for the caller. `parts` has the parts that stay from one
 * generation to the next. The configuration is taken over if owns_config is set, after a failure
 * too. The generation sends no notifications yet. */
MAY_YIELD int generation_new(const struct engine *parts, const char *process_id,
	struct baseline_set *baselines, struct config *config, bool owns_config,
	struct generation **retired, struct generation **out, struct err *err) MUST_CHECK;
/* Begins to send notifications. The generation uses the notifier of the one before (NULL: none) if
 * notifications are configured alike, otherwise its own, which takes over undelivered messages.
 * When it fails, the one before continues. */
MAY_YIELD int generation_notify(struct generation *generation, struct generation *before,
	struct err *err) MUST_CHECK;
/* Sets the longest time for which the last release delivers notifications. */
void generation_flush_within(struct generation *generation, int64_t ms);
struct generation *generation_retain(struct generation *generation);
/* Drops one reference. The last one delivers the messages that are left in the outbox, and retires
 * the generation. NULL is allowed. */
MAY_YIELD void generation_release(struct generation *generation);
/* Frees generations that were retired before that time. A request of the API reads the
 * configuration without a reference, and may take as long as a change with its verification, so
 * wait an hour before you free one. */
void generations_free(struct generation **retired, int64_t before_us);

#endif
