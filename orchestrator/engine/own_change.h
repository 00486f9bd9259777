/*
 * Our own changes come back as events, and must not trigger again; somebody else's undoing must.
 *
 * Where the event carries an identity (CloudTrail), it is ours when it is the remediation role's,
 * in a session that this process, or a run that was under way then, named. Where it carries none
 * (Config, Security Hub), it is ours when it tells of a time in which we were changing that
 * resource: the change was verified after what the event saw.
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

/* A change was verified; `began_ms`: its intent. The last thousand are kept. NULL own: nothing. */
void own_changes_record(struct own_changes *own, const char *account, const char *region,
	const char *baseline, const char *resource, int64_t began_ms, int64_t verified_ms);

/* Whether the signal tells of what we did. `why` (for people) is filled when so. */
bool own_change_caused(const struct engine *engine, const struct own_changes *own,
	const struct signal *signal, const struct wanted_cell *cells, size_t count, char *why,
	size_t size);

#endif
