/* The connection pool. */
#ifndef REEVE_IO_HTTP_POOL_H
#define REEVE_IO_HTTP_POOL_H

struct http_connection;
struct http_endpoint;

/* The idle connection to the endpoint that was used last, or NULL. It leaves the pool. */
struct http_connection *http_pool_take(struct http_endpoint *endpoint);
void http_pool_add(struct http_connection *connection);
void http_pool_remove(struct http_connection *connection);

#endif
