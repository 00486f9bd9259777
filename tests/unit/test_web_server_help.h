/*
 * Helpers for the tests of the server, which runs in the test's own loop. A client in a thread
 * beside it sends bytes and takes the answer; the thread asserts nothing.
 */
#ifndef REEVE_TEST_WEB_SERVER_HELP_H
#define REEVE_TEST_WEB_SERVER_HELP_H

#include "base/json_write.h"
#include "store/read.h"
#include "test_store_help.h"
#include "test_web_server_stub.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define VIEWER "Authorization: Bearer viewer-token\r\n"
#define RESPONDER "Authorization: Bearer responder-token\r\n"
#define ADMIN "Authorization: Bearer admin-token\r\n"
#define INGEST "Authorization: Bearer ingest-token\r\n"
#define JSON_BODY "Content-Type: application/json\r\n"
#define LAST "Connection: close\r\n\r\n"
#define PLAIN_HTTP "{\"listen\": \"127.0.0.1:0\", \"hosts\": [\"reeve.example.com\"]}"

struct served {
	struct loop *loop;
	struct stub stub;
	struct web *web;
};

/* One exchange of the client: the bytes that it sends in one go, and all that it got until the
 * server closed. */
struct talk {
	struct served *served;
	bool over_socket, half_close;
	const char *path; /* of the socket; NULL: the control socket */
	bool leave;       /* closes at once without reading the answer */
	const char *bytes;
	size_t length;
	char got[65536];
	size_t got_length;
	bool failed; /* the server did not close in time, or no connection was made */
	struct fiber_ticket waiter;
	/* After the client has left, the test waits until this many requests have reached a handler,
	 * and then calls the function on its fiber. */
	int until_handled;
	MAY_YIELD void (*then)(struct served *served);
};

static inline int talk_connect(const struct talk *talk)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct sockaddr *address = talk->over_socket ? (struct sockaddr *)&local
												 : (struct sockaddr *)&in4;
	socklen_t length = talk->over_socket ? sizeof local : sizeof in4;
	const struct timeval patience = { .tv_sec = 30 };
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (talk->served->web->tcp != NULL)
		in4.sin_port = htons((uint16_t)talk->served->web->tcp->authority.port);
	if (talk->path != NULL)
		snprintf(local.sun_path, sizeof local.sun_path, "%.100s", talk->path);
	else
		snprintf(local.sun_path, sizeof local.sun_path, "%.90s/" WEB_SOCKET, test_state);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, address, length) == 0)
		return fd;
	close(fd);
	return -1;
}

static inline void talk_over(void *argument)
{
	struct talk *talk = argument;

	fiber_wake(talk->waiter, 0);
}

static inline void *talk_run(void *argument)
{
	struct talk *talk = argument;
	int fd = talk_connect(talk);
	ssize_t got = -1;

	if (fd >= 0 && send(fd, talk->bytes, talk->length, MSG_NOSIGNAL) >= 0) {
		if (talk->half_close)
			shutdown(fd, SHUT_WR);
		while (!talk->leave && talk->got_length + 1 < sizeof talk->got &&
			(got = recv(fd, talk->got + talk->got_length, sizeof talk->got - 1 - talk->got_length,
				 0)) > 0)
			talk->got_length += (size_t)got;
	}
	talk->failed = got != 0 && !talk->leave;
	if (fd >= 0)
		close(fd);
	loop_post_from_thread(talk->served->loop, talk_over, talk);
	return NULL;
}

static MAY_YIELD inline void talk_wait(void *argument)
{
	struct talk *talk = argument;
	pthread_t thread;

	talk->waiter = fiber_ticket();
	if (pthread_create(&thread, NULL, talk_run, talk) != 0)
		abort();
	(void)!fiber_wait(FIBER_FOREVER);
	pthread_join(thread, NULL);
	while (talk->served->stub.handled < talk->until_handled)
		(void)!fiber_sleep(1);
	if (talk->then != NULL)
		talk->then(talk->served);
}

static inline void talk_now(struct talk *talk)
{
	struct err err = ERR_INIT;

	assert_ok(fiber_spawn(talk->served->loop, "client", talk_wait, talk, &err));
	loop_run(talk->served->loop);
}

/* Sends the bytes, and returns all that came back until the server closed, in static memory. */
static inline const char *say(struct served *served, bool over_socket, const char *bytes)
{
	static struct talk talk;

	talk = (struct talk){
		.served = served, .over_socket = over_socket, .bytes = bytes, .length = strlen(bytes)
	};
	talk_now(&talk);
	if (talk.failed)
		fail_msg("the server did not close after %.100s: %s", bytes, talk.got);
	return talk.got;
}

/* Returns the status of an answer, e.g. 400 for "HTTP/1.1 400 …"; 0 when there is none. */
static inline int status_of(const char *answer)
{
	return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? atoi(answer + 9) : 0;
}

static inline void assert_has(const char *answer, const char *part)
{
	if (strstr(answer, part) == NULL)
		fail_msg("%s\nis not in\n%s", part, answer);
}

static inline void assert_lacks(const char *answer, const char *part)
{
	if (strstr(answer, part) != NULL)
		fail_msg("%s\nis in\n%s", part, answer);
}

/* Sends one request as it is, and expects a status and a part of the answer ("" for any). */
static inline const char *expect(struct served *served, bool over_socket, const char *bytes,
	int status, const char *part)
{
	const char *answer = say(served, over_socket, bytes);

	if (status_of(answer) != status)
		fail_msg("%s\nis answered\n%s\nand not %d", bytes, answer, status);
	assert_has(answer, part);
	return answer;
}

/* Returns a request in static memory, made from "METHOD /path HTTP/1.1", the fields that every
 * request needs, more fields, and the body. */
static inline const char *request_of(const char *line, const char *fields, const char *body)
{
	static char text[200000];

	if (body != NULL)
		snprintf(text, sizeof text,
			"%s HTTP/1.1\r\nHost: localhost:@\r\n%s" JSON_BODY "Content-Length: %zu\r\n" LAST "%s",
			line, fields, strlen(body), body);
	else
		snprintf(text, sizeof text, "%s HTTP/1.1\r\nHost: localhost:@\r\n%s" LAST, line, fields);
	return text;
}

/* Sends such a request over TCP; "@" in it becomes the port. */
static inline const char *ask(struct served *served, const char *line, const char *fields,
	const char *body, int status, const char *part)
{
	static char bytes[200000];
	const char *text = request_of(line, fields, body), *at = strstr(text, "localhost:@");

	snprintf(bytes, sizeof bytes, "%.*slocalhost:%d%s", (int)(at - text), text,
		served->web->tcp != NULL ? served->web->tcp->authority.port : 80,
		at + strlen("localhost:@"));
	return expect(served, served->web->tcp == NULL, bytes, status, part);
}

/* --- the server --- */

static MAY_YIELD inline void open_audit_there(void *argument)
{
	struct served *served = argument;
	struct err err = ERR_INIT;

	assert_ok(stub_open(&served->stub, served->loop, test_state, served->stub.process.state_folder,
		true, &err));
}

static inline struct served *serve(const char *http)
{
	struct served *served = calloc(1, sizeof *served);
	struct err err = ERR_INIT;

	assert_non_null(served);
	served->loop = new_loop(0);
	served->stub.process.state_folder = http;
	spawn(served->loop, open_audit_there, served);
	loop_run(served->loop);
	assert_ok(web_start(served->loop, &served->stub.process, stub_routes, &served->web, &err));
	return served;
}

static MAY_YIELD inline void stop_there(void *argument)
{
	struct served *served = argument;
	struct err err = ERR_INIT;

	if (served->web != NULL)
		web_stop(served->web, 5000);
	web_free(served->web);
	assert_ok(stub_close(&served->stub, &err));
}

static inline void unserve(struct served *served)
{
	spawn(served->loop, stop_there, served);
	loop_run(served->loop);
	loop_free(served->loop);
	free(served);
}

/* Counts the entries of the audit log that have that action and outcome. */
struct audit_count {
	const char *action, *outcome, *part;
	int count;
};

static inline int audit_count_one(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	struct audit_count *wanted = argument;
	json_t *entry = json_loadb(value, length, 0, NULL);

	(void)key;
	CLEANUP_FREE char *text = json_to_text(entry);
	wanted->count += strcmp(json_get_string_or(entry, "action", ""), wanted->action) == 0 &&
		strcmp(json_get_string_or(entry, "outcome", ""), wanted->outcome) == 0 &&
		strstr(text, wanted->part) != NULL;
	json_decref(entry);
	return 0;
}

static MAY_YIELD inline void flush_there(void *argument)
{
	struct served *served = argument;
	struct err err = ERR_INIT;

	assert_ok(audit_flush(served->stub.audit, &err));
}

static inline int recorded(struct served *served, const char *action, const char *outcome,
	const char *part)
{
	struct audit_count wanted = { action, outcome, part, 0 };
	struct err err = ERR_INIT;

	spawn(served->loop, flush_there, served);
	loop_run(served->loop);
	assert_ok(store_each(served->stub.store, STORE_AUDIT, NULL, audit_count_one, &wanted, &err));
	return wanted.count;
}

#endif
