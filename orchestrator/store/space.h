/* How full the store is. */
#ifndef REEVE_STORE_SPACE_H
#define REEVE_STORE_SPACE_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <lmdb.h>
#include <stdint.h>

struct store;

/* The size of the data file, as of the last commit. */
uint64_t store_space_file_bytes(const struct store *store);
/* Measures a store that was just opened. */
int store_space_begin(struct store *store, struct err *err) MUST_CHECK;
/* Called before a commit. Puts the size of the records into *used, and returns MDB_MAP_FULL when
 * it exceeds the bound. */
int store_space_check(struct store *store, MDB_txn *txn, uint64_t *used) MUST_CHECK;
/* Called after a commit. Returns MDB_MAP_FULL when the file exceeds the bound although its
 * records don't, because a reader keeps free pages from being used again. */
int store_space_committed(struct store *store, uint64_t used) MUST_CHECK;
/* Warns, once, when the store is nearly full; from the loop's thread. */
void store_space_warn(struct store *store);
struct store_stats store_stats_now(const struct store *store);
/* {"used_bytes", "max_bytes", "bytes_on_disk", "nearly_full"}: how full it is. */
json_t *store_stats_to_json(const struct store_stats *stats);

#endif
