/* The LMDB environment of a state folder: its map and its files. */
#include "store/environment.h"

#include "store/check.h"
#include "store/databases.h"
#include "store/errors.h"
#include "store/folder.h"
#include "store/internal.h"
#include "store/migrate.h"

#include "base/banned.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

/* The map is sparse: it costs address space, and only what is used of it costs disk. Sanitizers and
 * valgrind have less address space to give. */
static size_t default_map_bytes(void)
{
#ifdef __SANITIZE_ADDRESS__
	return (size_t)1 << 30;
#else
	return RUNNING_ON_VALGRIND ? (size_t)1 << 30 : (size_t)1 << 40;
#endif
}

/* LMDB calls this when its own pages contradict each other, right before it aborts. */
static void damaged(MDB_env *env, const char *message)
{
	const struct store *store = mdb_env_get_userctx(env);

	log_error("state folder %s is damaged (%s): restore data.mdb from a backup, or move it away to "
			  "begin anew",
		store->folder, message);
}

/* Makes one of LMDB's files before LMDB does, with read and write access for its owner whatever
 * the umask is. LMDB writes to lock.mdb through a memory map, where a full disk means SIGBUS, so
 * `bytes` of it are allocated here. Returns only failures that LMDB would not survive; LMDB
 * reports the others itself. */
static int prepare_file(const struct store *store, const char *name, off_t bytes)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s", store->folder, name);
	int rc = 0;

	if (store->mode == STORE_WRITE)
		(void)!chmod(path, 0600);
	int fd = open(path, O_RDWR | O_CLOEXEC | (store->mode == STORE_WRITE ? O_CREAT : 0), 0600);
	if (fd < 0)
		return 0;
	if (store->mode == STORE_WRITE)
		(void)!fchmod(fd, 0600);
	/* not posix_fallocate, which may write by itself */
	if (bytes > 0 && fallocate(fd, 0, 0, bytes) < 0)
		rc = errno;
	close(fd); /* before LMDB has it open: closing drops a process's locks on a file */
	return rc == ENOSPC || rc == EDQUOT || rc == EFBIG || rc == EIO ? rc : 0;
}

static int create_environment(struct store *store)
{
	enum { LOCK_FILE_BYTES = 8192 }; /* the size that LMDB gives it for 126 readers, the default */
	unsigned flags = MDB_NOTLS | (store->mode == STORE_READ ? MDB_RDONLY : 0);
	int rc;

	if ((rc = mdb_env_create(&store->env)) != 0 ||
		(rc = mdb_env_set_userctx(store->env, store)) != 0 ||
		(rc = mdb_env_set_assert(store->env, damaged)) != 0 ||
		(rc = mdb_env_set_maxdbs(store->env, STORE_DATABASE_MOST)) != 0 ||
		(rc = mdb_env_set_mapsize(store->env, store->map_bytes)) != 0 ||
		(rc = prepare_file(store, "data.mdb", 0)) != 0 ||
		(rc = prepare_file(store, "lock.mdb", LOCK_FILE_BYTES)) != 0)
		return rc;
	return mdb_env_open(store->env, store->folder, flags, 0600);
}

/* Maps the file. Where the process may not have so much address space (ulimit -v, a kernel with
 * short addresses), the map is halved until it fits. */
static int map_environment(struct store *store)
{
	int rc = create_environment(store);

	while (rc == ENOMEM && !store->map_is_fixed && store->map_bytes / 2 >= STORE_MAP_LEAST_BYTES) {
		mdb_env_close(store->env);
		store->env = NULL;
		store->map_bytes /= 2;
		rc = create_environment(store);
	}
	return rc;
}

static int open_files(struct store *store, struct err *err)
{
	struct stat status;
	CLEANUP_FREE char *data = xasprintf("%s/data.mdb", store->folder);
	bool fresh = stat(data, &status) < 0 ? errno == ENOENT : status.st_size == 0;

	if (store->mode == STORE_READ && fresh)
		return err_set(err, ERR_STORE, "Missing",
			"state folder %s holds nothing yet; run a plan or sweep first, or use another --state",
			store->folder);
	int rc = map_environment(store);
	/* A file that was only begun, on a full disk, would be taken for a damaged one next time. */
	if (rc != 0 && fresh)
		(void)!truncate(data, 0);
	if (rc != 0)
		return store_error(store, rc, "open", err);
	if (fresh)
		store_folder_sync(store->folder);
	if (store_check_length(store, err) < 0)
		return -1;
	mdb_reader_check(store->env, NULL);
	return 0;
}

/* --- the databases --- */

static int older_version(const struct store *store, int schema, struct err *err)
{
	return err_set(err, ERR_STORE, "OlderVersion",
		"state folder %s was written by an earlier version of reeve (schema %d; this one reads "
		"%d); run a command that writes to it, such as `reeve plan`: it makes a copy of the "
		"folder and brings it to schema %d",
		store->folder, schema, STORE_SCHEMA, STORE_SCHEMA);
}

static int look(struct store *store, int *schema, struct err *err)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);

	if (rc != 0)
		return store_error(store, rc, "read", err);
	if (store_open_databases(store, txn, schema, err) < 0) {
		mdb_txn_abort(txn);
		return -1;
	}
	rc = mdb_txn_commit(txn); /* a commit keeps the handles; an abort would close them */
	return rc != 0 ? store_error(store, rc, "read", err) : 0;
}

static int prepare_databases(struct store *store, struct err *err)
{
	bool complete = true;
	int schema;

	if (look(store, &schema, err) < 0)
		return -1;
	if (schema != 0 && schema < STORE_SCHEMA)
		return store->mode == STORE_WRITE && store->steps != NULL
			? store_migrate(store, schema, err)
			: older_version(store, schema, err);
	for (size_t i = 0; i < STORE_DATABASE_COUNT; i++)
		complete = complete && store->present[i];
	/* Nothing is written unless a database is missing, so a complete store can be opened on a
	 * full disk. */
	return complete || store->mode == STORE_READ ? 0 : store_add_databases(store, schema == 0, err);
}

int store_environment_open(struct store *store, struct err *err)
{
	store->map_is_fixed = store->map_bytes != 0;
	if (!store->map_is_fixed)
		store->map_bytes = default_map_bytes();
	return open_files(store, err) < 0 || prepare_databases(store, err) < 0 ? -1 : 0;
}
