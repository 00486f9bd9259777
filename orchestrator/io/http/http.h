/*
 * HTTP over one libcurl multi handle on the loop. The only user of curl.
 *
 * Connections belong to the endpoint (scheme, host, port) and are shared by all
 * accounts, since a request is signed. Easy handles are pooled. Response bodies and
 * headers are bounded. No redirect is followed, no proxy is used unless the
 * environment's HTTPS_PROXY/NO_PROXY say so, no cookie is kept, only http and https.
 */
#ifndef REEVE_IO_HTTP_HTTP_H
#define REEVE_IO_HTTP_HTTP_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct http_client;

struct http_options {
	int in_flight; /* most requests under way at once; others queue first come, first served. 0: 256
					*/
	const char *ca_bundle;      /* PEM file, or NULL: the system's bundle */
	int64_t connect_timeout_ms; /* 0: 5,000 */
	const char *user_agent;     /* NULL: "reeve/VERSION" */
};

struct http_header {
	const char *name, *value;
};

struct http_response;

struct http_request {
	const char *method; /* "GET", ... */
	const char *url;    /* absolute; already encoded and sent as it is (no dot-segment removal) */
	const struct http_header *headers; /* Host, Content-Length and Accept are set by curl unless
										  given */
	size_t header_count;
	const char *body; /* NULL: none */
	size_t body_length;
	int64_t timeout_ms;      /* for the whole exchange once it has left the queue; 0: 30,000 */
	int64_t idle_timeout_ms; /* gives up when fewer than 1 byte arrives per this long; 0: 10,000 */
	size_t max_body_bytes;   /* 0: 8 MiB */
	/* Called on the loop's stack (never a fiber's) with the complete response, before the
	 * waiting fiber is woken; NULL for none. Must not yield. */
	void (*parse)(void *argument, const struct http_response *response);
	void *parse_argument;
	const char *unix_socket; /* path of the socket to connect to, whatever host the URL names; NULL:
								none */
};

#define HTTP_MAX_HEADERS 64
#define HTTP_MAX_HEADER_BYTES (32 * 1024)

struct http_response {
	int status;
	struct buf body;
	struct http_header headers[HTTP_MAX_HEADERS]; /* names in lower case; point into header_text */
	size_t header_count;
	struct buf header_text;
	bool sent; /* on failure: whether any byte of the request may have reached the server */
};

int http_client_new(struct loop *loop, const struct http_options *options, struct http_client **out,
	struct err *err) MUST_CHECK;
void http_client_free(struct http_client *client); /* no request may be under way */

void http_response_init(struct http_response *response);
void http_response_release(struct http_response *response); /* wipes the body, which may hold
															   credentials */

/* Makes one exchange. 0 when an HTTP response was read whole, whatever its status (parse was called
 * then, and only then); else -1 with
 *   ERR_NETWORK   ConnectionRefused, ConnectionFailed, ConnectionReset, NameNotResolved,
 * ProxyRefused, TlsFailed, TlsUntrusted, TruncatedBody (shorter than declared), HttpFailed
 *   ERR_TIMEOUT   ConnectTimeout, RequestTimeout, IdleTimeout
 *   ERR_LIMIT     BodyTooLarge, HeadersTooLarge
 *   ERR_PROTOCOL  NotHttp
 *   ERR_SYSTEM    NoSocket (open files)
 *   ERR_CONFIG    CaBundleUnusable (no certificate in it)
 *   ERR_USAGE     BadUrl, BadMethod, BadHeader, BadSocketPath (too long); a bug of the caller's
 *   ERR_CANCELLED Cancelled
 * Nothing but GET and HEAD is ever written twice: when a kept connection breaks, the others fail
 * with ConnectionReset and `sent`. The request's memory is borrowed until this returns. */
MAY_YIELD int http_send(struct http_client *client, const struct http_request *request,
	struct http_response *response, struct err *err) MUST_CHECK;

/* The value of a header (name in lower case), or NULL; borrowed from the response. */
const char *http_response_header(const struct http_response *response, const char *name);

/* Counters since the client was made. */
struct http_stats {
	uint64_t requests, connections, peak_in_flight;
};
struct http_stats http_client_stats(const struct http_client *client);

#endif
