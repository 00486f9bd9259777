/*
 * Shared by the files of the server. The way of a request:
 *
 * - listener.c, control.c and operators.c accept a connection, within the limits: over TCP, over
 * the control socket of the state folder, or over the operators' socket of the configuration.
 * - connection.c reads a head (head.h) and a body in time, and writes the answer. It works in turns
 *   from the loop's ready queue, never in a callback of libevent.
 * - exchange.c checks one request: its host, its caller (caller.c), the caller's role, its form.
 * All checks that need only the head are made before the body is read.
 * - exchange_run.c, on a fiber of its own, records the request in the audit log, calls the handler,
 *   and records the outcome.
 * - answer.c makes the bytes of the answer.
 *
 * A connection that breaks while its request is handled lets go of the exchange, which goes on to
 * its end.
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

#define WEB_MAX_CONNECTIONS 128        /* over TCP */
#define WEB_MAX_STRANGERS 16           /* of one address, that have not authenticated */
#define WEB_MAX_OF_PERSON 48           /* over TCP, of one person */
#define WEB_MAX_CONTROL_CONNECTIONS 32 /* separate, so that TCP clients can't use them up */
#define WEB_MAX_OPERATORS_CONNECTIONS 64
#define WEB_MAX_OF_USER 16 /* over the operators' socket, of one system user */
#define WEB_MAX_RUNNING \
	192 /* requests that are handled at once; the control socket's go beyond \
		 */
#define WEB_MAX_RUNNING_OF_PERSON \
	32 /* of one person, not over the control socket; their clients may have left */
#define WEB_MAX_BODY ((size_t)64 * 1024)
#define WEB_MAX_SIGNALS ((size_t)1024 * 1024) /* bytes of a body where the route has any_body */
#define WEB_MAX_ANSWER ((size_t)16 * 1024 * 1024)
#define WEB_INPUT_BYTES ((size_t)64 * 1024) /* read ahead of what is handled */
#define WEB_REQUEST_MS \
	10000 /* from accept, or the first byte of another request, to the end of its body */
#define WEB_IDLE_MS 30000 /* between an answer and the next request */
#define WEB_ANSWER_MS \
	30000 /* for the client to take an answer, and a second more for each 64 KiB of it */
#define WEB_LINGER_MS 2000 /* see connection.c */
#define WEB_LINGER_BYTES ((size_t)2 * 1024 * 1024)
#define WEB_REQUESTS_PER_MINUTE 600 /* of a person, unless configured */
#define WEB_FAILURES_PER_MINUTE 30  /* wrong tokens from one address in a minute */
#define WEB_RECORDS_PER_MINUTE \
	60 /* refusals of one address or person in a minute that are recorded one by one */
#define WEB_ACCEPT_PAUSE_MS 500 /* after accept failed, e.g. for want of descriptors */

/* --- what the configuration says (settings.c) --- */

struct web_settings {
	char *listen; /* NULL: no listener */
	char *certificate_file, *key_file;
	json_t *hosts; /* more names that Host may have */
	int64_t requests_per_minute;
	/* the operators' socket; NULL: none, or the group of the process */
	char *socket, *socket_group;
};

/* --- listeners --- */

/* How callers connect and are identified: over TCP by token, or over a UNIX socket by the system
 * user of the peer. */
enum web_way { WEB_TCP, WEB_CONTROL, WEB_OPERATORS };
#define WEB_WAYS 3

struct listener {
	struct web *web;
	struct evconnlistener *listener;
	struct event resume; /* after a failed accept */
	char *name;          /* "127.0.0.1:8443", or the path of the socket */
	enum web_way way;
	/* Of TCP: */
	struct authority authority; /* address and port as they are bound */
	bool loopback, any;         /* any: all addresses of the machine */
	SSL_CTX *tls;               /* NULL: plain */
	/* Of a UNIX socket: */
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
	struct listener *tcp; /* NULL: none */
	struct listener *control;
	struct listener *operators; /* NULL: none */
	struct connection *connections;
	size_t connected[WEB_WAYS];
	struct exchange *running; /* those that are on a fiber */
	size_t running_count;
	size_t holds; /* what refers to this: connections not yet freed, exchanges */
	struct meter *requests, *failures, *records;
	struct replays *replays;
	uid_t own_uid;
	int64_t request_ms, idle_ms; /* WEB_REQUEST_MS and WEB_IDLE_MS, but in tests */
	bool stopping, freed;
	bool awaited; /* a fiber waits for the last connection to end */
	struct fiber_ticket waiter;
};

const struct config *web_config(const struct web *web);
/* Lets go of one hold; the last one after web_free frees. */
void web_unhold(struct web *web);

/* --- connections (connection.c) --- */

enum connection_state {
	CONNECTION_READING,   /* waits for a request, or has a part of it */
	CONNECTION_HANDLING,  /* the request is with its exchange */
	CONNECTION_WRITING,   /* the answer is on its way */
	CONNECTION_LINGERING, /* the answer is sent; further input is thrown away */
};

struct connection {
	struct web *web;
	struct connection *previous, *next;
	struct bufferevent *bufferevent; /* NULL: closed, but a turn is still queued */
	struct event timer;
	enum connection_state state;
	/* what happened since the last turn; a turn is queued */
	bool scheduled, expired, ended, broken;
	bool close_after;              /* the answer is the last one */
	bool known;                    /* a caller authenticated on it */
	char person[PERSON_NAME_SIZE]; /* the last person who did, over TCP */
	enum web_way way;
	bool is_tls;
	bool any_request; /* there was one before */
	bool begun;       /* bytes of a request have come */
	size_t scanned;   /* of the head */
	size_t lingered;
	struct exchange *exchange;
	uid_t uid;        /* of the peer of a UNIX socket */
	char address[64]; /* of the peer: "192.0.2.1", "the control socket" */
	char source[64];  /* the same as limits see it: of IPv6 the first 64 bits, "uid:1000" */
	struct authority local;
};

/* --- one request (exchange.c) --- */

struct exchange {
	struct web *web;
	struct connection *connection;    /* NULL: the client is gone */
	struct exchange *previous, *next; /* in web->running */
	bool running;
	struct head head;
	struct target target;
	const struct route *route; /* NULL: none was found */
	struct person person;      /* name "": nobody */
	enum api_role role;        /* of the person; API_PUBLIC: nobody */
	struct buf body;
	json_t *json;
	const char *parameters[API_MAX_PARAMETERS];
	struct refusal refusal;
	struct err failure; /* of the handler */
	struct api_response response;
	bool handled;
	bool close_after;
	bool unread; /* the body was not read, so the next bytes on the connection are no request */
	/* Fields of the answer; "", 0 and false: not sent. */
	char allow[64];
	int retry_after_s;
	bool challenge, wrong_token;
	/* Idempotency-Key: NULL none. */
	const char *key;
	bool replaying; /* the key is ours to finish or drop */
	bool replayed;  /* the answer is a kept one */
	char address[64], source[64];
	enum web_way way;
	bool is_tls;
};

#endif
