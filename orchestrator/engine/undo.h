/*
 * Selects the changes that a rollback undoes, for the API and for the command that opens the store
 * itself.
 */
#ifndef REEVE_ENGINE_UNDO_H
#define REEVE_ENGINE_UNDO_H

#include "base/compiler.h"
#include "base/err.h"
#include "engine/work.h"
#include "store/store.h"

#include <jansson.h>
#include <stdint.h>

/* The most changes that one run rolls back. */
#define UNDO_MOST 50000

/* Adds one change to the list. ERR_USAGE: UnknownChange when there is no such change,
 * NotUndoable when it was never made or has been rolled back already. */
int undo_add_change(struct store *store, const char *id, struct work *work, struct err *err)
	MUST_CHECK;

struct undo_filter {
	const char *run;        /* only this run's; NULL: any */
	const json_t *accounts; /* only those of these accounts; NULL or empty: any */
	int64_t since_ms;       /* only those that were made at that time or later */
};
/* Adds every matching change that can be rolled back, the newest first. ERR_USAGE, code
 * NothingToRollBack, when none matches. Without a run the whole journal is read, in short turns. */
MAY_YIELD int undo_add_changes(struct store *store, const struct undo_filter *filter,
	struct work *work, struct err *err) MUST_CHECK;

#endif
