/* The endpoints that connections lead to, by scheme, host and port. */
#include "io/http/endpoint.h"

#include "io/http/private.h"

#include "base/banned.h"
#include "base/mem.h"

enum {
	/* A connection costs a handshake (a millisecond of CPU over TLS, and a few round trips) and
	 * memory. So one more is made only for a request that has waited for PATIENCE_MS. */
	PATIENCE_MS = 20,
	/* Where an exchange takes less than QUICK_MS, the endpoint's first connections already carry
	 * thousands of requests a second, which is more than AWS allows. A request that waits there
	 * waits for a busy processor, and handshakes would only keep it busier. */
	QUICK_MS = 5,
	QUICK_PATIENCE_MS = 200,
	/* The bounds of the balance of quick and slow exchanges. A pause of this process or of the
	 * server, which delays some dozens of exchanges, must not turn a quick endpoint into a slow
	 * one. */
	MAX_QUICK_BALANCE = 1000,
	MIN_QUICK_BALANCE = -64,
};

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

void http_endpoint_count(struct http_endpoint *endpoint, int64_t exchange_us)
{
	if (exchange_us < QUICK_MS * 1000)
		endpoint->quick_balance += endpoint->quick_balance < MAX_QUICK_BALANCE;
	else
		endpoint->quick_balance -= endpoint->quick_balance > MIN_QUICK_BALANCE;
}

int64_t http_endpoint_patience_us(const struct http_endpoint *endpoint)
{
	return (int64_t)1000 * (endpoint->quick_balance > 0 ? QUICK_PATIENCE_MS : PATIENCE_MS);
}
