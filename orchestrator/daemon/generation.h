/*
 * One configuration and everything that is made of it. A reload makes a new generation; what was begun under the old one
 * (a sweep, a time of events) ends under it.
 */
#ifndef REEVE_DAEMON_GENERATION_H
#define REEVE_DAEMON_GENERATION_H

#include "base/compiler.h"
#include "base/err.h"
#include "engine/run.h"

struct generation {
	int holders;
	bool owns_config;
	struct config *config;
	struct windows *windows;
	struct exceptions *exceptions;
	struct notifier *notifier;
	struct session_pool *sessions;
	struct engine engine;          /* with all of these */
	struct generation **retired;   /* where it goes when nobody holds it any more */
	struct generation *next;       /* there */
	int64_t retired_us;
};

/* `parts` gives what stays from one to the next. The configuration is taken over where owns_config says so, on failure too.
 * Held once, by the caller, who starts its notifier. */
MAY_YIELD int generation_new(const struct engine *parts, const char *process_id, struct config *config, bool owns_config,
                   struct generation **retired, struct generation **out, struct err *err) MUST_CHECK;
struct generation *generation_retain(struct generation *generation);
/* The last holder's release delivers what is left to be told, and retires it. NULL is fine. */
MAY_YIELD void generation_release(struct generation *generation);
/* Frees what was retired before that moment. A request of the API reads the configuration without holding it, and may take
 * as long as a change with its verification does: an hour is far beyond that. */
void generations_free(struct generation **retired, int64_t before_us);

#endif
