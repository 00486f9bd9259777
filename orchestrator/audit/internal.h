/*
 * Shared by the files of the audit log: its limits, the form of an entry and of the head record,
 * and reading entries in blocks, so that no snapshot of the store is held while an export is being
 * written.
 */
#ifndef REEVE_AUDIT_INTERNAL_H
#define REEVE_AUDIT_INTERNAL_H

#include "audit/audit.h"
#include "audit/key.h"
#include "base/buf.h"
#include "store/store.h"

/* --- limits --- */

/* The longest entry: longer than one with every field at its limit and every byte escaped. */
#define AUDIT_ENTRY_BYTES ((size_t)64 << 10)
/* The number of entries in a block: they have the same first part of their key and are read at
 * once. */
#define AUDIT_BLOCK 100
/* The most entries that may be appended and not yet on disk; then appending waits. */
#define AUDIT_UNFLUSHED_BYTES ((size_t)4 << 20)

#define AUDIT_HASH_SIZE 65 /* SHA-256 in hexadecimal, and a NUL */
#define AUDIT_LOG_SIZE 37  /* a UUID, and a NUL */
#define AUDIT_FORMAT "reeve-audit-1"

/* The first line of each kind of signed text. */
#define AUDIT_SIGNS_CHECKPOINT "reeve audit checkpoint 1"
#define AUDIT_SIGNS_EXPORT "reeve audit export 1"

/* The head record states where the log ends. It is kept in the database meta under "audit", and
 * written with each entry in one transaction. */
struct audit_head {
	char log[AUDIT_LOG_SIZE], public_key[AUDIT_KEY_HEX_SIZE];
	uint64_t seq;               /* of the last entry; 0: none */
	char hash[AUDIT_HASH_SIZE]; /* hash of the last entry, or the one that the first entry is linked
								   to */
	uint64_t checkpoint;        /* seq of the last checkpoint; 0: none */
};

struct audit {
	struct store *store;
	struct audit_key key;
	struct audit_head head; /* with all appended entries, on disk or not */
	char user[64];          /* the system user of this process */
	size_t unflushed_bytes;
	bool reading;
};

/* The position of an entry in the chain. */
struct audit_link {
	uint64_t seq;
	const char *at, *prev; /* its time; the hash of the entry before it */
};

/* --- keys and blocks --- */

struct audit_block {
	struct buf bytes;
	size_t count;
	struct {
		uint64_t seq; /* by the number in its key */
		size_t offset, length;
	} entries[AUDIT_BLOCK];
};

#endif
