/* The sockets of connections that are being made, as curl wants them watched. */
#include "io/http/private.h"

#include "base/banned.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/socket.h>

static void on_socket(evutil_socket_t fd, short what, void *argument)
{
	struct http_socket *socket = argument;

	loop_turn_begin(socket->client->loop);
	http_multi_act(socket->client, fd,
		((what & EV_READ) ? CURL_CSELECT_IN : 0) | ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0));
}

static void watch(struct http_socket *socket, curl_socket_t fd, short what)
{
	if (socket->watched == what)
		return;
	if (socket->watched != 0)
		event_del(&socket->event);
	socket->watched = what;
	if (what == 0)
		return;
	event_assign(&socket->event, socket->client->loop->base, fd, what | EV_PERSIST, on_socket,
		socket);
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

int http_socket_interest(CURL *easy, curl_socket_t fd, int what, void *argument,
	void *socket_argument)
{
	short wanted = 0;

	(void)easy;
	(void)socket_argument;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		wanted |= EV_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		wanted |= EV_WRITE;
	watch(socket_at(argument, fd), fd, wanted);
	return 0;
}

curl_socket_t http_socket_open(void *argument, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_connection *connection = argument;

	(void)purpose;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0) {
		connection->socket_errno = errno;
		return CURL_SOCKET_BAD;
	}
	return fd;
}

void http_socket_release_all(struct http_client *client)
{
	for (size_t i = 0; i < client->socket_count; i++) {
		if (client->sockets[i] != NULL)
			watch(client->sockets[i], (curl_socket_t)i, 0);
		free(client->sockets[i]);
	}
	free(client->sockets);
}
