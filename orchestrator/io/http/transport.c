/*
 * The bytes of a connection. On a bare socket they are sent and received here: curl would look its
 * connection up, among all there are, for each call. TLS and proxies are curl's.
 */
#include "io/http/transport.h"

#include "io/http/private.h"

#include "base/banned.h"

#include <errno.h>
#include <sys/socket.h>

CURLcode http_transport_send(const struct http_connection *connection, const char *bytes,
	size_t length, size_t *sent)
{
	if (!connection->bare)
		return curl_easy_send(connection->easy, bytes, length, sent);
	ssize_t result = send(connection->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	*sent = result > 0 ? (size_t)result : 0;
	return result >= 0                      ? CURLE_OK
		: errno == EAGAIN || errno == EINTR ? CURLE_AGAIN
											: CURLE_SEND_ERROR;
}

CURLcode http_transport_receive(const struct http_connection *connection, char *bytes,
	size_t length, size_t *received)
{
	if (!connection->bare)
		return curl_easy_recv(connection->easy, bytes, length, received);
	ssize_t result = recv(connection->fd, bytes, length, MSG_DONTWAIT);
	*received = result > 0 ? (size_t)result : 0;
	return result >= 0                      ? CURLE_OK
		: errno == EAGAIN || errno == EINTR ? CURLE_AGAIN
											: CURLE_RECV_ERROR;
}

/* OpenSSL's side of the connection, for which curl can be asked once something was sent. NULL where
 * there is none, and through a proxy, where a second TLS may hold bytes. */
static const SSL *tls_of(struct http_connection *connection)
{
	struct curl_tlssessioninfo *session = NULL;

	if (connection->tls == NULL && !connection->bare && !connection->client->proxy_in_environment &&
		curl_easy_getinfo(connection->easy, CURLINFO_TLS_SSL_PTR, &session) == CURLE_OK &&
		session != NULL && session->backend == CURLSSLBACKEND_OPENSSL)
		connection->tls = session->internals;
	return connection->tls;
}

bool http_transport_may_hold_more(struct http_connection *connection, size_t received)
{
	if (connection->bare)
		return received == HTTP_READ_BYTES;
	const SSL *tls = tls_of(connection);
	return tls == NULL || SSL_has_pending(tls);
}

bool http_transport_is_quiet(struct http_connection *connection)
{
	const SSL *tls = tls_of(connection);
	char byte;
	size_t length;

	/* The kernel is asked first, since that is cheaper than to ask curl. */
	if ((connection->bare || (tls != NULL && !SSL_has_pending(tls))) &&
		recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
		(errno == EAGAIN || errno == EINTR))
		return true;
	/* What waits on TLS may be a message of TLS itself, such as a session ticket. */
	return !connection->bare &&
		http_transport_receive(connection, &byte, 1, &length) == CURLE_AGAIN;
}
