/* How long a request waits for a free connection before another is made, by how quick the
 * endpoint's last exchanges were. */
#include "io/http/endpoint.h"
#include "io/http/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define QUICK_US 1000
#define SLOW_US 20000

static struct http_client *client;
static struct http_endpoint *endpoint;

static int setup(void **state)
{
	(void)state;
	client = calloc(1, sizeof *client);
	endpoint = http_endpoint_get(client, "https://sts.eu-west-1.amazonaws.com", NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	http_endpoint_put(endpoint);
	assert_null(client->endpoints);
	free(client);
	return 0;
}

static void count(int exchanges, int64_t exchange_us)
{
	for (int i = 0; i < exchanges; i++)
		http_endpoint_count(endpoint, exchange_us);
}

static void test_unknown_is_slow(void **state)
{
	int64_t unknown_us = http_endpoint_patience_us(endpoint);

	(void)state;
	count(100, SLOW_US);
	assert_int_equal(http_endpoint_patience_us(endpoint), unknown_us);
}

static void test_quick_endpoint_gets_patience(void **state)
{
	int64_t slow_us = http_endpoint_patience_us(endpoint);

	(void)state;
	count(1, QUICK_US);
	assert_int_equal(http_endpoint_patience_us(endpoint), 10 * slow_us);
}

static void test_pause_of_a_quick_endpoint(void **state)
{
	(void)state;
	count(1000, QUICK_US);
	int64_t quick_us = http_endpoint_patience_us(endpoint);
	count(500, SLOW_US);
	assert_int_equal(http_endpoint_patience_us(endpoint), quick_us);
}

/* However long an endpoint was quick or slow, so many exchanges of the other kind turn it. */
static void test_endpoint_that_turns(void **state)
{
	int64_t slow_us = http_endpoint_patience_us(endpoint);

	(void)state;
	count(1000, QUICK_US);
	int64_t quick_us = http_endpoint_patience_us(endpoint);
	count(1000, SLOW_US);
	assert_int_equal(http_endpoint_patience_us(endpoint), slow_us);
	count(1000, SLOW_US);
	count(65, QUICK_US);
	assert_int_equal(http_endpoint_patience_us(endpoint), quick_us);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unknown_is_slow),
		TEST(test_quick_endpoint_gets_patience),
		TEST(test_pause_of_a_quick_endpoint),
		TEST(test_endpoint_that_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
