/*
 * The state folder: one LMDB environment (mode 0600), the only user of LMDB.
 *
 * A commit waits for the disk, so one writer thread owns every write transaction and
 * commits in groups; the loop never waits for it. Readers take short transactions on
 * the loop's thread and never hold one across a yield. Named databases are documented
 * in databases.def, with their keys and their retention.
 *
 * A failed commit (full disk, failing fsync) is final for this process: the store then
 * refuses every write with ERR_STORE, and the engine mutates nothing any more.
 */
#ifndef REEVE_STORE_STORE_H
#define REEVE_STORE_STORE_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/key.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct loop;
struct store;

/* One X-macro list names each database once: STORE_META, STORE_ACCOUNTS, ... */
enum store_database {
#define STORE_DATABASE(symbol, name, key_form) STORE_##symbol,
#include "store/databases.def"
#undef STORE_DATABASE
	STORE_DATABASE_COUNT
};

/* One step of a migration: it rewrites what an earlier schema held into the form of the next one.
 * All steps of a store are one transaction. */
struct store_migration;
typedef int (*store_step)(struct store_migration *migration, struct err *err);

enum store_mode {
	STORE_READ,  /* beside a writer; the folder must exist */
	STORE_WRITE, /* holds the folder's lock; a second writer gets ERR_BUSY naming the holder */
};

struct store_options {
	enum store_mode mode;
	const char *holder; /* what this process does, e.g. "sweep"; shown to a process that finds the
						   folder locked */
	/* steps[i] leads from schema i + 1 to i + 2, for all before this program's; NULL: a store of an
	 * earlier schema is refused (OlderVersion), as it is for STORE_READ. */
	const store_step *steps;
	uint64_t max_bytes; /* the bytes that records may take before the store is full; 0: the whole
						   map */
	/* tests only: the map's exact size; 0: 1 TiB, or less where the process may not map so much (1
	 * GiB under sanitizers and valgrind) */
	size_t map_bytes;
	int64_t test_fsync_ms; /* tests only: each commit takes this much longer on the writer thread */
};

/* Opens (STORE_WRITE: creates) the folder. Errors name the folder and the remedy: missing,
 * read-only, not ours, made by a newer version, held by another process, no space. `loop` may be
 * NULL when no fiber uses the store. A process opens a folder once (LMDB's locks are by process).
 */
int store_open(const char *folder, const struct store_options *options, struct loop *loop,
	struct store **out, struct err *err) MUST_CHECK;
/* Commits what is queued (blocking), stops the writer thread, gives up the lock. NULL is fine. No
 * fiber may be waiting in the store. Closes even when it fails, which is when the store has failed
 * before. */
int store_close(struct store *store, struct err *err) MUST_CHECK;

/* --- reading: from the loop's thread; sees committed data --- */

struct store_stats {
	uint64_t commits, writes;
	uint64_t bytes_on_disk; /* of the file, with its free pages */
	uint64_t used_bytes;    /* the size of the pages that hold records */
	uint64_t max_bytes;     /* the bound of used_bytes */
	bool nearly_full;       /* 80 % of the bound are used */
	int64_t longest_commit_us;
};

#endif
