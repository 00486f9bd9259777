/*
 * Held changes: a change that was rolled back, or denied, is not made again by itself. Kept by
 * the change's hash, which is the same whenever the same resource drifts in the same way.
 */
#ifndef REEVE_LEDGER_HELD_CHANGE_H
#define REEVE_LEDGER_HELD_CHANGE_H

#include "store/store.h"

MAY_YIELD int held_change_put(struct store *store, const char *hash, const char *code,
	const char *change, struct err *err) MUST_CHECK;
MAY_YIELD int held_change_remove(struct store *store, const char *hash, struct err *err) MUST_CHECK;

/* {"code","change","at"} of a held change, or NULL; new reference. */
int held_change_read(struct store *store, const char *hash, json_t **out, struct err *err)
	MUST_CHECK;

#endif
