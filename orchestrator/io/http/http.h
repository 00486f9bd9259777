/*
 * An HTTP/1.1 client on the loop. curl makes the connections (names, addresses, proxies, TLS); the
 * exchanges on them are written and read here. README.md says why, and what it costs.
 *
 * Connections belong to an endpoint (scheme, host, port). All accounts share them, since each
 * request is signed on its own. Response bodies and headers are bounded. No redirect is followed
 * and no cookie is stored. A proxy is used only where HTTPS_PROXY and NO_PROXY say so.
 *
 * This room is frozen: it gets corrections, but no feature.
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
	int in_flight;         /* most requests at once; others wait in the order they came. 0: 256 */
	const char *ca_bundle; /* PEM file, or NULL: the system's bundle */
	int64_t connect_timeout_ms; /* 0: 5,000 */
	const char *user_agent;     /* NULL: "reeve/VERSION" */
};

struct http_header {
	const char *name, *value;
};

struct http_response;

struct http_request {
	const char *method; /* "GET", ... */
	const char *url;    /* absolute and already encoded; sent as it is, with its dot segments */
	/* Host, User-Agent, Accept and, where there is a body or the method is POST, PUT or PATCH,
	 * Content-Length are added unless they are given. */
	const struct http_header *headers;
	size_t header_count;
	const char *body; /* NULL: none */
	size_t body_length;
	int64_t timeout_ms;      /* for the whole exchange once it has left the queue; 0: 30,000 */
	int64_t idle_timeout_ms; /* the longest time without any byte sent or received; 0: 10,000 */
	size_t max_body_bytes;   /* 0: 8 MiB */
	/* Called on the loop's stack (never a fiber's) with the complete response, before the
	 * waiting fiber is woken; NULL for none. Must not yield. */
	void (*parse)(void *argument, const struct http_response *response);
	void *parse_argument;
	/* path of the socket to connect to instead of the URL's host, or NULL */
	const char *unix_socket;
};

#define HTTP_MAX_HEADERS 64
#define HTTP_MAX_HEADER_BYTES (32 * 1024)

struct http_response {
	int status;
	struct buf body;
	struct http_header headers[HTTP_MAX_HEADERS]; /* names in lower case; point into header_text */
	size_t header_count;
	struct buf header_text;
	bool sent; /* after a failure: whether any byte of the request may have reached the server */
};

int http_client_new(struct loop *loop, const struct http_options *options, struct http_client **out,
	struct err *err) MUST_CHECK;
void http_client_free(struct http_client *client); /* no request may be under way */

/* Makes one exchange. 0 when an HTTP response was read whole, whatever its status (parse was called
 * then, and only then); else -1 with
 *   ERR_NETWORK   ConnectionRefused, ConnectionFailed, ConnectionReset, NameNotResolved,
 * ProxyRefused, TlsFailed, TlsUntrusted, TruncatedBody (shorter than declared), HttpFailed
 *   ERR_TIMEOUT   ConnectTimeout, RequestTimeout, IdleTimeout
 *   ERR_LIMIT     BodyTooLarge, HeadersTooLarge
 *   ERR_PROTOCOL  NotHttp (also a response that strict parsers refuse)
 *   ERR_SYSTEM    NoSocket (open files)
 *   ERR_CONFIG    CaBundleUnusable (no certificate in it)
 *   ERR_USAGE     BadUrl, BadMethod, BadHeader, BadSocketPath (too long); a bug of the caller's
 *   ERR_CANCELLED Cancelled
 * Only GET and HEAD are ever sent twice, when a reused connection breaks before it answers; then
 * other requests fail with ConnectionReset and `sent`. The request's memory is borrowed until this
 * returns. */
MAY_YIELD int http_send(struct http_client *client, const struct http_request *request,
	struct http_response *response, struct err *err) MUST_CHECK;

/* Counters since the client was made. */
struct http_stats {
	uint64_t requests, connections, peak_in_flight;
};
struct http_stats http_client_stats(const struct http_client *client);

#endif
