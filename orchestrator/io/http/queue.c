/* Decides which transfer goes on which connection, and when one is made for it. */
#include "io/http/queue.h"

#include "io/http/connection.h"
#include "io/http/endpoint.h"
#include "io/http/exchange.h"
#include "io/http/multi.h"
#include "io/http/pool.h"
#include "io/http/private.h"
#include "io/http/transport.h"

#include "base/banned.h"
#include "base/clock.h"

enum {
	/* How long one pump sends requests, at 10 us each, before the rest of the loop gets its turn.
	 */
	PUMP_BUDGET_US = 1000,
	/* How many connections one pump begins, at up to 500 us each. */
	MAKE_BATCH = 4,
	/* An endpoint's first connections are begun at once. A further one is made only for a request
	 * that has waited for a free one in vain: where responses come quickly, a few connections serve
	 * hundreds of requests. */
	FIRST_CONNECTIONS = 16,
	/* The bound of connections that are being made at once. Each costs a name lookup (a thread of
	 * curl's and two packets) and a TLS handshake (a millisecond of the loop). Without a bound, the
	 * beginning of a sweep would exceed what a VPC's resolver takes (1,024 packets a second), and
	 * curl would do dozens of handshakes in one call that nothing interrupts. It saves handshakes,
	 * too, because meanwhile other connections become free. A connection that takes longer than
	 * LONG_MAKING_MS is no longer counted, so that an unreachable host or a distant region holds up
	 * nobody else: 200 a second begin in any case. */
	MAX_MAKING = 20,
	LONG_MAKING_MS = 100,
};

/* --- connections that are being made --- */

static void count_making(struct http_connection *connection)
{
	struct http_client *client = connection->client;

	connection->making_counted = true;
	connection->started_us = loop_turn_us(client->loop);
	TAILQ_INSERT_TAIL(&client->making, connection, making);
	client->making_count++;
}

static void uncount_making(struct http_connection *connection)
{
	struct http_client *client = connection->client;

	if (!connection->making_counted)
		return;
	connection->making_counted = false;
	TAILQ_REMOVE(&client->making, connection, making);
	client->making_count--;
	client->making_end_us = loop_turn_us(client->loop);
	if (!TAILQ_EMPTY(&client->waiting))
		http_multi_post_pump(client);
}

static bool may_make(struct http_client *client)
{
	int64_t old_us = loop_turn_us(client->loop) - LONG_MAKING_MS * 1000;

	while (client->making_count >= MAX_MAKING && TAILQ_FIRST(&client->making)->started_us <= old_us)
		uncount_making(TAILQ_FIRST(&client->making));
	return client->making_count < MAX_MAKING;
}

static void on_making_timer(evutil_socket_t fd, short what, void *argument)
{
	struct http_client *client = argument;

	(void)fd;
	(void)what;
	loop_turn_begin(client->loop);
	http_multi_post_pump(client);
}

/* Pumps again when the first transfer has waited long enough, or when slow connections are no
 * longer counted. */
static void look_again(struct http_client *client)
{
	int64_t wait_us = TAILQ_FIRST(&client->waiting)->patient_until_us - loop_turn_us(client->loop);
	struct timeval delay = { .tv_usec = wait_us > 0 ? (suseconds_t)wait_us
													: LONG_MAKING_MS * 1000 / 4 };

	if (!event_pending(&client->making_timer, EV_TIMEOUT, NULL))
		event_add(&client->making_timer, &delay);
}

/* --- the way of a transfer --- */

void http_queue_submit(struct http_transfer *transfer)
{
	transfer->state = TRANSFER_SUBMITTED;
	TAILQ_INSERT_TAIL(&transfer->client->submitted, transfer, queued);
	http_multi_post_pump(transfer->client);
}

static void complete(struct http_transfer *transfer, enum http_problem problem)
{
	const struct http_request *request = transfer->request;

	transfer->state = TRANSFER_DONE;
	transfer->connection = NULL;
	if (transfer->problem == PROBLEM_NONE)
		transfer->problem = problem;
	if (transfer->problem == PROBLEM_NONE && request->parse != NULL)
		request->parse(request->parse_argument, transfer->response);
	fiber_wake(transfer->ticket, 0);
}

static void on_exchange_end(struct http_connection *connection, enum http_exchange_outcome outcome,
	enum http_problem problem);

static void send_on(struct http_transfer *transfer, struct http_connection *connection)
{
	transfer->state = TRANSFER_EXCHANGING;
	transfer->connection = connection;
	connection->started_us = loop_turn_us(transfer->client->loop);
	http_exchange_begin(connection, transfer, on_exchange_end);
}

static void stop_waiting(struct http_transfer *transfer)
{
	TAILQ_REMOVE(&transfer->client->waiting, transfer, queued);
	if (transfer->patient_until_us == 0)
		transfer->endpoint->impatient--;
	http_endpoint_put(transfer->endpoint);
	transfer->endpoint = NULL;
}

/* Puts a transfer behind those whose patience ends no later. Where all have the same patience, that
 * is the tail. */
static void insert_waiting(struct http_transfer *transfer)
{
	struct http_client *client = transfer->client;
	struct http_transfer *before = TAILQ_LAST(&client->waiting, http_transfers);

	while (before != NULL && before->patient_until_us > transfer->patient_until_us)
		before = TAILQ_PREV(before, http_transfers, queued);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&client->waiting, transfer, queued);
	else
		TAILQ_INSERT_AFTER(&client->waiting, before, transfer, queued);
}

/* Puts a transfer into the order in which connections are made for them. */
static void wait_for_connection(struct http_transfer *transfer, struct http_endpoint *endpoint)
{
	struct http_client *client = transfer->client;

	transfer->state = TRANSFER_WAITING;
	transfer->endpoint = endpoint;
	if (transfer->fresh || endpoint->connections + endpoint->impatient < FIRST_CONNECTIONS) {
		transfer->patient_until_us = 0;
		endpoint->impatient++;
		TAILQ_INSERT_HEAD(&client->waiting, transfer, queued);
	} else {
		transfer->patient_until_us = loop_turn_us(client->loop) +
			http_endpoint_patience_us(endpoint);
		insert_waiting(transfer);
	}
}

static void take_submitted(struct http_transfer *transfer)
{
	struct http_client *client = transfer->client;
	struct http_endpoint *endpoint =
		http_endpoint_get(client, transfer->endpoint_url, transfer->request->unix_socket);
	struct http_connection *connection = transfer->fresh ? NULL : http_pool_take(endpoint);

	TAILQ_REMOVE(&client->submitted, transfer, queued);
	if (connection != NULL) {
		http_endpoint_put(endpoint);
		send_on(transfer, connection);
		return;
	}
	wait_for_connection(transfer, endpoint);
}

static void connect_for(struct http_transfer *transfer)
{
	struct http_endpoint *endpoint = transfer->endpoint;

	endpoint->users++; /* kept for as long as the connection may need it */
	stop_waiting(transfer);
	transfer->state = TRANSFER_CONNECTING;
	if (http_connection_new(transfer, endpoint) < 0) {
		transfer->result = CURLE_FAILED_INIT;
		complete(transfer, PROBLEM_CONNECT);
	} else {
		count_making(transfer->connection);
	}
	http_endpoint_put(endpoint);
}

static void on_connected(struct http_connection *connection, CURLcode result, curl_socket_t fd)
{
	struct http_transfer *transfer = connection->transfer;

	uncount_making(connection);
	if (result == CURLE_OK) {
		connection->client->stats.connections++;
		http_exchange_watch(connection, fd);
		send_on(transfer, connection);
		return;
	}
	transfer->result = result;
	transfer->socket_errno = connection->socket_errno;
	memcpy(transfer->error_text, connection->error_text, sizeof transfer->error_text);
	curl_easy_getinfo(connection->easy, CURLINFO_OS_ERRNO, &transfer->os_errno);
	curl_easy_getinfo(connection->easy, CURLINFO_HTTP_CONNECTCODE, &transfer->proxy_status);
	http_connection_free(connection);
	complete(transfer, PROBLEM_CONNECT);
}

/* The first transfer that waits for any connection to the endpoint. There is one only while many
 * connections are being made at once. */
static struct http_transfer *first_waiting(struct http_client *client,
	const struct http_endpoint *endpoint)
{
	struct http_transfer *transfer = TAILQ_FIRST(&client->waiting);

	while (transfer != NULL && (transfer->endpoint != endpoint || transfer->fresh))
		transfer = TAILQ_NEXT(transfer, queued);
	return transfer;
}

/* Gives a connection to the transfer that waits for it, or else to the pool. */
static void reuse(struct http_connection *connection)
{
	struct http_transfer *transfer = first_waiting(connection->client, connection->endpoint);

	if (transfer == NULL) {
		http_pool_add(connection);
	} else if (http_transport_is_quiet(connection)) {
		stop_waiting(transfer);
		send_on(transfer, connection);
	} else {
		http_connection_free(connection);
	}
}

/* An exchange beside a handshake isn't counted: it was the handshake that delayed it. */
static void count_exchange(const struct http_connection *connection)
{
	const struct http_client *client = connection->client;

	if (client->making_count == 0 && connection->started_us >= client->making_end_us)
		http_endpoint_count(connection->endpoint,
			loop_turn_us(client->loop) - connection->started_us);
}

static void on_exchange_end(struct http_connection *connection, enum http_exchange_outcome outcome,
	enum http_problem problem)
{
	struct http_transfer *transfer = connection->transfer;

	connection->transfer = NULL;
	if (outcome == EXCHANGE_KEEP) {
		count_exchange(connection);
		reuse(connection);
	} else {
		http_connection_free(connection);
	}
	if (outcome != EXCHANGE_REPEAT) {
		complete(transfer, problem);
		return;
	}
	transfer->fresh = true;
	transfer->connection = NULL;
	http_queue_submit(transfer);
}

void http_queue_abandon(void *argument)
{
	struct http_transfer *transfer = argument;
	struct http_connection *connection = transfer->connection;

	switch (transfer->state) {
	case TRANSFER_SUBMITTED:
		TAILQ_REMOVE(&transfer->client->submitted, transfer, queued);
		break;
	case TRANSFER_WAITING:
		stop_waiting(transfer);
		break;
	case TRANSFER_CONNECTING:
	case TRANSFER_EXCHANGING:
		uncount_making(connection);
		http_connection_free(connection);
		break;
	case TRANSFER_DONE:
		fiber_wake(transfer->ticket, 0);
		return;
	}
	complete(transfer, PROBLEM_CANCELLED);
}

/* --- the pump --- */

static bool should_make(struct http_client *client)
{
	const struct http_transfer *first = TAILQ_FIRST(&client->waiting);

	return first != NULL && first->patient_until_us <= loop_turn_us(client->loop) &&
		may_make(client);
}

static void pump(void *argument)
{
	struct http_client *client = argument;
	int64_t end_us = clock_monotonic_us() + PUMP_BUDGET_US;

	client->pump_posted = true; /* nothing below needs to post it again */
	while (!TAILQ_EMPTY(&client->submitted)) {
		take_submitted(TAILQ_FIRST(&client->submitted));
		if (clock_monotonic_us() > end_us)
			break;
	}
	for (int i = 0; i < MAKE_BATCH && should_make(client); i++)
		connect_for(TAILQ_FIRST(&client->waiting));
	http_multi_kick(client);
	http_multi_collect(client, on_connected);
	client->pump_posted = false;
	if (client->kick || !TAILQ_EMPTY(&client->submitted) || should_make(client))
		http_multi_post_pump(client);
	else if (!TAILQ_EMPTY(&client->waiting))
		look_again(client);
}

/* --- life --- */

void http_queue_init(struct http_client *client)
{
	client->pump = pump;
	TAILQ_INIT(&client->spare);
	TAILQ_INIT(&client->submitted);
	TAILQ_INIT(&client->waiting);
	TAILQ_INIT(&client->making);
	TAILQ_INIT(&client->idle);
	event_assign(&client->making_timer, client->loop->base, -1, 0, on_making_timer, client);
}

void http_queue_release(struct http_client *client)
{
	while (!TAILQ_EMPTY(&client->idle)) {
		struct http_connection *connection = TAILQ_FIRST(&client->idle);

		http_pool_remove(connection);
		http_connection_free(connection);
	}
	event_del(&client->making_timer);
	loop_unpost(client->loop, pump, client);
}
