/* Reads entries from the store, one block at a time. */
#ifndef REEVE_AUDIT_BLOCK_H
#define REEVE_AUDIT_BLOCK_H

#include "audit/internal.h"
#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

/* Returns the key of an entry. It has two parts, the number's hundreds and the rest, so that all
 * entries of a block have the same prefix. */
struct store_key audit_store_key(uint64_t seq);
/* Reads the number of an entry from its key; -1 for a key that we don't write. */
int audit_seq_of_key(const struct store_key *key, uint64_t *seq) MUST_CHECK;
struct audit_block *audit_block_new(void) MUST_CHECK;
void audit_block_free(struct audit_block *block);
/* Reads the entries from seq to the end of its block; there may be none. Nothing of the store is
 * held afterwards. */
int audit_block_read(struct store *store, uint64_t seq, struct audit_block *block, struct err *err)
	MUST_CHECK;
/* Computes the hash of one stored entry; *found is false when there is none. */
int audit_hash_of(struct store *store, uint64_t seq, char hash[AUDIT_HASH_SIZE], bool *found,
	struct err *err) MUST_CHECK;

#endif
