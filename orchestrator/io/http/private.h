/*
 * The parts of the HTTP client; private to this room.
 *
 * http.c            the client's life and http_send, the fiber's side
 * http_request.c    what a request must be like, and its bytes
 * http_queue.c      which transfer goes on which connection, and when one is made for it
 * http_kept.c       connections by endpoint, kept for the next request
 * http_connection.c one connection: made and ended by curl
 * http_exchange.c   a request and its response on a connection
 * http_reader.c     a response, read as its bytes come
 * http_multi.c      curl's multi handle on the loop
 * http_socket.c     the sockets of connections that are being made
 * http_trust.c      the authorities that TLS trusts, read beside the loop
 * http_error.c      from curl's codes and our problems to errors
 *
 * curl makes the connections: names, addresses, proxies and TLS are its business, and so is every
 * byte that is sent or received on more than a bare socket. What is said on a connection is written
 * and read here, because curl's own exchange costs four times as much as all of that (see the
 * README): a sweep is a million of small ones.
 *
 * curl runs on the loop's stack only: a fiber submits its transfer and waits, and the pump, a task
 * of the ready queue, does the rest.
 */
#ifndef REEVE_IO_HTTP_PRIVATE_H
#define REEVE_IO_HTTP_PRIVATE_H

#include "io/fiber.h"
#include "io/http/http.h"
#include "io/http/reader.h"
#include "io/loop_private.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <openssl/ssl.h>
#include <sys/queue.h>
#include <uthash.h>

/* Of "https://host:port". A name has at most 253 bytes. */
#define HTTP_ENDPOINT_URL_SIZE 288

#define HTTP_READ_BYTES ((size_t)16 * 1024)

enum http_transfer_state {
	TRANSFER_SUBMITTED,  /* the pump has not seen it yet */
	TRANSFER_WAITING,    /* for a connection, of which only so many are made at once */
	TRANSFER_CONNECTING, /* one is being made for it */
	TRANSFER_EXCHANGING,
	TRANSFER_DONE, /* the outcome is in it */
};

/* Why a transfer failed. */
enum http_problem {
	PROBLEM_NONE,
	PROBLEM_CONNECT, /* `result` says more */
	PROBLEM_RESET,
	PROBLEM_RESET_IN_BODY,
	PROBLEM_RESEND, /* a kept connection broke, and the request must not be sent again */
	PROBLEM_TRUNCATED,
	PROBLEM_NOT_HTTP,
	PROBLEM_BODY_TOO_LARGE,
	PROBLEM_HEADERS_TOO_LARGE,
	PROBLEM_REQUEST_TIMEOUT,
	PROBLEM_IDLE_TIMEOUT,
	PROBLEM_CANCELLED,
};

TAILQ_HEAD(http_connections, http_connection);
TAILQ_HEAD(http_transfers, http_transfer);

/* Where connections lead: a scheme, host and port, perhaps through a UNIX socket. */
struct http_endpoint {
	char *key;
	char *url, *unix_socket; /* unix_socket: NULL for none */
	struct http_client *client;
	struct http_connections kept;  /* used last, first */
	size_t users;                  /* connections, and transfers that wait for one */
	size_t connections, impatient; /* that are made or being made; that wait without patience */
	UT_hash_handle hh;
};

/* One exchange. Pooled. */
struct http_transfer {
	struct http_client *client;
	TAILQ_ENTRY(http_transfer) queued; /* while submitted, waiting or idle */

	const struct http_request *request;
	struct http_response *response;
	char endpoint_url[HTTP_ENDPOINT_URL_SIZE];
	const char *authority, *target; /* within the request's URL */
	size_t authority_length, target_length;
	struct buf head;  /* and a small body; holds secrets until the request is over */
	const char *body; /* a larger one; borrowed */
	size_t body_length, written;
	struct http_reader reader;

	struct fiber_ticket ticket;
	enum http_transfer_state state;
	struct http_endpoint *endpoint;     /* while WAITING */
	int64_t patient_until_us;           /* likewise; 0: not at all */
	struct http_connection *connection; /* while CONNECTING or EXCHANGING */
	bool fresh;                         /* no kept connection will do: one has just broken */
	int send_attempts;                  /* how often the request was begun on a connection */
	int64_t activity_us;

	enum http_problem problem;
	CURLcode result;
	long os_errno, proxy_status;
	int socket_errno;
	char error_text[CURL_ERROR_SIZE];
};

struct http_connection {
	struct http_client *client;
	struct http_endpoint *endpoint;
	CURL *easy;
	struct http_transfer *transfer; /* that waits for it or uses it; NULL: kept */
	TAILQ_ENTRY(http_connection) by_endpoint, by_age, making;
	bool making_counted; /* among those that are being made */
	bool made;           /* the two events are in use */
	bool write_watched;
	bool used; /* an exchange was had on it before */
	bool bare; /* neither TLS nor a proxy, just the socket */
	curl_socket_t fd;
	struct event readable, writable;
	int64_t started_us, kept_us;
	int socket_errno;
	char error_text[CURL_ERROR_SIZE];
};

/* A socket of a connection that is being made. */
struct http_socket {
	struct http_client *client;
	struct event event;
	short watched;
};

struct http_client {
	struct loop *loop;
	CURLM *multi;
	CURLSH *share; /* of TLS sessions: a connection to a host goes on with the keys of an earlier
					  one */
	struct fiber_semaphore slots;
	int in_flight;
	struct http_stats stats;

	char *ca_bundle, *user_agent; /* ca_bundle: NULL for OpenSSL's own folder */
	struct fiber_once trust_once;
	X509_STORE *trust; /* NULL until an https request needs it */
	int64_t trust_read_us;
	const char *trust_problem; /* why it could not be read; static text */
	int64_t connect_timeout_ms;
	bool proxy_in_environment;

	struct http_transfers idle, submitted, waiting;
	struct http_connections making; /* oldest first */
	int making_count;
	struct event making_timer;
	bool pump_posted, kick;

	struct http_endpoint *endpoints; /* by key */
	struct http_connections kept;    /* unused for longest, first */
	size_t kept_count, max_kept;

	struct event timer;
	int64_t timer_us; /* when it fires; 0: not armed */

	struct http_socket **sockets; /* by descriptor */
	size_t socket_count;
	char read_buffer[HTTP_READ_BYTES];
};

/* http_request.c */
void http_request_init(struct http_transfer *transfer);
int http_request_write(struct http_transfer *transfer, const struct http_request *request,
	struct err *err) MUST_CHECK;
void http_request_wipe(struct http_transfer *transfer);
bool http_request_may_repeat(const struct http_request *request);

/* http_queue.c */
void http_queue_init(struct http_client *client);
void http_queue_release(struct http_client *client);
void http_queue_submit(struct http_transfer *transfer);
/* Takes the transfer from where it is, as a task of the loop, and wakes its ticket. */
void http_queue_abandon(void *transfer);
void http_queue_post_pump(struct http_client *client);
/* A transfer's connection was made, or could not be: `result` says which. */
void http_queue_connected(struct http_connection *connection, CURLcode result);
/* A transfer is over, and its connection done with. */
void http_queue_complete(struct http_transfer *transfer, enum http_problem problem);
/* A connection is free: whoever waits for one to its endpoint has it, else it is kept. */
void http_queue_freed(struct http_connection *connection);

/* http_kept.c */
/* An endpoint, for which its user has one use of it to give back. */
struct http_endpoint *http_endpoint_get(struct http_client *client, const char *url,
	const char *unix_socket);
void http_endpoint_put(struct http_endpoint *endpoint);
/* The connection that was used last, or NULL; it is no longer among the kept. */
struct http_connection *http_kept_take(struct http_endpoint *endpoint);
void http_kept_add(struct http_connection *connection);
void http_kept_remove(struct http_connection *connection);

/* http_connection.c */
/* Begins to make a connection for the transfer. -1: curl could not be started. */
int http_connection_new(struct http_transfer *transfer, struct http_endpoint *endpoint) MUST_CHECK;
/* Ends it. It is no longer kept, and no transfer's. */
void http_connection_free(struct http_connection *connection);

/* http_exchange.c */
void http_exchange_watch(struct http_connection *connection, curl_socket_t fd);
void http_exchange_begin(struct http_connection *connection, struct http_transfer *transfer);

/* http_multi.c */
int http_multi_init(struct http_client *client, int max_connections) MUST_CHECK;
void http_multi_release(struct http_client *client);
/* Lets curl act on a socket or on CURL_SOCKET_TIMEOUT; the pump collects what that completes. */
void http_multi_act(struct http_client *client, curl_socket_t fd, int what);
void http_multi_collect(struct http_client *client);

/* http_socket.c; callbacks of curl */
int http_socket_interest(CURL *easy, curl_socket_t fd, int what, void *client, void *unused);
curl_socket_t http_socket_open(void *connection, curlsocktype purpose,
	struct curl_sockaddr *address);
void http_socket_release_all(struct http_client *client);

/* http_trust.c */
/* Waits until the authorities are read. -1 (ERR_CONFIG, CaBundleUnusable) when there are none. */
MAY_YIELD int http_trust_wait(struct http_client *client, struct err *err) MUST_CHECK;
void http_trust_release(struct http_client *client);

/* http_error.c */
int http_error_fill(const struct http_transfer *transfer, struct err *err) MUST_CHECK;

#define HTTP_DEFAULT_TIMEOUT_MS 30000
#define HTTP_DEFAULT_IDLE_TIMEOUT_MS 10000
#define HTTP_DEFAULT_CONNECT_TIMEOUT_MS 5000
#define HTTP_DEFAULT_MAX_BODY_BYTES (8u * 1024 * 1024)
#define HTTP_DEFAULT_IN_FLIGHT 256

#endif
