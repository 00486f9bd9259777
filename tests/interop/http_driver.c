/*
 * Runs the HTTP client for tests/safety/http_surplus.py, by lines on the standard input:
 *
 *   GET URL | HEAD URL   one exchange; prints its status and body, or "error CODE"
 *   IDLE                 lets the loop look at the idle connections
 *
 * The loop stands still between two lines. So what arrives then is seen only if the client looks
 * for it before it sends the next request.
 *
 * usage: http-driver [CA-BUNDLE]
 */
#include "base/banned.h"
#include "base/err.h"
#include "io/fiber.h"
#include "io/http/http.h"
#include "io/http/response.h"
#include "io/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_MS 5

static struct http_client *client;

static MAY_YIELD void print_exchange(const char *method, const char *url)
{
	struct http_request request = {
		.method = method, .url = url, .timeout_ms = 60000, .idle_timeout_ms = 60000
	};
	struct http_response response;
	struct err err = ERR_INIT;

	http_response_init(&response);
	if (http_send(client, &request, &response, &err) == 0)
		printf("%d %s\n", response.status, response.body.length < 100 ? response.body.data : "");
	else
		printf("error %s\n", err.code);
	http_response_release(&response);
}

static MAY_YIELD void run(void *unused)
{
	char line[1024];

	(void)unused;
	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "GET ", 4) == 0) {
			print_exchange("GET", line + 4);
		} else if (strncmp(line, "HEAD ", 5) == 0) {
			print_exchange("HEAD", line + 5);
		} else {
			(void)!fiber_sleep(IDLE_MS);
			printf("idle\n");
		}
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct http_options options = { .ca_bundle = argc > 1 ? argv[1] : NULL };
	struct loop *loop;
	struct err err = ERR_INIT;

	if (loop_new(NULL, &loop, &err) < 0 || http_client_new(loop, &options, &client, &err) < 0 ||
		fiber_spawn(loop, "driver", run, NULL, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	loop_run(loop);
	http_client_free(client);
	loop_free(loop);
	return 0;
}
