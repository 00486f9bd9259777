/*
 * Held changes: a change that was rolled back, or denied, is not made again by itself. They are
 * kept by the change's hash, which is the same whenever the same resource drifts in the same way.
 */
#ifndef REEVE_LEDGER_HELD_CHANGE_H
#define REEVE_LEDGER_HELD_CHANGE_H

#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Why a change is held. */
enum held_code {
	HELD_ROLLED_BACK,
	HELD_DENIED,
};

struct held_change {
	enum held_code code;
	const char *change; /* the id of the change that was rolled back or denied */
	int64_t at_ms;
	json_t *source;
};

MAY_YIELD int held_change_put(struct store *store, const char *hash, enum held_code code,
	const char *change, struct err *err) MUST_CHECK;
MAY_YIELD int held_change_remove(struct store *store, const char *hash, struct err *err) MUST_CHECK;

/* Sets *found to whether the change is held; held_change_release ends the record, found or not. */
int held_change_read(struct store *store, const char *hash, struct held_change *out, bool *found,
	struct err *err) MUST_CHECK;
void held_change_release(struct held_change *record);

#endif
