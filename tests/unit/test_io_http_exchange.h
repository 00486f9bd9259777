/*
 * A server, a loop and a client for each test, and one exchange on a fiber of its own.
 */
#ifndef REEVE_UNIT_TEST_IO_HTTP_EXCHANGE_H
#define REEVE_UNIT_TEST_IO_HTTP_EXCHANGE_H

#include "base/clock.h"
#include "io/fiber.h"
#include "io/http/http.h"
#include "io/http/response.h"
#include "io/loop.h"
#include "test_io_http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct server *server;
static struct loop *loop;
static struct http_client *client;
static char url[256];

static inline void start_client(int in_flight)
{
	struct http_options options = { .in_flight = in_flight, .connect_timeout_ms = 2000 };
	struct err err = ERR_INIT;

	assert_int_equal(loop_new(NULL, &loop, &err), 0);
	assert_int_equal(http_client_new(loop, &options, &client, &err), 0);
}

static inline int setup(void **state)
{
	(void)state;
	server = server_start();
	start_client(0);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	http_client_free(client);
	loop_free(loop);
	server_stop(server);
	return 0;
}

static inline const char *at(const char *path)
{
	snprintf(url, sizeof url, "http://127.0.0.1:%d%s", server->port, path);
	return url;
}

static inline void spawn(void (*body)(void *argument), void *argument)
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

static inline void run_exchange(void *argument)
{
	struct exchange *exchange = argument;
	int64_t start_us = clock_monotonic_us();

	exchange->result = http_send(client, &exchange->request, &exchange->response, &exchange->err);
	exchange->took_us = clock_monotonic_us() - start_us;
}

static inline void note_parse(void *argument, const struct http_response *response)
{
	struct exchange *exchange = argument;

	assert_null(fiber_self());
	assert_ptr_equal(response, &exchange->response);
	exchange->parsed = true;
}

static inline void begin(struct exchange *exchange, const char *method, const char *where)
{
	*exchange = (struct exchange){
		.request = { .method = method,
			.url = where,
			.parse = note_parse,
			.parse_argument = exchange },
		.result = 1,
	};
	http_response_init(&exchange->response);
}

static inline void finish(struct exchange *exchange)
{
	spawn(run_exchange, exchange);
	loop_run(loop);
}

static inline void get(struct exchange *exchange, const char *path)
{
	begin(exchange, "GET", at(path));
	finish(exchange);
}

static inline void release(struct exchange *exchange)
{
	http_response_release(&exchange->response);
}

static inline void expect_error(struct exchange *exchange, enum err_kind kind, const char *code,
	bool sent)
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

static inline void expect_get_error(const char *path, enum err_kind kind, const char *code)
{
	struct exchange exchange;

	get(&exchange, path);
	expect_error(&exchange, kind, code, true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
