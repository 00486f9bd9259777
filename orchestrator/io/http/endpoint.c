/* The endpoints that connections lead to, by scheme, host and port. */
#include "io/http/endpoint.h"

#include "io/http/private.h"

#include "base/banned.h"
#include "base/mem.h"

/* The path of a UNIX socket is put behind a line feed, which no URL has. */
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
	TAILQ_INIT(&endpoint->idle);
	HASH_ADD_KEYPTR(hh, client->endpoints, endpoint->key, strlen(endpoint->key), endpoint);
	return endpoint;
}

/* S3 Control has an endpoint for each account. So endpoints that nobody uses are freed. */
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
