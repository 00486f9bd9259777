#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "http_parse.h"

#define TRICKLE_MS 200
#define ENDLESS_CHUNK_BYTES ((size_t)16 * 1024)

struct conn {
	LIST_ENTRY(conn) link;
	struct bufferevent *bev;
	struct event *timer; /* latency or trickle; made when first needed */
	struct buf out;      /* the answer while it waits for its time */
	size_t sent;         /* bytes of it already sent, when trickling */
	enum http_delivery delivery;
	size_t need; /* bytes of the whole request, known once its head is read; 0: unknown */
	/* called if the connection ends while a request waits for http_resume() */
	void (*gone)(void *);
	void *gone_argument;
	bool bodiless;    /* the request that is answered is a HEAD */
	bool answering;   /* a request was taken and its answer is not yet sent */
	bool continued;   /* 100 Continue was sent for the request being read */
	bool close_after; /* close when the output is written */
	bool spent;       /* will not serve another request */
};

static struct server {
	struct event_base *base;
	struct evconnlistener *listener;
	http_handler *handler;
	SSL_CTX *tls;
	LIST_HEAD(, conn) conns;
	const struct timeval *latency, *trickle;
	long clock_offset_s;
	struct http_counters counters;
} server;

static void conn_work(struct conn *c);

struct http_counters *http_counters(void)
{
	return &server.counters;
}

time_t http_now(void)
{
	return time(NULL) + server.clock_offset_s;
}

int64_t http_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((int64_t)ts.tv_sec + server.clock_offset_s) * 1000 + ts.tv_nsec / 1000000;
}

const char *http_scheme(void)
{
	return server.tls ? "https" : "http";
}

static void conn_free(struct conn *c)
{
	if (c->gone)
		c->gone(c->gone_argument);
	else if (c->answering)
		server.counters.in_flight--;
	LIST_REMOVE(c, link);
	if (c->timer)
		event_free(c->timer);
	bufferevent_free(c->bev);
	buf_free(&c->out);
	free(c);
}

static void conn_reset(struct conn *c)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	/* With a linger time of zero, close() sends RST. */
	setsockopt(bufferevent_getfd(c->bev), SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	conn_free(c);
}

static const char *date_line(void)
{
	static char line[64];
	static time_t made;
	time_t now = http_now();
	struct tm tm;

	if (now != made) {
		made = now;
		gmtime_r(&now, &tm);
		strftime(line, sizeof(line), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
	}
	return line;
}

static const char *reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 204:
		return "No Content";
	case 301:
		return "Moved Permanently";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 429:
		return "Too Many Requests";
	case 500:
		return "Internal Server Error";
	case 503:
		return "Service Unavailable";
	default:
		return "Status";
	}
}

/* Writes the answer as bytes. bodiless is for HEAD: the length is given, but the body isn't
 * sent. */
static void render(struct buf *out, const struct http_response *r, bool bodiless, bool closing)
{
	buf_printf(out, "HTTP/1.1 %d %s\r\n", r->status, reason(r->status));
	buf_str(out, date_line());
	if (r->content_type && !bodiless)
		buf_printf(out, "Content-Type: %s\r\n", r->content_type);
	if (r->headers.n)
		buf_add(out, r->headers.p, r->headers.n);
	if (closing)
		buf_str(out, "Connection: close\r\n");
	if (r->delivery == HTTP_ENDLESS)
		buf_str(out, "Transfer-Encoding: chunked\r\n");
	else if (r->status != 204 && !bodiless)
		buf_printf(out, "Content-Length: %zu\r\n",
			r->delivery == HTTP_TRUNCATE ? r->body.n * 2 + 64 : r->body.n);
	buf_str(out, "\r\n");
	if (!bodiless && r->delivery != HTTP_ENDLESS)
		buf_add(out, r->body.p, r->body.n);
}

/* Sends the answer now. Afterwards c may be gone. */
static void conn_answer(struct conn *c)
{
	c->answering = false;
	server.counters.in_flight--;
	if (c->delivery == HTTP_TRUNCATE || c->spent)
		c->close_after = true;
	bufferevent_write(c->bev, c->out.p, c->out.n);
	buf_reset(&c->out);
}

static void trickle_step(struct conn *c)
{
	bufferevent_write(c->bev, c->out.p + c->sent, 1);
	c->sent++;
	if (c->sent < c->out.n) {
		event_add(c->timer, server.trickle);
		return;
	}
	buf_reset(&c->out);
	c->sent = 0;
	c->answering = false;
	server.counters.in_flight--;
	c->close_after = c->spent;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd, (void)what;
	if (c->delivery == HTTP_TRICKLE)
		trickle_step(c);
	else
		conn_answer(c);
	if (!c->answering)
		conn_work(c);
}

static void conn_delay(struct conn *c, const struct timeval *delay)
{
	if (!c->timer)
		c->timer = evtimer_new(server.base, on_timer, c);
	if (!c->timer)
		die("out of memory");
	event_add(c->timer, delay);
}

static void endless_more(struct conn *c)
{
	static char chunk[ENDLESS_CHUNK_BYTES + 16];
	int n = snprintf(chunk, sizeof(chunk), "%zx\r\n", ENDLESS_CHUNK_BYTES);

	memset(chunk + n, 'x', ENDLESS_CHUNK_BYTES);
	bufferevent_write(c->bev, chunk, (size_t)n + ENDLESS_CHUNK_BYTES);
	bufferevent_write(c->bev, "\r\n", 2);
}

/* Sends the answer, or the misbehaviour instead of it. Returns false when c is gone. */
static bool conn_deliver(struct conn *c, const struct http_response *r)
{
	c->delivery = r->delivery;
	c->spent = c->spent || r->delivery == HTTP_TRUNCATE || r->delivery == HTTP_ENDLESS;
	if (r->delivery == HTTP_RESET) {
		conn_reset(c);
		return false;
	}
	if (r->delivery == HTTP_STALL)
		return true;
	render(&c->out, r, c->bodiless, c->spent && r->delivery != HTTP_TRUNCATE);
	if (r->delivery == HTTP_TRICKLE)
		conn_delay(c, server.trickle);
	else if (server.latency)
		conn_delay(c, server.latency);
	else
		conn_answer(c);
	return true;
}

/* Takes one complete request to its handler. Returns false when c is gone. */
static bool conn_serve(struct conn *c, const struct http_request *request, bool closing)
{
	static struct http_response r; /* its buffers are reused */

	c->need = 0;
	c->bodiless = slice_is(request->method, "HEAD");
	buf_reset(&r.headers);
	buf_reset(&r.body);
	r.status = 200;
	r.content_type = NULL;
	r.delivery = HTTP_NORMAL;
	c->answering = true;
	c->continued = false;
	if (++server.counters.in_flight > server.counters.peak_in_flight)
		server.counters.peak_in_flight = server.counters.in_flight;

	server.handler(request, &r);
	c->spent = closing;
	return r.delivery == HTTP_LATER || conn_deliver(c, &r);
}

void http_wait(struct conn *c, void (*gone)(void *argument), void *argument)
{
	c->gone = gone;
	c->gone_argument = argument;
	server.counters.in_flight--;
}

void http_resume(struct conn *c, struct http_response *response)
{
	c->gone = NULL;
	server.counters.in_flight++;
	if (conn_deliver(c, response) && !c->answering)
		conn_work(c);
}

static void conn_refuse(struct conn *c, int status)
{
	char head[128];
	int n = snprintf(head, sizeof(head),
		"HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status, reason(status));

	bufferevent_write(c->bev, head, (size_t)n);
	c->spent = c->close_after = true;
}

/* Serves the requests that have arrived, as long as none is being answered. */
static void conn_work(struct conn *c)
{
	static struct http_request request;
	struct evbuffer *in = bufferevent_get_input(c->bev);

	while (!c->answering && !c->spent) {
		struct http_frame frame = { 0 };
		size_t n = evbuffer_get_length(in);
		/* Waits for the whole body, so that a large one isn't joined again for each piece that
		 * arrives. */
		char *bytes = n && n >= c->need ? (char *)evbuffer_pullup(in, -1) : NULL;

		if (!bytes)
			return;
		request.conn = c;
		switch (http_parse(bytes, n, &request, &frame)) {
		case HTTP_PARSE_MORE:
			c->need = frame.length;
			if (frame.expects_continue && !c->continued) {
				c->continued = true;
				bufferevent_write(c->bev, "HTTP/1.1 100 Continue\r\n\r\n", 25);
			}
			return;
		case HTTP_PARSE_BAD:
			conn_refuse(c, frame.status);
			return;
		case HTTP_PARSE_DONE:
			if (!conn_serve(c, &request, frame.closing))
				return;
			evbuffer_drain(in, frame.length);
		}
	}
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_work(arg);
}

/* Called when the output is written. */
static void on_drained(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->delivery == HTTP_ENDLESS && c->spent)
		endless_more(c);
	else if (c->close_after)
		conn_free(c);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		conn_free(arg);
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int n,
	void *arg)
{
	struct conn *c = must_alloc(sizeof(*c));
	int on = 1;

	(void)l, (void)from, (void)n, (void)arg;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (server.tls)
		c->bev = bufferevent_openssl_socket_new(server.base, fd, SSL_new(server.tls),
			BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	else
		c->bev = bufferevent_socket_new(server.base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c->bev)
		die("cannot serve a connection");
	LIST_INSERT_HEAD(&server.conns, c, link);
	server.counters.connections++;
	bufferevent_setwatermark(c->bev, EV_READ, 0, HTTP_MAX_HEAD_BYTES + HTTP_MAX_BODY_BYTES);
	bufferevent_setcb(c->bev, on_read, on_drained, on_event, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

static void tls_open(const char *files)
{
	const char *comma = strchr(files, ',');
	char *cert;

	if (!comma)
		die("--tls needs CERT,KEY");
	cert = must_copy(files, (size_t)(comma - files));
	server.tls = SSL_CTX_new(TLS_server_method());
	if (!server.tls || SSL_CTX_use_certificate_chain_file(server.tls, cert) != 1 ||
		SSL_CTX_use_PrivateKey_file(server.tls, comma + 1, SSL_FILETYPE_PEM) != 1)
		die("--tls: %s", ERR_error_string(ERR_get_error(), NULL));
	free(cert);
}

/* Accepts only 127.x.x.x:PORT, so that the simulator is never reachable from another machine. */
static struct sockaddr_in loopback_address(const char *listen)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const char *colon = strrchr(listen, ':');
	char host[INET_ADDRSTRLEN], *end;
	long port = colon && colon[1] ? strtol(colon + 1, &end, 10) : -1;

	if (port < 0 || port > 65535 || *end || (size_t)(colon - listen) >= sizeof(host))
		die("--listen: '%s' is not ADDRESS:PORT", listen);
	snprintf(host, sizeof(host), "%.*s", (int)(colon - listen), listen);
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		die("--listen: '%s' is not an IPv4 address", host);
	if (ntohl(address.sin_addr.s_addr) >> 24 != 127)
		die("--listen: refusing %s, which is not a loopback address", host);
	address.sin_port = htons((uint16_t)port);
	return address;
}

static const struct timeval *common_timeout(long ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };

	return event_base_init_common_timeout(server.base, &tv);
}

int http_listen(struct event_base *base, const struct http_options *options, http_handler *handler)
{
	struct sockaddr_in address = loopback_address(options->listen);
	socklen_t length = sizeof(address);

	server.base = base;
	server.handler = handler;
	server.clock_offset_s = options->clock_offset_s;
	server.trickle = common_timeout(TRICKLE_MS);
	server.latency = options->latency_ms ? common_timeout(options->latency_ms) : NULL;
	LIST_INIT(&server.conns);
	if (options->tls)
		tls_open(options->tls);
	server.listener = evconnlistener_new_bind(base, on_accept, NULL,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 1024, (struct sockaddr *)&address,
		sizeof(address));
	if (!server.listener)
		die("cannot listen on %s: %s", options->listen, strerror(errno));
	if (getsockname(evconnlistener_get_fd(server.listener), (struct sockaddr *)&address, &length) !=
		0)
		die("cannot tell the port: %s", strerror(errno));
	return ntohs(address.sin_port);
}

void http_close(void)
{
	while (!LIST_EMPTY(&server.conns))
		conn_free(LIST_FIRST(&server.conns));
	evconnlistener_free(server.listener);
	if (server.tls)
		SSL_CTX_free(server.tls);
}
