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
/* Takes stock of a store that was just opened. */
int store_space_begin(struct store *store, struct err *err) MUST_CHECK;
/* Before a commit: MDB_MAP_FULL when the transaction's records come to more than the store may
 * hold, and *used, what they come to. */
int store_space_check(struct store *store, MDB_txn *txn, uint64_t *used) MUST_CHECK;
/* After it: MDB_MAP_FULL when the file grew beyond that all the same. Free pages are there that
 * could not be used again, since somebody reads what was in them. */
int store_space_committed(struct store *store, uint64_t used) MUST_CHECK;
/* Warns, once, when the store is nearly full; from the loop's thread. */
void store_space_warn(struct store *store);
struct store_stats store_stats_now(const struct store *store);
/* {"used_bytes", "max_bytes", "bytes_on_disk", "nearly_full"}: how full it is. */
json_t *store_stats_to_json(const struct store_stats *stats);

#endif
