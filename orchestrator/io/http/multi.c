/* curl's multi handle on the loop. */
#include "io/http/private.h"

#include "base/banned.h"
#include "base/clock.h"

void http_multi_act(struct http_client *client, curl_socket_t fd, int what)
{
	int running;

	curl_multi_socket_action(client->multi, fd, what, &running);
	http_queue_post_pump(client);
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
 * moved forward: with many connections, curl changes its mind at every one of them. */
static int on_timeout_change(CURLM *multi, long timeout_ms, void *argument)
{
	struct http_client *client = argument;

	(void)multi;
	if (timeout_ms < 0)
		return 0;
	if (timeout_ms == 0) {
		client->kick = true;
		http_queue_post_pump(client);
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

/* --- connections that are made --- */

void http_multi_collect(struct http_client *client)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
		CURLcode result = message->data.result;
		struct http_connection *connection = NULL;
		curl_socket_t fd = CURL_SOCKET_BAD;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&connection);
		/* The handle stays with the multi handle: its connection ends when it is taken out. */
		if (result == CURLE_OK)
			result = curl_easy_getinfo(message->easy_handle, CURLINFO_ACTIVESOCKET, &fd);
		if (result == CURLE_OK && fd == CURL_SOCKET_BAD)
			result = CURLE_COULDNT_CONNECT;
		if (result == CURLE_OK)
			http_exchange_watch(connection, fd);
		http_queue_connected(connection, result);
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
	if (curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, http_socket_interest) !=
			CURLM_OK ||
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
	}
	curl_share_cleanup(client->share);
	http_socket_release_all(client);
}
