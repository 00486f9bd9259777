/* Tests of the HTTP client against servers that misbehave. */
#include "test_io_http_exchange.h"

/* --- failures --- */

static void test_refused(void **state)
{
	struct exchange exchange;

	(void)state;
	int old_port = server->port;
	server_stop(server);
	server = server_start();
	assert_int_not_equal(server->port, old_port);
	int port = server->port;
	server->port = old_port;
	get(&exchange, "/ok");
	expect_error(&exchange, ERR_NETWORK, "ConnectionRefused", false);
	server->port = port;
}

static void test_name(void **state)
{
	struct exchange exchange;

	(void)state;
	begin(&exchange, "GET", "http://no-such-host.invalid/");
	finish(&exchange);
	assert_int_equal(exchange.result, -1);
	assert_string_equal(exchange.err.code, "NameNotResolved");
	assert_int_equal(exchange.err.kind, ERR_NETWORK);
	assert_false(exchange.response.sent);
	assert_non_null(strstr(exchange.err.message, "no-such-host.invalid:80"));
	release(&exchange);
}

/* A listener with a full queue, which leaves the next connection without an answer. */
struct hung_host {
	int fd, fillers[8];
	char url[64];
};

static void hang(struct hung_host *host)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;

	host->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(host->fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(host->fd, 0), 0);
	getsockname(host->fd, (struct sockaddr *)&address, &size);
	for (size_t i = 0; i < ARRAY_LENGTH(host->fillers); i++) {
		host->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(host->fillers[i], (struct sockaddr *)&address, sizeof address);
	}
	snprintf(host->url, sizeof host->url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
}

static void end_hung_host(struct hung_host *host)
{
	for (size_t i = 0; i < ARRAY_LENGTH(host->fillers); i++)
		close(host->fillers[i]);
	close(host->fd);
}

static void expect_connect_timeout(struct exchange *exchange)
{
	assert_int_equal(exchange->result, -1);
	assert_string_equal(exchange->err.code, "ConnectTimeout");
	assert_int_equal(exchange->err.kind, ERR_TIMEOUT);
	assert_false(exchange->response.sent);
	release(exchange);
}

static void test_connect_timeout(void **state)
{
	struct exchange exchange;
	struct hung_host host;

	(void)state;
	hang(&host);
	begin(&exchange, "GET", host.url);
	exchange.request.idle_timeout_ms = 20000;
	finish(&exchange);
	assert_true(exchange.took_us >= 1900000 && exchange.took_us < 15000000);
	expect_connect_timeout(&exchange);
	end_hung_host(&host);
}

/* The number of connections being made is limited, but one to a good host need not wait for those
 * that hang. */
static void test_hung_host_holds_up_nobody(void **state)
{
	static struct exchange hung[40], good;
	struct hung_host host;

	(void)state;
	hang(&host);
	for (size_t i = 0; i < ARRAY_LENGTH(hung); i++) {
		begin(&hung[i], "GET", host.url);
		hung[i].request.idle_timeout_ms = 20000;
		spawn(run_exchange, &hung[i]);
	}
	begin(&good, "GET", at("/ok"));
	finish(&good);
	assert_int_equal(good.result, 0);
	for (size_t i = 0; i < ARRAY_LENGTH(hung); i++) {
		assert_true(good.took_us < hung[i].took_us);
		expect_connect_timeout(&hung[i]);
	}
	release(&good);
	end_hung_host(&host);
}

static void test_broken_connections(void **state)
{
	(void)state;
	expect_get_error("/reset", ERR_NETWORK, "ConnectionReset");
	expect_get_error("/reset-in-body", ERR_NETWORK, "ConnectionReset");
	expect_get_error("/close", ERR_NETWORK, "ConnectionReset");
	expect_get_error("/truncate", ERR_NETWORK, "TruncatedBody");
	expect_get_error("/chunk-truncate", ERR_NETWORK, "TruncatedBody");
	expect_get_error("/not-http", ERR_PROTOCOL, "NotHttp");
	expect_get_error("/blank-in-name", ERR_PROTOCOL, "NotHttp");
}

/* A kept connection that breaks: a read is sent again on a new one, a mutation is not. */
static void test_dead_kept_connection(void **state)
{
	struct exchange exchange;

	(void)state;
	for (int i = 0; i < 2; i++) {
		get(&exchange, "/dead-when-kept");
		assert_int_equal(exchange.result, 0);
		assert_string_equal(exchange.response.body.data, "fresh");
		release(&exchange);
	}
	assert_int_equal(server->requests, 3);
	static const char *const others[] = { "POST", "DELETE" };
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
		begin(&exchange, others[i], at("/dead-when-kept"));
		finish(&exchange);
		expect_error(&exchange, ERR_NETWORK, "ConnectionReset", true);
		assert_int_equal(server->requests, 4 + 2 * (int)i);
		get(&exchange, "/dead-when-kept"); /* makes a new connection */
		assert_int_equal(exchange.result, 0);
		release(&exchange);
	}
}

static void test_timeouts(void **state)
{
	struct exchange exchange;

	(void)state;
	begin(&exchange, "GET", at("/stall"));
	exchange.request.idle_timeout_ms = 100;
	finish(&exchange);
	assert_true(exchange.took_us >= 100000 && exchange.took_us < 8000000);
	expect_error(&exchange, ERR_TIMEOUT, "IdleTimeout", true);

	begin(&exchange, "POST", at("/stall-in-body"));
	exchange.request.idle_timeout_ms = 100;
	finish(&exchange);
	expect_error(&exchange, ERR_TIMEOUT, "IdleTimeout", true);

	begin(&exchange, "GET", at("/stall"));
	exchange.request.timeout_ms = 100;
	finish(&exchange);
	assert_true(exchange.took_us >= 100000 && exchange.took_us < 8000000);
	expect_error(&exchange, ERR_TIMEOUT, "RequestTimeout", true);

	/* The server is slow, but never idle for long. */
	begin(&exchange, "GET", at("/trickle?40"));
	exchange.request.idle_timeout_ms = 500;
	finish(&exchange);
	assert_int_equal(exchange.result, 0);
	assert_string_equal(exchange.response.body.data, "tttttttttttttttttttt");
	assert_true(exchange.took_us >= 800000);
	release(&exchange);

	begin(&exchange, "GET", at("/trickle?20"));
	exchange.request.idle_timeout_ms = 1000;
	exchange.request.timeout_ms = 100;
	finish(&exchange);
	expect_error(&exchange, ERR_TIMEOUT, "RequestTimeout", true);
}

static void test_limits(void **state)
{
	struct exchange exchange;

	(void)state;
	begin(&exchange, "GET", at("/endless"));
	exchange.request.max_body_bytes = 100000;
	finish(&exchange);
	assert_true(exchange.response.body.length <= 100000);
	assert_non_null(strstr(exchange.err.message, "100000"));
	expect_error(&exchange, ERR_LIMIT, "BodyTooLarge", true);
	expect_get_error("/endless-headers", ERR_LIMIT, "HeadersTooLarge");
	expect_get_error("/endless-line", ERR_LIMIT, "HeadersTooLarge");
	expect_get_error("/endless-interim", ERR_LIMIT, "HeadersTooLarge");
	expect_get_error("/headers?65", ERR_LIMIT, "HeadersTooLarge");
	get(&exchange, "/headers?64");
	assert_int_equal(exchange.result, 0);
	assert_int_equal(exchange.response.header_count, 64);
	release(&exchange);
}

static void test_bad_requests(void **state)
{
	static const struct http_header bad[] = {
		{ "X-A", "secret\r\nInjected: yes" },
		{ "X B", "b" },
		{ "", "c" },
		{ "X:D", "d" },
	};
	static const char *const urls[] = { "ftp://127.0.0.1/", "/relative", "http://127.0.0.1/a b",
		"http://a/\r\nX: y" };
	struct exchange exchange;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		begin(&exchange, "GET", at("/ok"));
		exchange.request.headers = &bad[i];
		exchange.request.header_count = 1;
		finish(&exchange);
		assert_null(strstr(exchange.err.message, "secret"));
		expect_error(&exchange, ERR_USAGE, "BadHeader", false);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(urls); i++) {
		begin(&exchange, "GET", urls[i]);
		finish(&exchange);
		expect_error(&exchange, ERR_USAGE, "BadUrl", false);
	}
	assert_int_equal(server->requests, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_refused),
		TEST(test_name),
		TEST(test_connect_timeout),
		TEST(test_hung_host_holds_up_nobody),
		TEST(test_broken_connections),
		TEST(test_dead_kept_connection),
		TEST(test_timeouts),
		TEST(test_limits),
		TEST(test_bad_requests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
