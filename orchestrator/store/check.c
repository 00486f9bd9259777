/*
 * A data file that is shorter than its pages (a copy that ran out of disk, a half-done
 * restore) would end the process by SIGBUS at the first read of what is missing.
 */
#include "store/check.h"

#include "store/internal.h"

#include "base/banned.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reads every page of a database that its keys lead to, and the first and last byte of each value.
 */
static int read_database(MDB_txn *txn, MDB_dbi handle)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	volatile unsigned char seen;
	int rc = mdb_cursor_open(txn, handle, &cursor);

	if (rc != 0)
		return rc;
	while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		const unsigned char *bytes = value.mv_data;

		if (value.mv_size > 0)
			seen = bytes[0], seen = bytes[value.mv_size - 1];
	}
	(void)seen;
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int read_all(const struct store *store, size_t bytes)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi main_database;
	MDB_cursor *cursor;
	MDB_val key, value;
	int rc;

	/* The map has the size of the file, since the address space may not fit a second map as
	 * large as the store's. */
	if ((rc = mdb_env_create(&env)) != 0 ||
		(rc = mdb_env_set_maxdbs(env, 2 * STORE_DATABASE_COUNT)) != 0 ||
		(rc = mdb_env_set_mapsize(env, bytes)) != 0 ||
		(rc = mdb_env_open(env, store->folder, MDB_RDONLY | MDB_NOLOCK, 0600)) != 0 ||
		(rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn)) != 0 ||
		(rc = read_database(txn, 0)) != 0 || /* the list of free pages */
		(rc = mdb_dbi_open(txn, NULL, 0, &main_database)) != 0 ||
		(rc = mdb_cursor_open(txn, main_database, &cursor)) != 0)
		return rc;
	while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		char name[64];
		MDB_dbi handle;

		snprintf(name, sizeof(name), "%.*s", (int)key.mv_size, (const char *)key.mv_data);
		if ((rc = mdb_dbi_open(txn, name, 0, &handle)) != 0 ||
			(rc = read_database(txn, handle)) != 0)
			return rc;
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Reads the pages in a child process, since a page that is missing kills the reader. The child
 * answers through shared memory, because valgrind and the sanitizers use exit statuses of their
 * own. */
static bool can_be_read(const struct store *store, size_t bytes)
{
	bool *answer =
		mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = answer != MAP_FAILED ? fork() : -1;
	bool readable = true; /* also where no child could be made to find out */

	if (child == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		signal(SIGBUS, SIG_DFL);
		*answer = read_all(store, bytes) == 0;
		_exit(0);
	}
	if (child > 0) {
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
		readable = *answer;
	}
	if (answer != MAP_FAILED)
		munmap(answer, sizeof(*answer));
	return readable;
}

int store_check_length(const struct store *store, struct err *err)
{
	MDB_envinfo info;
	MDB_stat pages;
	mdb_filehandle_t file;
	struct stat status;

	/* The length is read after the pages are counted: beside a writer the file only grows. */
	if (mdb_env_info(store->env, &info) != 0 || mdb_env_stat(store->env, &pages) != 0 ||
		mdb_env_get_fd(store->env, &file) != 0 || fstat(file, &status) < 0)
		return 0;
	uint64_t bytes = ((uint64_t)info.me_last_pgno + 1) * pages.ms_psize;
	/* A sound file may be shorter, since LMDB never writes pages at the end that one transaction
	 * took and gave back. Only reading all pages tells the difference. */
	if ((uint64_t)status.st_size >= bytes || can_be_read(store, bytes))
		return 0;
	return err_set(err, ERR_STORE, "CutShort",
		"data.mdb in state folder %s is cut short or damaged; restore it from a backup, or move it "
		"away to begin anew",
		store->folder);
}
