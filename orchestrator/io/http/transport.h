/* The bytes of a connection. */
#ifndef REEVE_IO_HTTP_TRANSPORT_H
#define REEVE_IO_HTTP_TRANSPORT_H

#include "base/compiler.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

struct http_connection;

/* transport.c; these return CURLE_AGAIN when the call would block */
CURLcode http_transport_send(const struct http_connection *connection, const char *bytes,
	size_t length, size_t *sent);
CURLcode http_transport_receive(const struct http_connection *connection, char *bytes,
	size_t length, size_t *received);
/* Returns whether more bytes may lie where the event loop can't see them, or behind a full buffer.
 * `received` is what the last read of HTTP_READ_BYTES returned. */
bool http_transport_may_hold_more(struct http_connection *connection, size_t received);
/* Returns whether nothing is there to receive: no byte, no error, no end. When it returns false, a
 * byte may have been consumed, and the connection must be closed. */
bool http_transport_is_quiet(struct http_connection *connection) MUST_CHECK;

#endif
