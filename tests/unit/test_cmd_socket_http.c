/* The client of the control socket, and the document of the API. */
#include "cmd/socket_http.h"
#include "test_web_server_help.h"
#include "web/api/openapi.h"
#include "web/api/table.h"
#include "web/web.h"

struct asking {
	struct served *served;
	const char *method, *path;
	const json_t *body;
	json_t *answer;
	struct err err;
	int result;
	struct fiber_ticket waiter;
};

static const char *control_socket(void)
{
	static char path[400];

	snprintf(path, sizeof path, "%s/" WEB_SOCKET, test_state);
	return path;
}

static void asked(void *argument)
{
	fiber_wake(((struct asking *)argument)->waiter, 0);
}

/* The client has a loop of its own in a thread of its own, since fibers find their loop by their
 * thread. */
static void *ask_run(void *argument)
{
	struct asking *asking = argument;

	asking->result = socket_http_ask(control_socket(), asking->method, asking->path, asking->body,
		&asking->answer, &asking->err);
	loop_post_from_thread(asking->served->loop, asked, asking);
	return NULL;
}

static MAY_YIELD void ask_there(void *argument)
{
	struct asking *asking = argument;
	pthread_t thread;

	asking->waiter = fiber_ticket();
	if (pthread_create(&thread, NULL, ask_run, asking) != 0)
		abort();
	(void)!fiber_wait(FIBER_FOREVER);
	pthread_join(thread, NULL);
}

static const struct asking *ask_beside(struct served *served, const char *method, const char *path,
	const json_t *body)
{
	static struct asking asking;
	struct err err = ERR_INIT;

	json_decref(asking.answer);
	asking = (struct asking){ .served = served, .method = method, .path = path, .body = body };
	assert_ok(fiber_spawn(served->loop, "asking", ask_there, &asking, &err));
	loop_run(served->loop);
	return &asking;
}

static void refused_as(const struct asking *asking, enum err_kind kind, const char *code,
	int status, const char *part)
{
	assert_int_equal(asking->result, -1);
	assert_null(asking->answer);
	if (!err_is(&asking->err, kind, code))
		print_unexpected(&asking->err);
	assert_true(err_is(&asking->err, kind, code));
	assert_int_equal(asking->err.http_status, status);
	assert_has(asking->err.message, part);
}

static void test_ask(void **state)
{
	struct served *served = serve("null");
	CLEANUP_JSON json_t *body = json_pack("{s:s}", "name", "n");
	const struct asking *asking = ask_beside(served, "POST", "/things", body);

	(void)state;
	assert_int_equal(asking->result, 0);
	assert_string_equal(json_get_string(json_object_get(asking->answer, "body"), "name"), "n");
	asking = ask_beside(served, "GET", "/healthz", NULL);
	assert_int_equal(asking->result, 0);
	assert_string_equal(json_string_value(asking->answer), "ok\n");
	assert_int_equal(ask_beside(served, "DELETE", "/things/1", NULL)->result, 0);
	refused_as(ask_beside(served, "GET", "/things/missing", NULL), ERR_USAGE, "NotFound", 404,
		"there is no thing missing");
	refused_as(ask_beside(served, "POST", "/fail/limit", NULL), ERR_LIMIT, "Conflict", 409,
		"it failed as");
	refused_as(ask_beside(served, "POST", "/fail/store", NULL), ERR_BUSY, "StoreFailed", 503,
		"it failed as");
	refused_as(ask_beside(served, "POST", "/fail/aws", NULL), ERR_SYSTEM, "AccessDenied", 500,
		"it failed as");
	refused_as(ask_beside(served, "POST", "/things", NULL), ERR_USAGE, "MissingName", 400, "name");
	served->web->own_uid = 61999;
	if (geteuid() != 0)
		refused_as(ask_beside(served, "GET", "/things", NULL), ERR_CONFIG, "UnknownPerson", 403,
			"nobody");
	json_decref(asking->answer);
	unserve(served);
}

static void test_nobody_answers(void **state)
{
	struct served *served = serve("null");

	(void)state;
	web_free(served->web);
	served->web = NULL;
	refused_as(ask_beside(served, "GET", "/things", NULL), ERR_NETWORK, "NoDaemon", 0, WEB_SOCKET);
	/* A socket that nobody listens on any more. */
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%.90s/" WEB_SOCKET, test_state);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	refused_as(ask_beside(served, "GET", "/things", NULL), ERR_NETWORK, "NoDaemon", 0, WEB_SOCKET);
	unserve(served);
}

/* Sends an answer that reeve never sends: a status line without a reason, and a body that isn't
 * JSON. */
static void *answer_once(void *argument)
{
	static const char *const answers[] = {
		"HTTP/1.1 500 X\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}",
		"HTTP/1.1 200 X\r\nContent-Length: 1\r\nContent-Type: application/json\r\n\r\n{",
		"HTTP/1.1 400 X\r\nContent-Length: 2\r\n\r\nno",
	};
	char bytes[4096];

	for (size_t i = 0; i < ARRAY_LENGTH(answers); i++) {
		int fd = accept(*(int *)argument, NULL, NULL);

		if (recv(fd, bytes, sizeof bytes, 0) > 0)
			(void)!send(fd, answers[i], strlen(answers[i]), MSG_NOSIGNAL);
		close(fd);
	}
	return NULL;
}

static void test_bad_answers(void **state)
{
	struct served *served = serve("null");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pthread_t thread;

	(void)state;
	web_free(served->web);
	served->web = NULL;
	snprintf(address.sun_path, sizeof address.sun_path, "%.90s/" WEB_SOCKET, test_state);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(pthread_create(&thread, NULL, answer_once, &fd), 0);
	refused_as(ask_beside(served, "GET", "/things", NULL), ERR_PROTOCOL, "BadAnswer", 500,
		"answered with status 500 and without a message");
	assert_int_equal(ask_beside(served, "GET", "/things", NULL)->result, -1);
	refused_as(ask_beside(served, "GET", "/things", NULL), ERR_PROTOCOL, "BadAnswer", 400,
		"answered with status 400 and without a message");
	pthread_join(thread, NULL);
	close(fd);
	unserve(served);
}

/* --- the document --- */

/* Checks that each "$ref" names a part of the document that exists. */
static void check_references(const json_t *document, const json_t *value, int depth)
{
	const char *key;
	json_t *inner;
	size_t index;

	assert_true(depth < 32);
	json_object_foreach((json_t *)value, key, inner) {
		if (strcmp(key, "$ref") == 0) {
			char part[3][64] = { "", "", "" };

			assert_int_equal(sscanf(json_string_value(inner), "#/%63[^/]/%63[^/]/%63s", part[0],
								 part[1], part[2]),
				3);
			assert_non_null(json_object_get(
				json_object_get(json_object_get(document, part[0]), part[1]), part[2]));
		}
		check_references(document, inner, depth + 1);
	}
	json_array_foreach(value, index, inner)
		check_references(document, inner, depth + 1);
}

static const json_t *at(const json_t *value, const char *const *path)
{
	for (; *path != NULL; path++)
		value = json_object_get(value, *path);
	assert_non_null(value);
	return value;
}
#define AT(value, ...) at((value), (const char *const[]){ __VA_ARGS__, NULL })

static void test_document(void **state)
{
	struct routes *routes = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(routes_new(stub_routes, &routes, &err));
	CLEANUP_JSON json_t *document = openapi_document(routes);
	routes_free(routes);
	assert_string_equal(json_string_value(AT(document, "openapi")), "3.1.0");
	check_references(document, document, 0);
	const json_t *add = AT(document, "paths", "/things", "post");
	assert_string_equal(json_string_value(AT(add, "operationId")), "addThing");
	assert_string_equal(json_string_value(AT(add, "x-role")), "responder");
	assert_int_equal(json_array_size(AT(add, "security")), 1);
	assert_true(json_is_true(AT(add, "requestBody", "required")));
	const json_t *schema = AT(add, "requestBody", "content", "application/json", "schema");
	assert_true(json_is_false(AT(schema, "additionalProperties")));
	assert_string_equal(json_string_value(AT(schema, "properties", "name", "description")),
		"a name");
	assert_int_equal(json_array_size(AT(schema, "required")), 1);
	AT(add, "responses", "422");
	const json_t *get = AT(document, "paths", "/things/{id}", "get");
	assert_string_equal(json_get_string(json_array_get(AT(get, "parameters"), 0), "in"), "path");
	assert_null(json_object_get(AT(get, "responses"), "422"));
	assert_int_equal(json_array_size(AT(document, "paths", "/things", "get", "parameters")), 3);
	assert_int_equal(json_array_size(AT(document, "paths", "/healthz", "get", "security")), 0);
	AT(document, "paths", "/healthz", "get", "responses", "200", "content", "text/plain");
	AT(document, "paths", "/signals", "post", "requestBody");
	AT(document, "components", "securitySchemes", "bearer");
}

static void test_own_document(void **state)
{
	CLEANUP_JSON json_t *document = web_openapi();
	size_t operations = 0, rows = 0;
	const char *key;
	json_t *path;

	(void)state;
	check_references(document, document, 0);
	json_object_foreach(json_object_get(document, "paths"), key, path)
		operations += json_object_size(path);
	for (const struct api_route *row = api_routes; row->method != NULL; row++)
		rows++;
	assert_true(rows > 0);
	assert_int_equal(operations, rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_ask),
		store_test(test_nobody_answers),
		store_test(test_bad_answers),
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_own_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
