/*
 * Reeve's own changes come back as events, which must not trigger checks again; but when somebody
 * else undoes a change, that event must.
 *
 * An event with an identity (CloudTrail) is our own when the identity is the remediation role in a
 * session that this process, or a run that was under way then, named. An event without one (Config,
 * Security Hub) is our own when it is from a time at which we were changing that resource, and the
 * change was verified after the event's observation.
 */
#ifndef REEVE_ENGINE_OWN_CHANGE_H
#define REEVE_ENGINE_OWN_CHANGE_H

#include "base/compiler.h"
#include "engine/run.h"
#include "engine/sweep_account.h"
#include "events/signal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct own_changes;

struct own_changes *own_changes_new(const char *process_id);
void own_changes_free(struct own_changes *own); /* NULL is fine */

/* Records a verified change; `began_ms` is the time of its intent. The last thousand are kept.
 * Does nothing when `own` is NULL. */
void own_changes_record(struct own_changes *own, const char *account, const char *region,
	const char *baseline, const char *resource, int64_t began_ms, int64_t verified_ms);

/* Returns whether the signal is about a change that Reeve made. If so, `why` gets the reason in
 * words for people. */
bool own_change_caused(const struct engine *engine, const struct own_changes *own,
	const struct signal *signal, const struct wanted_cell *cells, size_t count, char *why,
	size_t size);

#endif
