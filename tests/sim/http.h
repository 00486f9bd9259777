/*
 * A small HTTP/1.1 server on libevent bufferevents, with keep-alive and, on
 * request, misbehaviour at the level of the connection. One request at a time
 * per connection; a request is handed on when it is complete, and its answer
 * is made at once (but sent after the configured latency), unless the handler
 * leaves it for later (a long poll).
 */
#ifndef SIM_HTTP_H
#define SIM_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "util.h"

#define HTTP_MAX_HEADERS 64
#define HTTP_MAX_HEAD_BYTES (64 * 1024)
#define HTTP_MAX_BODY_BYTES (32 * 1024 * 1024)

struct event_base;
struct conn;

struct http_header {
	struct slice name, value; /* value trimmed */
};

/* Borrowed from the connection's input; valid during the handler only. */
struct http_request {
	struct slice method, path, query; /* path and query as sent */
	struct http_header headers[HTTP_MAX_HEADERS];
	size_t n_headers;
	struct slice body;
	struct conn *conn; /* for http_wait() */
};

/* How an answer is delivered. */
enum http_delivery {
	HTTP_NORMAL,
	HTTP_RESET,    /* TCP RST instead of an answer */
	HTTP_STALL,    /* no answer, the connection stays open */
	HTTP_TRUNCATE, /* half of the promised body, then the end of the connection */
	HTTP_TRICKLE,  /* one byte per 200 ms */
	HTTP_ENDLESS,  /* a chunked body without end */
	HTTP_LATER,    /* the handler called http_wait(); the answer comes by http_resume() */
};

struct http_response {
	int status;
	const char *content_type; /* NULL: no such header */
	struct buf headers;       /* further header lines, each with its CRLF */
	struct buf body;
	enum http_delivery delivery;
};

struct http_options {
	const char *listen;
	const char *tls; /* CERT,KEY or NULL */
	long latency_ms;
	long clock_offset_s;
};

struct http_counters {
	uint64_t connections; /* accepted so far */
	uint64_t in_flight, peak_in_flight;
};

typedef void http_handler(const struct http_request *request, struct http_response *response);

/* Listens and returns the port. Exits on failure. */
int http_listen(struct event_base *base, const struct http_options *options, http_handler *handler);
void http_close(void);
/*
 * Must be called by a handler that answers with HTTP_LATER. If the connection ends before the
 * answer, gone(argument) is called. A request that waits isn't counted as in flight.
 */
void http_wait(struct conn *conn, void (*gone)(void *argument), void *argument);
/* Answers a request that waits. Must be called from the event loop, never from within a handler;
 * conn may be gone afterwards. */
void http_resume(struct conn *conn, struct http_response *response);
/* Returns "http" or "https". */
const char *http_scheme(void);
struct http_counters *http_counters(void);
/* Returns the time as this server sees it, in seconds and in milliseconds. */
time_t http_now(void);
int64_t http_now_ms(void);

/* Returns the value of a header; p is NULL when it is absent. */
struct slice http_header(const struct http_request *request, const char *name);

#endif
