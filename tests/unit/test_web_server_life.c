/* Tests of the life of the server: sockets are made and removed safely, connections are limited,
 * reload and stop work, and nothing is left open. */
#include "test_web_server_help.h"
#include "web/server/connection.h"
#include "web/server/listener.h"

#include <dirent.h>
#include <fcntl.h>

static int count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static const char *socket_path(void)
{
	static char path[400];

	snprintf(path, sizeof path, "%s/" WEB_SOCKET, test_state);
	return path;
}

/* --- the control socket --- */

static struct served *no_server(const char *http)
{
	struct served *served = serve(http);

	web_free(served->web);
	served->web = NULL;
	return served;
}

static void start_fails(struct served *served, enum err_kind kind, const char *code,
	const char *part)
{
	struct err err = ERR_INIT;
	struct web *web = NULL;
	int before = count_fds();

	assert_int_equal(web_start(served->loop, &served->stub.process, stub_routes, &web, &err), -1);
	if (!err_is(&err, kind, code))
		print_unexpected(&err);
	assert_true(err_is(&err, kind, code));
	assert_has(err.message, part);
	assert_null(web);
	assert_int_equal(count_fds(), before);
}

static int bound_socket(bool listening)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%.100s", socket_path());
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	if (listening)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void test_control_socket(void **state)
{
	struct served *served = serve("null");
	struct stat status;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(lstat(socket_path(), &status), 0);
	assert_true(S_ISSOCK(status.st_mode));
	assert_int_equal(status.st_mode & 07777, 0600);
	start_fails(served, ERR_BUSY, "DaemonRunning", "another daemon answers");
	web_free(served->web);
	assert_int_equal(lstat(socket_path(), &status), -1);
	/* A socket that a dead process has left is replaced. */
	close(bound_socket(true));
	assert_ok(web_start(served->loop, &served->stub.process, stub_routes, &served->web, &err));
	expect(served, true, "GET /healthz HTTP/1.1\r\nHost: x\r\n" LAST, 200, "ok");
	/* A file that somebody else has put in its place since is not removed. */
	unlink(socket_path());
	int other = bound_socket(false);
	web_free(served->web);
	assert_int_equal(lstat(socket_path(), &status), 0);
	close(other);
	served->web = NULL;
	unserve(served);
}

static void test_control_socket_is_refused(void **state)
{
	struct served *served = no_server("null");
	char target[400];

	(void)state;
	snprintf(target, sizeof target, "%s/elsewhere", test_folder);
	assert_int_equal(symlink(target, socket_path()), 0);
	start_fails(served, ERR_SYSTEM, "NoControlSocket", "a symbolic link, not a socket");
	unlink(socket_path());
	close(open(socket_path(), O_CREAT | O_WRONLY, 0600));
	start_fails(served, ERR_SYSTEM, "NoControlSocket", "a file, not a socket");
	unlink(socket_path());
	int live = bound_socket(true);
	start_fails(served, ERR_BUSY, "DaemonRunning", socket_path());
	close(live);
	if (geteuid() == 0) {
		assert_int_equal(lchown(socket_path(), 61001, 61001), 0);
		start_fails(served, ERR_SYSTEM, "NoControlSocket", "belongs to another user (uid 61001)");
	}
	unlink(socket_path());
	served->stub.process.state_folder = "/nowhere/at/all";
	start_fails(served, ERR_SYSTEM, "NoControlSocket", "cannot make /nowhere/at/all/control.sock");
	served->stub.process.state_folder = "/etc/passwd";
	start_fails(served, ERR_SYSTEM, "NoControlSocket", "cannot look at");
	snprintf(target, sizeof target, "/%0200d", 0);
	served->stub.process.state_folder = target;
	start_fails(served, ERR_SYSTEM, "NoControlSocket", "at most 94 bytes");
	unserve(served);
}

/* --- the TCP listener --- */

static void configure(struct served *served, const char *http)
{
	struct err err = ERR_INIT;

	assert_ok(stub_configure(&served->stub, http, &err));
}

/* The check of the configuration would refuse some of these earlier; here the listener must refuse
 * them itself. */
static void listen_fails(struct served *served, const char *listen, const char *certificate,
	const char *key, enum err_kind kind, const char *code, const char *part)
{
	struct web web = { .loop = served->loop };
	struct web_settings settings = {
		.listen = (char *)listen, .certificate_file = (char *)certificate, .key_file = (char *)key
	};
	struct listener *listener = NULL;
	struct err err = ERR_INIT;
	int before = count_fds();

	assert_int_equal(listener_new(&web, &settings, &listener, &err), -1);
	if (!err_is(&err, kind, code))
		print_unexpected(&err);
	assert_true(err_is(&err, kind, code));
	assert_has(err.message, part);
	assert_int_equal(count_fds(), before);
}

static void test_listener_is_refused(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	char taken[64];

	(void)state;
	listen_fails(served, "127.0.0.1", NULL, NULL, ERR_CONFIG, "BadAddress",
		"such as 127.0.0.1:8443");
	listen_fails(served, "127.0.0.1:66000", NULL, NULL, ERR_CONFIG, "BadAddress",
		"127.0.0.1:66000");
	listen_fails(served, "example.com:80", NULL, NULL, ERR_CONFIG, "BadAddress", "example.com");
	listen_fails(served, "0.0.0.0:0", NULL, NULL, ERR_CONFIG, "NoCertificate",
		"http.certificate_file");
	listen_fails(served, "[::]:0", NULL, NULL, ERR_CONFIG, "NoCertificate",
		"http.certificate_file");
	listen_fails(served, "127.0.0.1:0", "/c.pem", NULL, ERR_CONFIG, "NoCertificate", "go together");
	listen_fails(served, "127.0.0.1:0", "/c.pem", "/nowhere/k.pem", ERR_CONFIG, "BadCertificate",
		"/nowhere/k.pem");
	snprintf(taken, sizeof taken, "127.0.0.1:%d", served->web->tcp->authority.port);
	listen_fails(served, taken, NULL, NULL, ERR_BUSY, "AddressInUse", "in use by another program");
	unserve(served);
}

/* --- names --- */

static bool has_host(struct listener *listener, const char *host, const char *local)
{
	struct authority authority, here;

	assert_int_equal(authority_parse(host, &authority), 0);
	assert_int_equal(authority_parse(local, &here), 0);
	return listener_has_host(listener, &authority, &here);
}

static void test_names(void **state)
{
	struct web web = { .loop = NULL };
	struct listener listener = {
		.web = &web, .authority = { "0.0.0.0", 443 }, .any = true, .tls = (SSL_CTX *)&web
	};

	(void)state;
	web.settings.hosts = json_pack("[sssi]", "a.example", "b.example:8443", "not a name", 1);
	assert_true(has_host(&listener, "192.0.2.1", "192.0.2.1") &&
		has_host(&listener, "192.0.2.1:443", "192.0.2.1"));
	assert_false(has_host(&listener, "192.0.2.2", "192.0.2.1") ||
		has_host(&listener, "0.0.0.0", "192.0.2.1"));
	assert_false(has_host(&listener, "localhost", "192.0.2.1") ||
		has_host(&listener, "192.0.2.1:80", "192.0.2.1"));
	assert_true(has_host(&listener, "a.example:1", "192.0.2.1") &&
		has_host(&listener, "A.EXAMPLE", "192.0.2.1"));
	assert_true(has_host(&listener, "b.example:8443", "192.0.2.1"));
	assert_false(has_host(&listener, "b.example", "192.0.2.1") ||
		has_host(&listener, "c.example", "192.0.2.1"));
	listener = (struct listener){ .web = &web, .authority = { "[::1]", 80 }, .loopback = true };
	assert_true(has_host(&listener, "[::1]", "[::1]") && has_host(&listener, "localhost", "[::1]"));
	json_decref(web.settings.hosts);
}

/* --- limits --- */

static void test_limits_of_connections(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	struct web *web = served->web;
	const struct sockaddr_in peer = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201) };
	const struct sockaddr_in6 one = { .sin6_family = AF_INET6,
		.sin6_addr.s6_addr = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 1 } };
	static struct connection others[WEB_MAX_STRANGERS];
	static struct talk talk;

	(void)state;
	assert_true(connections_allow(web, web->tcp, (const struct sockaddr *)&peer, 0));
	for (int i = 0; i < WEB_MAX_STRANGERS; i++) {
		others[i].next = i > 0 ? &others[i - 1] : NULL;
		snprintf(others[i].source, sizeof others[i].source,
			i % 2 == 0 ? "192.0.2.1" : "2001:db8::");
	}
	web->connections = &others[WEB_MAX_STRANGERS - 1];
	assert_true(connections_allow(web, web->tcp, (const struct sockaddr *)&peer, 0));
	for (int i = 0; i < WEB_MAX_STRANGERS; i++)
		snprintf(others[i].source, sizeof others[i].source, "192.0.2.1");
	assert_false(connections_allow(web, web->tcp, (const struct sockaddr *)&peer, 0));
	/* A connection that has authenticated doesn't count as a stranger's. */
	others[3].known = true;
	assert_true(connections_allow(web, web->tcp, (const struct sockaddr *)&peer, 0));
	/* All addresses of one IPv6 network count as one. */
	for (int i = 0; i < WEB_MAX_STRANGERS; i++) {
		others[i].known = false;
		snprintf(others[i].source, sizeof others[i].source, "2001:db8::");
	}
	assert_false(connections_allow(web, web->tcp, (const struct sockaddr *)&one, 0));
	web->connections = NULL;
	web->connected[WEB_TCP] = WEB_MAX_CONNECTIONS;
	assert_false(connections_allow(web, web->tcp, (const struct sockaddr *)&peer, 0));
	/* The control socket has its own limit. */
	assert_true(connections_allow(web, web->control, NULL, 0));
	talk = (struct talk){ .served = served, .bytes = "GET", .length = 3 };
	talk_now(&talk);
	assert_int_equal(talk.got_length, 0);
	expect(served, true, "GET /healthz HTTP/1.1\r\nHost: x\r\n" LAST, 200, "ok");
	web->connected[WEB_TCP] = 0;
	web->connected[WEB_CONTROL] = WEB_MAX_CONTROL_CONNECTIONS;
	assert_false(connections_allow(web, web->control, NULL, 0));
	web->connected[WEB_CONTROL] = 0;
	unserve(served);
}

static void test_no_fiber_left(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	struct loop_options few = { .fiber_cap = 1 };
	struct loop *loop = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(loop_new(&few, &loop, &err));
	/* The client is the only fiber that this loop may have. */
	web_free(served->web);
	served->web = NULL;
	struct loop *whole = served->loop;
	served->loop = loop;
	assert_ok(web_start(loop, &served->stub.process, stub_routes, &served->web, &err));
	expect(served, true, "GET /things HTTP/1.1\r\nHost: x\r\n" LAST, 503, "Busy");
	web_free(served->web);
	loop_run(loop);
	loop_free(loop);
	served->loop = whole;
	served->web = NULL;
	unserve(served);
}

/* --- reload --- */

static void test_reload(void **state)
{
	struct served *served = serve("null");
	struct err err = ERR_INIT;
	char http[200];

	(void)state;
	configure(served, PLAIN_HTTP);
	assert_ok(web_reload(served->web, &err));
	int port = served->web->tcp->authority.port;
	ask(served, "GET /healthz", "", NULL, 200, "ok");
	/* The same listener, with another name and limit. */
	configure(served,
		"{\"listen\": \"127.0.0.1:0\", \"hosts\": [\"other.example\"], \"requests_per_minute\": "
		"1}");
	assert_ok(web_reload(served->web, &err));
	assert_int_equal(served->web->tcp->authority.port, port);
	expect(served, false, "GET /healthz HTTP/1.1\r\nHost: reeve.example.com\r\n" LAST, 421,
		"UnknownHost");
	expect(served, false, "GET /healthz HTTP/1.1\r\nHost: other.example\r\n" LAST, 200, "ok");
	ask(served, "GET /things", VIEWER, NULL, 200, "");
	ask(served, "GET /things", VIEWER, NULL, 429, "");
	/* A configuration that can't be applied changes nothing. */
	configure(served,
		"{\"listen\": \"127.0.0.1:0\", \"certificate_file\": \"/nowhere/c.pem\", \"key_file\": "
		"\"/nowhere/k.pem\"}");
	assert_int_equal(web_reload(served->web, &err), -1);
	assert_string_equal(err.code, "BadCertificate");
	snprintf(http, sizeof http, "{\"listen\": \"localhost:%d\"}", port);
	configure(served, http);
	assert_int_equal(web_reload(served->web, &err), -1);
	assert_string_equal(err.code, "AddressInUse");
	expect(served, false, "GET /healthz HTTP/1.1\r\nHost: other.example\r\n" LAST, 200, "ok");
	/* The listener moves to another address, and then there is none. */
	configure(served, "{\"listen\": \"[::1]:0\"}");
	if (web_reload(served->web, &err) == 0)
		assert_string_equal(served->web->tcp->authority.host, "[::1]");
	else
		print_message("no IPv6 here: %s\n", err.message);
	configure(served, "null");
	assert_ok(web_reload(served->web, &err));
	assert_null(served->web->tcp);
	expect(served, true, "GET /healthz HTTP/1.1\r\nHost: x\r\n" LAST, 200, "ok");
	unserve(served);
}

/* --- stop --- */

static MAY_YIELD void stop_meanwhile(struct served *served)
{
	/* The wait is bounded: the handler does not end by itself. */
	web_stop(served->web, 20);
	served->stub.go_on = true;
}

static MAY_YIELD void stop_in_time(struct served *served)
{
	served->stub.go_on = true;
	web_stop(served->web, 20000);
}

static void stop_while_handling(void (*stop)(struct served *served), int done)
{
	struct served *served = serve(PLAIN_HTTP);
	const char *wait = "POST /things/1/wait HTTP/1.1\r\nHost: reeve.example.com\r\n" RESPONDER
					   "\r\n";
	struct stat status;
	static struct talk talk;

	talk = (struct talk){ .served = served,
		.bytes = wait,
		.length = strlen(wait),
		.leave = true,
		.until_handled = 1,
		.then = stop };
	talk_now(&talk);
	assert_int_equal(lstat(socket_path(), &status), -1);
	assert_null(served->web->connections);
	assert_int_equal(recorded(served, "waitThing", "succeeded", ""), done);
	web_free(served->web);
	served->web = NULL;
	unserve(served);
}

static void test_stop(void **state)
{
	(void)state;
	stop_while_handling(stop_meanwhile, 1);
	stop_while_handling(stop_in_time, 2);
}

/* The server is freed while a handler is under way; the last handler to end frees the rest. */
static MAY_YIELD void free_meanwhile(struct served *served)
{
	web_free(served->web);
	served->web = NULL;
	served->stub.go_on = true;
}

static void test_free_while_handling(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	const char *wait = "POST /things/1/wait HTTP/1.1\r\nHost: reeve.example.com\r\n" RESPONDER
					   "\r\n";
	static struct talk talk;

	(void)state;
	talk = (struct talk){ .served = served,
		.bytes = wait,
		.length = strlen(wait),
		.leave = true,
		.until_handled = 1,
		.then = free_meanwhile };
	talk_now(&talk);
	assert_int_equal(served->stub.handled, 1);
	unserve(served);
}

static void test_nothing_is_left_open(void **state)
{
	int before = count_fds();

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct served *served = serve(PLAIN_HTTP);

		ask(served, "GET /things", VIEWER, NULL, 200, "");
		say(served, false, "\x16\x03\x01");
		unserve(served);
	}
	assert_int_equal(count_fds(), before);
}

static void test_bad_tables(void **state)
{
	static const struct {
		struct api_route row;
		const char *part;
	} cases[] = {
		{ { .method = "GET", .path = "x", .id = "x", .summary = "x", .handle = stub_text },
			"does not begin with a slash" },
		{ { .method = "GET", .path = "/x//y", .id = "x", .summary = "x", .handle = stub_text },
			"empty part" },
		{ { .method = "GET",
			  .path = "/{a}/{b}/{c}",
			  .id = "x",
			  .summary = "x",
			  .handle = stub_text },
			"too many parameters" },
		{ { .method = "GET", .path = "/x", .id = "x", .summary = "x" },
			"the id, the summary or the handler is missing" },
		{ { .method = "GET",
			  .path = "/x",
			  .id = "x",
			  .summary = "x",
			  .any_body = true,
			  .handle = stub_text },
			"a GET can't have a body" },
	};
	struct api_field field[2] = { { .name = "f", .schema = "{", .help = "h" } };
	struct err err = ERR_INIT;
	struct routes *routes;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct api_route table[2] = { cases[i].row };

		assert_int_equal(routes_new(table, &routes, &err), -1);
		assert_string_equal(err.code, "BadRoute");
		assert_has(err.message, cases[i].part);
	}
	const struct api_route table[2] = { { .method = "GET",
		.path = "/x",
		.id = "x",
		.summary = "x",
		.query = field,
		.handle = stub_text } };
	assert_int_equal(routes_new(table, &routes, &err), -1);
	assert_has(err.message, "the route GET /x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_control_socket),
		store_test(test_control_socket_is_refused),
		store_test(test_listener_is_refused),
		cmocka_unit_test(test_names),
		store_test(test_limits_of_connections),
		store_test(test_no_fiber_left),
		store_test(test_reload),
		store_test(test_stop),
		store_test(test_free_while_handling),
		store_test(test_nothing_is_left_open),
		cmocka_unit_test(test_bad_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
