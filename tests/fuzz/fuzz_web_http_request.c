/*
 * Sends the bytes of a connection as anybody may send them: into the whole server through a socket
 * pair, cut into two pieces, and into the parsers alone. The server must not handle anything that a
 * stranger may not ask for, and every answer is whole.
 */
#include "../unit/test_web_server_stub.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/server/connection.h"
#include "web/server/control.h"

#include <arpa/inet.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURNS 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct loop *loop;
static struct stub stub;
static struct web *web;

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* --- the parsers --- */

static void parse_alone(const uint8_t *data, size_t size)
{
	struct refusal refusal = { .status = 0 };
	struct authority authority;
	struct target target;
	bool https;
	char *text = xstrndup((const char *)data, size);

	if (target_parse(text, &target, &refusal) == 0) {
		for (size_t i = 0; i < target.count; i++)
			expect(strchr(target.segments[i], '/') == NULL &&
				strcmp(target.segments[i], "..") != 0);
	} else {
		expect(refusal.status >= 400 && refusal.message[0] != '\0');
	}
	target_release(&target);
	if (authority_parse(text, &authority) == 0)
		expect(authority.host[0] != '\0' && authority.port >= 0 && authority.port <= 65535);
	(void)!origin_parse(text, &https, &authority);
	free(text);
}

/* --- the server --- */

static void start(void)
{
	static char folder[] = "/tmp/reeve-fuzz-web-XXXXXX";
	struct err err = ERR_INIT;

	expect(mkdtemp(folder) != NULL);
	expect(loop_new(NULL, &loop, &err) == 0);
	expect(stub_open(&stub, loop, folder,
			   "{\"listen\": \"127.0.0.1:0\", \"hosts\": [\"h\"], \"requests_per_minute\": 100000}",
			   false, &err) == 0);
	expect(web_start(loop, &stub.process, stub_routes, &web, &err) == 0);
	stub.go_on = true;
	/* The socket isn't reached any more, so the folder can be removed. */
	listener_free(web->control);
	web->control = NULL;
	rmdir(folder);
}

static void turn_around(int64_t until_us)
{
	for (int i = 0; i < TURNS && web->connections != NULL && clock_monotonic_us() < until_us; i++) {
		event_base_loop(loop_event_base(loop), EVLOOP_NONBLOCK);
		loop_run(loop);
	}
}

/* Each "HTTP/1.1 " must begin an answer that is as long as its Content-Length. */
static void check_answers(const char *text, size_t length)
{
	const char *at = text, *end = text + length;

	while (at < end) {
		const char *body = strstr(at, "\r\n\r\n"), *declared = strstr(at, "Content-Length: ");

		expect(strncmp(at, "HTTP/1.1 ", 9) == 0 && body != NULL);
		body += 4;
		at = body + (declared != NULL && declared < body ? strtoul(declared + 16, NULL, 10) : 0);
		expect(at <= end);
	}
}

static void talk(const uint8_t *data, size_t size, size_t cut)
{
	const struct sockaddr_in peer = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	static char answers[1 << 20];
	size_t length = 0;
	ssize_t got;
	int pair[2];

	expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	connection_new(web, web->tcp,
		bufferevent_socket_new(loop_event_base(loop), pair[1], BEV_OPT_CLOSE_ON_FREE),
		(const struct sockaddr *)&peer, 0);
	(void)!send(pair[0], data, cut, MSG_NOSIGNAL);
	event_base_loop(loop_event_base(loop), EVLOOP_NONBLOCK);
	loop_run(loop);
	(void)!send(pair[0], data + cut, size - cut, MSG_NOSIGNAL);
	shutdown(pair[0], SHUT_WR);
	turn_around(clock_monotonic_us() + 2000000);
	while (length + 1 < sizeof answers &&
		(got = recv(pair[0], answers + length, sizeof answers - 1 - length, 0)) > 0)
		length += (size_t)got;
	answers[length] = '\0';
	close(pair[0]);
	turn_around(clock_monotonic_us() + 2000000);
	expect(web->connections == NULL && web->holds == 0);
	/* The answer to a HEAD has the length of a body, but no body. */
	if (memmem(answers, length, "100 Continue", 12) == NULL &&
		memmem(data, size, "HEAD ", 5) == NULL)
		check_answers(answers, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (web == NULL)
		start();
	if (size < 2 || size > 60000)
		return 0;
	log_set_level(LOG_ERROR);
	parse_alone(data + 2, size - 2);
	talk(data + 2, size - 2, (size_t)(data[0] << 8 | data[1]) % (size - 1));
	return 0;
}
