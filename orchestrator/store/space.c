/*
 * How full the store is. LMDB's map is far larger than a store should become, so the bound
 * (limits.store_gib) is kept here: what counts is the pages that hold records. Free pages inside
 * the file are used again and don't count.
 */
#include "store/space.h"

#include "store/errors.h"
#include "store/internal.h"

#include "base/banned.h"
#include "base/log.h"

#include <sys/stat.h>

static uint64_t bytes_of(const MDB_stat *pages)
{
	return (uint64_t)pages->ms_psize *
		(pages->ms_branch_pages + pages->ms_leaf_pages + pages->ms_overflow_pages);
}

/* Counts the pages as the transaction sees them, including its own writes. */
static int add_up(const struct store *store, MDB_txn *txn, uint64_t *used)
{
	enum { FREE_PAGES = 0, MAIN = 1 }; /* LMDB's own handles: its two unnamed databases */
	MDB_stat pages;
	int rc = 0;

	*used = 0;
	for (MDB_dbi handle = FREE_PAGES; rc == 0 && handle <= MAIN; handle++) {
		rc = mdb_stat(txn, handle, &pages);
		*used += rc == 0 ? bytes_of(&pages) : 0;
	}
	for (size_t i = 0; rc == 0 && i < STORE_DATABASE_COUNT; i++) {
		if (!store->present[i])
			continue;
		rc = mdb_stat(txn, store->handles[i], &pages);
		*used += rc == 0 ? bytes_of(&pages) : 0;
	}
	return rc;
}

uint64_t store_space_file_bytes(const struct store *store)
{
	MDB_envinfo info;
	MDB_stat pages;

	if (mdb_env_info(store->env, &info) != 0 || mdb_env_stat(store->env, &pages) != 0)
		return 0;
	return ((uint64_t)info.me_last_pgno + 1) * pages.ms_psize;
}

static uint64_t bound(const struct store *store)
{
	return store->map_bytes < store->max_bytes ? store->map_bytes : store->max_bytes;
}

int store_space_check(struct store *store, MDB_txn *txn, uint64_t *used)
{
	int rc = add_up(store, txn, used);

	if (rc != 0)
		return rc;
	/* A transaction that makes the store smaller is always allowed. */
	return *used > store->max_bytes && *used > atomic_load(&store->used_bytes) ? MDB_MAP_FULL : 0;
}

int store_space_committed(struct store *store, uint64_t used)
{
	uint64_t bytes = store_space_file_bytes(store), before = store->file_bytes;

	atomic_store(&store->used_bytes, used);
	store->file_bytes = bytes;
	return bytes > before && bytes > store->file_most ? MDB_MAP_FULL : 0;
}

static bool is_nearly_full(const struct store *store)
{
	return atomic_load(&store->used_bytes) >= bound(store) / 100 * STORE_WARN_PERCENT;
}

void store_space_warn(struct store *store)
{
	if (store->told_nearly_full || !is_nearly_full(store))
		return;
	struct store_stats stats = store_stats_now(store);
	store->told_nearly_full = true;
	log_warning("state folder %s is %d %% full: it holds %llu of at most %llu MiB; raise "
				"limits.store_gib, or nothing is recorded or changed any more once it is full",
		store->folder, (int)(stats.used_bytes * 100 / stats.max_bytes),
		(unsigned long long)(stats.used_bytes >> 20), (unsigned long long)(stats.max_bytes >> 20));
}

/* A transaction writes copies of pages, and the pages that they replace become free only after
 * it. So the file is always somewhat larger than its records, and a file whose bound was lowered
 * may be larger too. */
static uint64_t file_most(const struct store *store)
{
	uint64_t base = store->max_bytes > store->file_bytes ? store->max_bytes : store->file_bytes;
	uint64_t more = store->max_bytes / 4 + STORE_FREE_BYTES;

	return base > UINT64_MAX - more ? UINT64_MAX : base + more;
}

int store_space_begin(struct store *store, struct err *err)
{
	MDB_txn *txn;
	uint64_t used = 0;
	int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);

	if (rc == 0) {
		rc = add_up(store, txn, &used);
		mdb_txn_abort(txn);
	}
	if (rc != 0)
		return store_error(store, rc, "read", err);
	atomic_store(&store->used_bytes, used);
	store->file_bytes = store_space_file_bytes(store);
	store->file_most = file_most(store);
	if (store->mode != STORE_WRITE)
		return 0;
	if (!store->map_is_fixed && store->max_bytes != UINT64_MAX &&
		store->map_bytes < store->max_bytes)
		log_warning("state folder %s: this process could map only %zu MiB of address space, so "
					"that the store can't grow to the %llu MiB of limits.store_gib; raise the "
					"limit on virtual memory (ulimit -v)",
			store->folder, store->map_bytes >> 20, (unsigned long long)(store->max_bytes >> 20));
	store_space_warn(store);
	return 0;
}

struct store_stats store_stats_now(const struct store *store)
{
	struct store_stats stats = {
		.commits = atomic_load(&store->commits),
		.writes = atomic_load(&store->writes),
		.longest_commit_us = atomic_load(&store->longest_commit_us),
		.used_bytes = atomic_load(&store->used_bytes),
		.max_bytes = bound(store),
	};
	mdb_filehandle_t file;
	struct stat status;

	if (mdb_env_get_fd(store->env, &file) == 0 && fstat(file, &status) == 0)
		stats.bytes_on_disk = (uint64_t)status.st_blocks * 512;
	stats.nearly_full = is_nearly_full(store);
	return stats;
}

json_t *store_stats_to_json(const struct store_stats *stats)
{
	return json_pack("{s:I, s:I, s:I, s:b}", "used_bytes", (json_int_t)stats->used_bytes,
		"max_bytes", (json_int_t)stats->max_bytes, "bytes_on_disk",
		(json_int_t)stats->bytes_on_disk, "nearly_full", stats->nearly_full);
}
