/* Makes and ends one connection by curl, which is told to stop before it would speak HTTP. */
#include "io/http/connection.h"

#include "io/http/endpoint.h"
#include "io/http/multi.h"
#include "io/http/private.h"

#include "base/banned.h"
#include "base/mem.h"

/* The most that one curl_easy_recv returns. curl keeps a buffer of this size for each connection,
 * although it is of no use here. */
#define CURL_BUFFER_BYTES 8192L

/* Sets an option of the `easy` in scope and remembers a failure in `result`. */
#define SET(option, value) \
	do { \
		CURLcode set_result_ = curl_easy_setopt(easy, option, value); \
		if (set_result_ != CURLE_OK) \
			result = set_result_; \
	} while (0)

/* Returns whether this is an address from which a machine reads its own metadata and credentials
 * (EC2, ECS, EKS Pod Identity). A proxy would return those of its own machine. */
static bool is_link_local(const struct http_endpoint *endpoint)
{
	const char *host = strstr(endpoint->url, "://") + 3;

	return strncmp(host, "169.254.", 8) == 0 || strncmp(host, "[fd00:ec2:", 10) == 0;
}

/* Sets the authorities that a TLS connection trusts. For an endpoint curl was told to trust
 * none; for a proxy it has read the system's authorities, which stay in force. */
static CURLcode on_tls_context(CURL *easy, void *context, void *client)
{
	X509_STORE *trust = ((struct http_client *)client)->trust;

	(void)easy;
	if (trust != NULL &&
		sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(context))) == 0)
		SSL_CTX_set1_cert_store(context, trust);
	/* Without this, OpenSSL makes two system calls for each record: for its length, then for the
	 * rest. */
	SSL_CTX_set_read_ahead(context, 1);
	return CURLE_OK;
}

static CURLcode set_tls(struct http_client *client, CURL *easy)
{
	CURLcode result = CURLE_OK;

	SET(CURLOPT_SHARE, client->share);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
	SET(CURLOPT_SSL_CTX_DATA, client);
	return result;
}

static CURLcode set_proxy(const struct http_connection *connection, CURL *easy)
{
	CURLcode result = CURLE_OK;

	if (!connection->client->proxy_in_environment || is_link_local(connection->endpoint)) {
		SET(CURLOPT_PROXY, "");
		SET(CURLOPT_NOPROXY, "*");
	} else {
		/* Plain HTTP through a proxy has another form of requests; a tunnel avoids that. */
		SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
	}
	return result;
}

static CURLcode set_options(struct http_connection *connection)
{
	struct http_client *client = connection->client;
	CURL *easy = connection->easy;
	CURLcode result = CURLE_OK;

	SET(CURLOPT_CONNECT_ONLY, 1L);
	SET(CURLOPT_URL, connection->endpoint->url);
	if (connection->endpoint->unix_socket != NULL)
		SET(CURLOPT_UNIX_SOCKET_PATH, connection->endpoint->unix_socket);
	SET(CURLOPT_PRIVATE, connection);
	SET(CURLOPT_ERRORBUFFER, connection->error_text);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
	SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	SET(CURLOPT_USERAGENT, client->user_agent); /* a proxy sees it */
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)client->connect_timeout_ms);
	SET(CURLOPT_BUFFERSIZE, CURL_BUFFER_BYTES);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* An abandoned name lookup goes on in its thread; the loop must not wait for it. */
	SET(CURLOPT_QUICK_EXIT, 1L);
#endif
	SET(CURLOPT_OPENSOCKETFUNCTION, http_multi_open_socket);
	SET(CURLOPT_OPENSOCKETDATA, connection);
	if (result == CURLE_OK)
		result = set_tls(client, easy);
	return result == CURLE_OK ? set_proxy(connection, easy) : result;
}

int http_connection_new(struct http_transfer *transfer, struct http_endpoint *endpoint)
{
	struct http_connection *connection = xcalloc(1, sizeof *connection);

	connection->client = transfer->client;
	connection->endpoint = endpoint;
	endpoint->users++;
	endpoint->connections++;
	connection->easy = curl_easy_init();
	if (connection->easy == NULL || set_options(connection) != CURLE_OK ||
		curl_multi_add_handle(connection->client->multi, connection->easy) != CURLM_OK) {
		http_connection_free(connection);
		return -1;
	}
	connection->transfer = transfer;
	transfer->connection = connection;
	return 0;
}

void http_connection_free(struct http_connection *connection)
{
	if (connection->made) {
		event_del(&connection->readable);
		event_del(&connection->writable);
	}
	if (connection->easy != NULL) {
		/* The connection ends with its handle, since curl was told to connect only. */
		curl_multi_remove_handle(connection->client->multi, connection->easy);
		curl_easy_cleanup(connection->easy);
	}
	connection->endpoint->connections--;
	http_endpoint_put(connection->endpoint);
	free(connection);
}
