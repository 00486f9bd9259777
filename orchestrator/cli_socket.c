#include "cli_socket.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "web/web.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PROBE_MS 5000
#define PATH_MAX_BYTES 4096

/* --- is somebody there? --- */

static int connect_to(const char *state_folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/" WEB_SOCKET, state_folder);
	char near[64];
	int folder = -1, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	/* Socket paths are short; by way of the folder every one can be reached. */
	if (length < 0 || (size_t)length >= sizeof address.sun_path) {
		folder = open(state_folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
		snprintf(near, sizeof near, "/proc/self/fd/%d/" WEB_SOCKET, folder);
		snprintf(address.sun_path, sizeof address.sun_path, "%s", near);
	}
	int result = connect(fd, (const struct sockaddr *)&address, sizeof address), cause = errno;
	if (folder >= 0)
		close(folder);
	/* A queue that is full is that of somebody who takes no connection any more. */
	if (result == 0 || cause == EAGAIN)
		return fd;
	close(fd);
	return -1;
}

enum socket_state cli_socket_probe(const char *state_folder)
{
	static const char question[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	int64_t until_us = clock_monotonic_us() + PROBE_MS * INT64_C(1000);
	int fd = connect_to(state_folder), ready = 0;
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

/* Leaves *err as it is when the holder is no daemon. */
static int find_daemon(const char *state_folder, struct err *err)
{
	switch (cli_socket_probe(state_folder)) {
	case SOCKET_ANSWERS:
		return 0;
	case SOCKET_SILENT:
		return err_set(err, ERR_TIMEOUT, "DaemonSilent", "the daemon that holds the state folder %s does not answer on its control socket; "
		               "nothing was done. `reeve pause` stops its changes all the same", state_folder);
	case SOCKET_NONE:
		break;
	}
	return -1;
}

/* --- asking --- */

void cli_socket_path(struct buf *path, const char *before, const char *id, const char *after)
{
	buf_init(path, PATH_MAX_BYTES);
	buf_add_string(path, before);
	buf_add_percent(path, id, strlen(id), false);
	buf_add_string(path, after);
}

int cli_socket_ask(const struct invocation *invocation, const char *method, const struct buf *path, const json_t *body, json_t **answer,
                   struct err *err)
{
	struct err failure = ERR_INIT;

	if (find_daemon(invocation->state_folder, err) < 0)
		return -1;
	if (!buf_ok(path))
		return err_set(err, ERR_USAGE, "ArgumentTooLong", "the argument is too long to be an id");
	if (web_ask(invocation->state_folder, method, path->data, body, answer, &failure) < 0) {
		/* It ended just now: what is said of the folder is still right. */
		if (!err_is(&failure, ERR_NETWORK, "NoDaemon"))
			*err = failure;
		return -1;
	}
	err_clear(err);
	return 0;
}

int cli_socket_check_identity(const struct invocation *invocation, struct err *err)
{
	if (invocation->as == NULL || strcmp(invocation->as, "aws") != 0)
		return 0;
	if (find_daemon(invocation->state_folder, err) < 0)
		return -1;
	return err_set(err, ERR_USAGE, "IdentityNotCarried",
	               "a daemon holds the state folder %s, and who asks over its control socket is known by the system user only: --as aws can't be "
	               "carried. Answer as your system user, without --as, or over the API with a token of yours", invocation->state_folder);
}

json_t *cli_socket_status(const char *state_folder)
{
	CLEANUP_JSON json_t *answer = NULL;
	struct err unused = ERR_INIT;

	if (cli_socket_probe(state_folder) != SOCKET_ANSWERS || web_ask(state_folder, "GET", "/api/v1/status", NULL, &answer, &unused) < 0)
		return NULL;
	return json_incref(json_object_get(answer, "daemon"));
}
