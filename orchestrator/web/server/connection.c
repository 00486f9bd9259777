/* Connections. libevent's callbacks only note what happened and queue a turn; the turn then acts on
 * the connection's state. So that state changes in one place, and a long pipeline of requests can't
 * grow the stack. A request must arrive within WEB_REQUEST_MS of accept, or of its first byte,
 * however slowly its bytes come; taking an answer is limited in time too. At most WEB_INPUT_BYTES
 * are read ahead of the request that is handled. */
#include "web/server/connection.h"

#include "web/http/head.h"
#include "web/server/exchange.h"
#include "web/server/internal.h"

#include "base/banned.h"
#include "base/mem.h"
#include "io/loop.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <unistd.h>

static void turn(void *argument);

static void schedule(struct connection *connection)
{
	if (connection->scheduled)
		return;
	connection->scheduled = true;
	loop_post(connection->web->loop, turn, connection);
}

static void arm(struct connection *connection, int64_t ms)
{
	const struct timeval delay = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	connection->expired = false;
	event_add(&connection->timer, &delay);
}

/* --- callbacks of libevent --- */

/* Stops reading while the input is full, since libevent would otherwise call this again and again
 * and never let the loop take the turn that empties the input. go_on_reading continues when there
 * is room. */
static void on_data(struct bufferevent *bufferevent, void *argument)
{
	if (evbuffer_get_length(bufferevent_get_input(bufferevent)) >= WEB_INPUT_BYTES)
		bufferevent_disable(bufferevent, EV_READ);
	schedule(argument);
}

static void go_on_reading(struct connection *connection)
{
	if (evbuffer_get_length(bufferevent_get_input(connection->bufferevent)) < WEB_INPUT_BYTES)
		bufferevent_enable(connection->bufferevent, EV_READ);
}

static void on_event(struct bufferevent *bufferevent, short what, void *argument)
{
	struct connection *connection = argument;

	(void)bufferevent;
	connection->ended |= (what & BEV_EVENT_EOF) != 0;
	connection->broken |= (what & BEV_EVENT_ERROR) != 0;
	schedule(connection);
}

static void on_timer(evutil_socket_t fd, short what, void *argument)
{
	struct connection *connection = argument;

	(void)fd, (void)what;
	connection->expired = true;
	schedule(connection);
}

/* --- the client's address --- */

static void name_peer(struct connection *connection, const struct sockaddr *peer)
{
	if (peer->sa_family == AF_INET6) {
		struct in6_addr network = ((const struct sockaddr_in6 *)peer)->sin6_addr;

		inet_ntop(AF_INET6, &network, connection->address, sizeof connection->address);
		/* An IPv6 client usually has 2^64 addresses, so the first 64 bits count as one address. */
		memset(&network.s6_addr[8], 0, 8);
		inet_ntop(AF_INET6, &network, connection->source, sizeof connection->source);
	} else {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)peer)->sin_addr, connection->address,
			sizeof connection->address);
		snprintf(connection->source, sizeof connection->source, "%s", connection->address);
	}
}

static void name_local(struct connection *connection, int fd)
{
	struct sockaddr_storage local = { .ss_family = AF_UNSPEC };
	socklen_t length = sizeof local;
	char text[INET6_ADDRSTRLEN] = "";

	if (getsockname(fd, (struct sockaddr *)&local, &length) < 0)
		return;
	if (local.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&local)->sin6_addr, text, sizeof text);
	else
		inet_ntop(AF_INET, &((struct sockaddr_in *)&local)->sin_addr, text, sizeof text);
	snprintf(connection->local.host, sizeof connection->local.host,
		local.ss_family == AF_INET6 ? "[%s]" : "%s", text);
}

static void name_user(struct connection *connection, uid_t uid)
{
	bool control = connection->way == WEB_CONTROL;

	connection->uid = uid;
	snprintf(connection->source, sizeof connection->source, "uid:%lu", (unsigned long)uid);
	snprintf(connection->address, sizeof connection->address, "the %s socket",
		control ? "control" : "operators'");
}

static void source_of(const struct sockaddr *peer, char out[64])
{
	struct connection scratch = { .web = NULL };

	name_peer(&scratch, peer);
	snprintf(out, 64, "%s", scratch.source);
}

bool connections_allow(const struct web *web, const struct listener *listener,
	const struct sockaddr *peer, uid_t uid)
{
	static const size_t most[WEB_WAYS] = { WEB_MAX_CONNECTIONS, WEB_MAX_CONTROL_CONNECTIONS,
		WEB_MAX_OPERATORS_CONNECTIONS };
	enum web_way way = listener->way;
	size_t strangers = 0, of_user = 0;
	char source[64] = "";

	if (web->connected[way] >= most[way])
		return false;
	if (way == WEB_CONTROL)
		return true;
	if (way == WEB_TCP)
		source_of(peer, source);
	for (const struct connection *other = web->connections; other != NULL; other = other->next) {
		if (other->way != way)
			continue;
		strangers += !other->known && strcmp(other->source, source) == 0;
		of_user += other->uid == uid;
	}
	return way == WEB_TCP ? strangers < WEB_MAX_STRANGERS : of_user < WEB_MAX_OF_USER;
}

size_t connections_of(const struct web *web, const char *person)
{
	size_t count = 0;

	for (const struct connection *connection = web->connections; connection != NULL;
		connection = connection->next)
		count += connection->way == WEB_TCP && strcmp(connection->person, person) == 0;
	return count;
}

/* --- life --- */

void connection_new(struct web *web, const struct listener *listener,
	struct bufferevent *bufferevent, const struct sockaddr *peer, uid_t uid)
{
	struct connection *connection = xcalloc(1, sizeof *connection);

	connection->web = web;
	connection->bufferevent = bufferevent;
	connection->way = listener->way;
	connection->is_tls = listener->tls != NULL;
	connection->next = web->connections;
	if (web->connections != NULL)
		web->connections->previous = connection;
	web->connections = connection;
	web->connected[connection->way]++;
	web->holds++;
	event_assign(&connection->timer, loop_event_base(web->loop), -1, EV_TIMEOUT, on_timer,
		connection);
	bufferevent_setcb(bufferevent, on_data, on_data, on_event, connection);
	bufferevent_setwatermark(bufferevent, EV_READ, 0, WEB_INPUT_BYTES);
	if (connection->way != WEB_TCP) {
		name_user(connection, uid);
	} else {
		name_peer(connection, peer);
		name_local(connection, bufferevent_getfd(bufferevent));
	}
	arm(connection, connection->web->request_ms);
	bufferevent_enable(bufferevent, EV_READ | EV_WRITE);
}

/* Separates the connection from its exchange. A request that is not handled yet ends with its
 * connection; one that is being handled continues without it. */
static void leave_exchange(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;

	if (exchange == NULL)
		return;
	connection->exchange = NULL;
	exchange->connection = NULL;
	if (connection->state == CONNECTION_READING)
		exchange_free(exchange);
}

void connection_close(struct connection *connection)
{
	struct web *web = connection->web;

	leave_exchange(connection);
	event_del(&connection->timer);
	bufferevent_free(connection->bufferevent);
	connection->bufferevent = NULL;
	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		web->connections = connection->next;
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
	web->connected[connection->way]--;
	if (connection->scheduled)
		return;
	free(connection);
	web_unhold(web);
}

void connections_end_idle(struct web *web)
{
	for (struct connection *connection = web->connections, *next; connection != NULL;
		connection = next) {
		next = connection->next;
		if (connection->state == CONNECTION_LINGERING ||
			(connection->state == CONNECTION_READING && !connection->begun))
			connection_close(connection);
	}
}

/* --- reading --- */

static void begin(struct connection *connection)
{
	connection->state = CONNECTION_HANDLING;
	event_del(&connection->timer);
	connection->expired = false;
	bufferevent_disable(connection->bufferevent, EV_READ);
	exchange_begin(connection->exchange);
}

static void refuse_rest(struct connection *connection, const struct refusal *refusal)
{
	if (connection->exchange == NULL)
		connection->exchange = exchange_new(connection);
	connection->exchange->refusal = *refusal;
	connection->exchange->unread = true;
	begin(connection);
}

/* Waits for the rest of a request, unless the client has closed or the time is over. */
static void wait_for_more(struct connection *connection)
{
	struct refusal refusal;

	if (connection->ended || (connection->expired && !connection->begun)) {
		connection_close(connection);
	} else if (connection->expired) {
		refuse(&refusal, 408, "RequestTimeout",
			"the request did not arrive completely within %lld ms",
			(long long)connection->web->request_ms);
		refuse_rest(connection, &refusal);
	} else {
		go_on_reading(connection);
	}
}

/* Takes one step; returns false when there is nothing more to do now. */
static bool take_head(struct connection *connection, struct evbuffer *input)
{
	size_t available = evbuffer_get_length(input), length = 0;
	struct refusal refusal;
	int found = 0;

	available = available < HEAD_MAX_BYTES ? available : HEAD_MAX_BYTES;
	const char *bytes = (const char *)evbuffer_pullup(input, (ev_ssize_t)available);
	if (available > 0) {
		if (!connection->begun && connection->any_request)
			arm(connection, connection->web->request_ms);
		connection->begun = true;
		found = head_find(bytes, available, &connection->scanned, &length, &refusal);
	}
	if (found < 0)
		refuse_rest(connection, &refusal);
	else if (found == 0)
		wait_for_more(connection);
	if (found <= 0)
		return false;
	connection->exchange = exchange_new(connection);
	int result = exchange_take_head(connection->exchange, bytes, length);
	evbuffer_drain(input, length);
	if (result < 0) {
		begin(connection);
		return false;
	}
	if (exchange_wants_continue(connection->exchange) && evbuffer_get_length(input) == 0)
		bufferevent_write(connection->bufferevent, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	return true;
}

static void take_body(struct connection *connection, struct evbuffer *input)
{
	struct exchange *exchange = connection->exchange;
	size_t left = exchange_body_left(exchange), available = evbuffer_get_length(input);

	available = available < left ? available : left;
	if (available > 0) {
		buf_add(&exchange->body, evbuffer_pullup(input, (ev_ssize_t)available), available);
		evbuffer_drain(input, available);
	}
	if (available == left)
		begin(connection);
	else
		wait_for_more(connection);
}

static void read_request(struct connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->bufferevent);

	if (connection->exchange != NULL || take_head(connection, input))
		take_body(connection, input);
}

/* --- writing --- */

static void free_text(const void *data, size_t length, void *argument)
{
	(void)data, (void)length;
	free(argument);
}

void connection_answer(struct connection *connection, struct buf *text, bool close_after)
{
	size_t length = text->length;
	char *bytes = buf_detach(text);

	connection->exchange = NULL;
	connection->any_request = true;
	connection->begun = false;
	connection->scanned = 0;
	connection->close_after = close_after;
	connection->state = CONNECTION_WRITING;
	arm(connection, WEB_ANSWER_MS + (int64_t)(length / (64 * 1024)) * 1000);
	if (evbuffer_add_reference(bufferevent_get_output(connection->bufferevent), bytes, length,
			free_text, bytes) < 0) {
		free(bytes);
		connection->broken = true;
		schedule(connection);
	}
}

/* Closes only this side, and gives the client a moment to close its own. Closing both while bytes
 * of the client are unread would reset the connection, and the answer could be lost (RFC 9112
 * section 9.6). */
static void begin_lingering(struct connection *connection)
{
	SSL *ssl = connection->is_tls ? bufferevent_openssl_get_ssl(connection->bufferevent) : NULL;

	if (ssl != NULL && SSL_is_init_finished(ssl))
		SSL_shutdown(ssl);
	shutdown(bufferevent_getfd(connection->bufferevent), SHUT_WR);
	connection->state = CONNECTION_LINGERING;
	arm(connection, WEB_LINGER_MS);
	schedule(connection);
}

static void linger(struct connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->bufferevent);

	connection->lingered += evbuffer_get_length(input);
	evbuffer_drain(input, evbuffer_get_length(input));
	if (connection->ended || connection->expired || connection->lingered > WEB_LINGER_BYTES)
		connection_close(connection);
	else
		go_on_reading(connection);
}

static void go_on(struct connection *connection)
{
	if (evbuffer_get_length(bufferevent_get_output(connection->bufferevent)) > 0) {
		if (connection->expired)
			connection_close(connection);
	} else if (connection->close_after && connection->ended) {
		connection_close(connection);
	} else if (connection->close_after) {
		begin_lingering(connection);
	} else {
		connection->state = CONNECTION_READING;
		arm(connection, connection->web->idle_ms);
		go_on_reading(connection);
		/* libevent makes no callback for bytes that arrived while reading was stopped. */
		schedule(connection);
	}
}

/* --- turns --- */

static void turn(void *argument)
{
	struct connection *connection = argument;
	struct web *web = connection->web;

	connection->scheduled = false;
	if (connection->bufferevent == NULL) {
		free(connection);
		web_unhold(web);
	} else if (connection->broken) {
		connection_close(connection);
	} else if (connection->state == CONNECTION_READING) {
		read_request(connection);
	} else if (connection->state == CONNECTION_WRITING) {
		go_on(connection);
	} else if (connection->state == CONNECTION_LINGERING) {
		linger(connection);
	}
}
