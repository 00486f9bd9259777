/*
 * Reads entries from the store, one block at a time.
 */
#include "audit/block.h"

#include "audit/internal.h"
#include "store/read.h"

#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/mem.h"

#include <inttypes.h>

#define HIGH_DIGITS 18
#define LOW_DIGITS 2

struct store_key audit_store_key(uint64_t seq)
{
	char high[HIGH_DIGITS + 8], low[LOW_DIGITS + 8];

	snprintf(high, sizeof high, "%018" PRIu64, seq / AUDIT_BLOCK);
	snprintf(low, sizeof low, "%02" PRIu64, seq % AUDIT_BLOCK);
	return STORE_KEY(high, low);
}

int audit_seq_of_key(const struct store_key *key, uint64_t *seq)
{
	uint64_t number = 0;

	if (key->length != HIGH_DIGITS + 1 + LOW_DIGITS + 1)
		return -1;
	for (size_t i = 0; i < key->length; i++)
		if (key->bytes[i] >= '0' && key->bytes[i] <= '9')
			number = number * 10 + (uint64_t)(key->bytes[i] - '0');
	/* Comparing with the key that we would write for that number finds every other form. */
	struct store_key ours = audit_store_key(number);
	*seq = number;
	return ours.length == key->length && memcmp(ours.bytes, key->bytes, key->length) == 0 ? 0 : -1;
}

struct audit_block *audit_block_new(void)
{
	struct audit_block *block = xcalloc(1, sizeof *block);

	buf_init(&block->bytes, AUDIT_BLOCK * AUDIT_ENTRY_BYTES);
	return block;
}

void audit_block_free(struct audit_block *block)
{
	buf_release(&block->bytes);
	free(block);
}

struct block_reading {
	struct audit_block *block;
	uint64_t from;
	bool broken;
};

static int keep_entry(void *argument, const struct store_key *key, const void *value, size_t length)
{
	struct block_reading *reading = argument;
	struct audit_block *block = reading->block;
	uint64_t seq;

	if (audit_seq_of_key(key, &seq) < 0 || block->count == AUDIT_BLOCK) {
		reading->broken = true;
		return 1;
	}
	if (seq < reading->from)
		return 0;
	block->entries[block->count].seq = seq;
	block->entries[block->count].offset = block->bytes.length;
	block->entries[block->count].length = length;
	block->count++;
	buf_add(&block->bytes, value, length);
	return 0;
}

int audit_block_read(struct store *store, uint64_t seq, struct audit_block *block, struct err *err)
{
	struct block_reading reading = { .block = block, .from = seq };
	char high[HIGH_DIGITS + 8];

	buf_reset(&block->bytes);
	block->count = 0;
	snprintf(high, sizeof high, "%018" PRIu64, seq / AUDIT_BLOCK);
	struct store_key prefix = STORE_KEY(high);
	if (store_each(store, STORE_AUDIT, &prefix, keep_entry, &reading, err) < 0)
		return -1;
	if (reading.broken || !buf_ok(&block->bytes))
		return err_set(err, ERR_STORE, "AuditDamaged",
			"the audit log holds a record that is not an entry, near entry %" PRIu64, seq);
	return 0;
}

struct hash_reading {
	char *hash;
	bool found;
};

static int take_hash(void *argument, const struct store_key *key, const void *value, size_t length)
{
	struct hash_reading *reading = argument;

	(void)key;
	sigv4_sha256_hex(value, length, reading->hash);
	reading->found = true;
	return 1;
}

int audit_hash_of(struct store *store, uint64_t seq, char hash[AUDIT_HASH_SIZE], bool *found,
	struct err *err)
{
	struct hash_reading reading = { .hash = hash };
	struct store_key key = audit_store_key(seq);

	if (store_each(store, STORE_AUDIT, &key, take_hash, &reading, err) < 0)
		return -1;
	*found = reading.found;
	return 0;
}
