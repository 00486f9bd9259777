/* The operators' socket. */
#ifndef REEVE_WEB_SERVER_OPERATORS_H
#define REEVE_WEB_SERVER_OPERATORS_H

#include "base/compiler.h"
#include "base/err.h"

#include <sys/types.h>

struct listener;
struct web;
struct web_settings;

/* Opens the operators' socket, settings->socket; fails when it is the path of `control`. */
int operators_new(struct web *web, const struct web_settings *settings, struct listener **out,
	struct err *err) MUST_CHECK;
/* Gives the socket the group of new settings. After -1 it stays as it is. */
int operators_regroup(const struct listener *listener, const struct web_settings *settings,
	struct err *err) MUST_CHECK;

/* Checks that only root and `owner` (the daemon's user) can write to the folder of that path and to
 * those above it, so that nobody else can put a socket there. Fails with ERR_CONFIG and the code
 * UnsafeFolder or NoFolder. */
int web_check_socket_folder(const char *path, uid_t owner, struct err *err) MUST_CHECK;

#endif
