/* The endpoints that connections lead to, by scheme, host and port. */
#ifndef REEVE_IO_HTTP_ENDPOINT_H
#define REEVE_IO_HTTP_ENDPOINT_H

#include <stdint.h>

struct http_client;
struct http_endpoint;

/* Finds or adds an endpoint, and counts its caller among its users until http_endpoint_put. */
struct http_endpoint *http_endpoint_get(struct http_client *client, const char *url,
	const char *unix_socket);
void http_endpoint_put(struct http_endpoint *endpoint);

/* Counts an exchange that took so long, from the request's first byte to the response's last. */
void http_endpoint_count(struct http_endpoint *endpoint, int64_t exchange_us);
/* How long a request waits for one of the endpoint's connections to become free before another
 * connection is made for it. */
int64_t http_endpoint_patience_us(const struct http_endpoint *endpoint);

#endif
