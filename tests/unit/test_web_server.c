/* Tests of the server over a real connection: its answers and refusals, and that it goes on after
 * each of them. */
#include "test_web_server_help.h"
#include "web/server/connection.h"

#include <event2/bufferevent.h>
#include <event2/event.h>

static void test_answers(void **state)
{
	struct served *served = serve(PLAIN_HTTP);

	(void)state;
	const char *answer = ask(served, "GET /healthz", "", NULL, 200, "\r\n\r\nok\n");
	assert_has(answer, "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n");
	assert_has(answer, "X-Content-Type-Options: nosniff\r\n");
	assert_has(answer, "Cache-Control: no-store\r\n");
	assert_has(answer, "Date: ");
	assert_lacks(answer, "Server:");
	assert_lacks(answer, "Access-Control");
	answer = ask(served, "GET /things?name=a+b&limit=7&all=true", VIEWER, NULL, 200,
		"\"query\":{\"name\":\"a b\",\"limit\":\"7\",\"all\":\"true\"}");
	assert_has(answer, "Content-Type: application/json\r\n");
	assert_has(answer, "\"person\":\"Vic\",\"role\":\"viewer\"");
	ask(served, "GET /things/x%20y", VIEWER, NULL, 200, "\"id\":\"x y\"");
	ask(served, "GET /things/all", VIEWER, NULL, 200, "ok\n");
	ask(served, "POST /things", RESPONDER,
		"{\"name\": \"n\", \"count\": null, \"tags\": [\"t\"], \"kind\": \"a\"}", 200,
		"\"body\":{\"name\":\"n\",");
	ask(served, "DELETE /things/1", ADMIN, NULL, 200,
		"\"person\":\"Ada\",\"role\":\"admin\",\"id\":\"1\"");
	ask(served, "POST /signals", INGEST, "[1]", 200, "\"length\":3");
	answer = ask(served, "POST /nothing", RESPONDER, NULL, 204, "");
	assert_lacks(answer, "Content-Length");
	answer = ask(served, "HEAD /healthz", VIEWER, NULL, 405, "Content-Length: ");
	assert_lacks(answer, "{");
	unserve(served);
}

static void test_errors_of_handlers(void **state)
{
	static const struct {
		const char *how;
		int status;
		const char *code;
	} cases[] = {
		{ "POST /fail/usage", 400,
			"\"code\":\"BadThing\",\"message\":\"it failed as \\\"usage\\\"\"" },
		{ "POST /fail/limit", 409, "Conflict" },
		{ "POST /fail/many", 429, "TooMany" },
		{ "POST /fail/store", 503, "StoreFailed" },
		{ "POST /fail/aws", 500, "AccessDenied" },
		{ "POST /fail/cancelled", 503, "Cancelled" },
		{ "POST /fail/silent", 500, "Internal" },
		{ "GET /things/missing", 404, "NotFound" },
		{ "GET /big?bytes=20000000", 500, "AnswerTooLarge" },
	};
	struct served *served = serve(PLAIN_HTTP);

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		ask(served, cases[i].how, RESPONDER, NULL, cases[i].status, cases[i].code);
	unserve(served);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *line, *fields, *body;
		int status;
		const char *part;
	} cases[] = {
		{ "GET /nowhere", VIEWER, NULL, 404, "NoSuchPath" },
		{ "GET /things/", VIEWER, NULL, 404, "NoSuchPath" },
		{ "GET /things//x", VIEWER, NULL, 400, "BadPath" },
		{ "GET /things/../healthz", VIEWER, NULL, 400, "BadPath" },
		{ "POST /metrics", ADMIN, NULL, 405, "Allow: GET\r\n" },
		{ "POST /things/1", ADMIN, NULL, 405, "Allow: GET, DELETE\r\n" },
		{ "OPTIONS /things", VIEWER, NULL, 405, "Allow: GET, POST\r\n" },
		{ "GET /things?color=red", VIEWER, NULL, 400, "there is no query parameter \\\"color\\\"" },
		{ "GET /things?limit=x", VIEWER, NULL, 400, "\\\"limit\\\" must be of type integer" },
		{ "GET /things?limit=-1", VIEWER, NULL, 400,
			"\\\"limit\\\" must be at least 1 and at most 100" },
		{ "GET /things?limit=99999999999999999999", VIEWER, NULL, 400, "must be of type integer" },
		{ "GET /things?all=yes", VIEWER, NULL, 400, "\\\"all\\\" must be of type boolean" },
		{ "GET /things?name=123456789012345678901", VIEWER, NULL, 400,
			"\\\"name\\\" must have 0 to 20 characters, not 21" },
		{ "GET /big?bytes=-1", VIEWER, NULL, 400, "\\\"bytes\\\" must be at least 0" },
		{ "GET /big", VIEWER, NULL, 400, "the query parameter \\\"bytes\\\" is missing" },
		{ "GET /healthz?x=1", "", NULL, 400, "there is no query parameter" },
		{ "POST /things", RESPONDER, "{\"name\": \"n\", \"colour\": 1}", 400,
			"there is no key in the body called \\\"colour\\\"" },
		{ "POST /things", RESPONDER, "{}", 400, "the key \\\"name\\\" is missing" },
		{ "POST /things", RESPONDER, NULL, 400, "the key \\\"name\\\" is missing" },
		{ "POST /things", RESPONDER, "[]", 400, "must be a JSON object" },
		{ "POST /things", RESPONDER, "{\"name\": ", 400, "InvalidBody" },
		{ "POST /things", RESPONDER, "{\"name\": \"a\", \"name\": \"b\"}", 400, "InvalidBody" },
		{ "POST /things", RESPONDER, "{\"name\": 1}", 400, "\\\"name\\\" must be of type string" },
		{ "POST /things", RESPONDER, "{\"name\": \"\"}", 400, "1 to 20 characters, not 0" },
		{ "POST /things", RESPONDER, "{\"name\": \"a\\u0000b\"}", 400, "NUL" },
		{ "POST /things", RESPONDER, "{\"name\": \"n\", \"count\": 11}", 400,
			"\\\"count\\\" must be at least 0 and at most 10" },
		{ "POST /things", RESPONDER, "{\"name\": \"n\", \"count\": 1.5}", 400,
			"\\\"count\\\" must be of type integer or null" },
		{ "POST /things", RESPONDER, "{\"name\": \"n\", \"tags\": [1]}", 400,
			"\\\"tags\\\" must be of type string" },
		{ "POST /things", RESPONDER, "{\"name\": \"n\", \"tags\": [\"1\", \"2\", \"3\", \"4\"]}",
			400, "\\\"tags\\\" must have 0 to 3 items" },
		{ "POST /things", RESPONDER, "{\"name\": \"n\", \"kind\": \"c\"}", 400,
			"must be one of \\\"a\\\", \\\"b\\\"" },
		{ "POST /signals", INGEST, NULL, 400, "this operation needs a JSON body" },
		{ "GET /things", VIEWER, "{}", 400, "takes no body" },
		{ "POST /nothing", RESPONDER, "{}", 400, "takes no body" },
	};
	struct served *served = serve(PLAIN_HTTP);

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		ask(served, cases[i].line, cases[i].fields, cases[i].body, cases[i].status, cases[i].part);
	assert_int_equal(served->stub.handled, 0);
	assert_true(metric_value(METRIC_HTTP_REQUESTS, METRIC_LABELS("none", "404")) >= 2);
	assert_true(metric_value(METRIC_HTTP_REQUESTS, METRIC_LABELS("addThing", "400")) >= 10);
	unserve(served);
}

static void test_bodies(void **state)
{
	static char body[70000], bytes[80000];
	struct served *served = serve(PLAIN_HTTP);
	const char *types[] = { "", "Content-Type: text/plain\r\n",
		"Content-Type: application/jsonx\r\n",
		"Content-Type: application/json; charset=latin1\r\n" };

	(void)state;
	memset(body, ' ', sizeof body - 1);
	memcpy(body, "{\"name\": \"n\"}", 13);
	const char *answer = ask(served, "POST /things", RESPONDER, body, 413, "BodyTooLarge");
	assert_has(answer, "Connection: close\r\n");
	ask(served, "POST /signals", INGEST, body, 200, "\"length\":69999");
	body[WEB_MAX_BODY] = '\0';
	ask(served, "POST /things", RESPONDER, body, 200, "\"length\":65536");
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		snprintf(bytes, sizeof bytes,
			"POST /things HTTP/1.1\r\nHost: reeve.example.com\r\n" RESPONDER
			"%sContent-Length: 2\r\n" LAST "{}",
			types[i]);
		expect(served, false, bytes, 415, "NotJson");
	}
	expect(served, false,
		"POST /things HTTP/1.1\r\nHost: reeve.example.com\r\n" RESPONDER
		"Content-Type: Application/JSON ; charset=UTF-8\r\nContent-Length: 12\r\n" LAST
		"{\"name\":\"n\"}",
		200, "\"name\":\"n\"");
	unserve(served);
}

/* Input that arrives faster than it is handled waits in the socket, and libevent's loop returns, so
 * that ours has its turn. */
static void full_input(struct served *served, const char *head, int status)
{
	enum { BYTES = 300000 };
	const struct sockaddr_in peer = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int room = 2 * BYTES;
	char *bytes = malloc(BYTES), answer[4096];
	size_t sent = 0;
	ssize_t got = 0;
	int pair[2];

	memset(bytes, ' ', BYTES);
	memcpy(bytes, head, strlen(head));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
	connection_new(served->web, served->web->tcp,
		bufferevent_socket_new(loop_event_base(served->loop), pair[1], BEV_OPT_CLOSE_ON_FREE),
		(const struct sockaddr *)&peer, 0);
	while (served->web->connections != NULL && got <= 0) {
		ssize_t more = sent < BYTES ? send(pair[0], bytes + sent, BYTES - sent, MSG_NOSIGNAL) : 0;

		sent += more > 0 ? (size_t)more : 0;
		event_base_loop(loop_event_base(served->loop), EVLOOP_NONBLOCK);
		loop_run(served->loop);
		got = recv(pair[0], answer, sizeof answer - 1, 0);
	}
	assert_true(got > 0);
	answer[got] = '\0';
	assert_int_equal(status_of(answer), status);
	close(pair[0]);
	while (served->web->connections != NULL) {
		event_base_loop(loop_event_base(served->loop), EVLOOP_NONBLOCK);
		loop_run(served->loop);
	}
	free(bytes);
}

static void test_full_input(void **state)
{
	struct served *served = serve(PLAIN_HTTP);

	(void)state;
	full_input(served,
		"POST /signals HTTP/1.1\r\nHost: reeve.example.com\r\n" INGEST JSON_BODY
		"Content-Length: 290000\r\n" LAST "[]",
		200);
	full_input(served,
		"POST /things HTTP/1.1\r\nHost: reeve.example.com\r\n" RESPONDER JSON_BODY
		"Content-Length: 290000\r\n" LAST "[]",
		413);
	full_input(served, "GET /things HTTP/1.1\r\nHost: reeve.example.com\r\n" VIEWER "\r\n", 200);
	unserve(served);
}

/* The server asks for the body only when it would take it. */
static void test_expect_continue(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	static struct talk talk;

	(void)state;
	/* The body comes together with the head. */
	const char *answer = ask(served, "POST /things", RESPONDER "Expect: 100-continue\r\n",
		"{\"name\": \"n\"}", 200, "");
	assert_lacks(answer, "100 Continue");
	/* Without the body, which never comes. */
	const char *bytes = "POST /things HTTP/1.1\r\nHost: reeve.example.com\r\n" RESPONDER JSON_BODY
						"Expect: 100-continue\r\nContent-Length: 12\r\n" LAST;
	talk = (struct talk){
		.served = served, .bytes = bytes, .length = strlen(bytes), .half_close = true
	};
	talk_now(&talk);
	assert_has(talk.got, "HTTP/1.1 100 Continue\r\n\r\n");
	assert_int_equal(served->stub.handled, 1);
	ask(served, "POST /things", VIEWER "Expect: 100-continue\r\n", "{\"name\": \"n\"}", 403,
		"RoleTooLow");
	unserve(served);
}

/* Requests of one connection are answered in their order, and the last answer ends it. */
static void test_pipeline(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	CLEANUP_BUF struct buf bytes = BUF_INIT(1 << 20);
	int answers = 0;

	(void)state;
	served->stub.go_on = true;
	for (int i = 0; i < 50; i++)
		buf_add_format(&bytes,
			"POST /things/%d/wait HTTP/1.1\r\nHost: reeve.example.com\r\n" RESPONDER "\r\n"
			"GET /things/%d HTTP/1.1\r\nHost: reeve.example.com\r\n" VIEWER "\r\n",
			i, i);
	buf_add_string(&bytes,
		"GET /healthz HTTP/1.1\r\nHost: reeve.example.com\r\n" LAST
		"GET /healthz HTTP/1.1\r\nHost: reeve.example.com\r\n\r\n");
	const char *answer = say(served, false, bytes.data);
	for (const char *at = answer; (at = strstr(at, "HTTP/1.1 200 OK\r\n")) != NULL; at++)
		answers++;
	assert_int_equal(answers, 101);
	assert_true(strstr(answer, "\"id\":\"7\"") < strstr(answer, "\"id\":\"8\""));
	assert_int_equal(served->stub.handled, 101);
	unserve(served);
}

static void go_on(struct served *served)
{
	served->stub.go_on = true;
}

/* A client that half-closes its connection gets its answer. The request of one that is gone is
 * carried out all the same. */
static void test_clients_that_leave(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	const char *wait = "POST /things/1/wait HTTP/1.1\r\nHost: reeve.example.com\r\n" RESPONDER
					   "\r\n";
	static struct talk talk;

	(void)state;
	served->stub.go_on = true;
	talk = (struct talk){
		.served = served, .bytes = wait, .length = strlen(wait), .half_close = true
	};
	talk_now(&talk);
	assert_has(talk.got, "HTTP/1.1 200 OK");
	served->stub.go_on = false;
	talk = (struct talk){ .served = served,
		.bytes = wait,
		.length = strlen(wait),
		.leave = true,
		.until_handled = 2,
		.then = go_on };
	talk_now(&talk);
	talk = (struct talk){ .served = served, .bytes = wait, .length = 20, .leave = true };
	talk_now(&talk);
	ask(served, "GET /healthz", "", NULL, 200, "ok");
	assert_int_equal(served->stub.handled, 3);
	assert_int_equal(recorded(served, "waitThing", "succeeded", ""), 2);
	unserve(served);
}

static void test_slow_requests(void **state)
{
	struct served *served = serve(PLAIN_HTTP);

	(void)state;
	served->web->request_ms = served->web->idle_ms = 20;
	expect(served, false, "GET /healthz HT", 408, "RequestTimeout");
	expect(served, false,
		"POST /things HTTP/1.1\r\nHost: reeve.example.com\r\n" RESPONDER JSON_BODY
		"Content-Length: 9\r\n\r\n{",
		408, "RequestTimeout");
	/* A connection without a request gets no answer when its time is up, neither at first nor after
	 * an answer. */
	assert_string_equal(say(served, false, ""), "");
	const char *answer = expect(served, false,
		"GET /healthz HTTP/1.1\r\nHost: reeve.example.com\r\n\r\n", 200, "ok\n");
	assert_lacks(answer, "408");
	assert_int_equal(recorded(served, "addThing", "refused", "408 RequestTimeout"), 1);
	unserve(served);
}

static void test_large_answer(void **state)
{
	struct served *served = serve(PLAIN_HTTP);

	(void)state;
	const char *answer =
		ask(served, "GET /big?bytes=60000", VIEWER, NULL, 200, "Content-Length: 60000\r\n");
	assert_int_equal(strlen(strstr(answer, "\r\n\r\n") + 4), 60000);
	unserve(served);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_answers),
		store_test(test_errors_of_handlers),
		store_test(test_refusals),
		store_test(test_bodies),
		store_test(test_full_input),
		store_test(test_expect_continue),
		store_test(test_pipeline),
		store_test(test_clients_that_leave),
		store_test(test_slow_requests),
		store_test(test_large_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
