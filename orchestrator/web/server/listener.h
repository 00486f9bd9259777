/* The TCP listener, the names it is known by, and accepting for all listeners. */
#ifndef REEVE_WEB_SERVER_LISTENER_H
#define REEVE_WEB_SERVER_LISTENER_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>

struct authority;
struct listener;
struct web;
struct web_settings;

/* Binds settings->listen and begins to accept connections. */
int listener_new(struct web *web, const struct web_settings *settings, struct listener **out,
	struct err *err) MUST_CHECK;
/* Begins to accept connections on a socket that is bound. */
int listener_begin(struct listener *listener, int fd, struct err *err) MUST_CHECK;
/* Returns whether this server answers to a Host field with that name. `local` is the address that
 * the client is connected to. */
bool listener_has_host(const struct listener *listener, const struct authority *host,
	const struct authority *local);

#endif
