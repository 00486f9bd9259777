#include "io/http_private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	/* Idle connections are kept for every endpoint of a sweep; too few of them and nearly every call
	 * makes a new one, which costs ten times as much over TLS. An idle one takes about 65 KB. */
	CONNECTIONS_PER_SLOT = 4,
	MIN_CONNECTIONS = 256,
	/* Descriptors for everything else: the store, the log, the web server, name lookups. */
	OTHER_DESCRIPTORS = 256,
};

/* Sizes the connection cache, and raises the soft limit of open files to what it needs. */
static int connection_budget(int in_flight)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)in_flight * CONNECTIONS_PER_SLOT;

	if (wanted < MIN_CONNECTIONS)
		wanted = MIN_CONNECTIONS;
	/* Those in use come on top when the cache is full. */
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
	static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value != '\0')
			return true;
	}
	return false;
}

/* An explicit bundle lets curl cache the parsed store. With its default search path, it would read
 * the system's certificates again for every connection. */
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

static int set_options(struct http_client *client, const struct http_options *options, struct err *err)
{
	static const struct http_options defaults = { 0 };

	if (options == NULL)
		options = &defaults;
	if (options->ca_bundle != NULL && access(options->ca_bundle, R_OK) < 0)
		return err_set(err, ERR_CONFIG, "CaBundleUnreadable",
		               "cannot read the CA bundle %s: %s; give a readable PEM file", options->ca_bundle,
		               strerror(errno));
	client->ca_bundle = options->ca_bundle ? xstrdup(options->ca_bundle) : default_ca_bundle();
	client->user_agent = xstrdup(options->user_agent ? options->user_agent : "reeve/" REEVE_VERSION);
	client->connect_timeout_ms =
		options->connect_timeout_ms ? options->connect_timeout_ms : HTTP_DEFAULT_CONNECT_TIMEOUT_MS;
	client->proxy_in_environment = proxy_in_environment();
	int in_flight = options->in_flight > 0 ? options->in_flight : HTTP_DEFAULT_IN_FLIGHT;
	fiber_semaphore_init(&client->slots, client->loop, in_flight);
	if (http_multi_init(client, connection_budget(in_flight)) < 0)
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
	while (client->idle != NULL) {
		struct http_transfer *transfer = client->idle;

		client->idle = transfer->next;
		http_easy_free(transfer);
		free(transfer);
	}
	http_multi_release(client);
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
	struct http_transfer *transfer = client->idle;

	if (transfer != NULL) {
		client->idle = transfer->next;
		return transfer;
	}
	transfer = xcalloc(1, sizeof *transfer);
	transfer->client = client;
	return transfer;
}

static void begin(struct http_transfer *transfer, const struct http_request *request,
                  struct http_response *response)
{
	transfer->request = request;
	transfer->response = response;
	transfer->state = TRANSFER_QUEUED;
	transfer->problem = PROBLEM_NONE;
	transfer->result = CURLE_OK;
	transfer->send_attempts = 0;
	transfer->os_errno = transfer->proxy_status = 0;
	transfer->socket_errno = 0;
	transfer->header_bytes = 0;
	transfer->headers_done = transfer->body_begun = false;
	transfer->error_text[0] = '\0';
	http_response_begin(response, request);
}

/* Waits for the outcome. The timeouts are kept here, since one timer for both that looks at the
 * last activity when it fires is cheaper than two of curl's. Returns what ended it early. */
static MAY_YIELD enum http_problem await(struct http_transfer *transfer)
{
	const struct http_request *request = transfer->request;
	int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : HTTP_DEFAULT_TIMEOUT_MS;
	int64_t idle_ms = request->idle_timeout_ms > 0 ? request->idle_timeout_ms : HTTP_DEFAULT_IDLE_TIMEOUT_MS;
	int64_t now_us = clock_monotonic_us();
	int64_t end_us = now_us + timeout_ms * 1000;

	while (transfer->state != TRANSFER_DONE) {
		/* Until the request is sent, the connection's own timeout is in force. */
		int64_t idle_end_us = (transfer->send_attempts > 0 ? transfer->activity_us : now_us) + idle_ms * 1000;
		int64_t wake_us = idle_end_us < end_us ? idle_end_us : end_us;

		if (now_us >= end_us)
			return PROBLEM_REQUEST_TIMEOUT;
		if (now_us >= idle_end_us)
			return PROBLEM_IDLE_TIMEOUT;
		transfer->ticket = fiber_ticket();
		if (fiber_wait((wake_us - now_us + 999) / 1000) == FIBER_CANCELLED &&
		    transfer->state != TRANSFER_DONE)
			return PROBLEM_CANCELLED;
		now_us = clock_monotonic_us();
	}
	return PROBLEM_NONE;
}

/* Ends a transfer early. Nothing of the request or response is touched after this. */
static MAY_YIELD void stop(struct http_transfer *transfer, enum http_problem problem)
{
	if (transfer->state == TRANSFER_QUEUED) {
		http_multi_withdraw(transfer);
		transfer->problem = problem;
		transfer->state = TRANSFER_DONE;
		return;
	}
	fiber_shield();
	transfer->problem = problem;
	loop_post(transfer->client->loop, http_multi_abandon, transfer);
	do {
		transfer->ticket = fiber_ticket();
		(void)!fiber_wait(FIBER_FOREVER);
	} while (transfer->state != TRANSFER_DONE);
	fiber_unshield();
}

static MAY_YIELD int exchange(struct http_client *client, const struct http_request *request,
                    struct http_response *response, struct err *err)
{
	struct http_transfer *transfer = take_transfer(client);
	int status = 0;

	begin(transfer, request, response);
	http_multi_submit(transfer);
	enum http_problem problem = await(transfer);
	if (problem != PROBLEM_NONE)
		stop(transfer, problem);
	http_easy_wipe(transfer);
	response->sent = transfer->send_attempts > 0;
	if (transfer->result != CURLE_OK || transfer->problem != PROBLEM_NONE)
		status = http_error_fill(transfer, err);
	transfer->request = NULL;
	transfer->response = NULL;
	transfer->next = client->idle;
	client->idle = transfer;
	return status;
}

int http_send(struct http_client *client, const struct http_request *request,
              struct http_response *response, struct err *err)
{
	response->sent = false;
	if (http_easy_check(request, err) < 0)
		return -1;
	if (fiber_stopping() || fiber_semaphore_acquire(&client->slots) == FIBER_CANCELLED)
		return err_set(err, ERR_CANCELLED, "Cancelled", "stopped before the request was sent");
	client->in_flight++;
	client->stats.requests++;
	if ((uint64_t)client->in_flight > client->stats.peak_in_flight)
		client->stats.peak_in_flight = (uint64_t)client->in_flight;
	int status = exchange(client, request, response, err);
	client->in_flight--;
	fiber_semaphore_release(&client->slots);
	return status;
}
