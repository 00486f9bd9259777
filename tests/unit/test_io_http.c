/* The HTTP client against a server that does everything wrong. */
#include "base/clock.h"
#include "io/fiber.h"
#include "io/http.h"
#include "io/loop.h"
#include "test_io_server.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include <cmocka.h>

static struct server *server;
static struct loop *loop;
static struct http_client *client;
static char url[256];

static void start_client(int in_flight)
{
	struct http_options options = { .in_flight = in_flight, .connect_timeout_ms = 2000 };
	struct err err = ERR_INIT;

	assert_int_equal(loop_new(NULL, &loop, &err), 0);
	assert_int_equal(http_client_new(loop, &options, &client, &err), 0);
}

static int setup(void **state)
{
	(void)state;
	server = server_start();
	start_client(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	http_client_free(client);
	loop_free(loop);
	server_stop(server);
	return 0;
}

static const char *at(const char *path)
{
	snprintf(url, sizeof url, "http://127.0.0.1:%d%s", server->port, path);
	return url;
}

static void spawn(void (*body)(void *argument), void *argument)
{
	struct err err = ERR_INIT;

	assert_int_equal(fiber_spawn(loop, "test", body, argument, &err), 0);
}

/* One exchange on a fiber of its own; the outcome stays here. */
struct exchange {
	struct http_request request;
	struct http_response response;
	struct err err;
	int result;
	int64_t took_us;
	bool parsed;
};

static void run_exchange(void *argument)
{
	struct exchange *exchange = argument;
	int64_t start_us = clock_monotonic_us();

	exchange->result = http_send(client, &exchange->request, &exchange->response, &exchange->err);
	exchange->took_us = clock_monotonic_us() - start_us;
}

static void note_parse(void *argument, const struct http_response *response)
{
	struct exchange *exchange = argument;

	assert_null(fiber_self());
	assert_ptr_equal(response, &exchange->response);
	exchange->parsed = true;
}

static void begin(struct exchange *exchange, const char *method, const char *where)
{
	*exchange = (struct exchange){
		.request = { .method = method, .url = where, .parse = note_parse, .parse_argument = exchange },
		.result = 1,
	};
	http_response_init(&exchange->response);
}

static void finish(struct exchange *exchange)
{
	spawn(run_exchange, exchange);
	loop_run(loop);
}

static void get(struct exchange *exchange, const char *path)
{
	begin(exchange, "GET", at(path));
	finish(exchange);
}

static void release(struct exchange *exchange)
{
	http_response_release(&exchange->response);
}

static void expect_error(struct exchange *exchange, enum err_kind kind, const char *code, bool sent)
{
	char where[32];

	assert_int_equal(exchange->result, -1);
	assert_string_equal(exchange->err.code, code);
	assert_int_equal(exchange->err.kind, kind);
	assert_int_equal(exchange->response.sent, sent);
	assert_false(exchange->parsed);
	snprintf(where, sizeof where, "127.0.0.1:%d", server->port);
	if (kind != ERR_USAGE)
		assert_non_null(strstr(exchange->err.message, where));
	release(exchange);
}

static void expect_get_error(const char *path, enum err_kind kind, const char *code)
{
	struct exchange exchange;

	get(&exchange, path);
	expect_error(&exchange, kind, code, true);
}

/* --- what works --- */

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

static void send_echo(struct exchange *exchange, const char *method, const char *path, const char *body)
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

/* The same handle serves all of them, one after the other. */
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
		assert_int_equal(http_send(client, &exchange->request, &exchange->response, &exchange->err), 0);
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

/* --- the limit of what is in flight --- */

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

/* --- what fails --- */

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

static void test_connect_timeout(void **state)
{
	struct exchange exchange;

	(void)state;
	/* A listener with a full queue leaves the next connection without an answer. */
	int fd = socket(AF_INET, SOCK_STREAM, 0), fillers[8];
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 0), 0);
	getsockname(fd, (struct sockaddr *)&address, &size);
	for (size_t i = 0; i < ARRAY_LENGTH(fillers); i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fillers[i], (struct sockaddr *)&address, sizeof address);
	}
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
	begin(&exchange, "GET", url);
	exchange.request.idle_timeout_ms = 3000;
	finish(&exchange);
	assert_int_equal(exchange.result, -1);
	assert_string_equal(exchange.err.code, "ConnectTimeout");
	assert_int_equal(exchange.err.kind, ERR_TIMEOUT);
	assert_false(exchange.response.sent);
	assert_true(exchange.took_us >= 1900000 && exchange.took_us < 2900000);
	release(&exchange);
	for (size_t i = 0; i < ARRAY_LENGTH(fillers); i++)
		close(fillers[i]);
	close(fd);
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
	begin(&exchange, "POST", at("/dead-when-kept"));
	finish(&exchange);
	expect_error(&exchange, ERR_NETWORK, "ConnectionReset", true);
	assert_int_equal(server->requests, 4);
}

static void test_timeouts(void **state)
{
	struct exchange exchange;

	(void)state;
	begin(&exchange, "GET", at("/stall"));
	exchange.request.idle_timeout_ms = 100;
	finish(&exchange);
	assert_true(exchange.took_us >= 100000 && exchange.took_us < 1000000);
	expect_error(&exchange, ERR_TIMEOUT, "IdleTimeout", true);

	begin(&exchange, "POST", at("/stall-in-body"));
	exchange.request.idle_timeout_ms = 100;
	finish(&exchange);
	expect_error(&exchange, ERR_TIMEOUT, "IdleTimeout", true);

	begin(&exchange, "GET", at("/stall"));
	exchange.request.timeout_ms = 100;
	finish(&exchange);
	assert_true(exchange.took_us >= 100000 && exchange.took_us < 1000000);
	expect_error(&exchange, ERR_TIMEOUT, "RequestTimeout", true);

	/* Slow, but never idle for long. */
	begin(&exchange, "GET", at("/trickle?10"));
	exchange.request.idle_timeout_ms = 150;
	finish(&exchange);
	assert_int_equal(exchange.result, 0);
	assert_string_equal(exchange.response.body.data, "tttttttttttttttttttt");
	assert_true(exchange.took_us >= 200000);
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
		{ "X-A", "secret\r\nInjected: yes" }, { "X B", "b" }, { "", "c" }, { "X:D", "d" },
	};
	static const char *const urls[] = { "ftp://127.0.0.1/", "/relative", "http://127.0.0.1/a b", "http://a/\r\nX: y" };
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
	snprintf(second_url, sizeof second_url, "http://127.0.0.1:%d/slow?200", server->port);
	begin(&shielded, "POST", second_url);
	begin(&queued, "GET", second_url);
	spawn(run_exchange, &stalled);
	spawn(run_shielded, &shielded);
	spawn(run_exchange, &queued);
	spawn(cancel_after, &after_ms);
	loop_run(loop);
	assert_true(stalled.took_us < 150000);
	assert_int_equal(shielded.result, 0);
	assert_true(shielded.parsed);
	assert_int_equal(queued.result, -1);
	assert_int_equal(queued.err.kind, ERR_CANCELLED);
	assert_false(queued.response.sent);
	expect_error(&stalled, ERR_CANCELLED, "Cancelled", true);
	release(&shielded);
	release(&queued);
	/* Nothing is sent from then on. */
	get(&queued, "/ok");
	assert_int_equal(queued.result, -1);
	assert_int_equal(queued.err.kind, ERR_CANCELLED);
	release(&queued);
	assert_int_equal(server->requests, 2);
}

/* Cancelled at every moment of an exchange: in the queue, connecting, sending, done in that turn. */
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
	http_client_free(client); /* what it has posted must not run any more */
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

/* --- TLS --- */

static void test_tls_failed(void **state)
{
	struct exchange exchange;

	(void)state;
	snprintf(url, sizeof url, "https://127.0.0.1:%d/ok", server->port);
	begin(&exchange, "GET", url);
	finish(&exchange);
	expect_error(&exchange, ERR_NETWORK, "TlsFailed", false);
}

static void test_ca_bundle_unreadable(void **state)
{
	struct http_options options = { .ca_bundle = "/no/such/bundle.pem" };
	struct http_client *other;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(http_client_new(loop, &options, &other, &err), -1);
	assert_null(other);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.message, "/no/such/bundle.pem"));
}

/* openssl's own server with a certificate of its own; 0 when there is no openssl here. */
static pid_t start_tls_server(const char *folder, int port)
{
	char command[1024];

	snprintf(command, sizeof command,
	         "cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
	         "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem >/dev/null 2>&1",
	         folder);
	if (system(command) != 0)
		return 0;
	pid_t child = fork();
	if (child == 0) {
		snprintf(command, sizeof command, "cd %s && exec openssl s_server -quiet -www -accept 127.0.0.1:%d "
		         "-cert cert.pem -key key.pem >/dev/null 2>&1 </dev/null", folder, port);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 200; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
			                       .sin_port = htons((uint16_t)port) };
		int connected = connect(fd, (struct sockaddr *)&address, sizeof address);

		close(fd);
		if (connected == 0)
			return child;
		usleep(20000);
	}
	return child;
}

static void test_tls_trust(void **state)
{
	char folder[] = "/tmp/test_io_http.XXXXXX", bundle[64], command[64];
	struct exchange exchange;
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(bundle, sizeof bundle, "%s/cert.pem", folder);
	/* The listener's port is free again, and nobody else is likely to take it at once. */
	int port = server->port;
	server_stop(server);
	pid_t child = start_tls_server(folder, port);
	server = server_start();
	if (child > 0) {
		snprintf(url, sizeof url, "https://127.0.0.1:%d/", port);
		begin(&exchange, "GET", url);
		finish(&exchange);
		assert_int_equal(exchange.result, -1);
		assert_string_equal(exchange.err.code, "TlsUntrusted");
		assert_false(exchange.response.sent);
		release(&exchange);

		http_client_free(client);
		struct http_options options = { .ca_bundle = bundle };
		assert_int_equal(http_client_new(loop, &options, &client, &err), 0);
		begin(&exchange, "GET", url);
		finish(&exchange);
		assert_int_equal(exchange.result, 0);
		assert_int_equal(exchange.response.status, 200);
		release(&exchange);

		snprintf(url, sizeof url, "https://localhost:%d/", port);
		begin(&exchange, "GET", url);
		finish(&exchange);
		assert_string_equal(exchange.err.code, "TlsUntrusted"); /* the name is not in it */
		release(&exchange);
		kill(child, SIGTERM);
		waitpid(child, NULL, 0);
	}
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	if (child == 0)
		skip();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get),
		TEST(test_methods),
		TEST(test_dot_segments_are_kept),
		TEST(test_large_body_is_sent_at_once),
		TEST(test_other_answers),
		TEST(test_connection_and_response_are_reused),
		TEST(test_idle_connection_closed_by_server),
		TEST(test_in_flight_cap),
		TEST(test_refused),
		TEST(test_name),
		TEST(test_connect_timeout),
		TEST(test_broken_connections),
		TEST(test_dead_kept_connection),
		TEST(test_timeouts),
		TEST(test_limits),
		TEST(test_bad_requests),
		TEST(test_cancellation),
		TEST(test_cancellation_at_any_moment),
		TEST(test_timeout_at_any_moment),
		TEST(test_free_from_a_fiber),
		TEST(test_tls_failed),
		TEST(test_ca_bundle_unreadable),
		TEST(test_tls_trust),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
