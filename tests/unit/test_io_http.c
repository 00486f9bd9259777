/* Tests of the HTTP client: exchanges that succeed, and cancellation. */
#include "io/http/response.h"
#include "test_io_http_exchange.h"

#include <sys/resource.h>

/* --- exchanges that succeed --- */

static void test_get(void **state)
{
	struct exchange exchange;

	(void)state;
	get(&exchange, "/ok");
	assert_int_equal(exchange.result, 0);
	assert_int_equal(exchange.response.status, 200);
	assert_string_equal(exchange.response.body.data, "{\"ok\":true}");
	assert_string_equal(http_response_header(&exchange.response, "x-amzn-requestid"), "1-2-3");
	assert_string_equal(http_response_header(&exchange.response, "empty"), "");
	assert_null(http_response_header(&exchange.response, "absent"));
	assert_int_equal(exchange.response.header_count, 4);
	assert_true(exchange.parsed);
	release(&exchange);
}

static void send_echo(struct exchange *exchange, const char *method, const char *path,
	const char *body)
{
	static const struct http_header headers[] = {
		{ "X-Amz-Security-Token", "secret" },
		{ "X-Empty", "" },
		{ "Host", "signed.example" },
	};

	begin(exchange, method, at(path));
	exchange->request.headers = headers;
	exchange->request.header_count = ARRAY_LENGTH(headers);
	exchange->request.body = body;
	exchange->request.body_length = body ? strlen(body) : 0;
	finish(exchange);
	assert_int_equal(exchange->result, 0);
}

static void expect_line(const struct exchange *exchange, const char *line)
{
	assert_non_null(strstr(exchange->response.body.data, line));
}

static void expect_no(const struct exchange *exchange, const char *text)
{
	assert_null(strcasestr(exchange->response.body.data, text));
}

/* The same client serves all methods, one after the other. */
static void test_methods(void **state)
{
	static const char *const bodied[] = { "POST", "PUT", "DELETE", "PATCH" };
	struct exchange exchange;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_LENGTH(bodied); i++) {
			char line[64];

			send_echo(&exchange, bodied[i], "/echo?a=%2F/../b", "{\"a\":1}");
			snprintf(line, sizeof line, "%s /echo?a=%%2F/../b HTTP/1.1\r\n", bodied[i]);
			expect_line(&exchange, line);
			expect_line(&exchange, "\r\nContent-Length: 7\r\n");
			expect_line(&exchange, "\r\n\r\n{\"a\":1}");
			expect_line(&exchange, "\r\nX-Amz-Security-Token: secret\r\n");
			expect_line(&exchange, "\r\nX-Empty:\r\n");
			expect_line(&exchange, "\r\nHost: signed.example\r\n");
			expect_line(&exchange, "\r\nUser-Agent: reeve/");
			expect_no(&exchange, "\r\nContent-Type");
			expect_no(&exchange, "\r\nExpect");
			release(&exchange);
		}
		send_echo(&exchange, "GET", "/echo", NULL);
		expect_line(&exchange, "GET /echo HTTP/1.1\r\n");
		expect_no(&exchange, "content-length");
		release(&exchange);
		send_echo(&exchange, "DELETE", "/echo", NULL);
		expect_line(&exchange, "DELETE /echo HTTP/1.1\r\n");
		expect_no(&exchange, "content-length");
		release(&exchange);
		send_echo(&exchange, "PUT", "/echo", NULL);
		expect_line(&exchange, "PUT /echo HTTP/1.1\r\n");
		expect_line(&exchange, "\r\nContent-Length: 0\r\n");
		release(&exchange);
		begin(&exchange, "HEAD", at("/head"));
		finish(&exchange);
		assert_int_equal(exchange.result, 0);
		assert_int_equal(exchange.response.status, 200);
		assert_int_equal(exchange.response.body.length, 0);
		assert_string_equal(http_response_header(&exchange.response, "content-length"), "99999999");
		release(&exchange);
	}
	assert_int_equal(server->connections, 1);
}

static void test_dot_segments_are_kept(void **state)
{
	struct exchange exchange;

	(void)state;
	/* An S3 key may be "a/../b"; the signature covers it as it is. */
	send_echo(&exchange, "GET", "/echo?", NULL);
	release(&exchange);
	begin(&exchange, "GET", at("/echo/../echo"));
	finish(&exchange);
	assert_int_equal(exchange.result, 0);
	assert_string_equal(exchange.response.body.data, "{\"ok\":true}"); /* not /echo */
	release(&exchange);
}

static void test_large_body_is_sent_at_once(void **state)
{
	struct exchange exchange;
	char *body = malloc(200 * 1024 + 1);

	(void)state;
	memset(body, 'b', 200 * 1024);
	body[200 * 1024] = '\0';
	send_echo(&exchange, "PUT", "/echo", body);
	expect_no(&exchange, "\r\nExpect");
	assert_true(exchange.response.body.length > 200 * 1024);
	release(&exchange);
	free(body);
}

static void test_other_answers(void **state)
{
	struct exchange exchange;

	(void)state;
	get(&exchange, "/html500");
	assert_int_equal(exchange.result, 0);
	assert_int_equal(exchange.response.status, 500);
	assert_string_equal(http_response_header(&exchange.response, "content-type"), "text/html");
	assert_non_null(strstr(exchange.response.body.data, "Unavailable"));
	release(&exchange);
	get(&exchange, "/no-content");
	assert_int_equal(exchange.result, 0);
	assert_int_equal(exchange.response.status, 204);
	assert_int_equal(exchange.response.body.length, 0);
	release(&exchange);
	get(&exchange, "/interim");
	assert_int_equal(exchange.result, 0);
	assert_int_equal(exchange.response.status, 200);
	assert_null(http_response_header(&exchange.response, "link"));
	assert_string_equal(http_response_header(&exchange.response, "final"), "yes");
	assert_string_equal(exchange.response.body.data, "ok");
	release(&exchange);
	get(&exchange, "/chunked");
	assert_int_equal(exchange.result, 0);
	assert_string_equal(exchange.response.body.data, "abcde");
	assert_null(http_response_header(&exchange.response, "trailer"));
	release(&exchange);
	get(&exchange, "/until-close");
	assert_int_equal(exchange.result, 0);
	assert_string_equal(exchange.response.body.data, "all of it");
	release(&exchange);
}

static void many_in_a_row(void *argument)
{
	struct exchange *exchange = argument;

	for (int i = 0; i < 100; i++)
		assert_int_equal(http_send(client, &exchange->request, &exchange->response, &exchange->err),
			0);
	assert_string_equal(exchange->response.body.data, "{\"ok\":true}");
}

static void test_connection_and_response_are_reused(void **state)
{
	struct exchange exchange;

	(void)state;
	begin(&exchange, "GET", at("/ok"));
	spawn(many_in_a_row, &exchange);
	loop_run(loop);
	release(&exchange);
	assert_int_equal(server->connections, 1);
	assert_int_equal(server->requests, 100);
	struct http_stats stats = http_client_stats(client);
	assert_int_equal(stats.requests, 100);
	assert_int_equal(stats.connections, 1);
	assert_int_equal(stats.peak_in_flight, 1);
}

static void test_idle_connection_closed_by_server(void **state)
{
	struct exchange exchange;

	(void)state;
	for (int i = 0; i < 3; i++) {
		begin(&exchange, "POST", at("/close-idle"));
		finish(&exchange);
		assert_int_equal(exchange.result, 0);
		assert_string_equal(exchange.response.body.data, "bye");
		release(&exchange);
		usleep(20000);
	}
	assert_int_equal(server->connections, 3);
}

/* Bytes that a server sends after its response must not be read as the response to the next
 * request, which may be another account's. */
static void test_bytes_after_an_answer(void **state)
{
	struct exchange exchange;

	(void)state;
	for (int i = 1; i <= 2; i++) {
		get(&exchange, "/extra");
		assert_int_equal(exchange.result, 0);
		assert_string_equal(exchange.response.body.data, "a");
		release(&exchange);
		get(&exchange, "/ok");
		assert_int_equal(exchange.result, 0);
		assert_string_equal(exchange.response.body.data, "{\"ok\":true}");
		release(&exchange);
		assert_int_equal(server->connections, i + 1);
	}
}

/* The response fills one read exactly, so that what follows it is not seen with it. */
static void test_bytes_behind_a_full_read(void **state)
{
	struct exchange exchange;

	(void)state;
	for (int i = 1; i <= 2; i++) {
		get(&exchange, "/extra-behind?16384");
		assert_int_equal(exchange.result, 0);
		release(&exchange);
		get(&exchange, "/ok");
		assert_int_equal(exchange.result, 0);
		assert_string_equal(exchange.response.body.data, "{\"ok\":true}");
		release(&exchange);
		assert_int_equal(server->connections, i + 1);
	}
}

/* A connection that an interim response ends is not used again. */
static void test_interim_close(void **state)
{
	struct exchange exchange;

	(void)state;
	for (int i = 1; i <= 2; i++) {
		get(&exchange, "/interim-close");
		assert_int_equal(exchange.result, 0);
		assert_int_equal(exchange.response.status, 200);
		release(&exchange);
		assert_int_equal(server->connections, i);
	}
}

/* A server may answer before the whole request is written. */
static void test_early_answer(void **state)
{
	enum { LENGTH = 32 * 1024 * 1024 };
	struct exchange exchange;
	char *body = calloc(1, LENGTH);

	(void)state;
	begin(&exchange, "PUT", at("/early"));
	exchange.request.body = body;
	exchange.request.body_length = LENGTH;
	finish(&exchange);
	assert_int_equal(exchange.result, 0);
	assert_int_equal(exchange.response.status, 413);
	assert_string_equal(exchange.response.body.data, "big");
	release(&exchange);
	get(&exchange, "/ok"); /* this takes another connection */
	assert_int_equal(exchange.result, 0);
	release(&exchange);
	assert_int_equal(server->connections, 2);
	free(body);
}

/* --- proxies --- */

static void start_client_behind_proxy(void)
{
	char proxy[64];

	http_client_free(client);
	loop_free(loop);
	snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", server->port);
	setenv("http_proxy", proxy, 1);
	start_client(0);
}

static void test_proxy(void **state)
{
	struct exchange exchange;

	(void)state;
	start_client_behind_proxy();
	for (int i = 0; i < 2; i++) {
		begin(&exchange, "GET", "http://far.example/ok");
		finish(&exchange);
		assert_int_equal(exchange.result, 0);
		assert_string_equal(exchange.response.body.data, "{\"ok\":true}");
		release(&exchange);
	}
	assert_int_equal(server->requests, 3); /* CONNECT, and two through it */
	begin(&exchange, "GET", "http://refused.example/ok");
	finish(&exchange);
	assert_int_equal(exchange.result, -1);
	assert_string_equal(exchange.err.code, "ProxyRefused");
	assert_non_null(strstr(exchange.err.message, "403"));
	assert_false(exchange.response.sent);
	release(&exchange);
	/* Requests for instance metadata don't go through the proxy, whatever the outcome here. */
	int requests = server->requests;
	begin(&exchange, "GET", "http://169.254.0.1/");
	exchange.request.timeout_ms = 50;
	finish(&exchange);
	assert_int_equal(server->requests, requests);
	release(&exchange);
	unsetenv("http_proxy");
}

/* --- the limit of exchanges in flight --- */

static void test_in_flight_cap(void **state)
{
	enum { COUNT = 500 };
	struct exchange *exchanges = calloc(COUNT, sizeof *exchanges);

	(void)state;
	http_client_free(client);
	loop_free(loop);
	start_client(50);
	for (int i = 0; i < COUNT; i++) {
		begin(&exchanges[i], "GET", at("/slow?2"));
		spawn(run_exchange, &exchanges[i]);
	}
	loop_run(loop);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(exchanges[i].result, 0);
		assert_true(exchanges[i].parsed);
		release(&exchanges[i]);
	}
	struct http_stats stats = http_client_stats(client);
	assert_int_equal(stats.requests, COUNT);
	assert_int_equal(stats.peak_in_flight, 50);
	assert_true(stats.connections <= 50);
	assert_true(server->peak <= 50);
	free(exchanges);
}

static int open_connections(void)
{
	int count = 0;

	pthread_mutex_lock(&server->mutex);
	for (int i = 0; i < server->connections; i++)
		count += server->fds[i] >= 0;
	pthread_mutex_unlock(&server->mutex);
	return count;
}

/* With few descriptors, few connections are kept: those used last. */
static void test_few_descriptors(void **state)
{
	enum { COUNT = 40, KEPT = 16 };
	struct exchange exchanges[COUNT];
	struct rlimit limit = { .rlim_cur = 300, .rlim_max = 300 };

	(void)state;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		skip(); /* valgrind keeps some descriptors for itself and refuses the limit */
	http_client_free(client);
	loop_free(loop);
	start_client(COUNT);
	for (int i = 0; i < COUNT; i++) {
		begin(&exchanges[i], "GET", at("/slow?300"));
		spawn(run_exchange, &exchanges[i]);
	}
	loop_run(loop);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(exchanges[i].result, 0);
		release(&exchanges[i]);
	}
	assert_true(server->connections > KEPT);
	for (int i = 0; i < 500 && open_connections() > KEPT; i++)
		usleep(10000);
	assert_int_equal(open_connections(), KEPT);
}

/* --- cancellation --- */

static void cancel_after(void *argument)
{
	assert_int_equal(fiber_sleep(*(int *)argument), 0);
	loop_cancel(loop);
}

static void run_shielded(void *argument)
{
	fiber_shield();
	run_exchange(argument);
	fiber_unshield();
}

static void test_cancellation(void **state)
{
	static int after_ms = 60;
	struct exchange stalled, queued, shielded;
	char second_url[256];

	(void)state;
	http_client_free(client);
	loop_free(loop);
	start_client(2);
	begin(&stalled, "GET", at("/stall"));
	snprintf(second_url, sizeof second_url, "http://127.0.0.1:%d/slow?1000", server->port);
	begin(&shielded, "POST", second_url);
	begin(&queued, "GET", second_url);
	spawn(run_exchange, &stalled);
	spawn(run_shielded, &shielded);
	spawn(run_exchange, &queued);
	spawn(cancel_after, &after_ms);
	loop_run(loop);
	assert_true(stalled.took_us < shielded.took_us);
	assert_int_equal(shielded.result, 0);
	assert_true(shielded.parsed);
	assert_int_equal(queued.result, -1);
	assert_int_equal(queued.err.kind, ERR_CANCELLED);
	assert_false(queued.response.sent);
	expect_error(&stalled, ERR_CANCELLED, "Cancelled", true);
	release(&shielded);
	release(&queued);
	/* Nothing is sent after the cancellation. */
	get(&queued, "/ok");
	assert_int_equal(queued.result, -1);
	assert_int_equal(queued.err.kind, ERR_CANCELLED);
	release(&queued);
	assert_int_equal(server->requests, 2);
}

/* Cancels an exchange at every moment: in the queue, while connecting or sending, and in the turn
 * in which it is done. */
static void test_cancellation_at_any_moment(void **state)
{
	enum { COUNT = 20 };
	struct exchange exchanges[COUNT];

	(void)state;
	for (int after_ms = 0; after_ms < 8; after_ms++) {
		http_client_free(client);
		loop_free(loop);
		start_client(COUNT - 4);
		spawn(cancel_after, &after_ms);
		for (int i = 0; i < COUNT; i++) {
			begin(&exchanges[i], i % 2 ? "GET" : "POST", at("/slow?2"));
			spawn(run_exchange, &exchanges[i]);
		}
		loop_run(loop);
		for (int i = 0; i < COUNT; i++) {
			assert_true(exchanges[i].result == 0 || exchanges[i].err.kind == ERR_CANCELLED);
			assert_int_equal(exchanges[i].parsed, exchanges[i].result == 0);
			release(&exchanges[i]);
		}
	}
}

static void test_timeout_at_any_moment(void **state)
{
	enum { COUNT = 40 };
	struct exchange exchanges[COUNT];

	(void)state;
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < COUNT; i++) {
			begin(&exchanges[i], "GET", at("/slow?4"));
			exchanges[i].request.timeout_ms = 1 + i % 8;
			spawn(run_exchange, &exchanges[i]);
		}
		loop_run(loop);
		for (int i = 0; i < COUNT; i++) {
			assert_true(exchanges[i].result == 0 || exchanges[i].err.kind == ERR_TIMEOUT);
			assert_int_equal(exchanges[i].parsed, exchanges[i].result == 0);
			release(&exchanges[i]);
		}
	}
}

static void free_inside(void *argument)
{
	run_exchange(argument);
	http_client_free(client); /* callbacks that it has posted must not run any more */
	client = NULL;
}

static void test_free_from_a_fiber(void **state)
{
	struct exchange exchange;

	(void)state;
	begin(&exchange, "GET", at("/ok"));
	spawn(free_inside, &exchange);
	loop_run(loop);
	assert_int_equal(exchange.result, 0);
	release(&exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get), TEST(test_methods), TEST(test_dot_segments_are_kept),
		TEST(test_large_body_is_sent_at_once), TEST(test_other_answers),
		TEST(test_connection_and_response_are_reused), TEST(test_idle_connection_closed_by_server),
		TEST(test_bytes_after_an_answer), TEST(test_bytes_behind_a_full_read),
		TEST(test_interim_close), TEST(test_early_answer), TEST(test_proxy),
		TEST(test_in_flight_cap), TEST(test_cancellation), TEST(test_cancellation_at_any_moment),
		TEST(test_timeout_at_any_moment), TEST(test_free_from_a_fiber),
		TEST(test_few_descriptors), /* must be the last, since the limit can't be raised again */
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
