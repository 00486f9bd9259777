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

/* Opens the control socket of the state folder. */
int control_new(struct web *web, const char *state_folder, struct listener **out, struct err *err)
	MUST_CHECK;
/* Listens on a UNIX socket at listener->path with mode 0600. Replaces a socket that an ended
 * process left there. */
int socket_listen(struct listener *listener, struct err *err) MUST_CHECK;
/* Returns whether the file at the listener's path is still its socket. */
bool socket_is_there(const struct listener *listener);
/* Puts the system user at the other end of a UNIX socket into *uid. */
int socket_peer(int fd, uid_t *uid) MUST_CHECK;
/* Frees the listener, and removes the file of a UNIX socket if it is still this one. NULL is
 * allowed. */
void listener_free(struct listener *listener);

#endif
