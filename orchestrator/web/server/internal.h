/*
 * The types and limits that the files of the server share. A request goes through these files:
 *
 *   listener.c, control.c, operators.c
 *       accept a connection, within the limits: over TCP, over the control socket of the state
 *       folder, over the operators' socket of the configuration.
 *   connection.c
 *       reads a head (http/head.h) and a body in time, and writes the answer. All its work is done
 *       in turns from the loop's ready queue, never in a callback of libevent.
 *   exchange.c, caller.c
 *       check one request: its Host, its caller, the caller's role, its form. All checks that need
 *       only the head are made before the body is read.
 *   exchange_run.c
 *       writes to the audit log, runs the handler, and writes to the audit log again, on a fiber.
 *   answer.c
 *       makes the bytes of the answer.
 *
 * When a connection breaks while its request is handled, the exchange continues without it.
 */
#ifndef REEVE_WEB_SERVER_INTERNAL_H
#define REEVE_WEB_SERVER_INTERNAL_H

#include "approvals/people.h"
#include "base/buf.h"
#include "io/fiber.h"
#include "web/http/head.h"
#include "web/http/request.h"
#include "web/http/routes.h"
#include "web/http/target.h"
#include "web/server/meter.h"
#include "web/server/replay.h"
#include "web/server/server.h"

#include <event2/event_struct.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/types.h>

struct bufferevent;
struct evbuffer;
struct evconnlistener;

/* --- limits --- */

#define WEB_MAX_CONNECTIONS 128        /* connections over TCP */
#define WEB_MAX_STRANGERS 16           /* unauthenticated connections of one address */
#define WEB_MAX_OF_PERSON 48           /* connections of one person over TCP */
#define WEB_MAX_CONTROL_CONNECTIONS 32 /* separate, so that TCP clients can't use them up */
#define WEB_MAX_OPERATORS_CONNECTIONS 64
#define WEB_MAX_OF_USER 16  /* connections of one system user over the operators' socket */
#define WEB_MAX_RUNNING 192 /* requests handled at once, except those of the control socket */
#define WEB_MAX_RUNNING_OF_PERSON \
	32 /* requests of one person handled at once, except over the control socket */
#define WEB_MAX_BODY ((size_t)64 * 1024)
#define WEB_MAX_SIGNALS ((size_t)1024 * 1024) /* bytes of a body where the route has any_body */
#define WEB_MAX_ANSWER ((size_t)16 * 1024 * 1024)
#define WEB_INPUT_BYTES ((size_t)64 * 1024) /* read ahead of the request that is handled */
#define WEB_REQUEST_MS \
	10000 /* the time from accept, or the first byte of a later request, to the end of the body */
#define WEB_IDLE_MS 30000 /* the time between an answer and the next request */
#define WEB_ANSWER_MS \
	30000 /* the time for the client to take an answer, plus a second for each 64 KiB of it */
#define WEB_LINGER_MS 2000 /* the time for the client to close its side after the last answer */
#define WEB_LINGER_BYTES ((size_t)2 * 1024 * 1024)
#define WEB_REQUESTS_PER_MINUTE 600 /* requests of one person, unless configured */
#define WEB_FAILURES_PER_MINUTE 30  /* wrong tokens from one address in a minute */
#define WEB_RECORDS_PER_MINUTE \
	60 /* refusals of one address or person that the audit log records in a minute */
#define WEB_ACCEPT_PAUSE_MS 500 /* the pause after accept failed, e.g. without free descriptors */

/* --- settings from the configuration (settings.c) --- */

struct web_settings {
	char *listen; /* NULL: no TCP listener */
	char *certificate_file, *key_file;
	json_t *hosts; /* further names that the field Host may have */
	int64_t requests_per_minute;
	/* the operators' socket (NULL: none) and its group (NULL: the group of the process) */
	char *socket, *socket_group;
};

/* --- listeners --- */

/* The ways in which callers connect. Over TCP they are identified by token, over a UNIX socket by
 * the system user of the peer. */
enum web_way { WEB_TCP, WEB_CONTROL, WEB_OPERATORS };
#define WEB_WAYS 3

struct listener {
	struct web *web;
	struct evconnlistener *listener;
	struct event resume; /* accepts again after a failed accept */
	char *name;          /* "127.0.0.1:8443", or the path of the socket */
	enum web_way way;
	/* Only for TCP: */
	struct authority authority; /* the bound address and port */
	bool loopback, any;         /* `any`: it listens on all addresses of the machine */
	SSL_CTX *tls;               /* NULL: plain */
	/* Only for a UNIX socket: */
	char *path;
	dev_t device;
	ino_t inode;
};

/* --- the server --- */

struct web {
	struct loop *loop;
	struct web_process process;
	struct routes *routes;
	struct web_settings settings;
	struct listener *tcp; /* NULL: there is none */
	struct listener *control;
	struct listener *operators; /* NULL: there is none */
	struct connection *connections;
	size_t connected[WEB_WAYS];
	struct exchange *running; /* the exchanges that are on a fiber */
	size_t running_count;
	size_t holds; /* references to this struct, by connections and exchanges */
	struct meter *requests, *failures, *records;
	struct replays *replays;
	uid_t own_uid;
	int64_t request_ms, idle_ms; /* WEB_REQUEST_MS and WEB_IDLE_MS, or shorter in tests */
	bool stopping, freed;
	bool awaited; /* true: a fiber waits for the last connection to end */
	struct fiber_ticket waiter;
};

const struct config *web_config(const struct web *web);
/* Drops one reference. Dropping the last one after web_free frees the server. */
void web_unhold(struct web *web);

/* --- connections (connection.c) --- */

enum connection_state {
	CONNECTION_READING,   /* it waits for a request or for the rest of one */
	CONNECTION_HANDLING,  /* the exchange handles the request */
	CONNECTION_WRITING,   /* the answer is being sent */
	CONNECTION_LINGERING, /* the answer was sent; further input is discarded */
};

struct connection {
	struct web *web;
	struct connection *previous, *next;
	struct bufferevent *bufferevent; /* NULL: closed, but a turn is still queued */
	struct event timer;
	enum connection_state state;
	/* scheduled: a turn is queued; the others say what happened since the last turn */
	bool scheduled, expired, ended, broken;
	bool close_after;              /* true: the connection closes after the answer */
	bool known;                    /* true: a caller authenticated on it */
	char person[PERSON_NAME_SIZE]; /* the last person who authenticated over TCP */
	enum web_way way;
	bool is_tls;
	bool any_request; /* true: it has had a request before */
	bool begun;       /* true: bytes of a request have arrived */
	size_t scanned;   /* bytes of the head that were searched for its end */
	size_t lingered;
	struct exchange *exchange;
	uid_t uid;        /* the peer's user; only for a UNIX socket */
	char address[64]; /* the peer: "192.0.2.1", "the control socket" */
	char source[64];  /* the peer in the limits: of IPv6 the first 64 bits, "uid:1000" */
	struct authority local;
};

/* --- one request (exchange.c) --- */

struct exchange {
	struct web *web;
	struct connection *connection;    /* NULL: the client has left */
	struct exchange *previous, *next; /* links in web->running */
	bool running;
	struct head head;
	struct target target;
	const struct route *route; /* NULL: no route was found */
	struct person person;      /* name "": the caller is unknown */
	enum api_role role;        /* the person's role; API_PUBLIC: the caller is unknown */
	struct buf body;
	json_t *json;
	const char *parameters[API_MAX_PARAMETERS];
	struct refusal refusal;
	struct err failure; /* the handler's error */
	struct api_response response;
	bool handled;
	bool close_after;
	bool unread; /* true: the body was not read, so the connection's next bytes are no request */
	/* Header fields of the answer. "", 0 and false: the field is not sent. */
	char allow[64];
	int retry_after_s;
	bool challenge, wrong_token;
	/* The Idempotency-Key; NULL: none. */
	const char *key;
	bool replaying; /* true: this exchange has to call replays_finish or replays_drop */
	bool replayed;  /* true: the answer is a kept one */
	char address[64], source[64];
	enum web_way way;
	bool is_tls;
};

#endif
