/* curl's sockets on the loop. */
#include "io/http_private.h"

#include "base/banned.h"
#include "base/mem.h"

#include <errno.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

static void register_socket(struct http_socket *socket, curl_socket_t fd, short what);

static void on_socket(evutil_socket_t fd, short what, void *argument)
{
	struct http_socket *socket = argument;

	loop_turn_begin(socket->client->loop);
	what &= socket->wanted;
	if (what == 0) {
		/* An idle connection was closed by its server: curl finds that out when it next looks. */
		register_socket(socket, fd, socket->wanted);
		return;
	}
	http_multi_act(socket->client, fd,
	               ((what & EV_READ) ? CURL_CSELECT_IN : 0) | ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0));
}

static void register_socket(struct http_socket *socket, curl_socket_t fd, short what)
{
	if (socket->registered != 0)
		event_del(&socket->event);
	socket->registered = what;
	if (what == 0)
		return;
	event_assign(&socket->event, socket->client->loop->base, fd, what | EV_PERSIST, on_socket, socket);
	event_add(&socket->event, NULL);
}

static struct http_socket *socket_at(struct http_client *client, curl_socket_t fd)
{
	size_t index = (size_t)fd;

	if (index >= client->socket_count) {
		size_t count = 2 * index + 64;

		client->sockets = xrealloc(client->sockets, count * sizeof *client->sockets);
		for (size_t i = client->socket_count; i < count; i++)
			client->sockets[i] = NULL;
		client->socket_count = count;
	}
	if (client->sockets[index] == NULL) {
		client->sockets[index] = xcalloc(1, sizeof **client->sockets);
		client->sockets[index]->client = client;
	}
	return client->sockets[index];
}

int http_socket_interest(CURL *easy, curl_socket_t fd, int what, void *argument, void *socket_argument)
{
	struct http_socket *socket = socket_at(argument, fd);
	short wanted = 0;

	(void)easy;
	(void)socket_argument;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		wanted |= EV_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		wanted |= EV_WRITE;
	socket->wanted = wanted;
	if (wanted == socket->registered)
		return 0;
	/* A connection goes idle after each exchange and is wanted again soon: it stays registered,
	 * which saves two system calls an exchange. */
	if (wanted == 0 && socket->ours && socket->registered == EV_READ)
		return 0;
	register_socket(socket, fd, wanted);
	return 0;
}

curl_socket_t http_socket_open(void *argument, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_transfer *transfer = argument;

	(void)purpose;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0) {
		transfer->socket_errno = errno;
		return CURL_SOCKET_BAD;
	}
	struct http_socket *socket = socket_at(transfer->client, fd);
	socket->wanted = 0;
	register_socket(socket, fd, 0);
	socket->ours = true;
	return fd;
}

int http_socket_close(void *argument, curl_socket_t fd)
{
	struct http_socket *socket = socket_at(argument, fd);

	socket->wanted = 0;
	register_socket(socket, fd, 0);
	socket->ours = false;
	return close(fd);
}

void http_socket_release_all(struct http_client *client)
{
	for (size_t i = 0; i < client->socket_count; i++) {
		if (client->sockets[i] != NULL)
			register_socket(client->sockets[i], (curl_socket_t)i, 0);
		free(client->sockets[i]);
	}
	free(client->sockets);
}
