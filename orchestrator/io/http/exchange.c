/* A request and its response on a connection. */
#include "io/http/private.h"

#include "base/banned.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/socket.h>

enum {
	/* Reads of one connection before the others get their turn: 64 KiB or so. */
	READS_PER_TURN = 8,
};

/* --- the end of an exchange --- */

static void end_exchange(struct http_connection *connection, bool keep, enum http_problem problem)
{
	struct http_transfer *transfer = connection->transfer;

	connection->transfer = NULL;
	connection->used = true;
	if (keep)
		http_queue_freed(connection);
	else
		http_connection_free(connection);
	http_queue_complete(transfer, problem);
}

/* The connection has ended before anything of an answer came. Where it had been kept, its server
 * may have closed it before it saw the request. Unless it is harmless to repeat that, it isn't our
 * decision: it may have been carried out. */
static void end_unanswered(struct http_connection *connection)
{
	struct http_transfer *transfer = connection->transfer;

	if (!connection->used) {
		end_exchange(connection, false, PROBLEM_RESET);
	} else if (!http_request_may_repeat(transfer->request)) {
		end_exchange(connection, false, PROBLEM_RESEND);
	} else {
		transfer->fresh = true;
		transfer->connection = NULL;
		http_connection_free(connection);
		http_queue_submit(transfer);
	}
}

static void end_broken(struct http_connection *connection)
{
	const struct http_reader *reader = &connection->transfer->reader;

	if (!reader->started)
		end_unanswered(connection);
	else if (reader->state == READER_STATUS || reader->state == READER_FIELDS)
		end_exchange(connection, false, PROBLEM_RESET);
	else
		end_exchange(connection, false, PROBLEM_RESET_IN_BODY);
}

static enum http_problem problem_of(enum http_progress progress)
{
	switch (progress) {
	case HTTP_PROGRESS_NOT_HTTP:
		return PROBLEM_NOT_HTTP;
	case HTTP_PROGRESS_HEADERS_TOO_LARGE:
		return PROBLEM_HEADERS_TOO_LARGE;
	case HTTP_PROGRESS_BODY_TOO_LARGE:
		return PROBLEM_BODY_TOO_LARGE;
	case HTTP_PROGRESS_TRUNCATED:
		return PROBLEM_TRUNCATED;
	default:
		return PROBLEM_NONE;
	}
}

/* Whether the exchange is over. */
static bool go_on(struct http_connection *connection, enum http_progress progress)
{
	const struct http_transfer *transfer = connection->transfer;
	bool written = transfer->written == transfer->head.length + transfer->body_length;

	if (progress == HTTP_PROGRESS_MORE)
		return false;
	if (progress == HTTP_PROGRESS_NOTHING)
		end_broken(connection);
	else
		end_exchange(connection, progress == HTTP_PROGRESS_DONE && transfer->reader.keep && written,
			problem_of(progress));
	return true;
}

/* --- bytes --- */

/* curl looks its connection up, among all that there are, for every call: where there is nothing
 * between us and the socket, it isn't asked. */
static CURLcode send_bytes(const struct http_connection *connection, const char *bytes,
	size_t length, size_t *sent)
{
	if (!connection->bare)
		return curl_easy_send(connection->easy, bytes, length, sent);
	ssize_t result = send(connection->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	*sent = result > 0 ? (size_t)result : 0;
	return result >= 0                      ? CURLE_OK
		: errno == EAGAIN || errno == EINTR ? CURLE_AGAIN
											: CURLE_SEND_ERROR;
}

static CURLcode receive_bytes(const struct http_connection *connection, char *bytes, size_t length,
	size_t *received)
{
	if (!connection->bare)
		return curl_easy_recv(connection->easy, bytes, length, received);
	ssize_t result = recv(connection->fd, bytes, length, MSG_DONTWAIT);
	*received = result > 0 ? (size_t)result : 0;
	return result >= 0                      ? CURLE_OK
		: errno == EAGAIN || errno == EINTR ? CURLE_AGAIN
											: CURLE_RECV_ERROR;
}

/* --- writing --- */

static const char *left_to_write(const struct http_transfer *transfer, size_t *length)
{
	if (transfer->written < transfer->head.length) {
		*length = transfer->head.length - transfer->written;
		return transfer->head.data + transfer->written;
	}
	size_t of_body = transfer->written - transfer->head.length;
	*length = transfer->body_length - of_body;
	return *length > 0 ? transfer->body + of_body : NULL;
}

static void watch_writable(struct http_connection *connection, bool watch)
{
	if (connection->write_watched == watch)
		return;
	connection->write_watched = watch;
	if (watch)
		event_add(&connection->writable, NULL);
	else
		event_del(&connection->writable);
}

/* When writing fails, there may still be an answer to read, and if not, reading fails, too, and
 * says why. */
static void write_on(struct http_connection *connection)
{
	struct http_transfer *transfer = connection->transfer;
	CURLcode result = CURLE_OK;
	size_t length, sent;

	for (const char *bytes;
		result == CURLE_OK && (bytes = left_to_write(transfer, &length)) != NULL;) {
		result = send_bytes(connection, bytes, length, &sent);
		if (result == CURLE_OK) {
			transfer->written += sent;
			transfer->activity_us = loop_turn_us(connection->client->loop);
		}
	}
	watch_writable(connection, result == CURLE_AGAIN);
}

/* --- reading --- */

/* Returns whether there may be more to read: the rest of a TLS record makes no descriptor readable.
 */
static bool read_on(struct http_connection *connection)
{
	struct http_client *client = connection->client;
	struct http_transfer *transfer = connection->transfer;

	for (int i = 0; i < READS_PER_TURN; i++) {
		size_t length = 0;
		CURLcode result =
			receive_bytes(connection, client->read_buffer, sizeof client->read_buffer, &length);

		if (result == CURLE_AGAIN)
			return false;
		if (result != CURLE_OK && result != CURLE_GOT_NOTHING) {
			end_broken(connection);
			return false;
		}
		transfer->activity_us = loop_turn_us(client->loop);
		enum http_progress progress = length == 0
			? http_reader_end(&transfer->reader)
			: http_reader_take(&transfer->reader, client->read_buffer, length);
		mem_wipe(client->read_buffer, length); /* AssumeRole answers with credentials */
		if (go_on(connection, progress))
			return false;
	}
	return true;
}

/* A kept connection has something to say: that it ends, or what concerns TLS only. */
static void look_at_kept(struct http_connection *connection)
{
	char byte;
	size_t length = 0;

	if (receive_bytes(connection, &byte, 1, &length) == CURLE_AGAIN)
		return;
	http_kept_remove(connection);
	http_connection_free(connection);
}

static void on_readable(evutil_socket_t fd, short what, void *argument)
{
	struct http_connection *connection = argument;

	(void)fd;
	(void)what;
	loop_turn_begin(connection->client->loop);
	if (connection->transfer == NULL)
		look_at_kept(connection);
	else if (read_on(connection))
		event_active(&connection->readable, EV_READ, 0);
}

static void on_writable(evutil_socket_t fd, short what, void *argument)
{
	struct http_connection *connection = argument;

	(void)fd;
	(void)what;
	loop_turn_begin(connection->client->loop);
	if (connection->transfer != NULL)
		write_on(connection);
}

/* --- the begin --- */

void http_exchange_watch(struct http_connection *connection, curl_socket_t fd)
{
	const struct http_client *client = connection->client;
	struct event_base *base = client->loop->base;

	connection->fd = fd;
	connection->bare = !client->proxy_in_environment &&
		strncmp(connection->endpoint->url, "http:", 5) == 0;
	event_assign(&connection->readable, base, fd, EV_READ | EV_PERSIST, on_readable, connection);
	event_assign(&connection->writable, base, fd, EV_WRITE | EV_PERSIST, on_writable, connection);
	event_add(&connection->readable, NULL);
	connection->made = true;
}

void http_exchange_begin(struct http_connection *connection, struct http_transfer *transfer)
{
	const struct http_request *request = transfer->request;

	transfer->send_attempts++;
	transfer->written = 0;
	transfer->activity_us = loop_turn_us(connection->client->loop);
	http_reader_begin(&transfer->reader, transfer->response, strcmp(request->method, "HEAD") == 0,
		request->max_body_bytes > 0 ? request->max_body_bytes : HTTP_DEFAULT_MAX_BODY_BYTES);
	write_on(connection);
}
