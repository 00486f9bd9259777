/* Tests of the operators' socket: it is made and removed safely, for a group, in a folder that
 * nobody else can write to; and one person can't use it up. */
#include "test_web_server_help.h"
#include "web/server/caller.h"
#include "web/server/connection.h"
#include "web/server/operators.h"

#include <fcntl.h>
#include <grp.h>

static char socket_path[300];

static const char *with_socket(const char *more)
{
	static char http[600];
	int length;

	snprintf(socket_path, sizeof socket_path, "%s/op/s", test_folder);
	length = snprintf(http, sizeof http, "{\"socket\": \"%s\"%s}", socket_path, more);
	assert_true(length > 0 && (size_t)length < sizeof http);
	return http;
}

static void make_folder(mode_t mode)
{
	char folder[300];

	snprintf(folder, sizeof folder, "%s/op", test_folder);
	if (mkdir(folder, 0755) < 0)
		assert_int_equal(errno, EEXIST);
	assert_int_equal(chmod(folder, mode), 0);
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 ? status.st_mode & 07777 : 0;
}

static gid_t gid_of(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 ? status.st_gid : (gid_t)-1;
}

/* Returns the name and number of a group that this user can give files to. */
static const char *some_group(gid_t *gid)
{
	static char more[300];
	const struct group *group = getgrgid(geteuid() == 0 ? 1 : getegid());

	if (group == NULL)
		return NULL;
	*gid = group->gr_gid;
	snprintf(more, sizeof more, ", \"socket_group\": \"%s\"", group->gr_name);
	return more;
}

/* Sends one request over the operators' socket, and returns the answer. */
static const char *say_there(struct served *served, const char *bytes)
{
	static struct talk talk;

	talk = (struct talk){ .served = served,
		.over_socket = true,
		.path = socket_path,
		.bytes = bytes,
		.length = strlen(bytes) };
	talk_now(&talk);
	return talk.got;
}

/* --- making the socket --- */

static void test_made_and_removed(void **state)
{
	const char *get = "GET /things HTTP/1.1\r\nHost: x\r\n" LAST;
	struct stat status;
	struct served *served;

	(void)state;
	make_folder(0755);
	served = serve(with_socket(""));
	assert_int_equal(mode_of(socket_path), 0600);
	const char *answer = say_there(served, get);
	assert_int_equal(status_of(answer), 200);
	assert_has(answer, "\"person\":\"system user ");
	assert_int_equal(recorded(served, "dropThing", "asked", ""), 0);
	say_there(served, "DELETE /things/1 HTTP/1.1\r\nHost: x\r\n" LAST);
	assert_int_equal(
		recorded(served, "dropThing", "asked", "DELETE /things/1 from the operators' socket"), 1);
	unserve(served);
	assert_int_equal(lstat(socket_path, &status), -1);
}

static void test_group(void **state)
{
	struct served *served;
	const char *more;
	gid_t gid = 0;

	(void)state;
	make_folder(0755);
	more = some_group(&gid);
	if (more == NULL) {
		print_message("skipped: the group of this user has no name\n");
		return;
	}
	served = serve(with_socket(more));
	assert_int_equal(mode_of(socket_path), 0660);
	assert_int_equal(gid_of(socket_path), gid);
	unserve(served);
}

/* --- refusals --- */

static void refused(struct served *served, const char *http, enum err_kind kind, const char *code,
	const char *part)
{
	struct web *web = NULL;
	struct err err = ERR_INIT;

	assert_ok(stub_configure(&served->stub, http, &err));
	assert_int_equal(web_start(served->loop, &served->stub.process, stub_routes, &web, &err), -1);
	if (!err_is(&err, kind, code))
		print_unexpected(&err);
	assert_true(err_is(&err, kind, code));
	assert_has(err.message, part);
	assert_null(web);
}

static int bound(bool listening)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%.100s", socket_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	if (listening)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void test_refused(void **state)
{
	struct served *served = serve("null");
	char http[700];

	(void)state;
	web_free(served->web);
	served->web = NULL;
	refused(served, with_socket(""), ERR_CONFIG, "NoFolder", "can't be examined");
	make_folder(0775);
	refused(served, with_socket(""), ERR_CONFIG, "UnsafeFolder", "can be written to by others");
	make_folder(01777);
	refused(served, with_socket(""), ERR_CONFIG, "UnsafeFolder", "can be written to by others");
	make_folder(0755);
	refused(served, with_socket(", \"socket_group\": \"no-such-group-here\""), ERR_CONFIG,
		"NoGroup", "no group \"no-such-group-here\"");
	assert_int_equal(mode_of(socket_path), 0); /* nothing is left of it */
	close(open(socket_path, O_CREAT | O_WRONLY, 0600));
	refused(served, with_socket(""), ERR_SYSTEM, "NoOperatorsSocket", "a file, not a socket");
	unlink(socket_path);
	int live = bound(true);
	refused(served, with_socket(""), ERR_BUSY, "DaemonRunning", "use another http.socket");
	close(live);
	snprintf(http, sizeof http, "{\"socket\": \"%s/" WEB_SOCKET "\"}", test_state);
	refused(served, http, ERR_CONFIG, "SameSocket", "a folder of its own");
	snprintf(http, sizeof http, "{\"socket\": \"%s/op/s/t\"}", test_folder);
	refused(served, http, ERR_CONFIG, "NoFolder", "is not a folder");
	unlink(socket_path);
	unserve(served);
}

/* The folders above count, too, since whoever can write to one of them can replace the folder. */
static void test_folders(void **state)
{
	char path[500], link[300], inner[300];
	struct err err = ERR_INIT;

	(void)state;
	make_folder(0777);
	snprintf(inner, sizeof inner, "%.200s/op/in", test_folder);
	assert_int_equal(mkdir(inner, 0755), 0);
	snprintf(path, sizeof path, "%s/s", inner);
	assert_int_equal(web_check_socket_folder(path, geteuid(), &err), -1);
	assert_string_equal(err.code, "UnsafeFolder");
	make_folder(01777); /* in a sticky folder nobody can move another user's files */
	assert_ok(web_check_socket_folder(path, geteuid(), &err));
	make_folder(0755);
	assert_ok(web_check_socket_folder(path, geteuid(), &err));
	/* For a link, the folder that it is in counts, and the folder that it leads to. */
	snprintf(link, sizeof link, "%.200s/op/link", test_folder);
	assert_int_equal(symlink(inner, link), 0);
	snprintf(path, sizeof path, "%s/s", link);
	assert_ok(web_check_socket_folder(path, geteuid(), &err));
	make_folder(0777);
	assert_int_equal(web_check_socket_folder(path, geteuid(), &err), -1);
	make_folder(0755);
	assert_int_equal(chmod(inner, 0777), 0);
	assert_int_equal(web_check_socket_folder(path, geteuid(), &err), -1);
	if (geteuid() == 0) {
		assert_int_equal(chmod(inner, 0755), 0);
		assert_int_equal(chown(inner, 61001, 61001), 0);
		assert_int_equal(web_check_socket_folder(path, 0, &err), -1);
		assert_has(err.message, "belongs to another user");
	}
	assert_int_equal(web_check_socket_folder("relative", 0, &err), -1);
	assert_int_equal(web_check_socket_folder("/", 0, &err), -1);
	assert_ok(web_check_socket_folder("/s", 0, &err));
}

/* --- reload --- */

static void configure(struct served *served, const char *http)
{
	struct err err = ERR_INIT;

	assert_ok(stub_configure(&served->stub, http, &err));
}

static void test_reload(void **state)
{
	const char *get = "GET /healthz HTTP/1.1\r\nHost: x\r\n" LAST, *more;
	struct served *served = serve("null");
	struct err err = ERR_INIT;
	gid_t gid = 0;

	(void)state;
	make_folder(0755);
	configure(served, with_socket(""));
	assert_ok(web_reload(served->web, &err));
	assert_int_equal(status_of(say_there(served, get)), 200);
	ino_t inode = served->web->operators->inode;
	/* The same socket with a group, and without. */
	more = some_group(&gid);
	if (more != NULL) {
		configure(served, with_socket(more));
		assert_ok(web_reload(served->web, &err));
		assert_int_equal(mode_of(socket_path), 0660);
		assert_int_equal(gid_of(socket_path), gid);
		configure(served, with_socket(", \"socket_group\": \"no-such-group-here\""));
		assert_int_equal(web_reload(served->web, &err), -1);
		assert_string_equal(err.code, "NoGroup");
		assert_int_equal(mode_of(socket_path), 0660);
		configure(served, with_socket(""));
		assert_ok(web_reload(served->web, &err));
		assert_int_equal(mode_of(socket_path), 0600);
	}
	assert_int_equal(served->web->operators->inode, inode);
	/* A socket that somebody removed is made anew. */
	unlink(socket_path);
	assert_ok(web_reload(served->web, &err));
	assert_int_equal(status_of(say_there(served, get)), 200);
	/* When the new socket or the new listener can't be made, the old socket stays. */
	configure(served, "{\"socket\": \"/nowhere/at/all\"}");
	assert_int_equal(web_reload(served->web, &err), -1);
	assert_int_equal(status_of(say_there(served, get)), 200);
	configure(served, "{\"listen\": \"127.0.0.1:0\", \"socket\": \"/nowhere/at/all\"}");
	assert_int_equal(web_reload(served->web, &err), -1);
	assert_null(served->web->tcp);
	configure(served, "null");
	assert_ok(web_reload(served->web, &err));
	assert_null(served->web->operators);
	assert_int_equal(mode_of(socket_path), 0);
	unserve(served);
}

/* --- identities and limits --- */

/* Identifies a caller with this user id as the socket's peer, which a test can't be. */
static int asked_by(struct served *served, uid_t uid, struct exchange *exchange)
{
	struct connection connection = { .web = served->web, .way = WEB_OPERATORS, .uid = uid };

	*exchange =
		(struct exchange){ .web = served->web, .connection = &connection, .way = WEB_OPERATORS };
	snprintf(exchange->source, sizeof exchange->source, "uid:%lu", (unsigned long)uid);
	return caller_identify(exchange);
}

static void test_identities(void **state)
{
	struct served *served = serve("null");
	struct exchange exchange;

	(void)state;
	assert_int_equal(asked_by(served, 61001, &exchange), 0);
	assert_string_equal(exchange.person.name, "Ada");
	assert_int_equal(exchange.role, API_ADMIN);
	/* After many failures an unknown user is not looked up any more; other users are not
	 * affected. */
	for (int i = 0; i < WEB_FAILURES_PER_MINUTE; i++) {
		assert_int_equal(asked_by(served, 61999, &exchange), -1);
		assert_int_equal(exchange.refusal.status, 403);
		assert_string_equal(exchange.person.name, "");
	}
	assert_int_equal(asked_by(served, 61999, &exchange), -1);
	assert_int_equal(exchange.refusal.status, 429);
	assert_string_equal(exchange.refusal.code, "TooManyFailures");
	assert_int_equal(asked_by(served, 61001, &exchange), 0);
	unserve(served);
}

static void test_connections(void **state)
{
	struct served *served = serve("null");
	struct web *web = served->web;
	const struct listener operators = { .web = web, .way = WEB_OPERATORS };
	static struct connection others[WEB_MAX_OF_USER];

	(void)state;
	for (int i = 0; i < WEB_MAX_OF_USER; i++)
		others[i] = (struct connection){
			.next = i > 0 ? &others[i - 1] : NULL, .way = WEB_OPERATORS, .uid = 1000
		};
	web->connections = &others[WEB_MAX_OF_USER - 1];
	assert_false(connections_allow(web, &operators, NULL, 1000));
	assert_true(connections_allow(web, &operators, NULL, 1001));
	assert_true(connections_allow(web, web->control, NULL, 1000));
	others[3].way = WEB_CONTROL;
	assert_true(connections_allow(web, &operators, NULL, 1000));
	web->connections = NULL;
	web->connected[WEB_OPERATORS] = WEB_MAX_OPERATORS_CONNECTIONS;
	assert_false(connections_allow(web, &operators, NULL, 1001));
	assert_true(connections_allow(web, web->control, NULL, 0));
	web->connected[WEB_OPERATORS] = 0;
	unserve(served);
}

static void test_connections_of_a_person(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	struct web *web = served->web;
	static struct connection others[WEB_MAX_OF_PERSON];

	(void)state;
	for (int i = 0; i < WEB_MAX_OF_PERSON; i++) {
		others[i] = (struct connection){ .next = i > 0 ? &others[i - 1] : NULL, .known = true };
		snprintf(others[i].person, sizeof others[i].person, "Vic");
	}
	web->connections = &others[WEB_MAX_OF_PERSON - 1];
	others[WEB_MAX_OF_PERSON - 1].previous = NULL;
	ask(served, "GET /things", VIEWER, NULL, 429, "TooManyConnections");
	ask(served, "GET /things", ADMIN, NULL, 200, "");
	snprintf(others[0].person, sizeof others[0].person, "Rae");
	ask(served, "GET /things", VIEWER, NULL, 200, "");
	web->connections = NULL;
	unserve(served);
}

static void test_running(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	struct web *web = served->web;
	static struct exchange others[WEB_MAX_RUNNING_OF_PERSON];

	(void)state;
	for (int i = 0; i < WEB_MAX_RUNNING_OF_PERSON; i++) {
		others[i] = (struct exchange){ .next = i > 0 ? &others[i - 1] : NULL, .web = web };
		snprintf(others[i].person.name, sizeof others[i].person.name, "Vic");
	}
	web->running = &others[WEB_MAX_RUNNING_OF_PERSON - 1];
	ask(served, "GET /things", VIEWER, NULL, 429, "TooManyAtOnce");
	ask(served, "GET /things", ADMIN, NULL, 200, "");
	web->running_count = WEB_MAX_RUNNING;
	ask(served, "GET /things", ADMIN, NULL, 503, "Busy");
	/* The control socket goes on. */
	expect(served, true, "GET /things HTTP/1.1\r\nHost: x\r\n" LAST, 200, "");
	web->running = NULL;
	web->running_count = 0;
	unserve(served);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_made_and_removed),
		store_test(test_group),
		store_test(test_refused),
		store_test(test_folders),
		store_test(test_reload),
		store_test(test_identities),
		store_test(test_connections),
		store_test(test_connections_of_a_person),
		store_test(test_running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
