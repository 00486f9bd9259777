/* The connection pool: idle connections by endpoint, which wait for the next request. */
#include "io/http/pool.h"

#include "io/http/connection.h"
#include "io/http/private.h"
#include "io/http/transport.h"

#include "base/banned.h"

/* Firewalls and NAT gateways forget connections that were silent for some minutes (AWS's NAT
 * gateway after 350 s), and a request on a forgotten connection is never answered. */
#define MAX_IDLE_US ((int64_t)118 * 1000000)

void http_pool_remove(struct http_connection *connection)
{
	TAILQ_REMOVE(&connection->endpoint->idle, connection, by_endpoint);
	TAILQ_REMOVE(&connection->client->idle, connection, by_age);
	connection->client->idle_count--;
}

static void end(struct http_connection *connection)
{
	http_pool_remove(connection);
	http_connection_free(connection);
}

struct http_connection *http_pool_take(struct http_endpoint *endpoint)
{
	int64_t now_us = loop_turn_us(endpoint->client->loop);

	for (struct http_connection *connection; (connection = TAILQ_FIRST(&endpoint->idle)) != NULL;
		end(connection)) {
		if (now_us - connection->idle_since_us > MAX_IDLE_US ||
			!http_transport_is_quiet(connection))
			continue;
		http_pool_remove(connection);
		return connection;
	}
	return NULL;
}

void http_pool_add(struct http_connection *connection)
{
	struct http_client *client = connection->client;

	connection->idle_since_us = loop_turn_us(client->loop);
	TAILQ_INSERT_HEAD(&connection->endpoint->idle, connection, by_endpoint);
	TAILQ_INSERT_TAIL(&client->idle, connection, by_age);
	if (++client->idle_count > client->max_idle)
		end(TAILQ_FIRST(&client->idle));
}
