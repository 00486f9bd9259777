/* curl's multi handle on the loop: timer, start and completion of transfers. */
#include "io/http_private.h"

#include "base/banned.h"
#include "base/clock.h"

#include <event2/event.h>

enum {
	/* Transfers that one pump starts, and the time for which it completes others (which parses their
	 * bodies), before the rest of the loop gets its turn. A start costs 15 us with a kept
	 * connection, and 500 with a new one. */
	START_BATCH = 4,
	COLLECT_BUDGET_US = 1000,
	/* Transfers whose connection is being made. The name lookup is a thread of curl's and two packets;
	 * without a bound, the first moment of a sweep exceeds what a VPC's resolver takes (1,024 a
	 * second). A TLS handshake is a millisecond of the loop's; with 64 at once a turn took 30. One
	 * that takes long is no longer counted, so that a dead name holds nobody up. */
	MAX_RESOLVING = 32,
	LONG_LOOKUP_MS = 500,
};

static void pump(void *argument);

static void post_pump(struct http_client *client)
{
	if (client->pump_posted)
		return;
	client->pump_posted = true;
	loop_post(client->loop, pump, client);
}

void http_multi_act(struct http_client *client, curl_socket_t fd, int what)
{
	int running;

	curl_multi_socket_action(client->multi, fd, what, &running);
	post_pump(client);
}

/* --- the timer --- */

static void on_timer(evutil_socket_t fd, short what, void *argument)
{
	struct http_client *client = argument;

	(void)fd;
	(void)what;
	loop_turn_begin(client->loop);
	client->timer_us = 0;
	http_multi_act(client, CURL_SOCKET_TIMEOUT, 0);
}

/* curl says when it wants to be called. Too early does no harm, so that an armed timer is only ever
 * moved forward: with many transfers, curl changes its mind at every one of them. */
static int on_timeout_change(CURLM *multi, long timeout_ms, void *argument)
{
	struct http_client *client = argument;

	(void)multi;
	if (timeout_ms < 0)
		return 0;
	if (timeout_ms == 0) {
		client->kick = true;
		post_pump(client);
		return 0;
	}
	int64_t due_us = clock_monotonic_us() + (int64_t)timeout_ms * 1000;
	if (client->timer_us != 0 && client->timer_us <= due_us)
		return 0;
	struct timeval delay = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
	event_add(&client->timer, &delay);
	client->timer_us = due_us;
	return 0;
}

/* --- the queue --- */

void http_multi_submit(struct http_transfer *transfer)
{
	struct http_client *client = transfer->client;

	transfer->next = NULL;
	if (client->last_submitted != NULL)
		client->last_submitted->next = transfer;
	else
		client->submitted = transfer;
	client->last_submitted = transfer;
	post_pump(client);
}

void http_multi_withdraw(struct http_transfer *transfer)
{
	struct http_client *client = transfer->client;
	struct http_transfer *previous = NULL;

	for (struct http_transfer *at = client->submitted; at != transfer; at = at->next)
		previous = at;
	if (previous != NULL)
		previous->next = transfer->next;
	else
		client->submitted = transfer->next;
	if (client->last_submitted == transfer)
		client->last_submitted = previous;
}

/* --- name lookups --- */

static void begin_lookup(struct http_transfer *transfer)
{
	struct http_client *client = transfer->client;

	transfer->resolving = true;
	transfer->started_us = loop_turn_us(client->loop);
	transfer->next = NULL;
	transfer->previous = client->last_resolving;
	if (client->last_resolving != NULL)
		client->last_resolving->next = transfer;
	else
		client->resolving = transfer;
	client->last_resolving = transfer;
	client->resolving_count++;
}

void http_multi_resolved(struct http_transfer *transfer)
{
	struct http_client *client = transfer->client;

	if (!transfer->resolving)
		return;
	transfer->resolving = false;
	if (transfer->previous != NULL)
		transfer->previous->next = transfer->next;
	else
		client->resolving = transfer->next;
	if (transfer->next != NULL)
		transfer->next->previous = transfer->previous;
	else
		client->last_resolving = transfer->previous;
	client->resolving_count--;
	if (client->submitted != NULL)
		post_pump(client);
}

static bool may_resolve(struct http_client *client)
{
	int64_t old_us = loop_turn_us(client->loop) - LONG_LOOKUP_MS * 1000;

	while (client->resolving_count >= MAX_RESOLVING && client->resolving->started_us <= old_us)
		http_multi_resolved(client->resolving);
	return client->resolving_count < MAX_RESOLVING;
}

static void on_long_lookup(evutil_socket_t fd, short what, void *argument)
{
	struct http_client *client = argument;

	(void)fd;
	(void)what;
	loop_turn_begin(client->loop);
	post_pump(client);
}

static void wait_for_lookups(struct http_client *client)
{
	struct timeval delay = { .tv_usec = LONG_LOOKUP_MS * 1000 / 4 };

	if (!event_pending(&client->lookup_timer, EV_TIMEOUT, NULL))
		event_add(&client->lookup_timer, &delay);
}

/* --- start and completion --- */

static void complete(struct http_transfer *transfer, CURLcode result)
{
	const struct http_request *request = transfer->request;
	struct http_response *response = transfer->response;
	long connects = 0, status = 0;

	http_multi_resolved(transfer);
	transfer->state = TRANSFER_DONE;
	transfer->result = result;
	curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connects);
	transfer->client->stats.connections += (uint64_t)connects;
	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (result == CURLE_OK && transfer->problem == PROBLEM_NONE) {
		response->status = (int)status;
		http_response_finish(response);
		if (request->parse != NULL)
			request->parse(request->parse_argument, response);
	} else {
		curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &transfer->os_errno);
		curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &transfer->proxy_status);
	}
	fiber_wake(transfer->ticket, 0);
}

static void start(struct http_transfer *transfer)
{
	if ((transfer->easy == NULL && http_easy_new(transfer) < 0) || http_easy_prepare(transfer) != CURLE_OK) {
		transfer->result = CURLE_FAILED_INIT;
		transfer->state = TRANSFER_DONE;
		fiber_wake(transfer->ticket, 0);
		return;
	}
	transfer->state = TRANSFER_ACTIVE;
	begin_lookup(transfer);
	if (curl_multi_add_handle(transfer->client->multi, transfer->easy) != CURLM_OK)
		complete(transfer, CURLE_FAILED_INIT);
}

static void start_submitted(struct http_client *client)
{
	for (int i = 0; i < START_BATCH && client->submitted != NULL && may_resolve(client); i++) {
		struct http_transfer *transfer = client->submitted;

		client->submitted = transfer->next;
		if (client->submitted == NULL)
			client->last_submitted = NULL;
		start(transfer);
	}
}

/* Returns whether there may be more. */
static bool collect(struct http_client *client)
{
	int64_t end_us = clock_monotonic_us() + COLLECT_BUDGET_US;

	do {
		int left;
		CURLMsg *message = curl_multi_info_read(client->multi, &left);

		if (message == NULL)
			return false;
		CURL *easy = message->easy_handle;
		CURLcode result = message->data.result;
		struct http_transfer *transfer = NULL;

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
		curl_multi_remove_handle(client->multi, easy); /* the message is gone with it */
		complete(transfer, result);
	} while (clock_monotonic_us() < end_us);
	return true;
}

static void pump(void *argument)
{
	struct http_client *client = argument;
	int running;

	client->pump_posted = true; /* nothing below need post another */
	start_submitted(client);
	if (client->kick) {
		client->kick = false;
		curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	bool more = collect(client);
	client->pump_posted = false;
	if (more || client->kick || (client->submitted != NULL && may_resolve(client)))
		post_pump(client);
	else if (client->submitted != NULL)
		wait_for_lookups(client);
}

void http_multi_abandon(void *argument)
{
	struct http_transfer *transfer = argument;

	if (transfer->state == TRANSFER_ACTIVE) {
		curl_multi_remove_handle(transfer->client->multi, transfer->easy);
		complete(transfer, CURLE_ABORTED_BY_CALLBACK);
	} else {
		fiber_wake(transfer->ticket, 0);
	}
}

/* --- life --- */

int http_multi_init(struct http_client *client, int max_connections)
{
	client->multi = curl_multi_init();
	if (client->multi == NULL)
		return -1;
	event_assign(&client->timer, client->loop->base, -1, 0, on_timer, client);
	event_assign(&client->lookup_timer, client->loop->base, -1, 0, on_long_lookup, client);
	if (curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, http_socket_interest) != CURLM_OK ||
	    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client) != CURLM_OK ||
	    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timeout_change) != CURLM_OK ||
	    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client) != CURLM_OK ||
	    curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) != CURLM_OK ||
	    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)max_connections) != CURLM_OK)
		return -1;
	return 0;
}

void http_multi_release(struct http_client *client)
{
	if (client->multi != NULL) {
		curl_multi_cleanup(client->multi);
		event_del(&client->timer);
		event_del(&client->lookup_timer);
	}
	loop_unpost(client->loop, pump, client);
	http_socket_release_all(client);
}
