/*
 * The parts of the HTTP client; private to this room.
 *
 * http.c          the client's life and http_send, the fiber's side
 * http_easy.c     options and headers of a request on curl's easy handle
 * http_multi.c    curl's multi handle on the loop: timer, start and completion
 * http_socket.c   curl's sockets on the loop
 * http_response.c what arrives, bounded
 * http_error.c    from curl's codes to our errors
 *
 * curl runs on the loop's stack only: a fiber submits its transfer and waits, and the
 * pump, a task of the ready queue, does the rest.
 */
#ifndef REEVE_IO_HTTP_PRIVATE_H
#define REEVE_IO_HTTP_PRIVATE_H

#include "io/fiber.h"
#include "io/http.h"
#include "io/loop_private.h"

#include <curl/curl.h>

enum http_transfer_state {
	TRANSFER_QUEUED, /* submitted; curl does not know it yet */
	TRANSFER_ACTIVE, /* curl has it */
	TRANSFER_DONE,   /* the outcome is in it */
};

/* Why we ended a transfer, rather than curl. */
enum http_problem {
	PROBLEM_NONE,
	PROBLEM_BODY_TOO_LARGE,
	PROBLEM_HEADERS_TOO_LARGE,
	PROBLEM_RESEND, /* the connection broke, and curl was about to send a mutation again */
	PROBLEM_REQUEST_TIMEOUT,
	PROBLEM_IDLE_TIMEOUT,
	PROBLEM_CANCELLED,
};

/* Which of curl's mutually exclusive request options are set on the easy handle. */
enum http_form { FORM_NONE, FORM_GET, FORM_HEAD, FORM_BODY };

/* One exchange and its easy handle. Pooled, so that options which never change are set once. */
struct http_transfer {
	struct http_client *client;
	struct http_transfer *next, *previous; /* in the submitted queue, among those connecting, or idle */
	CURL *easy;
	enum http_form form;
	bool custom_method, unix_socket;

	struct curl_slist *header_nodes; /* an array; curl only follows `next` */
	size_t header_node_capacity;
	char *header_lines; /* their text; holds secrets until the request is over */
	size_t header_lines_bytes;

	const struct http_request *request;
	struct http_response *response;
	struct fiber_ticket ticket;
	enum http_transfer_state state;
	enum http_problem problem;
	CURLcode result;
	int send_attempts; /* how often the request was about to be written to a connection */
	int64_t started_us, activity_us;
	bool connecting; /* it may have no connection yet */
	long os_errno, proxy_status;
	int socket_errno;
	size_t header_bytes;
	bool headers_done, body_begun;
	char error_text[CURL_ERROR_SIZE];
};

/* What we know about a file descriptor of curl's. */
struct http_socket {
	struct http_client *client;
	struct event event;
	short registered; /* what libevent watches */
	short wanted;     /* what curl wants; 0 for an idle connection */
	bool ours;        /* made by our callback, so that we also learn when it is closed */
};

struct http_client {
	struct loop *loop;
	CURLM *multi;
	CURLSH *share; /* of TLS sessions: a connection to a host goes on with the keys of an earlier one */
	struct fiber_semaphore slots;
	int in_flight;
	struct http_stats stats;

	char *ca_bundle, *user_agent;
	int64_t connect_timeout_ms;
	bool proxy_in_environment;

	struct http_transfer *idle; /* last in, first out */
	struct http_transfer *submitted, *last_submitted;
	struct http_transfer *connecting, *last_connecting; /* oldest first */
	int connecting_count;
	struct event connect_timer;
	bool pump_posted, kick;

	struct event timer;
	int64_t timer_us; /* when it fires; 0: not armed */

	struct http_socket **sockets; /* by descriptor */
	size_t socket_count;
};

/* http_easy.c */
int http_easy_new(struct http_transfer *transfer) MUST_CHECK;
int http_easy_check(const struct http_request *request, struct err *err) MUST_CHECK;
CURLcode http_easy_prepare(struct http_transfer *transfer) MUST_CHECK;
void http_easy_wipe(struct http_transfer *transfer);
void http_easy_free(struct http_transfer *transfer);

/* http_multi.c */
int http_multi_init(struct http_client *client, int max_connections) MUST_CHECK;
void http_multi_release(struct http_client *client);
void http_multi_submit(struct http_transfer *transfer);
/* Takes the transfer out of curl's hands, as a task of the loop, and wakes its ticket. */
void http_multi_abandon(void *transfer);
void http_multi_withdraw(struct http_transfer *transfer); /* only while TRANSFER_QUEUED */
/* Lets curl act on a socket or on CURL_SOCKET_TIMEOUT; the pump collects what that completes. */
void http_multi_act(struct http_client *client, curl_socket_t fd, int what);
/* The transfer has its connection, or is over. */
void http_multi_connected(struct http_transfer *transfer);

/* http_socket.c; callbacks of curl */
int http_socket_interest(CURL *easy, curl_socket_t fd, int what, void *client, void *unused);
curl_socket_t http_socket_open(void *transfer, curlsocktype purpose, struct curl_sockaddr *address);
int http_socket_close(void *client, curl_socket_t fd);
void http_socket_release_all(struct http_client *client);

/* http_response.c */
void http_response_begin(struct http_response *response, const struct http_request *request);
void http_response_finish(struct http_response *response);
size_t http_response_on_header(char *line, size_t size, size_t count, void *transfer);
size_t http_response_on_body(char *data, size_t size, size_t count, void *transfer);

/* http_error.c */
int http_error_fill(const struct http_transfer *transfer, struct err *err) MUST_CHECK;

#define HTTP_DEFAULT_TIMEOUT_MS 30000
#define HTTP_DEFAULT_IDLE_TIMEOUT_MS 10000
#define HTTP_DEFAULT_CONNECT_TIMEOUT_MS 5000
#define HTTP_DEFAULT_MAX_BODY_BYTES (8u * 1024 * 1024)
#define HTTP_DEFAULT_IN_FLIGHT 256

#endif
