/* The endpoints that connections lead to, by scheme, host and port. */
#ifndef REEVE_IO_HTTP_ENDPOINT_H
#define REEVE_IO_HTTP_ENDPOINT_H

struct http_client;
struct http_endpoint;

/* Finds or adds an endpoint, and counts its caller among its users until http_endpoint_put. */
struct http_endpoint *http_endpoint_get(struct http_client *client, const char *url,
	const char *unix_socket);
void http_endpoint_put(struct http_endpoint *endpoint);

#endif
