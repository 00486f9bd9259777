/* Decides whether a command opens the state folder itself or asks a daemon, and on which socket. */
#include "cmd/socket_find.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/socket.h"
#include "cmd/workplace.h"
#include "config/config.h"
#include "config/values.h"
#include "web/server/operators.h"
#include "web/web.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PROBE_MS 5000

/* --- probing a socket --- */

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	const char *slash = strrchr(path, '/');
	char near[64];
	int folder = -1, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	/* The address of a socket has room for 107 bytes; a longer path is reached by way of an open
	 * descriptor of its folder. */
	if (slash != NULL && (length < 0 || (size_t)length >= sizeof address.sun_path)) {
		CLEANUP_FREE char *parent = xstrndup(path, (size_t)(slash - path));

		folder = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
		snprintf(near, sizeof near, "/proc/self/fd/%d/%.32s", folder, slash + 1);
		snprintf(address.sun_path, sizeof address.sun_path, "%s", near);
	}
	int result = connect(fd, (const struct sockaddr *)&address, sizeof address), cause = errno;
	if (folder >= 0)
		close(folder);
	/* EAGAIN means that the queue of connections is full: the daemon is stuck, and probe() will
	 * find it silent. */
	if (result == 0 || cause == EAGAIN)
		return fd;
	close(fd);
	return -1;
}

static enum socket_state probe(const char *path)
{
	static const char question[] =
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	int64_t until_us = clock_monotonic_us() + PROBE_MS * INT64_C(1000);
	int fd = connect_to(path), ready = 0;
	char first;

	if (fd < 0)
		return SOCKET_NONE;
	if (send(fd, question, sizeof question - 1, MSG_NOSIGNAL) == (ssize_t)sizeof question - 1) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };

		do {
			int64_t left_ms = (until_us - clock_monotonic_us()) / 1000;

			ready = poll(&wait, 1, left_ms > 0 ? (int)left_ms : 0);
		} while (ready < 0 && errno == EINTR);
	}
	bool answers = ready > 0 && recv(fd, &first, 1, 0) == 1;
	close(fd);
	return answers ? SOCKET_ANSWERS : SOCKET_SILENT;
}

/* --- the folder --- */

/* Returns whether the user named no state folder and the default one doesn't exist. */
static bool is_default_and_missing(const struct invocation *invocation)
{
	struct stat status;

	return invocation->state_folder_owned != NULL && stat(invocation->state_folder, &status) < 0 &&
		errno == ENOENT;
}

static bool may(const char *path, int how)
{
	return faccessat(AT_FDCWD, path, how, AT_EACCESS) == 0;
}

static bool can_read(const char *folder)
{
	CLEANUP_FREE char *data = xasprintf("%s/data.mdb", folder);

	return may(folder, R_OK | X_OK) && (may(data, R_OK) || errno == ENOENT);
}

static bool is_closed(const struct invocation *invocation, enum folder_use use)
{
	const char *folder = invocation->state_folder;
	struct stat status;

	if (is_default_and_missing(invocation))
		return true;
	if (stat(folder, &status) < 0)
		return errno == EACCES;
	if (use == FOLDER_WRITE)
		return status.st_uid != geteuid();
	return use == FOLDER_READ ? !can_read(folder) : !may(folder, W_OK | X_OK);
}

/* --- the operators' socket --- */

/* Returns http.socket of the configuration, or NULL. The caller frees it. */
static char *configured_socket(const struct invocation *invocation)
{
	struct config *config = NULL;
	struct err unused = ERR_INIT;
	char *path = NULL;

	if (workplace_load_config(invocation, &config, &unused) < 0)
		return NULL;
	if (config_string(config, "http", "socket") != NULL)
		path = xstrdup(config_string(config, "http", "socket"));
	config_free(config);
	return path;
}

/* Returns whether only the daemon can be at the other end of the socket. Another program there
 * could give false answers and discard a pause. */
static bool is_trusted(const char *path)
{
	struct stat status;
	struct err err = ERR_INIT;

	if (lstat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
		return false;
	if (web_check_socket_folder(path, status.st_uid, &err) == 0)
		return true;
	log_warning("%s", err.message);
	return false;
}

enum socket_state socket_find(const struct invocation *invocation, char **path)
{
	enum socket_state state;

	*path = xasprintf("%s/" WEB_SOCKET, invocation->state_folder);
	state = probe(*path);
	if (state != SOCKET_NONE)
		return state;
	free(*path);
	/* If this user can read the folder and no process listens there, no daemon runs. */
	*path = is_closed(invocation, FOLDER_READ) ? configured_socket(invocation) : NULL;
	if (*path != NULL && is_trusted(*path))
		state = probe(*path);
	if (state == SOCKET_NONE) {
		free(*path);
		*path = NULL;
	}
	return state;
}

int socket_route(const struct invocation *invocation, enum folder_use use, struct err *err)
{
	CLEANUP_FREE char *path = NULL, *configured = NULL;

	if (!is_closed(invocation, use))
		return 0;
	if (socket_find(invocation, &path) != SOCKET_NONE)
		return 1;
	if (!is_default_and_missing(invocation))
		return 0;
	/* Don't make a new state folder here: the daemon works with another one. */
	configured = configured_socket(invocation);
	if (configured == NULL)
		return 0;
	return err_set(err, ERR_NETWORK, "NoDaemon",
		"no daemon answers on %s (http.socket in the configuration), and the state folder %s does "
		"not exist; name the daemon's state folder with --state",
		configured, invocation->state_folder);
}
