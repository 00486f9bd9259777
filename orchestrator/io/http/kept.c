/* Connections by endpoint, kept for the next request. */
#include "io/http/private.h"

#include "base/banned.h"
#include "base/mem.h"

/* What stands between may forget a connection on which nothing was said for some minutes (350 s in
 * AWS's own NAT gateways), and then the next request would wait for an answer that can't come. */
#define MAX_KEPT_US ((int64_t)118 * 1000000)

/* A path of a UNIX socket follows on a line of its own, which a URL can't have. */
static char *new_key(const char *url, const char *unix_socket)
{
	return unix_socket != NULL ? xasprintf("%s\n%s", url, unix_socket) : xstrdup(url);
}

struct http_endpoint *http_endpoint_get(struct http_client *client, const char *url,
	const char *unix_socket)
{
	char *key CLEANUP_FREE = unix_socket != NULL ? new_key(url, unix_socket) : NULL;
	struct http_endpoint *endpoint;

	HASH_FIND_STR(client->endpoints, key != NULL ? key : url, endpoint);
	if (endpoint != NULL) {
		endpoint->users++;
		return endpoint;
	}
	endpoint = xcalloc(1, sizeof *endpoint);
	endpoint->client = client;
	endpoint->users = 1;
	endpoint->url = xstrdup(url);
	endpoint->unix_socket = unix_socket != NULL ? xstrdup(unix_socket) : NULL;
	endpoint->key = new_key(url, unix_socket);
	TAILQ_INIT(&endpoint->kept);
	HASH_ADD_KEYPTR(hh, client->endpoints, endpoint->key, strlen(endpoint->key), endpoint);
	return endpoint;
}

/* S3 Control has an endpoint for every account, so that they can't all be remembered. */
void http_endpoint_put(struct http_endpoint *endpoint)
{
	if (--endpoint->users > 0)
		return;
	HASH_DEL(endpoint->client->endpoints, endpoint);
	free(endpoint->key);
	free(endpoint->url);
	free(endpoint->unix_socket);
	free(endpoint);
}

void http_kept_remove(struct http_connection *connection)
{
	TAILQ_REMOVE(&connection->endpoint->kept, connection, by_endpoint);
	TAILQ_REMOVE(&connection->client->kept, connection, by_age);
	connection->client->kept_count--;
}

static void end(struct http_connection *connection)
{
	http_kept_remove(connection);
	http_connection_free(connection);
}

struct http_connection *http_kept_take(struct http_endpoint *endpoint)
{
	int64_t now_us = loop_turn_us(endpoint->client->loop);

	for (struct http_connection *connection; (connection = TAILQ_FIRST(&endpoint->kept)) != NULL;
		end(connection)) {
		if (now_us - connection->kept_us > MAX_KEPT_US)
			continue;
		http_kept_remove(connection);
		return connection;
	}
	return NULL;
}

void http_kept_add(struct http_connection *connection)
{
	struct http_client *client = connection->client;

	connection->kept_us = loop_turn_us(client->loop);
	TAILQ_INSERT_HEAD(&connection->endpoint->kept, connection, by_endpoint);
	TAILQ_INSERT_TAIL(&client->kept, connection, by_age);
	if (++client->kept_count > client->max_kept)
		end(TAILQ_FIRST(&client->kept));
}
