/* curl's multi handle on the loop: its timer, and the sockets of connections that are being made.
 */
#include "io/http/multi.h"

#include "io/http/private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/socket.h>

void http_multi_post_pump(struct http_client *client)
{
	if (client->pump_posted)
		return;
	client->pump_posted = true;
	loop_post(client->loop, client->pump, client);
}

/* Lets curl act on a socket or on CURL_SOCKET_TIMEOUT; the pump collects what that completes. */
static void act(struct http_client *client, curl_socket_t fd, int what)
{
	int running;

	curl_multi_socket_action(client->multi, fd, what, &running);
	http_multi_post_pump(client);
}

void http_multi_kick(struct http_client *client)
{
	if (!client->kick)
		return;
	client->kick = false;
	act(client, CURL_SOCKET_TIMEOUT, 0);
}

/* --- the timer --- */

static void on_timer(evutil_socket_t fd, short what, void *argument)
{
	struct http_client *client = argument;

	(void)fd;
	(void)what;
	loop_turn_begin(client->loop);
	client->timer_us = 0;
	act(client, CURL_SOCKET_TIMEOUT, 0);
}

/* curl tells when it wants to be called. A call that is too early does no harm. So a timer that is
 * armed is only ever moved forward: with many connections, curl moves it at each of them. */
static int on_timeout_change(CURLM *multi, long timeout_ms, void *argument)
{
	struct http_client *client = argument;

	(void)multi;
	if (timeout_ms < 0)
		return 0;
	if (timeout_ms == 0) {
		client->kick = true;
		http_multi_post_pump(client);
		return 0;
	}
	int64_t due_us = clock_monotonic_us() + (int64_t)timeout_ms * 1000;
	if (client->timer_us != 0 && client->timer_us <= due_us)
		return 0;
	struct timeval delay = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
	event_add(&client->timer, &delay);
	client->timer_us = due_us;
	return 0;
}

/* --- sockets --- */

static void on_socket(evutil_socket_t fd, short what, void *argument)
{
	struct http_socket *socket = argument;

	loop_turn_begin(socket->client->loop);
	act(socket->client, fd,
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

static int on_socket_interest(CURL *easy, curl_socket_t fd, int what, void *argument,
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

curl_socket_t http_multi_open_socket(void *argument, curlsocktype purpose,
	struct curl_sockaddr *address)
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

static void release_sockets(struct http_client *client)
{
	for (size_t i = 0; i < client->socket_count; i++) {
		if (client->sockets[i] != NULL)
			watch(client->sockets[i], (curl_socket_t)i, 0);
		free(client->sockets[i]);
	}
	free(client->sockets);
}

/* --- connections that are made --- */

void http_multi_collect(struct http_client *client, http_multi_connected *on_connected)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
		CURLcode result = message->data.result;
		struct http_connection *connection = NULL;
		curl_socket_t fd = CURL_SOCKET_BAD;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&connection);
		/* The handle stays in the multi handle: its connection would end if it was taken out. */
		if (result == CURLE_OK)
			result = curl_easy_getinfo(message->easy_handle, CURLINFO_ACTIVESOCKET, &fd);
		if (result == CURLE_OK && fd == CURL_SOCKET_BAD)
			result = CURLE_COULDNT_CONNECT;
		on_connected(connection, result, fd);
	}
}

/* --- life --- */

int http_multi_init(struct http_client *client, int max_connections)
{
	client->multi = curl_multi_init();
	client->share = curl_share_init();
	if (client->multi == NULL || client->share == NULL ||
		curl_share_setopt(client->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK)
		return -1;
	event_assign(&client->timer, client->loop->base, -1, 0, on_timer, client);
	if (curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket_interest) != CURLM_OK ||
		curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client) != CURLM_OK ||
		curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timeout_change) != CURLM_OK ||
		curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client) != CURLM_OK ||
		curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) != CURLM_OK ||
		curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)max_connections) != CURLM_OK)
		return -1;
	return 0;
}

void http_multi_release(struct http_client *client)
{
	if (client->multi != NULL) {
		curl_multi_cleanup(client->multi);
		event_del(&client->timer);
	}
	curl_share_cleanup(client->share);
	release_sockets(client);
}
