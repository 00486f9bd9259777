/*
 * Commands beside a daemon: it holds the state folder, and does what is asked for over its control socket. Who asks is
 * the system user whom the socket's peer is.
 */
#ifndef REEVE_CLI_SOCKET_H
#define REEVE_CLI_SOCKET_H

#include "base/buf.h"
#include "base/err.h"
#include "command.h"

#include <jansson.h>
#include <stdbool.h>

/* Whether a daemon answers on the control socket of the state folder. One that hangs is silent: it is given some seconds. */
enum socket_state { SOCKET_NONE, SOCKET_SILENT, SOCKET_ANSWERS };
enum socket_state cli_socket_probe(const char *state_folder);

/* Has the daemon do what this command could not, since the state folder is held: *err is the error of store_open. It stays
 * as it is when the holder is no daemon. `path` is begun with cli_socket_path. The daemon's refusal is ERR_LIMIT. */
int cli_socket_ask(const struct invocation *invocation, const char *method, const struct buf *path, const json_t *body, json_t **answer,
                   struct err *err) MUST_CHECK;

/* 0 unless --as aws was given: over the socket the answer would be given by another identity than was asked for. Then -1:
 * refused, or, when the holder is no daemon, *err as it was. */
int cli_socket_check_identity(const struct invocation *invocation, struct err *err) MUST_CHECK;

/* Fills `path` (initialized here; released by the caller) with before, the id percent-encoded, and after. */
void cli_socket_path(struct buf *path, const char *before, const char *id, const char *after);

/* What the daemon knows of itself, or NULL: nobody answers, or not to this user. New reference. */
json_t *cli_socket_status(const char *state_folder);

/* Shows the document of a run that the daemon made, as --json or for people; returns the exit status. */
int cli_socket_show_run(const struct invocation *invocation, const json_t *document);

#endif
