/*
 * Helpers for the tests of the API's handlers: a state folder with everything that a handler reads,
 * a host that remembers its calls, and calls by the route's id whose answers are checked against
 * the route's schema.
 */
#ifndef REEVE_TEST_WEB_API_HELP_H
#define REEVE_TEST_WEB_API_HELP_H

#include "test_approvals_help.h"

#include "audit/audit.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "baselines_help.h"
#include "engine/run.h"
#include "engine/work.h"
#include "guards/exceptions.h"
#include "guards/pause.h"
#include "guards/windows.h"
#include "ledger/journal.h"
#include "store/queue.h"
#include "store/read.h"
#include "web/api/host.h"
#include "web/api/table.h"
#include "web/http/request.h"

#define ACCOUNT_ONE "111122223333"
#define ACCOUNT_TWO "222233334444"
#define RUN_OLD "20261120T080000.000Z-00000001"
#define RUN_NEW "20261124T080000.000Z-00000002"

struct world {
	struct config *config;
	struct store *store;
	struct engine engine;
	struct web_host host;
	bool ready;
	/* Counts of the host's calls. */
	int works, follows, sweeps, scrapes, ingested;
	enum run_kind kind;
	size_t items;
	bool forced;
	char first_item[64], asked_by[PERSON_NAME_SIZE], body[256];
	/* How the host behaves. */
	const char *fails; /* the code with which it fails; NULL: it does not */
	enum err_kind fails_as;
	void (*during_work)(struct world *world, const struct work *work);
};

/* --- the host --- */

static inline const struct engine *world_engine(void *daemon)
{
	return &((struct world *)daemon)->engine;
}

static inline bool world_ready(void *daemon, const char **why)
{
	*why = "the first walk is not done";
	return ((struct world *)daemon)->ready;
}

static inline json_t *world_status(void *daemon)
{
	(void)daemon;
	return json_pack("{s:s, s:n}", "state", "ready", "queue");
}

static inline json_t *world_openapi(void)
{
	return json_pack("{s:s}", "openapi", "3.1.0");
}

static inline void world_refresh(void *daemon)
{
	((struct world *)daemon)->scrapes++;
}

static inline int world_fails(const struct world *world, struct err *err)
{
	return world->fails == NULL
		? 0
		: err_set(err, world->fails_as, world->fails, "the host was told to fail");
}

static inline int world_work(void *daemon, enum run_kind kind, struct work *work,
	const struct person *person, json_t **document, struct err *err)
{
	struct world *world = daemon;

	world->works++;
	world->kind = kind;
	world->items = work->count;
	world->forced = work->force;
	snprintf(world->first_item, sizeof world->first_item, "%s",
		work->first != NULL ? work->first->record.id : "");
	snprintf(world->asked_by, sizeof world->asked_by, "%s", person->name);
	if (world_fails(world, err) < 0)
		return -1;
	if (world->during_work != NULL)
		world->during_work(world, work);
	*document = json_pack("{s:{s:s, s:s}, s:{}, s:{s:i}, s:[]}", "run", "id", RUN_NEW, "kind",
		run_kind_name(kind), "organization", "cells", "total", 1, "findings");
	return 0;
}

static inline int world_ingest(void *daemon, const char *body, size_t length,
	const struct person *person, json_t **outcome, struct err *err)
{
	struct world *world = daemon;

	world->ingested++;
	snprintf(world->body, sizeof world->body, "%.*s", (int)length, body);
	snprintf(world->asked_by, sizeof world->asked_by, "%s", person->name);
	if (world_fails(world, err) < 0)
		return -1;
	*outcome = json_pack("{s:[{s:s, s:s, s:n}], s:b}", "signals", "identity", "i-1", "outcome",
		"ignored", "rule", "put_off", 0);
	return 0;
}

static inline int world_follow(void *daemon, struct err *err)
{
	struct world *world = daemon;

	world->follows++;
	if (world_fails(world, err) < 0)
		return -1;
	return exceptions_reload(world->engine.exceptions, world->config, world->store, err);
}

static inline int world_sweep(void *daemon, const struct person *person, struct err *err)
{
	struct world *world = daemon;

	world->sweeps++;
	snprintf(world->asked_by, sizeof world->asked_by, "%s", person->name);
	return world_fails(world, err);
}

/* --- the folder --- */

/* `more` are further sections of the configuration, each with a comma before it. */
static inline void world_open(struct world *world, const char *more, struct loop *loop)
{
	struct err err = ERR_INIT;
	CLEANUP_FREE char *text =
		xasprintf("{\"organization\": {\"home_region\": \"eu-west-1\"}, %s%s}", PEOPLE, more);

	*world = (struct world){ .ready = true, .fails_as = ERR_LIMIT };
	assert_ok(config_parse(text, strlen(text), "reeve.json", all_catalogue(), &world->config,
		&err));
	world->store = open_writer(loop);
	world->engine = (struct engine){ .loop = loop, .store = world->store, .config = world->config };
	assert_ok(audit_open(world->store, test_state, NULL, &world->engine.audit, &err));
	assert_ok(windows_new(world->config, &world->engine.windows, &err));
	assert_ok(exceptions_load(world->config, world->store, &world->engine.exceptions, &err));
	world->engine.pause = pause_new(test_state, world->store);
	world->engine.approvals = approvals_new(world->store);
	world->host = (struct web_host){ .daemon = world,
		.engine = world_engine,
		.state_folder = test_state,
		.ready = world_ready,
		.status = world_status,
		.refresh_metrics = world_refresh,
		.do_work = world_work,
		.ingest = world_ingest,
		.exceptions_changed = world_follow,
		.sweep_now = world_sweep,
		.openapi = world_openapi };
}

static inline void world_close(struct world *world)
{
	struct err err = ERR_INIT;

	assert_ok(audit_close(world->engine.audit, &err));
	approvals_free(world->engine.approvals);
	exceptions_free(world->engine.exceptions);
	pause_free(world->engine.pause);
	windows_free(world->engine.windows);
	close_store(world->store);
	config_free(world->config);
}

static inline void put_json(struct world *world, enum store_database database, struct store_key key,
	json_t *value)
{
	struct err err = ERR_INIT;

	assert_non_null(value);
	assert_ok(store_put_json(world->store, database, &key, value, &err));
	json_decref(value);
}

/* --- schemas: the part of JSON Schema that the table uses --- */

static inline bool is_type(const json_t *value, const char *type)
{
	return (strcmp(type, "object") == 0 && json_is_object(value)) ||
		(strcmp(type, "array") == 0 && json_is_array(value)) ||
		(strcmp(type, "string") == 0 && json_is_string(value)) ||
		(strcmp(type, "integer") == 0 && json_is_integer(value)) ||
		(strcmp(type, "boolean") == 0 && json_is_boolean(value)) ||
		(strcmp(type, "null") == 0 && json_is_null(value));
}

static inline bool has_type(const json_t *value, const json_t *type)
{
	size_t index;
	json_t *one;

	if (type == NULL || (json_is_string(type) && is_type(value, json_string_value(type))))
		return true;
	json_array_foreach((json_t *)type, index, one)
		if (is_type(value, json_string_value(one)))
			return true;
	return false;
}

static inline void assert_fits(const json_t *value, const json_t *schema, const char *where)
{
	const json_t *names = json_object_get(schema, "enum"),
				 *items = json_object_get(schema, "items");
	char place[256];
	size_t index;
	const char *key;
	json_t *part;
	bool named = names == NULL;

	if (!has_type(value, json_object_get(schema, "type")))
		fail_msg("the type of %s differs from its schema", where);
	json_array_foreach((json_t *)names, index, part)
		named = named || json_equal(part, value);
	if (!named)
		fail_msg("the value of %s is not among its schema's", where);
	if (json_is_object(value))
		json_array_foreach(json_object_get(schema, "required"), index, part)
			if (json_object_get(value, json_string_value(part)) == NULL)
				fail_msg("%s lacks %s", where, json_string_value(part));
	json_object_foreach(json_object_get(schema, "properties"), key, part) {
		snprintf(place, sizeof place, "%.128s/%.100s", where, key);
		if (json_object_get(value, key) != NULL)
			assert_fits(json_object_get(value, key), part, place);
	}
	if (items != NULL && json_is_array(value))
		json_array_foreach((json_t *)value, index, part)
			assert_fits(part, items, where);
}

/* --- calls --- */

static inline const struct api_route *route_of(const char *id)
{
	for (const struct api_route *route = api_routes; route->method != NULL; route++)
		if (strcmp(route->id, id) == 0)
			return route;
	fail_msg("there is no route %s", id);
	return NULL;
}

struct call {
	const char *parameter;    /* of the path */
	const char *query, *body; /* JSON as text; NULL: none */
	const char *person;       /* NULL: Ann */
	enum api_role role;       /* API_PUBLIC: the route's own */
	const char *text;         /* sent instead of body, as it is */
};

/* The result of a call: the answer, or the error. */
struct reply {
	int status;
	json_t *json;
	char text[4096];
	struct err err;
};

static inline void reply_release(struct reply *reply)
{
	json_decref(reply->json);
}
#define CLEANUP_REPLY __attribute__((cleanup(reply_release)))

static inline struct reply call_route(struct world *world, const char *id, struct call call)
{
	const struct api_route *route = route_of(id);
	CLEANUP_JSON json_t *query = json_loads(call.query != NULL ? call.query : "{}", 0, NULL);
	CLEANUP_JSON json_t *body = call.body != NULL ? json_loads(call.body, 0, NULL) : NULL;
	struct person person = person_of(call.person != NULL ? call.person : "Ann", "API token ");
	struct api_request request = { .host = &world->host,
		.person = route->role == API_PUBLIC ? NULL : &person,
		.role = call.role != API_PUBLIC ? call.role : route->role,
		.parameters = { call.parameter },
		.query = query,
		.body = body,
		.text = call.text,
		.text_length = call.text != NULL ? strlen(call.text) : 0 };
	struct api_response response = { .status = route->status != 0 ? route->status : 200 };
	struct reply reply = { .status = 0 };

	assert_non_null(query);
	assert_true(call.body == NULL || body != NULL);
	buf_init(&response.text, 1 << 20);
	if (route->handle(&request, &response, &reply.err) == 0) {
		reply.status = response.status;
		assert_int_equal(reply.err.kind, ERR_NONE);
	} else {
		assert_int_not_equal(reply.err.kind, ERR_NONE);
		assert_null(response.json);
	}
	snprintf(reply.text, sizeof reply.text, "%s", response.text.data);
	buf_release(&response.text);
	reply.json = response.json;
	if (reply.status >= 200 && reply.status < 300 && route->answer != NULL) {
		CLEANUP_JSON json_t *schema = json_loads(route->answer, 0, NULL);

		assert_fits(reply.json, schema, id);
	}
	return reply;
}

/* Returns the code of the error with which the call fails; "" when it succeeds. */
static inline const char *failure_of(struct world *world, const char *id, struct call call)
{
	static char code[96];
	CLEANUP_REPLY struct reply reply = call_route(world, id, call);

	snprintf(code, sizeof code, "%s", reply.err.code);
	return code;
}

static inline const json_t *list_of(const struct reply *reply, const char *name)
{
	const json_t *list = json_object_get(reply->json, name);

	if (reply->err.kind != ERR_NONE)
		print_unexpected(&reply->err);
	assert_true(json_is_array(list));
	return list;
}

/* Returns every item of every page by following `next`, with at most `limit` on each page. `query`
 * is an object as text. */
static inline json_t *all_pages(struct world *world, const char *id, const char *name,
	const char *query, int limit, int *pages)
{
	json_t *all = json_array();
	CLEANUP_JSON json_t *parameters = json_loads(query, 0, NULL);

	assert_non_null(parameters);
	json_object_set_new(parameters, "limit", json_integer(limit));
	for (*pages = 1; *pages < 1000; ++*pages) {
		CLEANUP_FREE char *text = json_to_text(parameters);
		CLEANUP_REPLY struct reply reply = call_route(world, id, (struct call){ .query = text });

		assert_true((int)json_array_size(list_of(&reply, name)) <= limit);
		json_array_extend(all, (json_t *)list_of(&reply, name));
		if (!json_is_string(json_object_get(reply.json, "next")))
			return all;
		json_object_set(parameters, "after", json_object_get(reply.json, "next"));
	}
	fail_msg("the pages of %s don't end", id);
	return all;
}

/* Counts the entries of the audit log on disk that have that action and outcome (NULL: any). */
struct audited {
	const char *action, *outcome, *actor;
	int count;
};

static inline int count_audited(void *argument, const struct store_key *key, const json_t *entry)
{
	struct audited *audited = argument;

	(void)key;
	audited->count += strcmp(json_get_string_or(entry, "action", ""), audited->action) == 0 &&
		(audited->outcome == NULL ||
			strcmp(json_get_string_or(entry, "outcome", ""), audited->outcome) == 0) &&
		(audited->actor == NULL ||
			strcmp(json_get_string_or(entry, "actor", ""), audited->actor) == 0);
	return 0;
}

static inline int audited(struct world *world, const char *action, const char *outcome,
	const char *actor)
{
	struct audited audited = { action, outcome, actor, 0 };
	struct err err = ERR_INIT;

	assert_ok(store_flush(world->store, &err));
	assert_ok(store_each_json(world->store, STORE_AUDIT, NULL, count_audited, &audited, &err));
	return audited.count;
}

#endif
