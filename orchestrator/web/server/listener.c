/* The TCP listener, the names it is known by, and accepting for all listeners. */
#include "web/server/listener.h"

#include "web/server/connection.h"
#include "web/server/control.h"
#include "web/server/internal.h"
#include "web/server/tls.h"

#include "base/banned.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netdb.h>
#include <unistd.h>

#define BACKLOG 128

/* --- accepting --- */

static struct bufferevent *wrap(const struct listener *listener, int fd)
{
	struct event_base *base = loop_event_base(listener->web->loop);
	struct bufferevent *bufferevent;

	if (listener->tls == NULL)
		return bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	SSL *ssl = SSL_new(listener->tls);
	if (ssl == NULL)
		return NULL;
	bufferevent = bufferevent_openssl_socket_new(base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
		BEV_OPT_CLOSE_ON_FREE);
	if (bufferevent == NULL)
		SSL_free(ssl);
	else
		bufferevent_openssl_set_allow_dirty_shutdown(bufferevent, 1);
	return bufferevent;
}

static void on_accept(struct evconnlistener *unused, evutil_socket_t fd, struct sockaddr *peer,
	int length, void *argument)
{
	struct listener *listener = argument;
	uid_t uid = (uid_t)-1;

	(void)unused, (void)length;
	if ((listener->way != WEB_TCP && socket_peer(fd, &uid) < 0) ||
		!connections_allow(listener->web, listener, peer, uid)) {
		close(fd);
		return;
	}
	struct bufferevent *bufferevent = wrap(listener, fd);
	if (bufferevent == NULL)
		close(fd);
	else
		connection_new(listener->web, listener, bufferevent, peer, uid);
}

/* Stops accepting for a moment. The connection stays in the backlog, so the callback would
 * otherwise come again at once, endlessly. */
static void on_accept_error(struct evconnlistener *evlistener, void *argument)
{
	struct listener *listener = argument;
	const struct timeval pause = { .tv_usec = WEB_ACCEPT_PAUSE_MS * 1000 };

	log_warning("connections to %s can't be accepted: %s", listener->name, strerror(errno));
	evconnlistener_disable(evlistener);
	event_add(&listener->resume, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *argument)
{
	struct listener *listener = argument;

	(void)fd, (void)what;
	evconnlistener_enable(listener->listener);
}

int listener_begin(struct listener *listener, int fd, struct err *err)
{
	struct event_base *base = loop_event_base(listener->web->loop);

	event_assign(&listener->resume, base, -1, EV_TIMEOUT, on_resume, listener);
	listener->listener = evconnlistener_new(base, on_accept, listener,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (listener->listener == NULL) {
		close(fd);
		return err_set(err, ERR_SYSTEM, "NoListener", "cannot listen on %s: %s", listener->name,
			strerror(errno));
	}
	evconnlistener_set_error_cb(listener->listener, on_accept_error);
	return 0;
}

/* --- addresses --- */

static void describe(const struct sockaddr *address, struct listener *listener)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
		snprintf(listener->authority.host, sizeof listener->authority.host, "[%s]", text);
		listener->authority.port = ntohs(in6->sin6_port);
		listener->any = IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr);
	} else {
		const struct sockaddr_in *in4 = (const struct sockaddr_in *)address;

		inet_ntop(AF_INET, &in4->sin_addr, text, sizeof text);
		snprintf(listener->authority.host, sizeof listener->authority.host, "%s", text);
		listener->authority.port = ntohs(in4->sin_port);
		listener->any = in4->sin_addr.s_addr == htonl(INADDR_ANY);
	}
	listener->loopback = authority_is_loopback(&listener->authority);
}

/* Accepts only numeric addresses and "localhost", so that no resolver decides where the server
 * listens. */
static int resolve(const char *listen, struct addrinfo **out, struct err *err)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM };
	CLEANUP_FREE char *copy = xstrdup(listen);
	char *colon = strrchr(copy, ':'), *host = copy;

	if (colon != NULL) {
		*colon = '\0';
		if (host[0] == '[' && colon > host && colon[-1] == ']') {
			colon[-1] = '\0';
			host++;
		}
		if (strcmp(host, "localhost") == 0)
			host = "127.0.0.1";
		if (strtoul(colon + 1, NULL, 10) <= 65535 && getaddrinfo(host, colon + 1, &hints, out) == 0)
			return 0;
	}
	return err_set(err, ERR_CONFIG, "BadAddress",
		"http.listen is \"%s\"; write an address and a port, such as 127.0.0.1:8443 or [::1]:8443",
		listen);
}

static int bind_socket(const struct addrinfo *address, const char *name, int *fd, struct err *err)
{
	const int on = 1;

	*fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
		(address->ai_family != AF_INET6 ||
			setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
		bind(*fd, address->ai_addr, address->ai_addrlen) == 0)
		return 0;
	int code = errno;
	if (*fd >= 0)
		close(*fd);
	if (code == EADDRINUSE)
		return err_set(err, ERR_BUSY, "AddressInUse",
			"%s is in use by another program; stop it, or set another http.listen", name);
	return err_set(err, ERR_SYSTEM, "NoListener",
		"cannot listen on %s: %s; check that the address belongs to this machine", name,
		strerror(code));
}

static int open_listener(struct listener *listener, const struct web_settings *settings,
	struct err *err)
{
	struct sockaddr_storage bound;
	socklen_t length = sizeof bound;
	struct addrinfo *address = NULL;
	int fd = -1;

	memset(&bound, 0, sizeof bound);
	if (resolve(settings->listen, &address, err) < 0 || address == NULL)
		return -1;
	describe(address->ai_addr, listener);
	int result = 0;
	if (settings->certificate_file != NULL || settings->key_file != NULL)
		result = tls_new(settings, &listener->tls, err);
	else if (!listener->loopback)
		result = err_set(err, ERR_CONFIG, "NoCertificate",
			"http.listen %s can be reached from other machines, so tokens need TLS there; set "
			"http.certificate_file and "
			"http.key_file, or listen on 127.0.0.1",
			settings->listen);
	if (result == 0)
		result = bind_socket(address, settings->listen, &fd, err);
	freeaddrinfo(address);
	if (result < 0)
		return -1;
	/* With port 0, which tests use, the system chooses the port. */
	if (getsockname(fd, (struct sockaddr *)&bound, &length) == 0)
		describe((struct sockaddr *)&bound, listener);
	return listener_begin(listener, fd, err);
}

int listener_new(struct web *web, const struct web_settings *settings, struct listener **out,
	struct err *err)
{
	struct listener *listener = xcalloc(1, sizeof *listener);

	*out = NULL;
	listener->web = web;
	listener->name = xstrdup(settings->listen);
	if (open_listener(listener, settings, err) < 0) {
		listener_free(listener);
		return -1;
	}
	*out = listener;
	return 0;
}

/* --- names --- */

static int port_or_default(const struct authority *authority, bool https)
{
	return authority->port != 0 ? authority->port : https ? 443 : 80;
}

/* Returns whether http.hosts has the name. A name without a port is allowed with any port, since a
 * proxy may have another one. */
static bool is_configured(const json_t *hosts, const struct authority *host)
{
	size_t index;
	json_t *name;

	json_array_foreach(hosts, index, name) {
		struct authority ours;

		if (json_is_string(name) && authority_parse(json_string_value(name), &ours) == 0 &&
			strcmp(ours.host, host->host) == 0 && (ours.port == 0 || ours.port == host->port))
			return true;
	}
	return false;
}

/* Protects against DNS rebinding: another site can make its own name resolve to this server's
 * address, but it doesn't own any of these names. */
bool listener_has_host(const struct listener *listener, const struct authority *host,
	const struct authority *local)
{
	bool https = listener->tls != NULL;

	if (is_configured(listener->web->settings.hosts, host))
		return true;
	if (port_or_default(host, https) != listener->authority.port)
		return false;
	if (strcmp(host->host, listener->authority.host) == 0)
		return !listener->any;
	return (listener->loopback && authority_is_loopback(host)) ||
		(listener->any && strcmp(host->host, local->host) == 0);
}
