/* Connections. */
#ifndef REEVE_WEB_SERVER_CONNECTION_H
#define REEVE_WEB_SERVER_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buf;
struct bufferevent;
struct connection;
struct listener;
struct sockaddr;
struct web;

/* Makes a connection and takes over its bufferevent; the caller has checked the limits. `peer` is
 * used for TCP, `uid` for UNIX sockets. */
void connection_new(struct web *web, const struct listener *listener,
	struct bufferevent *bufferevent, const struct sockaddr *peer, uid_t uid);
void connection_close(struct connection *connection);
/* Sends the exchange's answer; takes over the text. */
void connection_answer(struct connection *connection, struct buf *text, bool close_after);
/* Closes connections that wait for a request, and lets the others send their answer. */
void connections_end_idle(struct web *web);
bool connections_allow(const struct web *web, const struct listener *listener,
	const struct sockaddr *peer, uid_t uid);
/* Returns the number of TCP connections that a person has. */
size_t connections_of(const struct web *web, const char *person);

#endif
