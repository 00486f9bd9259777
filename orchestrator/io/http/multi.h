/* curl's multi handle on the loop. */
#ifndef REEVE_IO_HTTP_MULTI_H
#define REEVE_IO_HTTP_MULTI_H

#include "base/compiler.h"
#include "io/http/private.h"

#include <curl/curl.h>

struct curl_sockaddr;

int http_multi_init(struct http_client *client, int max_connections) MUST_CHECK;
void http_multi_release(struct http_client *client);
void http_multi_post_pump(struct http_client *client);
/* Calls curl if it wants to be called at once. */
void http_multi_kick(struct http_client *client);
/* Reports each connection that was made, or could not be. */
void http_multi_collect(struct http_client *client, http_multi_connected *on_connected);
/* curl's CURLOPT_OPENSOCKETFUNCTION. */
curl_socket_t http_multi_open_socket(void *connection, curlsocktype purpose,
	struct curl_sockaddr *address);

#endif
