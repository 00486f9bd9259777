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
	const char *holder; /* what this process does, e.g. "sweep", told to whoever is refused */
	/* steps[i] leads from schema i + 1 to i + 2, for all before this program's; NULL: a store of an
	 * earlier schema is refused (OlderVersion), as it is for STORE_READ. */
	const store_step *steps;
	uint64_t max_bytes; /* what records may take before the store is full; 0: the whole map */
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

/* --- keys --- */

/* Keys are byte strings; the natural key may be longer than LMDB's 511 bytes (it is then cut and
 * completed by a SHA-256 of the whole), so a key need not be readable back: values carry what they
 * are about. Build keys with STORE_KEY: each part is followed by 0x1f, so that a prefix of parts is
 * a prefix of the key, never ends inside a part, and keys sort by parts (bytewise: pad numbers with
 * zeros). A prefix to look for has at most 447 bytes. */
struct store_key {
	unsigned char bytes[511];
	size_t length;
};
struct store_key store_key_of(const char *const *parts, size_t count);
#define STORE_KEY(...) \
	store_key_of((const char *const[]){ __VA_ARGS__ }, \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

/* The nth part of a key (from 0) as it was given; -1 when the key has no such part, when the part
 * was cut off or when it does not fit. */
int store_key_part(const struct store_key *key, size_t n, char *out, size_t size) MUST_CHECK;

/* --- for steps of a migration --- */

/* Calls each(argument, key, value) for all that a database holds, also one that this program does
 * not know any more; nothing when there is no such database. A result other than 0 ends the walk.
 */
int store_migration_each(struct store_migration *migration, const char *database,
	int (*each)(void *argument, const struct store_key *key, const void *value, size_t length,
		struct err *err),
	void *argument, struct err *err) MUST_CHECK;
int store_migration_put(struct store_migration *migration, enum store_database database,
	const struct store_key *key, const void *value, size_t length, struct err *err) MUST_CHECK;
int store_migration_drop(struct store_migration *migration, const char *database, struct err *err)
	MUST_CHECK;

/* Fills *err for what the system (errno) or LMDB says of a file in the state folder: the folder,
 * the cause and the remedy; `doing` completes "can't ... state folder X". Returns -1. */
int store_folder_error(const char *folder, int result, const char *doing, struct err *err)
	MUST_CHECK;

/* --- writing: from the loop's thread --- */

/* Queues one put (value is copied). Later reads see it only after its commit. When the queue is
 * full (its bytes are bounded) the calling fiber waits for room; ERR_STORE once the store has
 * failed. ERR_CANCELLED when the run stops meanwhile; the write is queued all the same. */
MAY_YIELD int store_put(struct store *store, enum store_database database,
	const struct store_key *key, const void *value, size_t length, struct err *err) MUST_CHECK;
/* An empty buffer to write a value in: the same each time, so that none is allocated for every
 * value. It is good until the store is called again, also by the call that takes it. */
struct buf *store_text(struct store *store);
MAY_YIELD int store_put_json(struct store *store, enum store_database database,
	const struct store_key *key, const json_t *value, struct err *err) MUST_CHECK;
MAY_YIELD int store_delete(struct store *store, enum store_database database,
	const struct store_key *key, struct err *err) MUST_CHECK;
/* Deletes every key that begins with the prefix (NULL: all). One that removes thousands of keys may
 * be spread over several commits, unless it is part of a batch. */
MAY_YIELD int store_delete_prefix(struct store *store, enum store_database database,
	const struct store_key *prefix, struct err *err) MUST_CHECK;
/* Writes between begin and end land in one transaction, all or none; none when one of them was
 * refused. Nothing may yield between, so inside a batch the queue's bound may be passed. */
void store_batch_begin(struct store *store);
void store_batch_end(struct store *store);

/* Waits until everything queued so far by anyone is on disk. The loop goes on meanwhile. Outside a
 * fiber (before the loop runs, say) this and a full queue block the thread. ERR_CANCELLED when the
 * run stops meanwhile (shield the fiber to wait all the same); the writes stay queued. */
MAY_YIELD int store_flush(struct store *store, struct err *err) MUST_CHECK;

/* Around each of the pieces of work that go on beside each other, as a sweep's accounts do. The
 * more of them, the longer whoever waits for a commit waits for others to share it: a millisecond
 * for each, at most 25. */
void store_gather_begin(struct store *store);
void store_gather_end(struct store *store);

bool store_failed(const struct store *store);

/* --- reading: from the loop's thread; sees committed data --- */

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

struct store_stats {
	uint64_t commits, writes;
	uint64_t bytes_on_disk; /* of the file, with its free pages */
	uint64_t used_bytes;    /* of the pages that hold records */
	uint64_t max_bytes;     /* so many may do */
	bool nearly_full;       /* 80 % of them do */
	int64_t longest_commit_us;
};
struct store_stats store_stats_now(const struct store *store);
/* {"used_bytes", "max_bytes", "bytes_on_disk", "nearly_full"}: how full it is. */
json_t *store_stats_to_json(const struct store_stats *stats);

#endif
