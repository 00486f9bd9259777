/*
 * A host and a small table of routes for tests of the server: a state folder with a store and an
 * audit log, and handlers that echo, fail in every way, wait, or answer much. Used by the unit
 * tests, the fuzz target and tests/interop/web_driver.c.
 */
#ifndef REEVE_TEST_WEB_SERVER_STUB_H
#define REEVE_TEST_WEB_SERVER_STUB_H

#include "audit/audit.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "baselines_help.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "store/store.h"
#include "web/http/routes.h"
#include "web/server/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* People, and the SHA-256 of their tokens: "viewer-token", "responder-token", "admin-token" and
 * "ingest-token". */
#define STUB_PEOPLE \
	"\"people\": [" \
	"{\"name\": \"Vic\", \"role\": \"viewer\", \"tokens\": " \
	"[\"d036bd6d01a1cae081d39a2f8dab751dc042de814fd60df31fcb553170950f29\"]}, " \
	"{\"name\": \"Rae\", \"tokens\": " \
	"[\"88c5c796ff61b59ca7e3b99bbbecbad76034cefd6e9bf4135349e437a78ed242\"]}, " \
	"{\"name\": \"Ada\", \"role\": \"admin\", \"system_users\": [\"uid:61001\"], \"tokens\": " \
	"[\"10a4c7c9fc5206d6f36dc6944a81bb6f4a3cb0e25014ae3b12e6c3e52712292a\"]}, " \
	"{\"name\": \"Ingo\", \"role\": \"ingest\", \"tokens\": " \
	"[\"d6d21e6d4a9c969670e67b5ea4b746242a23ad9ec2e8eb78c8d36f577f00581e\"]}]"

struct stub {
	struct loop *loop;
	struct config *config;
	struct store *store; /* NULL: nothing is recorded */
	struct audit *audit;
	struct web_process process;
	int handled; /* requests that reached a handler */
	bool go_on;  /* lets the waiting handlers go on */
};

static struct stub *stub_running; /* for the handlers, which have no argument of their own */

static inline const struct config *stub_config(void *context)
{
	return ((struct stub *)context)->config;
}

static inline struct audit *stub_audit(void *context)
{
	return ((struct stub *)context)->audit;
}

/* --- handlers --- */

static inline int stub_text(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	(void)request, (void)err;
	stub_running->handled++;
	buf_add_string(&response->text, "ok\n");
	return 0;
}

static inline int stub_metrics(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	(void)request, (void)err;
	metrics_add_text(&response->text);
	return 0;
}

static inline int stub_echo(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	stub_running->handled++;
	if (request->parameters[0] != NULL && strcmp(request->parameters[0], "missing") == 0)
		return err_set(err, ERR_USAGE, "NotFound", "there is no thing %s", request->parameters[0]);
	response->json = json_pack("{s:s?, s:s, s:s?, s:O, s:O?, s:i, s:i}", "person",
		request->person != NULL ? request->person->name : NULL, "role",
		api_role_name(request->role), "id", request->parameters[0], "query", request->query, "body",
		request->body, "length", (int)request->text_length, "count", stub_running->handled);
	return 0;
}

/* Fails in the way that the path's parameter names. */
static inline int stub_fail(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	static const struct {
		const char *how, *code;
		enum err_kind kind;
	} ways[] = {
		{ "usage", "BadThing", ERR_USAGE },
		{ "limit", "Conflict", ERR_LIMIT },
		{ "many", "TooMany", ERR_LIMIT },
		{ "store", "StoreFailed", ERR_STORE },
		{ "aws", "AccessDenied", ERR_AWS },
		{ "cancelled", "Cancelled", ERR_CANCELLED },
	};

	(void)response;
	stub_running->handled++;
	for (size_t i = 0; i < ARRAY_LENGTH(ways); i++)
		if (strcmp(request->parameters[0], ways[i].how) == 0)
			return err_set(err, ways[i].kind, ways[i].code, "it failed as \"%s\"", ways[i].how);
	return -1;
}

static MAY_YIELD inline int stub_wait(const struct api_request *request,
	struct api_response *response, struct err *err)
{
	stub_running->handled++;
	while (!stub_running->go_on)
		if (fiber_sleep(5) < 0)
			return err_set(err, ERR_CANCELLED, "Cancelled", "the process is stopping");
	response->json = json_pack("{s:s}", "id", request->parameters[0]);
	return 0;
}

static inline int stub_big(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	long bytes = atol(json_get_string_or(request->query, "bytes", "0"));

	(void)err;
	for (; bytes > 0; bytes -= 16)
		buf_add_string(&response->text, "0123456789abcde\n");
	return 0;
}

static inline int stub_nothing(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	(void)request;
	/* An error that the handler has dealt with must not become the answer. */
	err_set(err, ERR_SYSTEM, "Dealt", "this was dealt with");
	response->status = 204;
	return 0;
}

static const struct api_field stub_query[] = {
	{ "name", "{\"type\": \"string\", \"maxLength\": 20}", false, "a name" },
	{ "limit", "{\"type\": \"integer\", \"minimum\": 1, \"maximum\": 100}", false, "how many" },
	{ "all", "{\"type\": \"boolean\"}", false, "all of them" },
	{ .name = NULL },
};

static const struct api_field stub_body[] = {
	{ "name", "{\"type\": \"string\", \"minLength\": 1, \"maxLength\": 20}", true, "a name" },
	{ "count", "{\"type\": [\"integer\", \"null\"], \"minimum\": 0, \"maximum\": 10}", false,
		"how many" },
	{ "tags", "{\"type\": \"array\", \"maxItems\": 3, \"items\": {\"type\": \"string\"}}", false,
		"tags" },
	{ "kind", "{\"type\": \"string\", \"enum\": [\"a\", \"b\"]}", false, "the kind" },
	{ .name = NULL },
};

static const struct api_field stub_big_query[] = {
	{ "bytes", "{\"type\": \"integer\", \"minimum\": 0}", true, "how many" }, { .name = NULL }
};

static const struct api_route stub_routes[] = {
	{ .method = "GET",
		.path = "/healthz",
		.id = "getHealth",
		.role = API_PUBLIC,
		.summary = "Whether it answers",
		.handle = stub_text },
	{ .method = "GET",
		.path = "/metrics",
		.id = "getMetrics",
		.role = API_VIEWER,
		.summary = "Metrics",
		.handle = stub_metrics },
	{ .method = "GET",
		.path = "/things",
		.id = "listThings",
		.role = API_VIEWER,
		.summary = "Things",
		.query = stub_query,
		.answer = "{\"type\": \"object\"}",
		.handle = stub_echo },
	{ .method = "POST",
		.path = "/things",
		.id = "addThing",
		.role = API_RESPONDER,
		.summary = "Adds a thing",
		.body = stub_body,
		.answer = "{\"type\": \"object\"}",
		.handle = stub_echo },
	{ .method = "GET",
		.path = "/things/{id}",
		.id = "getThing",
		.role = API_VIEWER,
		.summary = "A thing",
		.answer = "{\"type\": \"object\"}",
		.handle = stub_echo },
	{ .method = "GET",
		.path = "/things/all",
		.id = "allThings",
		.role = API_VIEWER,
		.summary = "All things",
		.handle = stub_text },
	{ .method = "DELETE",
		.path = "/things/{id}",
		.id = "dropThing",
		.role = API_ADMIN,
		.summary = "Drops a thing",
		.answer = "{\"type\": \"object\"}",
		.handle = stub_echo },
	{ .method = "POST",
		.path = "/things/{id}/wait",
		.id = "waitThing",
		.role = API_RESPONDER,
		.summary = "Waits",
		.answer = "{\"type\": \"object\"}",
		.handle = stub_wait },
	{ .method = "POST",
		.path = "/fail/{how}",
		.id = "fail",
		.role = API_RESPONDER,
		.summary = "Fails",
		.handle = stub_fail },
	{ .method = "POST",
		.path = "/nothing",
		.id = "nothing",
		.role = API_RESPONDER,
		.summary = "Answers nothing",
		.handle = stub_nothing },
	{ .method = "POST",
		.path = "/signals",
		.id = "putSignals",
		.role = API_INGEST,
		.summary = "Takes signals",
		.any_body = true,
		.answer = "{\"type\": \"object\"}",
		.handle = stub_echo },
	{ .method = "GET",
		.path = "/big",
		.id = "getBig",
		.role = API_VIEWER,
		.summary = "Much",
		.query = stub_big_query,
		.handle = stub_big },
	{ .method = NULL },
};

/* --- the host --- */

static inline int stub_configure(struct stub *stub, const char *http, struct err *err)
{
	CLEANUP_FREE char *text =
		xasprintf("{\"organization\": {\"home_region\": \"eu-west-1\"}, %s, \"http\": %s}",
			STUB_PEOPLE, http);

	config_free(stub->config);
	stub->config = NULL;
	if (config_parse(text, strlen(text), "reeve.json", all_catalogue(), &stub->config, err) < 0)
		return -1;
	return 0;
}

/* Opens the store and the audit log when `records` is true. The folder is borrowed. */
static inline int stub_open(struct stub *stub, struct loop *loop, const char *folder,
	const char *http, bool records, struct err *err)
{
	const struct store_options options = { .mode = STORE_WRITE, .holder = "test" };

	*stub = (struct stub){ .loop = loop };
	stub->process = (struct web_process){
		.context = stub, .config = stub_config, .audit = stub_audit, .state_folder = folder
	};
	stub_running = stub;
	if (stub_configure(stub, http, err) < 0)
		return -1;
	if (!records)
		return 0;
	if (store_open(folder, &options, loop, &stub->store, err) < 0)
		return -1;
	return audit_open(stub->store, folder, NULL, &stub->audit, err);
}

static inline int stub_close(struct stub *stub, struct err *err)
{
	int result = stub->audit != NULL ? audit_close(stub->audit, err) : 0;

	if (stub->store != NULL && store_close(stub->store, result == 0 ? err : NULL) < 0)
		result = -1;
	config_free(stub->config);
	return result;
}

#endif
