/*
 * Commands beside a daemon: it holds the state folder, and does what is asked for over a UNIX
 * socket: the control socket of the state folder, or, for people to whom the folder is closed, the
 * operators' socket of the configuration (http.socket). Who asks is the person of the system user
 * whom the socket's peer is.
 */
#ifndef REEVE_CMD_CLI_SOCKET_H
#define REEVE_CMD_CLI_SOCKET_H

#include "base/buf.h"
#include "base/err.h"
#include "cmd/command.h"

#include <jansson.h>
#include <stdbool.h>

/* Whether a daemon answers on a socket. One that hangs is silent: it is given some seconds. */
enum socket_state { SOCKET_NONE, SOCKET_SILENT, SOCKET_ANSWERS };

/* The socket on which the daemon of this command is asked: the control socket where it can be
 * reached; else, where the folder is closed to this user, the operators' socket. *path is the
 * caller's to free; NULL for SOCKET_NONE. */
enum socket_state cli_socket_find(const struct invocation *invocation, char **path);

/* What a command does with the state folder itself, where it is not held. */
enum folder_use {
	FOLDER_READ,
	FOLDER_WRITE,
	FOLDER_PAUSE /* writes the file of pauses and nothing else */
};
/* 0: the folder is opened; 1: it is closed to this user, so that the daemon is asked; -1: neither,
 * since no state folder was named or found, and the daemon that the configuration has does not
 * answer. */
int cli_socket_route(const struct invocation *invocation, enum folder_use use, struct err *err)
	MUST_CHECK;

/* Has the daemon do what this command could not: *err is the error of store_open, or none. It stays
 * as it is when the holder is no daemon. `path` is begun with cli_socket_path. The daemon's refusal
 * is ERR_LIMIT. */
int cli_socket_ask(const struct invocation *invocation, const char *method, const struct buf *path,
	const json_t *body, json_t **answer, struct err *err) MUST_CHECK;
/* GET of a path as it is; the member `name` of the answer (NULL: all of it) as a new reference. */
int cli_socket_get(const struct invocation *invocation, const char *path, const char *name,
	json_t **out, struct err *err) MUST_CHECK;
/* All pages of a list: GET of `path`, which may have a query, and the member `name` of each answer,
 * in one new list. */
int cli_socket_list(const struct invocation *invocation, const char *path, const char *name,
	json_t **list, struct err *err) MUST_CHECK;

/* 0 unless --as aws was given: over the socket the answer would be given by another identity than
 * was asked for. Then -1: refused, or, when the holder is no daemon, *err as it was. */
int cli_socket_check_identity(const struct invocation *invocation, struct err *err) MUST_CHECK;

/* Fills `path` (initialized here; released by the caller) with before, the id percent-encoded, and
 * after. */
void cli_socket_path(struct buf *path, const char *before, const char *id, const char *after);

/* What the daemon knows of itself, or NULL: nobody answers, or not to this user. New reference. */
json_t *cli_socket_status(const struct invocation *invocation);

/* Shows the document of a run that the daemon made, as --json or for people; returns the exit
 * status. */
int cli_socket_show_run(const struct invocation *invocation, const json_t *document);

#endif
