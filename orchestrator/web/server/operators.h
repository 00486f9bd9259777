/* The operators' socket. */
#ifndef REEVE_WEB_SERVER_OPERATORS_H
#define REEVE_WEB_SERVER_OPERATORS_H

#include "base/compiler.h"
#include "base/err.h"

#include <sys/types.h>

struct listener;
struct web;
struct web_settings;

/* The operators' socket, settings->socket (operators.c); `control` has another path. */
int operators_new(struct web *web, const struct web_settings *settings, struct listener **out,
	struct err *err) MUST_CHECK;
/* Gives the socket the group of new settings; -1: it stays as it is. */
int operators_regroup(const struct listener *listener, const struct web_settings *settings,
	struct err *err) MUST_CHECK;

/* Whether only root and `owner` (the daemon's user) can put a socket at that path: only they can
 * write to its folder and to those above it. ERR_CONFIG: UnsafeFolder, NoFolder. */
int web_check_socket_folder(const char *path, uid_t owner, struct err *err) MUST_CHECK;

#endif
