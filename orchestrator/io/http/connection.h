/* Makes and ends one connection by curl, which is told to stop before it would speak HTTP. */
#ifndef REEVE_IO_HTTP_CONNECTION_H
#define REEVE_IO_HTTP_CONNECTION_H

#include "base/compiler.h"

struct http_connection;
struct http_endpoint;
struct http_transfer;

/* Begins to make a connection for the transfer. -1: curl could not be started. */
int http_connection_new(struct http_transfer *transfer, struct http_endpoint *endpoint) MUST_CHECK;
/* Ends a connection that has left the pool and carries no transfer. */
void http_connection_free(struct http_connection *connection);

#endif
