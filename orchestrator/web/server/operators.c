/* The operators' socket: a second UNIX socket, for people with a login on the machine who can't
 * reach the control socket in the daemon's own folder. The configuration says where it is
 * (http.socket) and which system group may connect (http.socket_group). A caller is the person with
 * the peer's system user, with that person's role, or is refused. */
#include "web/server/operators.h"

#include "web/server/control.h"
#include "web/server/internal.h"

#include "base/banned.h"
#include "base/mem.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP_FIRST_BYTES 4096
#define GROUP_MAX_BYTES (1024 * 1024)
#define SOCKET_MODE (S_IRUSR | S_IWUSR)
#define GROUP_MODE (S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP)

/* --- the folder of the socket --- */

static int unsafe_folder(const char *path, const char *folder, const char *why, struct err *err)
{
	return err_set(err, ERR_CONFIG, "UnsafeFolder",
		"the socket %s can't be used: %s %s, so others could put another socket in its place", path,
		folder, why);
}

static int check_level(const char *path, const char *folder, uid_t owner, bool last,
	struct err *err)
{
	struct stat status;

	if (stat(folder, &status) < 0)
		return err_set(err, ERR_CONFIG, "NoFolder",
			"the folder %s of the socket %s can't be examined: %s", folder, path, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return err_set(err, ERR_CONFIG, "NoFolder",
			"%s, the folder for the socket %s, is not a folder", folder, path);
	if (status.st_uid != 0 && status.st_uid != owner)
		return unsafe_folder(path, folder, "belongs to another user", err);
	/* In a sticky folder such as /tmp, users can't move each other's files, but anybody can create
	 * a file that doesn't exist yet. */
	if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (last || (status.st_mode & S_ISVTX) == 0))
		return unsafe_folder(path, folder, "can be written to by others (chmod go-w it)", err);
	return 0;
}

/* Checks the folder and all folders above it. */
static int check_levels(const char *path, char *folder, uid_t owner, struct err *err)
{
	if (check_level(path, folder, owner, true, err) < 0)
		return -1;
	for (char *slash; (slash = strrchr(folder, '/')) != NULL && folder[1] != '\0';) {
		slash[slash == folder] = '\0';
		if (check_level(path, folder, owner, false, err) < 0)
			return -1;
	}
	return 0;
}

int web_check_socket_folder(const char *path, uid_t owner, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char real[PATH_MAX];

	if (path[0] != '/' || slash[1] == '\0')
		return err_set(err, ERR_CONFIG, "NoFolder",
			"%s is not a path for a socket; http.socket must be the absolute path of a file", path);
	CLEANUP_FREE char *folder = xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (realpath(folder, real) == NULL)
		return err_set(err, ERR_CONFIG, "NoFolder",
			"the folder %s of the socket %s can't be examined: %s", folder, path, strerror(errno));
	/* Both the path as written and the path with links resolved are checked, since either could be
	 * redirected. */
	return check_levels(path, real, owner, err) < 0 || check_levels(path, folder, owner, err) < 0
		? -1
		: 0;
}

/* --- the group of the socket --- */

static int find_group(const char *name, gid_t *gid, struct err *err)
{
	struct group entry, *found = NULL;
	CLEANUP_FREE char *memory = NULL;
	int code = ERANGE;

	for (size_t size = GROUP_FIRST_BYTES; code == ERANGE && size <= GROUP_MAX_BYTES; size *= 4) {
		memory = xrealloc(memory, size);
		code = getgrnam_r(name, &entry, memory, size, &found);
	}
	if (found == NULL)
		return err_set(err, ERR_CONFIG, "NoGroup",
			"http.socket_group: this system has no group \"%s\"%s%s", name, code != 0 ? ": " : "",
			code != 0 ? strerror(code) : "");
	*gid = entry.gr_gid;
	return 0;
}

/* Sets the socket's group, and the group's rights afterwards. Only this process can put another
 * file at the path, so using the path again is safe. */
static int give_to(const struct listener *listener, gid_t gid, mode_t mode, struct err *err)
{
	struct stat status;

	if (chmod(listener->path, SOCKET_MODE) < 0 || lchown(listener->path, (uid_t)-1, gid) < 0 ||
		chmod(listener->path, mode) < 0)
		return err_set(err, ERR_SYSTEM, "NoOperatorsSocket",
			"%s can't be given to the group with id %lu: %s; the daemon's user must be a member of "
			"it",
			listener->path, (unsigned long)gid, strerror(errno));
	if (lstat(listener->path, &status) < 0 || status.st_gid != gid ||
		(status.st_mode & 07777) != mode || status.st_ino != listener->inode)
		return err_set(err, ERR_SYSTEM, "NoOperatorsSocket",
			"%s did not get its group and mode; use a folder on a file system that keeps them",
			listener->path);
	return 0;
}

int operators_regroup(const struct listener *listener, const struct web_settings *settings,
	struct err *err)
{
	struct stat before;
	struct err unused = ERR_INIT;
	gid_t gid = getegid();

	if ((settings->socket_group != NULL && find_group(settings->socket_group, &gid, err) < 0))
		return -1;
	if (lstat(listener->path, &before) < 0)
		return err_set(err, ERR_SYSTEM, "NoOperatorsSocket", "%s no longer exists: %s",
			listener->path, strerror(errno));
	if (give_to(listener, gid, settings->socket_group != NULL ? GROUP_MODE : SOCKET_MODE, err) == 0)
		return 0;
	(void)!give_to(listener, before.st_gid, before.st_mode & 07777, &unused);
	return -1;
}

/* --- opening the socket --- */

static int open_operators(struct listener *listener, const struct web_settings *settings,
	struct err *err)
{
	const struct listener *control = listener->web->control;
	struct stat status;

	if (control != NULL && lstat(listener->path, &status) == 0 &&
		status.st_dev == control->device && status.st_ino == control->inode)
		return err_set(err, ERR_CONFIG, "SameSocket",
			"http.socket is the control socket of the state folder; put it into a folder of its "
			"own");
	if (web_check_socket_folder(listener->path, listener->web->own_uid, err) < 0 ||
		socket_listen(listener, err) < 0)
		return -1;
	return operators_regroup(listener, settings, err);
}

int operators_new(struct web *web, const struct web_settings *settings, struct listener **out,
	struct err *err)
{
	struct listener *listener = xcalloc(1, sizeof *listener);

	*out = NULL;
	listener->web = web;
	listener->way = WEB_OPERATORS;
	listener->path = xstrdup(settings->socket);
	listener->name = xstrdup(settings->socket);
	if (open_operators(listener, settings, err) < 0) {
		listener_free(listener);
		return -1;
	}
	*out = listener;
	return 0;
}
