/* UNIX sockets, and the control socket in the state folder, which only the user of the process and
 * root can reach (mode 0600, in a folder of that user). */
#ifndef REEVE_WEB_SERVER_CONTROL_H
#define REEVE_WEB_SERVER_CONTROL_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct listener;
struct web;

/* The control socket of the state folder (control.c). */
int control_new(struct web *web, const char *state_folder, struct listener **out, struct err *err)
	MUST_CHECK;
/* Listens on a UNIX socket at listener->path, mode 0600; replaces a socket that a dead process left
 * there (control.c). */
int socket_listen(struct listener *listener, struct err *err) MUST_CHECK;
/* Whether the file at its path is still this socket. */
bool socket_is_there(const struct listener *listener);
/* The user at the other end of a UNIX socket. */
int socket_peer(int fd, uid_t *uid) MUST_CHECK;
/* NULL is fine; removes a UNIX socket, if it is still ours */
void listener_free(struct listener *listener);

#endif
