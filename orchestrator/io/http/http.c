#include "io/http/private.h"

#include "base/banned.h"
#include "base/mem.h"
#include "io/fiber_sync.h"
#include "io/http/error.h"
#include "io/http/multi.h"
#include "io/http/queue.h"
#include "io/http/request.h"
#include "io/http/trust.h"

#include <assert.h>
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	/* Idle connections are kept for each endpoint of a sweep. With too few, nearly every call would
	 * make a new one, which costs ten times as much over TLS. An idle one takes about 65 KB. */
	CONNECTIONS_PER_SLOT = 4,
	MIN_CONNECTIONS = 256,
	/* Descriptors for everything else: the store, the log, the web server, name lookups. */
	OTHER_DESCRIPTORS = 256,
};

/* Sizes the connection pool, and raises the soft limit of open files to what it needs. */
static int connection_budget(int in_flight)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)in_flight * CONNECTIONS_PER_SLOT;

	if (wanted < MIN_CONNECTIONS)
		wanted = MIN_CONNECTIONS;
	/* Connections in use come on top of a full pool. */
	rlim_t descriptors = wanted + (rlim_t)in_flight + OTHER_DESCRIPTORS;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return (int)wanted;
	if (limit.rlim_cur < descriptors) {
		limit.rlim_cur = limit.rlim_max < descriptors ? limit.rlim_max : descriptors;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur < descriptors) {
		rlim_t others = (rlim_t)in_flight + OTHER_DESCRIPTORS;

		wanted = limit.rlim_cur > others + 16 ? limit.rlim_cur - others : 16;
	}
	return (int)wanted;
}

static bool proxy_in_environment(void)
{
	static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
		"ALL_PROXY" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value != '\0')
			return true;
	}
	return false;
}

/* The system's certificates in one file. OpenSSL would read those of a folder again for each
 * connection. */
static char *default_ca_bundle(void)
{
	static const char *const candidates[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem",
		"/etc/ssl/cert.pem",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(candidates); i++)
		if (access(candidates[i], R_OK) == 0)
			return xstrdup(candidates[i]);
	return NULL;
}

static int set_options(struct http_client *client, const struct http_options *options,
	struct err *err)
{
	static const struct http_options defaults = { 0 };

	if (options == NULL)
		options = &defaults;
	if (options->ca_bundle != NULL && access(options->ca_bundle, R_OK) < 0)
		return err_set(err, ERR_CONFIG, "CaBundleUnreadable",
			"cannot read the CA bundle %s: %s; give a readable PEM file", options->ca_bundle,
			strerror(errno));
	client->ca_bundle = options->ca_bundle ? xstrdup(options->ca_bundle) : default_ca_bundle();
	client->user_agent =
		xstrdup(options->user_agent ? options->user_agent : "reeve/" REEVE_VERSION);
	client->connect_timeout_ms = options->connect_timeout_ms ? options->connect_timeout_ms
															 : HTTP_DEFAULT_CONNECT_TIMEOUT_MS;
	client->proxy_in_environment = proxy_in_environment();
	int in_flight = options->in_flight > 0 ? options->in_flight : HTTP_DEFAULT_IN_FLIGHT;
	fiber_semaphore_init(&client->slots, client->loop, in_flight);
	client->max_idle = (size_t)connection_budget(in_flight);
	/* The pool decides which connections are kept; curl must not close any on its own. */
	if (http_multi_init(client, (int)client->max_idle + in_flight) < 0)
		return err_set(err, ERR_SYSTEM, "NoHttp", "cannot start libcurl");
	return 0;
}

int http_client_new(struct loop *loop, const struct http_options *options, struct http_client **out,
	struct err *err)
{
	*out = NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, ERR_SYSTEM, "NoHttp", "cannot start libcurl");
	struct http_client *client = xcalloc(1, sizeof *client);
	client->loop = loop;
	http_queue_init(client);
	if (set_options(client, options, err) < 0) {
		http_client_free(client);
		return -1;
	}
	*out = client;
	return 0;
}

void http_client_free(struct http_client *client)
{
	if (client == NULL)
		return;
	assert(client->in_flight == 0);
	while (!TAILQ_EMPTY(&client->spare)) {
		struct http_transfer *transfer = TAILQ_FIRST(&client->spare);

		TAILQ_REMOVE(&client->spare, transfer, queued);
		buf_release_secret(&transfer->head);
		http_reader_release(&transfer->reader);
		free(transfer);
	}
	http_queue_release(client);
	http_multi_release(client);
	http_trust_release(client);
	free(client->ca_bundle);
	free(client->user_agent);
	free(client);
	curl_global_cleanup();
}

struct http_stats http_client_stats(const struct http_client *client)
{
	return client->stats;
}

/* --- one exchange, on the fiber --- */

static struct http_transfer *take_transfer(struct http_client *client)
{
	struct http_transfer *transfer = TAILQ_FIRST(&client->spare);

	if (transfer != NULL) {
		TAILQ_REMOVE(&client->spare, transfer, queued);
		return transfer;
	}
	transfer = xcalloc(1, sizeof *transfer);
	transfer->client = client;
	http_request_init(transfer);
	http_reader_init(&transfer->reader);
	return transfer;
}

static void give_back(struct http_transfer *transfer)
{
	http_request_wipe(transfer);
	transfer->request = NULL;
	transfer->response = NULL;
	transfer->body = NULL;
	TAILQ_INSERT_HEAD(&transfer->client->spare, transfer, queued);
}

static void begin(struct http_transfer *transfer, const struct http_request *request,
	struct http_response *response)
{
	transfer->request = request;
	transfer->response = response;
	transfer->problem = PROBLEM_NONE;
	transfer->result = CURLE_OK;
	transfer->fresh = false;
	transfer->send_attempts = 0;
	transfer->os_errno = transfer->proxy_status = 0;
	transfer->socket_errno = 0;
	transfer->error_text[0] = '\0';
}

/* Waits for the outcome. The timeouts are kept here, since one timer for both that looks at the
 * last activity when it fires is cheaper than two of curl's. Returns what ended it early. */
static MAY_YIELD enum http_problem await(struct http_transfer *transfer)
{
	const struct http_request *request = transfer->request;
	int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : HTTP_DEFAULT_TIMEOUT_MS;
	int64_t idle_ms = request->idle_timeout_ms > 0 ? request->idle_timeout_ms
												   : HTTP_DEFAULT_IDLE_TIMEOUT_MS;
	int64_t now_us = fiber_now_us();
	int64_t end_us = now_us + timeout_ms * 1000;

	while (transfer->state != TRANSFER_DONE) {
		/* Until the request is sent, the connection's own timeout is in force. */
		int64_t idle_end_us = (transfer->send_attempts > 0 ? transfer->activity_us : now_us) +
			idle_ms * 1000;
		int64_t wake_us = idle_end_us < end_us ? idle_end_us : end_us;

		if (now_us >= end_us)
			return PROBLEM_REQUEST_TIMEOUT;
		if (now_us >= idle_end_us)
			return PROBLEM_IDLE_TIMEOUT;
		transfer->ticket = fiber_ticket();
		if (fiber_wait((wake_us - now_us + 999) / 1000) == FIBER_CANCELLED &&
			transfer->state != TRANSFER_DONE)
			return PROBLEM_CANCELLED;
		now_us = fiber_now_us();
	}
	return PROBLEM_NONE;
}

/* Ends a transfer early. Nothing of the request or response is touched after this. */
static MAY_YIELD void stop(struct http_transfer *transfer, enum http_problem problem)
{
	transfer->problem = problem;
	if (transfer->state == TRANSFER_SUBMITTED || transfer->state == TRANSFER_WAITING) {
		http_queue_abandon(transfer);
		return;
	}
	fiber_shield();
	loop_post(transfer->client->loop, http_queue_abandon, transfer);
	do {
		transfer->ticket = fiber_ticket();
		(void)!fiber_wait(FIBER_FOREVER);
	} while (transfer->state != TRANSFER_DONE);
	fiber_unshield();
}

static MAY_YIELD int exchange(struct http_transfer *transfer, struct err *err)
{
	http_queue_submit(transfer);
	enum http_problem problem = await(transfer);
	if (problem != PROBLEM_NONE)
		stop(transfer, problem);
	transfer->response->sent = transfer->send_attempts > 0;
	return transfer->problem == PROBLEM_NONE ? 0 : http_error_fill(transfer, err);
}

static MAY_YIELD int send_in_turn(struct http_transfer *transfer, struct err *err)
{
	struct http_client *client = transfer->client;

	if (fiber_stopping() || fiber_semaphore_acquire(&client->slots) == FIBER_CANCELLED)
		return err_set(err, ERR_CANCELLED, "Cancelled", "stopped before the request was sent");
	client->in_flight++;
	client->stats.requests++;
	if ((uint64_t)client->in_flight > client->stats.peak_in_flight)
		client->stats.peak_in_flight = (uint64_t)client->in_flight;
	int status = exchange(transfer, err);
	client->in_flight--;
	fiber_semaphore_release(&client->slots);
	return status;
}

int http_send(struct http_client *client, const struct http_request *request,
	struct http_response *response, struct err *err)
{
	struct http_transfer *transfer = take_transfer(client);
	int status = -1;

	response->sent = false;
	begin(transfer, request, response);
	if (http_request_write(transfer, request, err) == 0 &&
		(strncmp(transfer->endpoint_url, "https:", 6) != 0 || http_trust_wait(client, err) == 0))
		status = send_in_turn(transfer, err);
	give_back(transfer);
	return status;
}
