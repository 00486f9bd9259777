/*
 * A record of one key of the store, read and written by its table of fields.
 */
#ifndef REEVE_LEDGER_RECORD_STORE_H
#define REEVE_LEDGER_RECORD_STORE_H

#include "ledger/record.h"
#include "store/store.h"

/* Fills *out, which record_release ends; *found is false, and *out zeroed, when there is no such
 * key. */
int record_get(struct store *store, enum store_database database, const struct store_key *key,
	const struct record_type *type, void *out, bool *found, struct err *err) MUST_CHECK;

/* Queues the record's text. ERR_LIMIT when its JSON values are nested too deeply to be read again.
 */
MAY_YIELD int record_put(struct store *store, enum store_database database,
	const struct store_key *key, const struct record_type *type, const void *record,
	struct err *err) MUST_CHECK;

#endif
