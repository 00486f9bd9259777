/*
 * The control socket in the state folder. Only the user of the process and root get to it (mode 0600, and the folder is
 * the user's own); who else is named by the system, not by themselves (SO_PEERCRED). The store's lock, held before this
 * runs, keeps two daemons from looking for a stale socket at the same time.
 */
#include "web/server.h"

#include "base/banned.h"
#include "base/mem.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int busy(const char *path, struct err *err)
{
	return err_set(err, ERR_BUSY, "DaemonRunning", "another daemon answers on %s; stop it first, or use another --state", path);
}

/* Whether somebody listens there: 1, 0, or -1 when it can't be told. */
static int is_live(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), code;

	if (fd < 0)
		return -1;
	code = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ? 0 : errno;
	close(fd);
	/* EAGAIN: the backlog of one that listens is full. */
	if (code == 0 || code == EAGAIN)
		return 1;
	return code == ECONNREFUSED || code == ENOENT ? 0 : -1;
}

/* Clears the way: removes what a dead process has left, and nothing else. */
static int remove_stale(const struct sockaddr_un *address, struct err *err)
{
	const char *path = address->sun_path;
	struct stat status;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0 : err_set(err, ERR_SYSTEM, "NoControlSocket", "cannot look at %s: %s", path, strerror(errno));
	if (!S_ISSOCK(status.st_mode))
		return err_set(err, ERR_SYSTEM, "NoControlSocket", "%s is %s, not a socket; somebody put it there: look at it, and remove it", path,
		               S_ISLNK(status.st_mode) ? "a symbolic link" : "a file");
	if (status.st_uid != geteuid())
		return err_set(err, ERR_SYSTEM, "NoControlSocket", "%s belongs to another user (uid %lu); remove it", path, (unsigned long)status.st_uid);
	int live = is_live(address);
	if (live > 0)
		return busy(path, err);
	if (live < 0 || unlink(path) < 0)
		return err_set(err, ERR_SYSTEM, "NoControlSocket", "cannot replace %s: %s", path, strerror(errno));
	return 0;
}

/* The mode is set before the socket has a name, so that there is no moment in which others could connect. */
static int bind_socket(const struct sockaddr_un *address, int *fd, struct err *err)
{
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && fchmod(*fd, S_IRUSR | S_IWUSR) == 0 && bind(*fd, (const struct sockaddr *)address, sizeof *address) == 0)
		return 0;
	int code = errno;
	if (*fd >= 0)
		close(*fd);
	return err_set(err, ERR_SYSTEM, "NoControlSocket", "cannot make %s: %s", address->sun_path, strerror(code));
}

static int open_control(struct listener *listener, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat status;
	int fd = -1;

	if (strlen(listener->path) >= sizeof address.sun_path)
		return err_set(err, ERR_SYSTEM, "NoControlSocket", "the path %s is too long for a socket; use a --state of at most %zu bytes", listener->path,
		               sizeof address.sun_path - sizeof "/" WEB_SOCKET);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", listener->path);
	if (remove_stale(&address, err) < 0 || bind_socket(&address, &fd, err) < 0)
		return -1;
	if (lstat(listener->path, &status) == 0) {
		listener->device = status.st_dev;
		listener->inode = status.st_ino;
	}
	if (listener->inode == 0 || (status.st_mode & 07777) != (S_IRUSR | S_IWUSR)) {
		close(fd);
		return err_set(err, ERR_SYSTEM, "NoControlSocket", "%s was not made with mode 0600; is the state folder on a file system for that?",
		               listener->path);
	}
	return listener_begin(listener, fd, err);
}

int control_new(struct web *web, const char *state_folder, struct listener **out, struct err *err)
{
	struct listener *listener = xcalloc(1, sizeof *listener);

	*out = NULL;
	listener->web = web;
	listener->is_socket = true;
	listener->path = xasprintf("%s/" WEB_SOCKET, state_folder);
	listener->name = xstrdup(listener->path);
	if (open_control(listener, err) < 0) {
		listener_free(listener);
		return -1;
	}
	*out = listener;
	return 0;
}

/* Another daemon may have made one of the same name since. */
static void remove_own(const struct listener *listener)
{
	struct stat status;

	if (listener->inode != 0 && lstat(listener->path, &status) == 0 && status.st_dev == listener->device && status.st_ino == listener->inode)
		unlink(listener->path);
}

void listener_free(struct listener *listener)
{
	if (listener == NULL)
		return;
	if (listener->is_socket)
		remove_own(listener);
	if (listener->listener != NULL) {
		event_del(&listener->resume);
		evconnlistener_free(listener->listener);
	}
	SSL_CTX_free(listener->tls);
	free(listener->name);
	free(listener->path);
	free(listener);
}
