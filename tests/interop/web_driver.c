/*
 * The API's server with the stub host and table of the unit tests, for tests/safety/web.py. Prints
 * its port when it is ready, and ends on SIGTERM.
 *
 * usage: web-driver STATE [CERTIFICATE KEY]
 */
#include "base/err.h"
#include "base/mem.h"
#include "io/loop_watch.h"
#include "test_web_server_stub.h"

#include "base/banned.h"

#include <signal.h>

struct driver {
	struct loop *loop;
	struct stub stub;
	struct web *web;
	const char *state, *http;
	struct fiber_ticket waiter;
	struct err err;
	int result;
};

static void on_term(void *argument)
{
	fiber_wake(((struct driver *)argument)->waiter, 0);
}

static MAY_YIELD int serve(struct driver *driver)
{
	struct err *err = &driver->err;

	if (stub_open(&driver->stub, driver->loop, driver->state, driver->http, true, err) < 0 ||
		web_start(driver->loop, &driver->stub.process, stub_routes, &driver->web, err) < 0 ||
		loop_on_signal(driver->loop, SIGTERM, on_term, driver, err) < 0)
		return -1;
	driver->stub.go_on = true;
	driver->waiter = fiber_ticket();
	printf("%d\n", driver->web->tcp->authority.port);
	fflush(stdout);
	(void)!fiber_wait(FIBER_FOREVER);
	return 0;
}

static MAY_YIELD void run(void *argument)
{
	struct driver *driver = argument;

	driver->result = serve(driver);
	if (driver->web != NULL)
		web_stop(driver->web, 2000);
	web_free(driver->web);
	if (stub_close(&driver->stub, driver->result == 0 ? &driver->err : NULL) < 0)
		driver->result = -1;
}

int main(int argc, char **argv)
{
	struct driver driver = { .state = argv[1], .err = ERR_INIT };
	CLEANUP_FREE char *http = NULL;

	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: web-driver STATE [CERTIFICATE KEY]\n");
		return 1;
	}
	http = argc == 2 ? xstrdup("{\"listen\": \"127.0.0.1:0\", \"hosts\": [\"reeve.example.com\"], "
							   "\"requests_per_minute\": 100000}")
					 : xasprintf("{\"listen\": \"127.0.0.1:0\", \"certificate_file\": \"%s\", "
								 "\"key_file\": \"%s\", \"requests_per_minute\": 100000}",
						   argv[2], argv[3]);
	driver.http = http;
	if (loop_new(NULL, &driver.loop, &driver.err) < 0 ||
		fiber_spawn(driver.loop, "driver", run, &driver, &driver.err) < 0)
		driver.result = -1;
	else
		loop_run(driver.loop);
	loop_free(driver.loop);
	if (driver.result < 0)
		fprintf(stderr, "web-driver: %s\n", driver.err.message);
	return driver.result < 0 ? 1 : 0;
}
