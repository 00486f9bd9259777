/*
 * A misbehaving HTTP server on loopback for the tests of the HTTP client: one thread accepts, and
 * each connection has one of its own. The path of a request says what happens to it.
 */
#ifndef REEVE_UNIT_TEST_IO_HTTP_SERVER_H
#define REEVE_UNIT_TEST_IO_HTTP_SERVER_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SERVER_CONNECTIONS = 2048, SERVER_REQUEST_BYTES = 256 * 1024 };

struct server {
	int listener;
	int port;
	pthread_t acceptor;
	pthread_mutex_t mutex;
	pthread_t threads[SERVER_CONNECTIONS];
	int fds[SERVER_CONNECTIONS]; /* -1 once closed */
	atomic_int connections, requests, now, peak;
};

struct server_connection {
	struct server *server;
	int index, fd;
	int requests;
	char *data; /* the request, NUL-terminated */
	size_t length;
};

/* Returns false when the peer is gone or the server stops. */
static bool server_write(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t written = send(fd, data, length, MSG_NOSIGNAL);

		if (written <= 0)
			return false;
		data += written;
		length -= (size_t)written;
	}
	return true;
}

static bool server_say(int fd, const char *text)
{
	return server_write(fd, text, strlen(text));
}

static bool server_answer(int fd, const char *status, const char *type, const char *body,
	size_t length)
{
	char head[512];

	snprintf(head, sizeof head,
		"HTTP/1.1 %s\r\nX-Amzn-RequestId:  1-2-3 \r\nContent-Type: %s\r\nEmpty:\r\nContent-Length: "
		"%zu\r\n\r\n",
		status, type, length);
	return server_say(fd, head) && server_write(fd, body, length);
}

/* Waits until the client has gone. */
static bool server_hold(int fd)
{
	char byte;

	while (recv(fd, &byte, 1, 0) > 0)
		;
	return false;
}

static bool server_reset(int fd)
{
	struct linger linger = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	return false;
}

static bool server_trickle(int fd, int gap_ms, int bytes)
{
	char head[128];

	snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", bytes);
	if (!server_say(fd, head))
		return false;
	for (int i = 0; i < bytes; i++) {
		usleep((unsigned)gap_ms * 1000);
		if (!server_say(fd, "t"))
			return false;
	}
	return true;
}

static bool server_flood(int fd, const char *start, const char *unit)
{
	if (!server_say(fd, start))
		return false;
	while (server_say(fd, unit))
		;
	return false;
}

static bool server_many_headers(int fd, int count)
{
	if (!server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"))
		return false;
	for (int i = 0; i < count - 1; i++)
		if (!server_say(fd, "X-One: more\r\n"))
			return false;
	return server_say(fd, "\r\n");
}

/* Sends a response of `size` bytes in all, and another one behind it in the same write. */
static bool server_extra_behind(int fd, size_t size)
{
	static const char extra[] = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsmuggled";
	char *bytes = malloc(size + sizeof extra);
	char head[64];
	size_t head_length = 0, body_length = size;

	if (bytes == NULL)
		abort();
	/* The length of the head depends on the number in it. */
	for (int round = 0; round < 2; round++) {
		head_length = (size_t)snprintf(head, sizeof head,
			"HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body_length);
		body_length = size - head_length;
	}
	memcpy(bytes, head, head_length);
	memset(bytes + head_length, 'b', body_length);
	memcpy(bytes + size, extra, sizeof extra - 1);
	bool kept = server_write(fd, bytes, size + sizeof extra - 1);
	free(bytes);
	return kept;
}

static bool server_is(const struct server_connection *connection, const char *path)
{
	const char *at = strchr(connection->data, ' ');

	return at != NULL && strncmp(at + 1, path, strlen(path)) == 0 &&
		strchr(" ?", at[1 + strlen(path)]) != NULL;
}

static int server_number(const struct server_connection *connection)
{
	const char *question = strchr(connection->data, '?');

	return question ? atoi(question + 1) : 0;
}

/* Handles one request. Returns whether the connection is kept. */
static bool server_handle(struct server_connection *connection)
{
	static const char html[] = "<html><body>Service Unavailable</body></html>";
	int fd = connection->fd;

	/* Acts as a proxy that answers the requests in its tunnel itself. */
	if (strncmp(connection->data, "CONNECT refused", 15) == 0)
		return server_answer(fd, "403 Forbidden", "text/plain", "no", 2);
	if (strncmp(connection->data, "CONNECT ", 8) == 0)
		return server_say(fd, "HTTP/1.1 200 Connection established\r\n\r\n");
	if (server_is(connection, "/echo"))
		return server_answer(fd, "200 OK", "text/plain", connection->data, connection->length);
	if (server_is(connection, "/html500"))
		return server_answer(fd, "500 Internal Server Error", "text/html", html, sizeof html - 1);
	if (server_is(connection, "/slow")) {
		usleep((unsigned)server_number(connection) * 1000);
		return server_answer(fd, "200 OK", "application/json", "{}", 2);
	}
	if (server_is(connection, "/no-content"))
		return server_say(fd, "HTTP/1.1 204 No Content\r\nX-Done: yes\r\n\r\n");
	if (server_is(connection, "/head"))
		return server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n");
	if (server_is(connection, "/interim"))
		return server_say(fd,
			"HTTP/1.1 103 Early Hints\r\nLink: early\r\n\r\nHTTP/1.1 200 OK\r\nFinal: yes\r\n"
			"Content-Length: 2\r\n\r\nok");
	if (server_is(connection, "/chunked"))
		return server_say(fd,
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n"
			"Trailer: late\r\n\r\n");
	if (server_is(connection, "/extra"))
		return server_say(fd,
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: "
			"7\r\n\r\nsmuggled");
	if (server_is(connection, "/extra-behind"))
		return server_extra_behind(fd, (size_t)server_number(connection));
	if (server_is(connection, "/interim-close"))
		return server_say(fd,
			"HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\n"
			"Content-Length: 2\r\n\r\nok");
	if (server_is(connection, "/blank-in-name")) {
		server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n");
		return server_hold(fd);
	}
	if (server_is(connection, "/early")) {
		server_say(fd, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
		return server_hold(fd);
	}
	if (server_is(connection, "/until-close")) {
		server_say(fd, "HTTP/1.1 200 OK\r\n\r\nall of it");
		return false;
	}
	if (server_is(connection, "/reset"))
		return server_reset(fd);
	if (server_is(connection, "/reset-in-body")) {
		server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
		usleep(20000);
		return server_reset(fd);
	}
	if (server_is(connection, "/close"))
		return false;
	/* The connection dies when it is used again; a new one answers. */
	if (server_is(connection, "/dead-when-kept"))
		return connection->requests > 1 ? server_reset(fd)
										: server_answer(fd, "200 OK", "text/plain", "fresh", 5);
	if (server_is(connection, "/close-idle")) {
		server_answer(fd, "200 OK", "text/plain", "bye", 3);
		return false;
	}
	if (server_is(connection, "/truncate")) {
		server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
		return false;
	}
	if (server_is(connection, "/chunk-truncate")) {
		server_say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n0123456789");
		return false;
	}
	if (server_is(connection, "/stall"))
		return server_hold(fd);
	if (server_is(connection, "/stall-in-body")) {
		server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
		return server_hold(fd);
	}
	if (server_is(connection, "/trickle"))
		return server_trickle(fd, server_number(connection), 20);
	if (server_is(connection, "/endless"))
		return server_flood(fd, "HTTP/1.1 200 OK\r\n\r\n",
			"0123456789abcdef0123456789abcdef0123456789abcdef");
	if (server_is(connection, "/endless-headers"))
		return server_flood(fd, "HTTP/1.1 200 OK\r\n",
			"X-More: 0123456789abcdef0123456789abcdef\r\n");
	if (server_is(connection, "/endless-line"))
		return server_flood(fd, "HTTP/1.1 200 OK\r\nX-Long: ", "0123456789abcdef0123456789abcdef");
	if (server_is(connection, "/endless-interim"))
		return server_flood(fd, "", "HTTP/1.1 103 Early Hints\r\nX-More: 0123456789abcdef\r\n\r\n");
	if (server_is(connection, "/headers"))
		return server_many_headers(fd, server_number(connection));
	if (server_is(connection, "/not-http")) {
		server_say(fd, "SSH-2.0-OpenSSH_9.2\r\n");
		return false;
	}
	return server_answer(fd, "200 OK", "application/json", "{\"ok\":true}", 11);
}

/* Reads one whole request. */
static bool server_read(struct server_connection *connection)
{
	size_t want = 0;

	connection->length = 0;
	for (;;) {
		ssize_t got = recv(connection->fd, connection->data + connection->length,
			SERVER_REQUEST_BYTES - connection->length, 0);
		if (got <= 0)
			return false;
		connection->length += (size_t)got;
		connection->data[connection->length] = '\0';
		if (connection->data[0] == 0x16) /* TLS */
			return server_say(connection->fd, "HTTP/1.1 400 Bad Request\r\n\r\n") && false;
		char *end = strstr(connection->data, "\r\n\r\n");
		if (end == NULL)
			continue;
		if (server_is(connection, "/early"))
			return true;
		char *declared = strcasestr(connection->data, "\r\ncontent-length:");
		want = (size_t)(end + 4 - connection->data);
		if (declared != NULL && declared < end)
			want += strtoul(declared + 17, NULL, 10);
		if (connection->length >= want)
			return true;
	}
}

static void *server_serve(void *argument)
{
	struct server_connection *connection = argument;
	struct server *server = connection->server;
	bool kept = true;

	connection->data = malloc(SERVER_REQUEST_BYTES + 1);
	while (kept && server_read(connection)) {
		connection->requests++;
		server->requests++;
		int now = ++server->now;
		for (int peak = server->peak;
			now > peak && !atomic_compare_exchange_weak(&server->peak, &peak, now);)
			;
		kept = server_handle(connection);
		server->now--;
	}
	pthread_mutex_lock(&server->mutex);
	server->fds[connection->index] = -1;
	close(connection->fd);
	pthread_mutex_unlock(&server->mutex);
	free(connection->data);
	free(connection);
	return NULL;
}

static void *server_accept(void *argument)
{
	struct server *server = argument;
	int one = 1, fd;

	while (server->connections < SERVER_CONNECTIONS &&
		(fd = accept(server->listener, NULL, NULL)) >= 0) {
		struct server_connection *connection = calloc(1, sizeof *connection);
		pthread_attr_t attributes;

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		connection->server = server;
		connection->fd = fd;
		pthread_mutex_lock(&server->mutex);
		connection->index = server->connections++;
		server->fds[connection->index] = fd;
		pthread_mutex_unlock(&server->mutex);
		pthread_attr_init(&attributes);
		pthread_attr_setstacksize(&attributes, 256 * 1024);
		if (pthread_create(&server->threads[connection->index], &attributes, server_serve,
				connection) != 0)
			abort();
		pthread_attr_destroy(&attributes);
	}
	return NULL;
}

/* Starts a server on a bound socket of any family. */
static struct server *server_start_on(int listener)
{
	struct server *server = calloc(1, sizeof *server);

	pthread_mutex_init(&server->mutex, NULL);
	server->listener = listener;
	if (listen(server->listener, 1024) < 0 ||
		pthread_create(&server->acceptor, NULL, server_accept, server) != 0)
		abort();
	return server;
}

static struct server *server_start(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
		getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		abort();
	struct server *server = server_start_on(listener);
	server->port = ntohs(address.sin_port);
	return server;
}

static void server_stop(struct server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->acceptor, NULL);
	close(server->listener);
	pthread_mutex_lock(&server->mutex);
	for (int i = 0; i < server->connections; i++)
		if (server->fds[i] >= 0)
			shutdown(server->fds[i], SHUT_RDWR);
	pthread_mutex_unlock(&server->mutex);
	for (int i = 0; i < server->connections; i++)
		pthread_join(server->threads[i], NULL);
	pthread_mutex_destroy(&server->mutex);
	free(server);
}

#endif
