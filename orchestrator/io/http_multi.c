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
	/* Transfers whose connection is being made: the name lookup, which is a thread of curl's and two packets, and the
	 * TLS handshake, which is a millisecond of the loop's. Without a bound, the first moment of a sweep exceeds what a
	 * VPC's resolver takes (1,024 a second), and curl carries on dozens of handshakes in one call (its timer of 200 ms
	 * finds all that are late), which nothing interrupts. It saves handshakes, too: meanwhile a kept connection gets
	 * free. One that takes long is no longer counted, so that neither a dead name nor a distant region holds up more
	 * than its share: 200 a second begin in any case. */
	MAX_CONNECTING = 20,
	LONG_CONNECT_MS = 100,
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

/* --- connections that are being made --- */

static void begin_connect(struct http_transfer *transfer)
{
	struct http_client *client = transfer->client;

	transfer->connecting = true;
	transfer->started_us = loop_turn_us(client->loop);
	transfer->next = NULL;
	transfer->previous = client->last_connecting;
	if (client->last_connecting != NULL)
		client->last_connecting->next = transfer;
	else
		client->connecting = transfer;
	client->last_connecting = transfer;
	client->connecting_count++;
}

void http_multi_connected(struct http_transfer *transfer)
{
	struct http_client *client = transfer->client;

	if (!transfer->connecting)
		return;
	transfer->connecting = false;
	if (transfer->previous != NULL)
		transfer->previous->next = transfer->next;
	else
		client->connecting = transfer->next;
	if (transfer->next != NULL)
		transfer->next->previous = transfer->previous;
	else
		client->last_connecting = transfer->previous;
	client->connecting_count--;
	if (client->submitted != NULL)
		post_pump(client);
}

static bool may_connect(struct http_client *client)
{
	int64_t old_us = loop_turn_us(client->loop) - LONG_CONNECT_MS * 1000;

	while (client->connecting_count >= MAX_CONNECTING && client->connecting->started_us <= old_us)
		http_multi_connected(client->connecting);
	return client->connecting_count < MAX_CONNECTING;
}

static void on_long_connect(evutil_socket_t fd, short what, void *argument)
{
	struct http_client *client = argument;

	(void)fd;
	(void)what;
	loop_turn_begin(client->loop);
	post_pump(client);
}

static void wait_for_connections(struct http_client *client)
{
	struct timeval delay = { .tv_usec = LONG_CONNECT_MS * 1000 / 4 };

	if (!event_pending(&client->connect_timer, EV_TIMEOUT, NULL))
		event_add(&client->connect_timer, &delay);
}

/* --- start and completion --- */

static void complete(struct http_transfer *transfer, CURLcode result)
{
	const struct http_request *request = transfer->request;
	struct http_response *response = transfer->response;
	long connects = 0, status = 0;

	http_multi_connected(transfer);
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
	begin_connect(transfer);
	if (curl_multi_add_handle(transfer->client->multi, transfer->easy) != CURLM_OK)
		complete(transfer, CURLE_FAILED_INIT);
}

static void start_submitted(struct http_client *client)
{
	for (int i = 0; i < START_BATCH && client->submitted != NULL && may_connect(client); i++) {
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
	if (more || client->kick || (client->submitted != NULL && may_connect(client)))
		post_pump(client);
	else if (client->submitted != NULL)
		wait_for_connections(client);
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
	client->share = curl_share_init();
	if (client->multi == NULL || client->share == NULL ||
	    curl_share_setopt(client->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK)
		return -1;
	event_assign(&client->timer, client->loop->base, -1, 0, on_timer, client);
	event_assign(&client->connect_timer, client->loop->base, -1, 0, on_long_connect, client);
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
		event_del(&client->connect_timer);
	}
	curl_share_cleanup(client->share);
	loop_unpost(client->loop, pump, client);
	http_socket_release_all(client);
}
