/* One exchange. */
#ifndef REEVE_IO_HTTP_EXCHANGE_H
#define REEVE_IO_HTTP_EXCHANGE_H

#include "io/http/private.h"

#include <curl/curl.h>

/* Begins to watch a connection that was made. */
void http_exchange_watch(struct http_connection *connection, curl_socket_t fd);
/* Begins an exchange. on_end is called once, maybe before this returns, when it is over. */
void http_exchange_begin(struct http_connection *connection, struct http_transfer *transfer,
	http_exchange_end *on_end);

#endif
