/* One request. Its checks run in the order in which an unauthenticated caller learns least. */
#include "web/server/exchange.h"

#include "base/json_read.h"
#include "web/http/head.h"
#include "web/http/routes.h"
#include "web/server/answer.h"
#include "web/server/caller.h"
#include "web/server/connection.h"
#include "web/server/exchange_run.h"
#include "web/server/internal.h"

#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"

#include <strings.h>

/* --- life --- */

struct exchange *exchange_new(struct connection *connection)
{
	struct exchange *exchange = xcalloc(1, sizeof *exchange);

	exchange->web = connection->web;
	exchange->connection = connection;
	exchange->way = connection->way;
	exchange->is_tls = connection->is_tls;
	snprintf(exchange->address, sizeof exchange->address, "%s", connection->address);
	snprintf(exchange->source, sizeof exchange->source, "%s", connection->source);
	buf_init(&exchange->body, WEB_MAX_SIGNALS);
	buf_init(&exchange->response.text, WEB_MAX_ANSWER);
	exchange->web->holds++;
	return exchange;
}

static void join_running(struct exchange *exchange)
{
	struct web *web = exchange->web;

	exchange->running = true;
	exchange->next = web->running;
	if (web->running != NULL)
		web->running->previous = exchange;
	web->running = exchange;
	web->running_count++;
}

static void leave_running(struct exchange *exchange)
{
	struct web *web = exchange->web;

	if (!exchange->running)
		return;
	if (exchange->previous != NULL)
		exchange->previous->next = exchange->next;
	else
		web->running = exchange->next;
	if (exchange->next != NULL)
		exchange->next->previous = exchange->previous;
	web->running_count--;
}

void exchange_free(struct exchange *exchange)
{
	struct web *web = exchange->web;

	leave_running(exchange);
	head_release(&exchange->head);
	target_release(&exchange->target);
	buf_release(&exchange->body);
	json_decref(exchange->json);
	json_decref(exchange->response.json);
	buf_release(&exchange->response.text);
	free(exchange);
	web_unhold(web);
}

bool exchange_mutates(const struct exchange *exchange)
{
	const char *method = exchange->head.method;

	return method != NULL && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
		strcmp(method, "OPTIONS") != 0;
}

static const char *exchange_route_id(const struct exchange *exchange)
{
	return exchange->route != NULL ? exchange->route->row->id : "none";
}

/* --- checks of the head --- */

/* Identifies the caller before it refuses a path, so that an unauthenticated caller can't learn
 * which paths exist. */
static int check_route(struct exchange *exchange)
{
	CLEANUP_BUF struct buf allow = BUF_INIT(sizeof exchange->allow);
	enum route_match match = routes_find(exchange->web->routes, exchange->head.method,
		&exchange->target, &exchange->route, exchange->parameters, &allow);

	if (match == ROUTE_FOUND && exchange->route->row->role == API_PUBLIC)
		return 0;
	if (caller_identify(exchange) < 0)
		return -1;
	if (match == ROUTE_NO_PATH)
		return refuse(&exchange->refusal, 404, "NoSuchPath",
			"there is no such path; /openapi.json lists all paths");
	if (match == ROUTE_NO_METHOD) {
		snprintf(exchange->allow, sizeof exchange->allow, "%s", allow.data);
		return refuse(&exchange->refusal, 405, "NoSuchMethod",
			"this path does not take the method %s; it takes %s", exchange->head.method,
			allow.data);
	}
	if (!role_allows(exchange->role, exchange->route->row->role))
		return refuse(&exchange->refusal, 403, "RoleTooLow",
			"%s has the role %s; this operation requires the role %s", exchange->person.name,
			api_role_name(exchange->role), api_role_name(exchange->route->row->role));
	return 0;
}

/* Counts the request against its person's limit, except on the control socket, whose users could
 * stop the process anyway. */
static int check_rate(struct exchange *exchange)
{
	int64_t now_us = clock_monotonic_us(), most = exchange->web->settings.requests_per_minute;
	struct meter *requests = exchange->web->requests;

	if (exchange->person.name[0] == '\0' || exchange->way == WEB_CONTROL)
		return 0;
	if (meter_is_spent(requests, exchange->person.name, most, now_us, &exchange->retry_after_s))
		return refuse(&exchange->refusal, 429, "TooManyRequests",
			"%s has made %lld requests within a minute, which is the most allowed "
			"(http.requests_per_minute)",
			exchange->person.name, (long long)most);
	meter_count(requests, exchange->person.name, now_us);
	return 0;
}

static bool is_json(const char *content_type)
{
	const char *rest;

	if (content_type == NULL || strncasecmp(content_type, "application/json", 16) != 0)
		return false;
	rest = content_type + 16 + strspn(content_type + 16, " \t");
	if (rest[0] == '\0')
		return true;
	rest += 1 + strspn(rest + 1, " \t");
	return rest[-1] != '/' &&
		(strcasecmp(rest, "charset=utf-8") == 0 || strcasecmp(rest, "charset=\"utf-8\"") == 0);
}

static int check_body_head(struct exchange *exchange)
{
	const struct api_route *row = exchange->route->row;
	size_t most = row->any_body ? WEB_MAX_SIGNALS : WEB_MAX_BODY;

	if (exchange->head.content_length > most)
		return refuse(&exchange->refusal, 413, "BodyTooLarge",
			"the body has more than the %zu bytes that are allowed", most);
	if (exchange->head.content_length == 0)
		return 0;
	if (row->body == NULL && !row->any_body)
		return refuse(&exchange->refusal, 400, "UnexpectedBody", "%s %s takes no body", row->method,
			row->path);
	if (!is_json(head_get(&exchange->head, "content-type")))
		return refuse(&exchange->refusal, 415, "NotJson",
			"send the body as Content-Type: application/json");
	return 0;
}

static int check_key(struct exchange *exchange)
{
	const char *key = head_get(&exchange->head, "idempotency-key");

	if (key == NULL || !exchange_mutates(exchange) || exchange->person.name[0] == '\0')
		return 0;
	if (!replay_key_is_valid(key))
		return refuse(&exchange->refusal, 400, "BadIdempotencyKey",
			"Idempotency-Key must be 1 to %d visible ASCII characters", REPLAY_KEY_MAX);
	exchange->key = key;
	return 0;
}

int exchange_take_head(struct exchange *exchange, const char *bytes, size_t length)
{
	struct refusal *refusal = &exchange->refusal;

	if (head_parse(bytes, length, &exchange->head, refusal) < 0) {
		exchange->unread = true;
		return -1;
	}
	exchange->close_after = exchange->head.close;
	if (caller_means_us(exchange) < 0 ||
		target_parse(exchange->head.target, &exchange->target, refusal) < 0 ||
		check_route(exchange) < 0 || check_rate(exchange) < 0 || check_body_head(exchange) < 0 ||
		route_check_query(exchange->route, exchange->target.query, refusal) < 0 ||
		check_key(exchange) < 0) {
		exchange->unread = exchange->head.content_length > 0;
		return -1;
	}
	return 0;
}

bool exchange_wants_continue(const struct exchange *exchange)
{
	return exchange->head.expects && exchange_body_left(exchange) > 0;
}

size_t exchange_body_left(const struct exchange *exchange)
{
	return (size_t)exchange->head.content_length - exchange->body.length;
}

/* --- checks of the body --- */

static int check_body(struct exchange *exchange)
{
	struct err err = ERR_INIT;

	if (exchange->body.length > 0 &&
		json_parse(exchange->body.data, exchange->body.length, "the body", &exchange->json, &err) <
			0)
		return refuse(&exchange->refusal, 400, "InvalidBody", "%s", err.message);
	if (!exchange->route->row->any_body)
		return route_check_body(exchange->route, exchange->json, &exchange->refusal);
	if (exchange->json == NULL)
		return refuse(&exchange->refusal, 400, "InvalidBody", "this operation needs a JSON body");
	return 0;
}

static void fingerprint(const struct exchange *exchange, char out[65])
{
	CLEANUP_BUF struct buf text = BUF_INIT(WEB_MAX_SIGNALS + HEAD_MAX_BYTES);

	buf_add_format(&text, "%s %s\n", exchange->head.method, exchange->head.target);
	buf_add(&text, exchange->body.data, exchange->body.length);
	sigv4_sha256_hex(text.data, text.length, out);
}

static int check_replay(struct exchange *exchange)
{
	const struct replay *kept = NULL;
	char print[65];

	if (exchange->key == NULL)
		return 0;
	fingerprint(exchange, print);
	switch (replays_begin(exchange->web->replays, exchange->person.name, exchange->key, print,
		clock_monotonic_us(), &kept)) {
	case REPLAY_NEW:
		exchange->replaying = true;
		return 0;
	case REPLAY_KEPT:
		exchange->replayed = true;
		exchange->response.status = kept->status;
		exchange->response.content_type = kept->content_type;
		buf_add(&exchange->response.text, kept->text, kept->length);
		return 0;
	case REPLAY_RUNNING:
		exchange->retry_after_s = 1;
		return refuse(&exchange->refusal, 409, "StillRunning",
			"the earlier request with this Idempotency-Key is still running");
	case REPLAY_OTHER:
		return refuse(&exchange->refusal, 422, "KeyReused",
			"this Idempotency-Key was used for a different request");
	case REPLAY_FULL:
		exchange->retry_after_s = (int)(REPLAY_KEEP_US / 1000000);
		return refuse(&exchange->refusal, 429, "TooManyKeys",
			"too many Idempotency-Keys were used within the last ten minutes; try again later or "
			"send none");
	}
	return -1;
}

/* --- handling and answering --- */

/* Refuses the request when too many are running, of its person or in all, to leave fibers for the
 * control socket and the rest of the process. A running request may wait for AWS, and continues
 * after its client has left. */
static int check_room(struct exchange *exchange)
{
	const struct web *web = exchange->web;
	size_t own = 0;

	if (exchange->way == WEB_CONTROL || exchange->route->row->urgent)
		return 0;
	for (const struct exchange *other = web->running; other != NULL; other = other->next)
		own += other->way != WEB_CONTROL && other->person.name[0] != '\0' &&
			strcmp(other->person.name, exchange->person.name) == 0;
	if (own < WEB_MAX_RUNNING_OF_PERSON && web->running_count < WEB_MAX_RUNNING)
		return 0;
	exchange->retry_after_s = 1;
	if (own >= WEB_MAX_RUNNING_OF_PERSON)
		return refuse(&exchange->refusal, 429, "TooManyAtOnce",
			"%s has too many requests running (%zu); wait for some to end", exchange->person.name,
			own);
	return refuse(&exchange->refusal, 503, "Busy",
		"too many requests are running (%zu); try again later", web->running_count);
}

static int check_whole(struct exchange *exchange)
{
	if (exchange->refusal.status != 0)
		return -1;
	return check_body(exchange) < 0 || check_room(exchange) < 0 ? -1 : check_replay(exchange);
}

/* Returns whether a refusal goes into the audit log. Unauthenticated callers can cause thousands of
 * refusals, which would fill the disk, so above a number each minute they are only counted in the
 * metrics. */
static bool refusal_is_recorded(struct exchange *exchange)
{
	const char *who = exchange->person.name[0] != '\0' ? exchange->person.name : exchange->source;
	int64_t now_us = clock_monotonic_us();
	int unused;

	if (!exchange_mutates(exchange) ||
		meter_is_spent(exchange->web->records, who, WEB_RECORDS_PER_MINUTE, now_us, &unused))
		return false;
	meter_count(exchange->web->records, who, now_us);
	return true;
}

void exchange_begin(struct exchange *exchange)
{
	struct err err = ERR_INIT;

	if (check_whole(exchange) < 0 && !refusal_is_recorded(exchange)) {
		exchange_finish(exchange);
		return;
	}
	if (fiber_spawn(exchange->web->loop, "request", exchange_run, exchange, &err) == 0) {
		join_running(exchange);
		return;
	}
	exchange->retry_after_s = 1;
	refuse(&exchange->refusal, 503, "Busy", "the server is too busy; try again later: %s",
		err.message);
	exchange_finish(exchange);
}

static void count_request(const struct exchange *exchange, int status)
{
	char text[12];

	snprintf(text, sizeof text, "%d", status);
	metric_add(METRIC_HTTP_REQUESTS, METRIC_LABELS(exchange_route_id(exchange), text), 1);
	log_debug("%s: %s %s: %d%s%s", exchange->address,
		exchange->head.method != NULL ? exchange->head.method : "?",
		exchange->head.target != NULL ? exchange->head.target : "?", status,
		exchange->refusal.status != 0 ? " " : "",
		exchange->refusal.status != 0 ? exchange->refusal.code : "");
}

/* Keeps the answer for the Idempotency-Key, unless it may differ the next time. */
static void keep_answer(struct exchange *exchange, int status)
{
	const struct replay answer = { status, exchange->response.content_type,
		exchange->response.text.data, exchange->response.text.length };

	if (!exchange->replaying)
		return;
	if (exchange->handled && status != 503 && status != 429)
		replays_finish(exchange->web->replays, exchange->person.name, exchange->key, &answer,
			clock_monotonic_us());
	else
		replays_drop(exchange->web->replays, exchange->person.name, exchange->key);
}

void exchange_finish(void *argument)
{
	struct exchange *exchange = argument;
	struct connection *connection = exchange->connection;
	int status = answer_body(exchange);

	count_request(exchange, status);
	keep_answer(exchange, status);
	if (connection != NULL) {
		bool close_after = exchange->close_after || exchange->unread || exchange->web->stopping;
		CLEANUP_BUF struct buf text = BUF_INIT(WEB_MAX_ANSWER + HEAD_MAX_BYTES);

		answer_add(exchange, status, close_after, &text);
		connection_answer(connection, &text, close_after);
	}
	exchange_free(exchange);
}
