/*
 * Turns results of LMDB and of the system into a sentence that names the folder, the cause and the
 * remedy.
 */
#include "store/errors.h"

#include "store/internal.h"

#include "base/banned.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

static const struct {
	int result;
	const char *code, *cause, *remedy;
} causes[] = {
	{ ENOENT, "Missing", "it does not exist",
		"check the path, or run a plan or sweep first, which makes it" },
	{ ENOTDIR, "NotAFolder", "a part of the path is not a folder", "use another --state" },
	{ EACCES, "NoPermission", "this user may not use it",
		"run as its owner, or use another --state" },
	{ EPERM, "NoPermission", "this user may not use it",
		"run as its owner, or use another --state" },
	{ EROFS, "ReadOnly", "its file system is read-only",
		"mount it writable, or use another --state" },
	{ ENOSPC, "NoSpace", "no space is left on its disk", "free some and run again" },
	{ EDQUOT, "NoSpace", "the disk quota is used up",
		"free some space or raise the quota, and run again" },
	{ EFBIG, "FileSizeLimit", "its file may not grow any more",
		"raise the limit on file sizes (ulimit -f) and run again" },
	{ EIO, "InputOutput", "the disk reports an error",
		"check the disk and its kernel messages before running again" },
	{ EMFILE, "TooManyFiles", "too many files are open",
		"raise the limit on open files (ulimit -n)" },
	{ ENFILE, "TooManyFiles", "too many files are open on this machine", "raise fs.file-max" },
	{ ENODEV, "NoMapping", "its file system can't map files", "use a --state on a local disk" },
	{ MDB_INVALID, "Damaged", "data.mdb is not a database, or is damaged",
		"restore it from a backup, or move it away to begin anew" },
	{ MDB_CORRUPTED, "Damaged", "data.mdb is damaged",
		"restore it from a backup, or move it away to begin anew" },
	{ MDB_PAGE_NOTFOUND, "Damaged", "data.mdb is damaged (a page is missing)",
		"restore it from a backup, or move it away to begin anew" },
	{ MDB_PANIC, "Damaged", "the database met a fatal error earlier",
		"run again; if it persists, restore a backup" },
	{ MDB_VERSION_MISMATCH, "OtherFormat", "data.mdb has the format of another version of LMDB",
		"use the version of LMDB that made it, or another --state" },
	{ MDB_READERS_FULL, "TooManyReaders", "too many processes read it at once",
		"end some and run again" },
};

/* LMDB reports a short write, which is what a filling disk gives first, as EIO. */
static int refine(const char *folder, int result)
{
	struct statvfs disk;
	struct rlimit limit;

	if (result != EIO)
		return result;
	if (statvfs(folder, &disk) == 0 &&
		(uint64_t)disk.f_bavail * disk.f_frsize < STORE_TRANSACTION_BYTES)
		return ENOSPC;
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		return EFBIG;
	return result;
}

int store_folder_error(const char *folder, int result, const char *doing, struct err *err)
{
	result = refine(folder, result);
	for (size_t i = 0; i < ARRAY_LENGTH(causes); i++) {
		if (causes[i].result == result)
			return err_set(err, ERR_STORE, causes[i].code, "can't %s state folder %s: %s; %s",
				doing, folder, causes[i].cause, causes[i].remedy);
	}
	return err_set(err, ERR_STORE, "StoreError", "can't %s state folder %s: %s", doing, folder,
		mdb_strerror(result));
}

bool store_failed(const struct store *store)
{
	return atomic_load_explicit(&store->failed, memory_order_acquire);
}

static int full(const struct store *store, const char *doing, struct err *err)
{
	if (store->map_bytes < store->max_bytes)
		return err_set(err, ERR_STORE, "Full",
			"can't %s state folder %s: it has reached the %zu MiB of address space that this "
			"process could map; raise the limit on virtual memory (ulimit -v), or begin another "
			"--state",
			doing, store->folder, store->map_bytes >> 20);
	return err_set(err, ERR_STORE, "Full",
		"can't %s state folder %s: it has reached its maximum of %llu MiB (limits.store_gib); "
		"raise that, end commands that have been reading it for long, or begin another --state",
		doing, store->folder, (unsigned long long)(store->max_bytes >> 20));
}

int store_error(const struct store *store, int result, const char *doing, struct err *err)
{
	/* After a failed commit LMDB returns this for every call, so the first cause is reported
	 * instead. */
	if (result == MDB_PANIC && store_failed(store)) {
		*err = store->failure;
		return -1;
	}
	if (result == MDB_MAP_FULL)
		return full(store, doing, err);
	if (result == ENOMEM)
		return err_set(err, ERR_STORE, "NoAddressSpace",
			"can't %s state folder %s: no memory (its map takes %zu MiB of address space); raise "
			"the limit on virtual memory (ulimit -v)",
			doing, store->folder, store->map_bytes >> 20);
	return store_folder_error(store->folder, result, doing, err);
}
