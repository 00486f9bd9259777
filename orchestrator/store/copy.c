/*
 * The copy of a state folder that is made before a migration: data.mdb as of its last commit, and
 * every other file except for the locks and sockets. It is made under a name that says that it is
 * not whole, and gets its own once it is on the disk.
 */
#include "store/copy.h"

#include "store/errors.h"
#include "store/folder.h"
#include "store/internal.h"
#include "store/space.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define DATA_FILE "data.mdb"
#define MIB ((uint64_t)1 << 20)

/* Where copies of the folder stand. */
struct place {
	const struct store *store;
	char *parent; /* the folder that they are in */
	char *prefix; /* what their names begin with */
};

/* Returns the folder's name without its parents, and puts the parents, with a slash at the end,
 * into *parent. */
static char *split(const char *path, char **parent)
{
	CLEANUP_FREE char *copy = xstrdup(path);
	size_t length = strlen(copy);

	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	const char *slash = strrchr(copy, '/');
	*parent = slash != NULL ? xstrndup(copy, (size_t)(slash - copy) + 1) : xstrdup("./");
	return xstrdup(slash != NULL ? slash + 1 : copy);
}

/* Makes the copy beside the folder, or inside of it where this process may not write beside it,
 * as a service that may only write to its own folder. */
static struct place place_of(const struct store *store)
{
	struct place place = { .store = store };
	CLEANUP_FREE char *name = split(store->folder, &place.parent);

	if (access(place.parent, W_OK | X_OK) == 0) {
		place.prefix = xasprintf("%s.schema-", name);
		return place;
	}
	free(place.parent);
	place.parent = xasprintf("%s/", store->folder);
	place.prefix = xstrdup("schema-");
	return place;
}

static void release(struct place *place)
{
	free(place->parent);
	free(place->prefix);
}

/* --- what is copied --- */

static bool is_copied(const char *name, const struct stat *status)
{
	return S_ISREG(status->st_mode) && strcmp(name, DATA_FILE) != 0 &&
		strcmp(name, "lock.mdb") != 0 && strcmp(name, "writer.lock") != 0;
}

/* Calls each for every file that is copied, data.mdb apart. Fails with errno set. */
static int each_file(const char *folder,
	int (*each)(void *argument, const char *path, const char *name, const struct stat *status),
	void *argument)
{
	DIR *files = opendir(folder);
	const struct dirent *entry;
	int result = 0;

	if (files == NULL)
		return -1;
	while (result == 0 && (entry = readdir(files)) != NULL) {
		CLEANUP_FREE char *path = xasprintf("%s/%s", folder, entry->d_name);
		struct stat status;

		if (lstat(path, &status) == 0 && is_copied(entry->d_name, &status))
			result = each(argument, path, entry->d_name, &status);
	}
	int cause = errno;
	closedir(files);
	errno = cause;
	return result;
}

static int add_size(void *argument, const char *path, const char *name, const struct stat *status)
{
	(void)path;
	(void)name;
	*(uint64_t *)argument += (uint64_t)status->st_size;
	return 0;
}

static int copy_bytes(int from, int to)
{
	char bytes[65536];
	ssize_t length;

	while ((length = read(from, bytes, sizeof(bytes))) > 0) {
		for (ssize_t done = 0, wrote; done < length; done += wrote) {
			wrote = write(to, bytes + done, (size_t)(length - done));
			if (wrote < 0)
				return -1;
		}
	}
	return length < 0 ? -1 : fsync(to);
}

static int copy_file(void *argument, const char *path, const char *name, const struct stat *status)
{
	CLEANUP_FREE char *target = xasprintf("%s/%s", (const char *)argument, name);
	int from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int to = from >= 0
		? open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status->st_mode & 0600)
		: -1;
	int result = to >= 0 ? copy_bytes(from, to) : -1, cause = errno;

	if (to >= 0)
		close(to);
	if (from >= 0)
		close(from);
	errno = cause;
	return result;
}

static int copy_data(const struct store *store, const char *folder)
{
	CLEANUP_FREE char *path = xasprintf("%s/" DATA_FILE, folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	int rc = mdb_env_copyfd(store->env, fd);
	if (rc == 0 && fsync(fd) < 0)
		rc = errno;
	close(fd);
	errno = rc;
	return rc == 0 ? 0 : -1;
}

static int check_space(const struct place *place, int schema, struct err *err)
{
	uint64_t needed = store_space_file_bytes(place->store) + MIB;
	struct statvfs disk;

	if (each_file(place->store->folder, add_size, &needed) < 0 || statvfs(place->parent, &disk) < 0)
		return store_folder_error(place->store->folder, errno, "copy", err);
	needed += needed / 4; /* the migration itself writes less than that */
	uint64_t there = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (there >= needed)
		return 0;
	return err_set(err, ERR_STORE, "NoSpace",
		"state folder %s was written by an earlier version of reeve (schema %d), and a copy must "
		"be made in %s before it is migrated: that needs %llu MiB, and %llu are free; free some "
		"space and run again",
		place->store->folder, schema, place->parent, (unsigned long long)(needed / MIB),
		(unsigned long long)(there / MIB));
}

/* --- a copy that is there already --- */

static bool same_commit(const struct store *store, const char *folder)
{
	MDB_envinfo info, of_copy;
	MDB_env *env;

	if (mdb_env_info(store->env, &info) != 0 || mdb_env_create(&env) != 0)
		return false;
	bool same = mdb_env_set_mapsize(env, store_space_file_bytes(store)) == 0 &&
		mdb_env_open(env, folder, MDB_RDONLY | MDB_NOLOCK, 0600) == 0 &&
		mdb_env_info(env, &of_copy) == 0 && of_copy.me_last_txnid == info.me_last_txnid &&
		of_copy.me_last_pgno == info.me_last_pgno;
	mdb_env_close(env);
	return same;
}

/* A migration that was killed left its copy behind, which is used again: another copy each time
 * would fill the disk. */
static char *find_copy(const struct place *place, int schema)
{
	CLEANUP_FREE char *prefix = xasprintf("%s%d-", place->prefix, schema);
	DIR *folders = opendir(place->parent);
	const struct dirent *entry;
	char *found = NULL;

	while (folders != NULL && found == NULL && (entry = readdir(folders)) != NULL) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		char *path = xasprintf("%s%s", place->parent, entry->d_name);
		if (same_commit(place->store, path))
			found = path;
		else
			free(path);
	}
	if (folders != NULL)
		closedir(folders);
	return found;
}

/* --- making it --- */

static void remove_partial(const char *folder)
{
	DIR *files = opendir(folder);
	const struct dirent *entry;

	while (files != NULL && (entry = readdir(files)) != NULL) {
		CLEANUP_FREE char *path = xasprintf("%s/%s", folder, entry->d_name);

		(void)unlink(path);
	}
	if (files != NULL)
		closedir(files);
	(void)rmdir(folder);
}

static char *name_of_copy(const struct place *place, int schema)
{
	int64_t now_ms = clock_now_ms();
	time_t now = (time_t)(now_ms / 1000);
	struct tm utc;
	char text[24];

	gmtime_r(&now, &utc);
	strftime(text, sizeof(text), "%Y%m%dT%H%M%S", &utc);
	return xasprintf("%s%s%d-%s.%03dZ", place->parent, place->prefix, schema, text,
		(int)(now_ms % 1000));
}

static int fill(const struct place *place, char *folder)
{
	if (mkdir(folder, 0700) < 0 || copy_data(place->store, folder) < 0 ||
		each_file(place->store->folder, copy_file, folder) < 0)
		return -1;
	store_folder_sync(folder);
	return 0;
}

/* After a failure (-1 with errno) nothing is left of the copy. */
static int make_copy(const struct place *place, int schema, char **out)
{
	CLEANUP_FREE char *partial = xasprintf("%s%spartial", place->parent, place->prefix);

	remove_partial(partial); /* left by a process that was killed */
	*out = name_of_copy(place, schema);
	if (fill(place, partial) == 0 && rename(partial, *out) == 0) {
		store_folder_sync(place->parent);
		return 0;
	}
	int cause = errno;
	remove_partial(partial);
	free(*out);
	*out = NULL;
	errno = cause;
	return -1;
}

int store_copy_folder(struct store *store, int schema, char **out, struct err *err)
{
	struct place place = place_of(store);
	int result = 0;

	*out = find_copy(&place, schema);
	if (*out == NULL)
		result = check_space(&place, schema, err);
	if (result == 0 && *out == NULL && make_copy(&place, schema, out) < 0)
		result =
			store_folder_error(store->folder, errno, "make a copy, before its migration, of", err);
	release(&place);
	return result;
}
