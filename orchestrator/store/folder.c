/*
 * The folder itself and its lock. The lock is an flock on one file, so it ends with its process,
 * however the process dies. The content of the file only serves to name the holder.
 */
#include "store/folder.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/errors.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LOCK_FILE "writer.lock"

void store_folder_sync(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd); /* some file systems don't support fsync of a folder */
	close(fd);
}

/* Makes one level for make_folder: `path`, whose last part is `name`. */
static int make_level(const char *path, const char *name)
{
	if (mkdir(path, 0700) < 0)
		return -1;
	CLEANUP_FREE char *parent = xstrndup(path, (size_t)(name - path));
	store_folder_sync(*parent != '\0' ? parent : ".");
	return chmod(path, 0700);
}

/* Makes the folder and its parents. The mode gives nothing to group and others, so the umask
 * can't matter to them. */
static int make_folder(const char *folder)
{
	CLEANUP_FREE char *path = xstrdup(folder);

	char *name = path, *slash;

	while ((slash = strchr(name + 1, '/')) != NULL) {
		*slash = '\0';
		/* A parent that exists already, or that this user may not make, is found out below. */
		if (make_level(path, name) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES &&
			errno != EPERM)
			return -1;
		*slash = '/';
		name = slash + 1;
	}
	return make_level(path, name) < 0 && errno != EEXIST ? -1 : 0;
}

/* LMDB's locks hold on one machine only. */
static void warn_of_network(const char *folder)
{
	struct statfs system;

	if (statfs(folder, &system) < 0)
		return;
	switch ((uint32_t)system.f_type) {
	case NFS_SUPER_MAGIC:
	case 0xff534d42: /* CIFS */
	case 0xfe534d42: /* SMB2 */
		log_warning(
			"state folder %s is on a network file system: never use it from two machines at once",
			folder);
		break;
	default:
		break;
	}
}

static int refuse_owner(const char *folder, uid_t owner, struct err *err)
{
	struct passwd entry, *found = NULL;
	char text[1024];

	if (getpwuid_r(owner, &entry, text, sizeof(text), &found) != 0 || found == NULL)
		return err_set(err, ERR_STORE, "NotOurs",
			"state folder %s belongs to the user with id %u, and this process has id %u; run as "
			"that user, or use another --state",
			folder, (unsigned)owner, (unsigned)geteuid());
	return err_set(err, ERR_STORE, "NotOurs",
		"state folder %s belongs to the user %s, and this process has the user id %u; run as that "
		"user, or use another --state",
		folder, found->pw_name, (unsigned)geteuid());
}

int store_folder_prepare(const char *folder, enum store_mode mode, struct err *err)
{
	struct stat status;

	if (stat(folder, &status) < 0) {
		if (errno != ENOENT || mode == STORE_READ)
			return store_folder_error(folder, errno, "open", err);
		if (make_folder(folder) < 0 || stat(folder, &status) < 0)
			return store_folder_error(folder, errno, "make", err);
	}
	if (!S_ISDIR(status.st_mode))
		return err_set(err, ERR_STORE, "NotAFolder",
			"state folder %s is not a folder; use another --state", folder);
	if (mode == STORE_READ)
		return 0;
	/* Root is refused too: the folder's owner could not open the files that root would make
	 * here. */
	if (status.st_uid != geteuid())
		return refuse_owner(folder, status.st_uid, err);
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(err, ERR_STORE, "OpenToOthers",
			"users other than its owner may write to state folder %s; run chmod 700 on it, or use "
			"another "
			"--state",
			folder);
	warn_of_network(folder);
	return 0;
}

struct holder {
	long process;
	char what[64], since[CLOCK_RFC3339_SIZE];
};

static void read_line(const char **cursor, char *out, size_t size)
{
	size_t length = strcspn(*cursor, "\n");

	snprintf(out, size, "%.*s", (int)length, *cursor);
	for (char *c = out; *c != '\0'; c++) {
		if (!isprint((unsigned char)*c))
			*c = '?';
	}
	*cursor += length + ((*cursor)[length] == '\n');
}

/* Returns false while the holder has not written its name yet. */
static bool read_holder(int lock_fd, struct holder *holder)
{
	char text[256], process[24];
	ssize_t got = pread(lock_fd, text, sizeof(text) - 1, 0);
	const char *cursor = text;

	if (got <= 0)
		return false;
	text[got] = '\0';
	read_line(&cursor, process, sizeof(process));
	read_line(&cursor, holder->what, sizeof(holder->what));
	read_line(&cursor, holder->since, sizeof(holder->since));
	holder->process = strtol(process, NULL, 10);
	return holder->process > 0 && holder->since[0] != '\0';
}

/* Returns false for a name that a killed holder left behind, and for a holder in another
 * container. */
static bool is_here(const struct holder *holder)
{
	return kill((pid_t)holder->process, 0) == 0 || errno == EPERM;
}

static void write_holder(int lock_fd, const char *what)
{
	char since[CLOCK_RFC3339_SIZE], text[256];

	clock_format_rfc3339(clock_now_ms() / 1000 * 1000, since);
	int length = snprintf(text, sizeof(text), "%ld\n%.60s\n%s\n", (long)getpid(), what, since);
	/* After a failure, on a full disk, the holder merely has no name. */
	if (pwrite(lock_fd, text, (size_t)length, 0) != length || ftruncate(lock_fd, length) < 0)
		(void)!ftruncate(lock_fd, 0);
}

static int refuse_second(const char *folder, const struct holder *holder, struct err *err)
{
	if (holder == NULL)
		return err_set(err, ERR_BUSY, "Held",
			"state folder %s is held by another process; wait for it or use another --state",
			folder);
	return err_set(err, ERR_BUSY, "Held",
		"state folder %s is held by `%s` (process %ld, since %s); wait for it or use another "
		"--state",
		folder, holder->what, holder->process, holder->since);
}

int store_lock_take(const char *folder, const char *holder, int *lock_fd, struct err *err)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s", folder, LOCK_FILE);
	struct holder other;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return store_folder_error(folder, errno, "lock", err);
	/* For a moment, a holder that just begins or ends has no name, or that of the holder before
	 * it. */
	for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		int cause = errno;

		if (cause != EWOULDBLOCK) {
			close(fd);
			return store_folder_error(folder, cause, "lock", err);
		}
		bool named = read_holder(fd, &other);
		if ((named && is_here(&other)) || tries == 20) {
			close(fd);
			return refuse_second(folder, named ? &other : NULL, err);
		}
		nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
	}
	(void)!fchmod(fd, 0600);
	write_holder(fd, holder);
	*lock_fd = fd;
	return 0;
}

void store_lock_release(int lock_fd)
{
	if (lock_fd < 0)
		return;
	(void)!ftruncate(lock_fd, 0);
	close(lock_fd);
}
