/* UNIX sockets, and the control socket in the state folder, which only the user of the process and
 * root can reach (mode 0600, in a folder of that user). The system names the user at the other end
 * (SO_PEERCRED). Two daemons of one state folder can't look for a stale socket at the same time,
 * since the store's lock is taken before. */
#include "web/server/control.h"

#include "web/server/internal.h"
#include "web/server/listener.h"

#include "base/banned.h"
#include "base/mem.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *code_of(const struct listener *listener)
{
	return listener->way == WEB_CONTROL ? "NoControlSocket" : "NoOperatorsSocket";
}

/* Returns 1 when a process listens there, 0 when none does, and -1 when that can't be found out. */
static int is_live(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), code;

	if (fd < 0)
		return -1;
	code = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ? 0 : errno;
	close(fd);
	/* EAGAIN means that a process listens and its backlog is full */
	if (code == 0 || code == EAGAIN)
		return 1;
	return code == ECONNREFUSED || code == ENOENT ? 0 : -1;
}

static int busy(const struct listener *listener, struct err *err)
{
	return err_set(err, ERR_BUSY, "DaemonRunning",
		"another daemon answers on %s; stop it first, or use another %s", listener->path,
		listener->way == WEB_CONTROL ? "--state" : "http.socket");
}

/* Removes a socket that an ended process left there, and never any other file. */
static int remove_stale(const struct listener *listener, const struct sockaddr_un *address,
	struct err *err)
{
	const char *path = address->sun_path;
	struct stat status;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0
							   : err_set(err, ERR_SYSTEM, code_of(listener),
									 "cannot look at %s: %s", path, strerror(errno));
	if (!S_ISSOCK(status.st_mode))
		return err_set(err, ERR_SYSTEM, code_of(listener),
			"%s is %s, not a socket: find out who made it, and remove it", path,
			S_ISLNK(status.st_mode) ? "a symbolic link" : "a file");
	if (status.st_uid != geteuid())
		return err_set(err, ERR_SYSTEM, code_of(listener),
			"%s belongs to another user (uid %lu); remove it", path, (unsigned long)status.st_uid);
	int live = is_live(address);
	if (live > 0)
		return busy(listener, err);
	if (live < 0 || unlink(path) < 0)
		return err_set(err, ERR_SYSTEM, code_of(listener), "cannot replace %s: %s", path,
			strerror(errno));
	return 0;
}

/* Sets the mode before the socket has a name, so that other users can't connect at any moment. */
static int bind_socket(const struct listener *listener, const struct sockaddr_un *address, int *fd,
	struct err *err)
{
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && fchmod(*fd, S_IRUSR | S_IWUSR) == 0 &&
		bind(*fd, (const struct sockaddr *)address, sizeof *address) == 0)
		return 0;
	int code = errno;
	if (*fd >= 0)
		close(*fd);
	return err_set(err, ERR_SYSTEM, code_of(listener), "cannot make %s: %s", address->sun_path,
		strerror(code));
}

static int too_long(const struct listener *listener, struct err *err)
{
	size_t most = sizeof((struct sockaddr_un *)NULL)->sun_path;

	if (listener->way == WEB_CONTROL)
		return err_set(err, ERR_SYSTEM, code_of(listener),
			"the path %s is too long for a socket; use a state folder (--state) with a path of at "
			"most %zu bytes",
			listener->path, most - sizeof "/" WEB_SOCKET);
	return err_set(err, ERR_CONFIG, code_of(listener),
		"the path %s is too long for a socket; http.socket can have at most %zu bytes",
		listener->path, most - 1);
}

int socket_listen(struct listener *listener, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat status;
	int fd = -1;

	if (strlen(listener->path) >= sizeof address.sun_path)
		return too_long(listener, err);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", listener->path);
	if (remove_stale(listener, &address, err) < 0 || bind_socket(listener, &address, &fd, err) < 0)
		return -1;
	if (lstat(listener->path, &status) == 0) {
		listener->device = status.st_dev;
		listener->inode = status.st_ino;
	}
	if (listener->inode == 0 || (status.st_mode & 07777) != (S_IRUSR | S_IWUSR)) {
		close(fd);
		return err_set(err, ERR_SYSTEM, code_of(listener),
			"%s did not get mode 0600; use a folder on a file system that keeps modes",
			listener->path);
	}
	return listener_begin(listener, fd, err);
}

int control_new(struct web *web, const char *state_folder, struct listener **out, struct err *err)
{
	struct listener *listener = xcalloc(1, sizeof *listener);

	*out = NULL;
	listener->web = web;
	listener->way = WEB_CONTROL;
	listener->path = xasprintf("%s/" WEB_SOCKET, state_folder);
	listener->name = xstrdup(listener->path);
	if (socket_listen(listener, err) < 0) {
		listener_free(listener);
		return -1;
	}
	*out = listener;
	return 0;
}

int socket_peer(int fd, uid_t *uid)
{
	struct ucred peer;
	socklen_t length = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return -1;
	*uid = peer.uid;
	return 0;
}

/* The file is compared by device and inode, since another daemon may have made one of the same
 * name. */
bool socket_is_there(const struct listener *listener)
{
	struct stat status;

	return listener->inode != 0 && lstat(listener->path, &status) == 0 &&
		status.st_dev == listener->device && status.st_ino == listener->inode;
}

void listener_free(struct listener *listener)
{
	if (listener == NULL)
		return;
	if (listener->way != WEB_TCP && socket_is_there(listener))
		unlink(listener->path);
	if (listener->listener != NULL) {
		event_del(&listener->resume);
		evconnlistener_free(listener->listener);
	}
	SSL_CTX_free(listener->tls);
	free(listener->name);
	free(listener->path);
	free(listener);
}
