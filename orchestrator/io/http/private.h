/*
 * The parts of the HTTP client, private to this room. Each file calls only files below it:
 *
 * http.c         the client's life, and http_send, which runs on the caller's fiber
 * queue.c        decides which transfer goes on which connection, and when one is made for it
 * exchange.c     writes a request to a connection and reads the response
 * pool.c         idle connections, which wait for the next request
 * connection.c   makes and ends one connection, by curl
 * transport.c    sends and receives the bytes of a connection
 * multi.c        runs curl's multi handle on the loop
 * endpoint.c     scheme, host and port that connections lead to
 * request.c      checks a request and writes its bytes
 * reader.c       reads a response as its bytes come; syntax.c is the grammar of its lines
 * response.c     the response that callers see
 * trust.c        reads the certificate authorities that TLS trusts, on a thread
 * error.c        turns curl's codes and our problems into errors
 *
 * curl makes the connections: it looks up names, tries addresses, speaks to proxies and does TLS.
 * What is said on a connection is written and read here, because curl's own exchange costs more
 * than that (README.md has the figures): a sweep makes a million small exchanges.
 *
 * curl runs on the loop's stack only: a fiber submits its transfer and waits, and the pump, a task
 * of the loop, does the rest.
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
	TRANSFER_SUBMITTED,  /* waiting for the pump */
	TRANSFER_WAITING,    /* waiting for a connection, since the number made at once is bounded */
	TRANSFER_CONNECTING, /* a connection is being made for it */
	TRANSFER_EXCHANGING,
	TRANSFER_DONE, /* ended; it has its outcome */
};

/* Why a transfer failed. */
enum http_problem {
	PROBLEM_NONE,
	PROBLEM_CONNECT, /* `result` says more */
	PROBLEM_RESET,
	PROBLEM_RESET_IN_BODY,
	PROBLEM_RESEND, /* a reused connection broke, and the request must not be sent again */
	PROBLEM_TRUNCATED,
	PROBLEM_NOT_HTTP, /* the reader's `fault` says more */
	PROBLEM_BODY_TOO_LARGE,
	PROBLEM_HEADERS_TOO_LARGE,
	PROBLEM_REQUEST_TIMEOUT,
	PROBLEM_IDLE_TIMEOUT,
	PROBLEM_CANCELLED,
};

/* The ways in which a connection is used or ended after its exchange. */
enum http_exchange_outcome {
	EXCHANGE_KEEP, /* it may carry another request */
	EXCHANGE_CLOSE,
	EXCHANGE_REPEAT, /* it was closed before a response; the request goes on a new one */
};

struct http_connection;
typedef void http_exchange_end(struct http_connection *connection,
	enum http_exchange_outcome outcome, enum http_problem problem);

TAILQ_HEAD(http_connections, http_connection);
TAILQ_HEAD(http_transfers, http_transfer);

/* Where connections lead: a scheme, host and port, or a UNIX socket instead of the latter two. */
struct http_endpoint {
	char *key;
	char *url, *unix_socket; /* unix_socket: NULL for none */
	struct http_client *client;
	struct http_connections idle; /* the one used last comes first */
	size_t users;                 /* connections, and transfers that wait for one */
	size_t connections;           /* made or being made */
	size_t impatient;             /* transfers that wait and may have a connection made at once */
	int quick_balance; /* the number of quick exchanges less that of slow ones, bounded */
	UT_hash_handle hh;
};

/* One exchange. Its memory is used again for the next one. */
struct http_transfer {
	struct http_client *client;
	TAILQ_ENTRY(http_transfer) queued; /* while submitted, waiting or spare */

	const struct http_request *request;
	struct http_response *response;
	char endpoint_url[HTTP_ENDPOINT_URL_SIZE];
	const char *authority, *target; /* within the request's URL */
	size_t authority_length, target_length;
	struct buf head;  /* with a small body; holds secrets until the request is over */
	const char *body; /* a larger body; borrowed from the caller */
	size_t body_length, written;
	struct http_reader reader;

	struct fiber_ticket ticket;
	enum http_transfer_state state;
	struct http_endpoint *endpoint;     /* while WAITING */
	int64_t patient_until_us;           /* while WAITING; 0: needs no patience */
	struct http_connection *connection; /* while CONNECTING or EXCHANGING */
	bool fresh;                         /* needs a new connection: an idle one has just broken */
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
	struct http_transfer *transfer; /* that waits for it or uses it; NULL: idle */
	http_exchange_end *on_end;
	TAILQ_ENTRY(http_connection) by_endpoint, by_age, making;
	bool making_counted; /* among those that are being made */
	bool made;           /* the two events are in use */
	bool write_watched;
	bool used; /* has carried an exchange before */
	bool bare; /* a socket without TLS or a proxy */
	curl_socket_t fd;
	const SSL *tls; /* curl's; NULL until an exchange over TLS without a proxy */
	struct event readable, writable;
	int64_t started_us; /* when it began to be made, then when its last exchange began */
	int64_t idle_since_us;
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
	CURLSH *share; /* of TLS sessions, which later connections to the host resume */
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

	struct http_transfers spare, submitted; /* spare: memory for later ones */
	struct http_transfers waiting;          /* the one whose patience ends first comes first */
	struct http_connections making;         /* oldest first */
	int making_count;
	int64_t making_end_us; /* when the last of them was made, failed or was no longer counted */
	struct event making_timer;
	void (*pump)(void *client); /* the task that queue.c posts to the loop */
	bool pump_posted;
	bool kick; /* curl wants to be called at once */

	struct http_endpoint *endpoints; /* by key */
	struct http_connections idle;    /* the one idle for longest comes first */
	size_t idle_count, max_idle;

	struct event timer;
	int64_t timer_us; /* when it fires; 0: not armed */

	struct http_socket **sockets; /* by descriptor */
	size_t socket_count;
	char read_buffer[HTTP_READ_BYTES];
};

/* exchange.c */

/* connection.c */

/* multi.c */
/* `result` says whether the connection of a transfer was made; then `fd` is its socket. */
typedef void http_multi_connected(struct http_connection *connection, CURLcode result,
	curl_socket_t fd);

/* error.c */

#define HTTP_DEFAULT_TIMEOUT_MS 30000
#define HTTP_DEFAULT_IDLE_TIMEOUT_MS 10000
#define HTTP_DEFAULT_CONNECT_TIMEOUT_MS 5000
#define HTTP_DEFAULT_MAX_BODY_BYTES (8u * 1024 * 1024)
#define HTTP_DEFAULT_IN_FLIGHT 256

#endif
