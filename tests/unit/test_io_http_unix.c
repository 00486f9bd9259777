/* Tests of HTTP over a UNIX socket beside HTTP over TCP with the same client, and of one exchange
 * that is cut off alone. */
#include "test_io_http_exchange.h"

#include <sys/un.h>

static char folder[64], path[96];
static struct server *local;

static int bind_local(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0)
		abort();
	return listener;
}

static int setup_local(void **state)
{
	snprintf(folder, sizeof folder, "/tmp/reeve-test-XXXXXX");
	if (mkdtemp(folder) == NULL)
		abort();
	snprintf(path, sizeof path, "%s/control.sock", folder);
	local = server_start_on(bind_local());
	return setup(state);
}

static int teardown_local(void **state)
{
	teardown(state);
	server_stop(local);
	unlink(path);
	rmdir(folder);
	return 0;
}

static void exchange_at(const char *unix_socket, const char *where, struct exchange *exchange)
{
	begin(exchange, "GET", where);
	exchange->request.unix_socket = unix_socket;
	finish(exchange);
}

static void test_unix_socket(void **state)
{
	struct exchange exchange;

	(void)state;
	exchange_at(path, "http://localhost/ok", &exchange);
	assert_int_equal(exchange.result, 0);
	assert_string_equal(exchange.response.body.data, "{\"ok\":true}");
	assert_int_equal(local->requests, 1);
	assert_int_equal(server->requests, 0);
	release(&exchange);
}

/* Requests for the same URL go over the socket and over TCP in turns. Each goes where it should, on
 * a kept connection. */
static void test_both_ways(void **state)
{
	struct exchange exchange;

	(void)state;
	for (int i = 1; i <= 4; i++) {
		char where[64];

		snprintf(where, sizeof where, "http://127.0.0.1:%d/ok", server->port);
		exchange_at(path, where, &exchange);
		assert_int_equal(exchange.result, 0);
		release(&exchange);
		exchange_at(NULL, where, &exchange);
		assert_int_equal(exchange.result, 0);
		release(&exchange);
		assert_int_equal(local->requests, i);
		assert_int_equal(server->requests, i);
	}
	assert_int_equal(local->connections, 1);
	assert_int_equal(server->connections, 1);
}

static void test_nobody_listens(void **state)
{
	char gone[128];
	struct exchange exchange;

	(void)state;
	snprintf(gone, sizeof gone, "%s/gone.sock", folder);
	exchange_at(gone, "http://localhost/ok", &exchange);
	assert_int_equal(exchange.result, -1);
	assert_int_equal(exchange.err.kind, ERR_NETWORK);
	assert_string_equal(exchange.err.code, "ConnectionFailed");
	assert_non_null(strstr(exchange.err.message, gone));
	assert_false(exchange.response.sent);
	release(&exchange);
}

static void test_long_path(void **state)
{
	char far[200];
	struct exchange exchange;

	(void)state;
	memset(far, 'a', sizeof far - 1);
	far[0] = '/';
	far[sizeof far - 1] = '\0';
	exchange_at(far, "http://localhost/ok", &exchange);
	assert_int_equal(exchange.result, -1);
	assert_int_equal(exchange.err.kind, ERR_USAGE);
	assert_string_equal(exchange.err.code, "BadSocketPath");
	release(&exchange);
}

/* --- one of two is cut off --- */

static struct fiber_ref polling;

static void run_poll(void *argument)
{
	polling = fiber_ref();
	run_exchange(argument);
}

static void cut_off(void *argument)
{
	(void)argument;
	while (server->now < 2)
		(void)!fiber_sleep(1);
	fiber_cancel(polling);
}

static void test_one_is_cut_off(void **state)
{
	struct exchange poll, other;
	char where[2][64];

	(void)state;
	snprintf(where[0], sizeof where[0], "http://127.0.0.1:%d/stall", server->port);
	snprintf(where[1], sizeof where[1], "http://127.0.0.1:%d/slow?200", server->port);
	begin(&poll, "GET", where[0]);
	begin(&other, "GET", where[1]);
	spawn(run_poll, &poll);
	spawn(run_exchange, &other);
	spawn(cut_off, NULL);
	loop_run(loop);
	assert_int_equal(other.result, 0);
	release(&other);
	expect_error(&poll, ERR_CANCELLED, "Cancelled", true);
}

#define LOCAL(name) cmocka_unit_test_setup_teardown(name, setup_local, teardown_local)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOCAL(test_unix_socket),
		LOCAL(test_both_ways),
		LOCAL(test_nobody_listens),
		LOCAL(test_long_path),
		TEST(test_one_is_cut_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
