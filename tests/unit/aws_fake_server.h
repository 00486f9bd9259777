/*
 * A small HTTP server on a thread, for tests of the AWS client: each test gives it a
 * handler, which sees every request and says what to answer, and when.
 */
#ifndef AWS_FAKE_SERVER_H
#define AWS_FAKE_SERVER_H

#include "base/mem.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FAKE_CONNECTIONS = 400 };
/* The largest request in bytes; a test that sends more defines it. */
#ifndef FAKE_REQUEST_BYTES
#define FAKE_REQUEST_BYTES (32 * 1024)
#endif

struct fake_request {
	int index; /* counts from 0, in order of arrival */
	char method[16], target[4096];
	const char *head; /* the whole request, from its first line */
	const char *body;
	size_t body_length;
};

struct fake_answer {
	int status;
	int delay_ms;
	bool hang_up;       /* closes the connection without an answer */
	char headers[1024]; /* "Name: value\r\n" lines */
	char body[8192];
};

struct fake_connection {
	int fd;
	char data[FAKE_REQUEST_BYTES];
	size_t used;
	char *reply;
	size_t reply_length, reply_sent;
	int64_t reply_at_ms;
};

struct fake_server {
	int listener, port;
	pthread_t thread;
	atomic_bool stop;
	atomic_int requests, in_flight, peak_in_flight;
	void (*handle)(void *argument, const struct fake_request *request, struct fake_answer *answer);
	void *argument;
	struct fake_connection *connections[FAKE_CONNECTIONS];
	size_t count;
	char url[64];
};

static int64_t fake_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Copies the value of a header of the request (name as sent, any case) to out and returns it; ""
 * when the header is absent. */
__attribute__((unused)) static const char *fake_header(const struct fake_request *request,
	const char *name, char *out, size_t size)
{
	size_t length = strlen(name);

	*out = '\0';
	for (const char *line = strstr(request->head, "\r\n");
		line != NULL && strncmp(line, "\r\n\r\n", 4) != 0; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, length) != 0 || line[2 + length] != ':')
			continue;
		const char *value = line + 3 + length;
		value += strspn(value, " ");
		snprintf(out, size, "%.*s", (int)strcspn(value, "\r\n"), value);
	}
	return out;
}

static void fake_close(struct fake_server *server, size_t i)
{
	struct fake_connection *connection = server->connections[i];

	close(connection->fd);
	free(connection->reply);
	free(connection);
	server->connections[i] = server->connections[--server->count];
}

/* Answers the request once it has arrived whole. Returns false when the connection must be
 * closed. */
static bool fake_serve(struct fake_server *server, struct fake_connection *connection)
{
	char *end = strstr(connection->data, "\r\n\r\n");
	size_t body_length = 0;
	struct fake_answer *answer;
	struct fake_request *request;
	bool keep = true;

	if (end == NULL)
		return true;
	for (char *line = connection->data; line < end; line = strstr(line + 1, "\r\n"))
		if (strncasecmp(line, "\r\ncontent-length:", 17) == 0)
			body_length = strtoul(line + 17, NULL, 10);
	size_t whole = (size_t)(end - connection->data) + 4 + body_length;
	if (connection->used < whole)
		return true;
	request = xcalloc(1, sizeof *request);
	answer = xcalloc(1, sizeof *answer);
	request->index = atomic_fetch_add(&server->requests, 1);
	request->head = connection->data;
	request->body = end + 4;
	request->body_length = body_length;
	sscanf(connection->data, "%15s %4095s", request->method, request->target);
	answer->status = 200;
	server->handle(server->argument, request, answer);
	int flying = atomic_fetch_add(&server->in_flight, 1) + 1;
	if (flying > atomic_load(&server->peak_in_flight))
		atomic_store(&server->peak_in_flight, flying);
	if (answer->hang_up) {
		keep = false;
		atomic_fetch_sub(&server->in_flight, 1);
	} else {
		connection->reply = xasprintf("HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n%s",
			answer->status, strlen(answer->body), answer->headers, answer->body);
		connection->reply_length = strlen(connection->reply);
		connection->reply_sent = 0;
		connection->reply_at_ms = fake_now_ms() + answer->delay_ms;
		connection->used = 0;
	}
	free(request);
	free(answer);
	return keep;
}

static bool fake_read(struct fake_server *server, struct fake_connection *connection)
{
	ssize_t got = read(connection->fd, connection->data + connection->used,
		sizeof connection->data - 1 - connection->used);

	if (got <= 0)
		return false;
	connection->used += (size_t)got;
	connection->data[connection->used] = '\0';
	return fake_serve(server, connection);
}

static bool fake_write(struct fake_server *server, struct fake_connection *connection)
{
	ssize_t put = write(connection->fd, connection->reply + connection->reply_sent,
		connection->reply_length - connection->reply_sent);

	if (put < 0)
		return false;
	connection->reply_sent += (size_t)put;
	if (connection->reply_sent == connection->reply_length) {
		free(connection->reply);
		connection->reply = NULL;
		atomic_fetch_sub(&server->in_flight, 1);
	}
	return true;
}

static void fake_accept(struct fake_server *server)
{
	int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
	int one = 1;

	if (fd < 0)
		return;
	if (server->count == FAKE_CONNECTIONS) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	struct fake_connection *connection = xcalloc(1, sizeof *connection);
	connection->fd = fd;
	server->connections[server->count++] = connection;
}

static void *fake_run(void *argument)
{
	struct fake_server *server = argument;
	static _Thread_local struct pollfd polls[FAKE_CONNECTIONS + 1];

	while (!atomic_load(&server->stop)) {
		int timeout_ms = 20;
		int64_t now_ms = fake_now_ms();
		size_t count = server->count;

		polls[0] = (struct pollfd){ server->listener, POLLIN, 0 };
		for (size_t i = 0; i < count; i++) {
			struct fake_connection *connection = server->connections[i];
			bool due = connection->reply != NULL && connection->reply_at_ms <= now_ms;

			if (connection->reply != NULL && !due && connection->reply_at_ms - now_ms < timeout_ms)
				timeout_ms = (int)(connection->reply_at_ms - now_ms);
			polls[i + 1] = (struct pollfd){ connection->fd,
				due                             ? POLLOUT
					: connection->reply == NULL ? POLLIN
												: 0,
				0 };
		}
		if (poll(polls, (nfds_t)count + 1, timeout_ms) < 0)
			continue;
		for (size_t i = count; i-- > 0;) {
			struct fake_connection *connection = server->connections[i];
			short happened = polls[i + 1].revents;
			bool keep = true;

			if ((happened & POLLOUT) != 0)
				keep = fake_write(server, connection);
			else if ((happened & POLLIN) != 0)
				keep = fake_read(server, connection);
			else if ((happened & (POLLERR | POLLHUP)) != 0)
				keep = false;
			if (!keep)
				fake_close(server, i);
		}
		if ((polls[0].revents & POLLIN) != 0)
			fake_accept(server);
	}
	while (server->count > 0)
		fake_close(server, 0);
	return NULL;
}

static void fake_server_start(struct fake_server *server,
	void (*handle)(void *argument, const struct fake_request *request, struct fake_answer *answer),
	void *argument)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof address;

	memset(server, 0, sizeof *server);
	server->handle = handle;
	server->argument = argument;
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server->listener, (struct sockaddr *)&address, size) < 0 ||
		listen(server->listener, 512) < 0 ||
		getsockname(server->listener, (struct sockaddr *)&address, &size) < 0)
		abort();
	server->port = ntohs(address.sin_port);
	snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", server->port);
	if (pthread_create(&server->thread, NULL, fake_run, server) != 0)
		abort();
}

static void fake_server_stop(struct fake_server *server)
{
	atomic_store(&server->stop, true);
	pthread_join(server->thread, NULL);
	close(server->listener);
}

#endif
