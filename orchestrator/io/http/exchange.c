/* One exchange: a request is written to a connection, and its response is read from it. */
#include "io/http/exchange.h"

#include "io/http/connection.h"
#include "io/http/pool.h"
#include "io/http/private.h"
#include "io/http/request.h"
#include "io/http/transport.h"

#include "base/banned.h"
#include "base/mem.h"

enum {
	/* How often one connection is read before the others get their turn: at most 128 KiB. */
	READS_PER_TURN = 8,
};

/* --- the end of an exchange --- */

static void end_exchange(struct http_connection *connection, bool keep, enum http_problem problem)
{
	connection->used = true;
	connection->on_end(connection, keep ? EXCHANGE_KEEP : EXCHANGE_CLOSE, problem);
}

/* The connection has ended before any byte of a response came. If it was used before, its server
 * may have closed it before it saw the request. Only a request that is harmless to repeat is sent
 * again: another one may have been carried out. */
static void end_unanswered(struct http_connection *connection)
{
	if (!connection->used)
		end_exchange(connection, false, PROBLEM_RESET);
	else if (!http_request_may_repeat(connection->transfer->request))
		end_exchange(connection, false, PROBLEM_RESEND);
	else
		connection->on_end(connection, EXCHANGE_REPEAT, PROBLEM_NONE);
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

/* Returns whether the connection may carry another request. A server that has sent more than its
 * response would answer that request before it was sent; a request that was not sent whole would go
 * on in the next one. */
static bool may_keep(struct http_connection *connection, size_t received)
{
	const struct http_transfer *transfer = connection->transfer;

	return transfer->reader.keep &&
		transfer->written == transfer->head.length + transfer->body_length &&
		(!http_transport_may_hold_more(connection, received) ||
			http_transport_is_quiet(connection));
}

/* Ends the exchange when it is over. Returns whether it is. `received` is what was read last. */
static bool conclude(struct http_connection *connection, enum http_progress progress,
	size_t received)
{
	if (progress == HTTP_PROGRESS_MORE)
		return false;
	if (progress == HTTP_PROGRESS_NOTHING)
		end_broken(connection);
	else
		end_exchange(connection, progress == HTTP_PROGRESS_DONE && may_keep(connection, received),
			problem_of(progress));
	return true;
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

/* When writing fails, there may still be a response to read; if not, reading fails, too, and says
 * why. */
static void write_on(struct http_connection *connection)
{
	struct http_transfer *transfer = connection->transfer;
	CURLcode result = CURLE_OK;
	size_t length, sent;

	for (const char *bytes;
		result == CURLE_OK && (bytes = left_to_write(transfer, &length)) != NULL;) {
		result = http_transport_send(connection, bytes, length, &sent);
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
		CURLcode result = http_transport_receive(connection, client->read_buffer,
			sizeof client->read_buffer, &length);

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
		if (conclude(connection, progress, length))
			return false;
	}
	return true;
}

/* An idle connection became readable: its server has closed it, or sends what nobody asked for. */
static void close_unless_quiet(struct http_connection *connection)
{
	if (http_transport_is_quiet(connection))
		return;
	http_pool_remove(connection);
	http_connection_free(connection);
}

static void on_readable(evutil_socket_t fd, short what, void *argument)
{
	struct http_connection *connection = argument;

	(void)fd;
	(void)what;
	loop_turn_begin(connection->client->loop);
	if (connection->transfer == NULL)
		close_unless_quiet(connection);
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

/* --- the beginning --- */

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

void http_exchange_begin(struct http_connection *connection, struct http_transfer *transfer,
	http_exchange_end *on_end)
{
	const struct http_request *request = transfer->request;

	connection->transfer = transfer;
	connection->on_end = on_end;
	transfer->send_attempts++;
	transfer->written = 0;
	transfer->activity_us = loop_turn_us(connection->client->loop);
	http_reader_begin(&transfer->reader, transfer->response, strcmp(request->method, "HEAD") == 0,
		request->max_body_bytes > 0 ? request->max_body_bytes : HTTP_DEFAULT_MAX_BODY_BYTES);
	write_on(connection);
}
