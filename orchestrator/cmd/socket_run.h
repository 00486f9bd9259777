/* Shows the document of a run that the daemon made, as the commands show their own runs. */
#ifndef REEVE_CMD_SOCKET_RUN_H
#define REEVE_CMD_SOCKET_RUN_H

#include <jansson.h>

struct invocation;

/* Shows that document, as JSON or for people, and returns the exit status. */
int socket_show_run(const struct invocation *invocation, const json_t *document);

#endif
