#ifndef REEVE_STORE_READ_H
#define REEVE_STORE_READ_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stddef.h>

struct store;

void store_read_end(struct store *store); /* gives up the cached transaction */

/* 0 with *out a new reference, or NULL when there is no such key. */
int store_get_json(struct store *store, enum store_database database, const struct store_key *key,
	json_t **out, struct err *err) MUST_CHECK;

/* Calls each(argument, key, value) in key order for every key with the prefix (NULL: all). `each`
 * returns 0 to go on, 1 to stop, and may neither yield nor write; it may read, and sees the same
 * snapshot. key and value are borrowed. */
int store_each(struct store *store, enum store_database database, const struct store_key *prefix,
	int (*each)(void *argument, const struct store_key *key, const void *value, size_t length),
	void *argument, struct err *err) MUST_CHECK;
int store_each_json(struct store *store, enum store_database database,
	const struct store_key *prefix,
	int (*each)(void *argument, const struct store_key *key, const json_t *value), void *argument,
	struct err *err) MUST_CHECK;

#endif
