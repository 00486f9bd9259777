/* Tests of callers' identities, roles and rate limits, of the audit entries, and of the host and
 * origin of a request. */
#include "test_web_server_help.h"
#include "web/http/routes.h"
#include "web/server/caller.h"

/* --- tokens and roles --- */

static void test_tokens(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	const char *answer;
	char longest[700];

	(void)state;
	answer = ask(served, "GET /things", "", NULL, 401, "NoToken");
	assert_has(answer, "WWW-Authenticate: Bearer realm=\"reeve\"\r\n");
	ask(served, "GET /things", "Authorization: Basic dmlld2VyLXRva2Vu\r\n", NULL, 401, "NoToken");
	ask(served, "GET /things", "Authorization: Bearer \r\n", NULL, 401, "NoToken");
	ask(served, "GET /things", "Authorization: Bearerviewer-token\r\n", NULL, 401, "NoToken");
	snprintf(longest, sizeof longest, "Authorization: Bearer %0600d\r\n", 0);
	ask(served, "GET /things", longest, NULL, 401, "NoToken");
	answer = ask(served, "GET /things", "Authorization: Bearer viewer-tokem\r\n", NULL, 401,
		"WrongToken");
	assert_has(answer, "error=\"invalid_token\"");
	/* A token's hash is not accepted as a token, and without a token nobody learns which paths
	 * exist. */
	ask(served, "GET /things",
		"Authorization: Bearer "
		"d036bd6d01a1cae081d39a2f8dab751dc042de814fd60df31fcb553170950f29\r\n",
		NULL, 401, "WrongToken");
	ask(served, "GET /nowhere", "", NULL, 401, "NoToken");
	ask(served, "GET /things", "authorization: bearer  viewer-token\r\n", NULL, 200,
		"\"person\":\"Vic\"");
	/* A public route does not look at the token. */
	ask(served, "GET /healthz", "Authorization: Bearer wrong\r\n", NULL, 200, "ok");
	unserve(served);
}

static void test_roles(void **state)
{
	static const struct {
		const char *line, *who, *body;
		int status;
	} cases[] = {
		{ "GET /things", VIEWER, NULL, 200 },
		{ "GET /things", RESPONDER, NULL, 200 },
		{ "GET /things", ADMIN, NULL, 200 },
		{ "GET /things", INGEST, NULL, 403 },
		{ "GET /metrics", INGEST, NULL, 403 },
		{ "GET /metrics", VIEWER, NULL, 200 },
		{ "POST /nothing", VIEWER, NULL, 403 },
		{ "POST /nothing", RESPONDER, NULL, 204 },
		{ "POST /nothing", ADMIN, NULL, 204 },
		{ "POST /nothing", INGEST, NULL, 403 },
		{ "DELETE /things/1", VIEWER, NULL, 403 },
		{ "DELETE /things/1", RESPONDER, NULL, 403 },
		{ "DELETE /things/1", INGEST, NULL, 403 },
		{ "DELETE /things/1", ADMIN, NULL, 200 },
		{ "POST /signals", VIEWER, "[]", 403 },
		{ "POST /signals", RESPONDER, "[]", 200 },
		{ "POST /signals", ADMIN, "[]", 200 },
		{ "POST /signals", INGEST, "[]", 200 },
	};
	struct served *served = serve(PLAIN_HTTP);
	enum api_role role;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		ask(served, cases[i].line, cases[i].who, cases[i].body, cases[i].status,
			cases[i].status == 403 ? "RoleTooLow" : "");
	assert_int_equal(role_parse("root", &role), -1);
	assert_int_equal(role_parse("public", &role), -1);
	assert_string_equal(api_role_name(API_INGEST), "ingest");
	unserve(served);
}

/* --- the control socket --- */

static void test_socket_peers(void **state)
{
	struct served *served = serve("null");
	char name[PERSON_USER_SIZE], part[400];
	uid_t own = geteuid();

	(void)state;
	assert_null(served->web->tcp);
	people_user_name(own, name);
	snprintf(part, sizeof part, "\"person\":\"system user %s\",\"role\":\"admin\"", name);
	/* The peer is root or the user of the process: an admin, with a name of the system. Host and
	 * token don't matter there. */
	expect(served, true, "DELETE /things/1 HTTP/1.1\r\nHost: anything\r\n" VIEWER LAST, 200, part);
	expect(served, true, "GET /things HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n" LAST, 403,
		"CrossSite");
	expect(served, true, "GET /things HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: cross-site\r\n" LAST,
		403, "CrossSite");
	expect(served, true, "GET /healthz HTTP/1.1\r\nHost: x\r\n" LAST, 200, "ok");
	assert_int_equal(
		recorded(served, "dropThing", "asked", "DELETE /things/1 from the control socket"), 1);
	unserve(served);
}

/* Identifies a caller with this user id as the socket's peer, which a test can't be. Returns the
 * name, or NULL. */
static const char *peer_answer(struct served *served, uid_t uid, struct exchange *exchange)
{
	struct connection connection = { .web = served->web,
		.way = served->web->operators != NULL ? WEB_OPERATORS : WEB_CONTROL,
		.uid = uid };

	*exchange =
		(struct exchange){ .web = served->web, .connection = &connection, .way = connection.way };
	snprintf(exchange->source, sizeof exchange->source, "uid:%lu", (unsigned long)uid);
	return caller_identify(exchange) == 0 ? exchange->person.name : NULL;
}

static void test_socket_identities(void **state)
{
	struct served *served = serve("null");
	struct exchange exchange;

	(void)state;
	assert_string_equal(peer_answer(served, 61001, &exchange), "Ada");
	assert_int_equal(exchange.role, API_ADMIN);
	assert_null(peer_answer(served, 61999, &exchange));
	assert_int_equal(exchange.refusal.status, 403);
	assert_string_equal(exchange.refusal.code, "UnknownPerson");
	served->web->own_uid = 61999;
	assert_string_equal(peer_answer(served, 61999, &exchange), "system user uid:61999");
	assert_int_equal(exchange.role, API_ADMIN);
	/* This name is not a person's of the configuration, so its owner can't count as a second
	 * approver. */
	assert_string_equal(peer_answer(served, 0, &exchange), "system user root");
	assert_false(people_exists(served->stub.config, exchange.person.name));
	assert_int_equal(exchange.role, API_ADMIN);
	/* A name in the configuration takes precedence over the system user's, and the user of the
	 * process is an admin. */
	served->web->own_uid = 61001;
	assert_string_equal(peer_answer(served, 61001, &exchange), "Ada");
	assert_int_equal(exchange.role, API_ADMIN);
	unserve(served);
}

/* --- rate limits --- */

static void test_requests_per_minute(void **state)
{
	struct served *served = serve("{\"listen\": \"127.0.0.1:0\", \"requests_per_minute\": 3}");

	(void)state;
	for (int i = 0; i < 3; i++)
		ask(served, "GET /things", VIEWER, NULL, 200, "");
	ask(served, "GET /things", VIEWER, NULL, 429, "Retry-After: ");
	ask(served, "GET /things", ADMIN, NULL, 200, "");
	ask(served, "GET /healthz", "", NULL, 200, "");
	for (int i = 0; i < 5; i++)
		expect(served, true, "GET /things HTTP/1.1\r\nHost: x\r\n" LAST, 200, "");
	unserve(served);
}

static void test_wrong_tokens_per_minute(void **state)
{
	struct served *served = serve(PLAIN_HTTP);

	(void)state;
	for (int i = 0; i < WEB_FAILURES_PER_MINUTE; i++)
		ask(served, "POST /things", "Authorization: Bearer guess\r\n", NULL, 401, "WrongToken");
	ask(served, "POST /things", "Authorization: Bearer guess\r\n", NULL, 429, "TooManyFailures");
	ask(served, "GET /things", VIEWER, NULL, 429, "Retry-After: ");
	/* A missing token is not counted as a guess, and the control socket is not affected. */
	ask(served, "GET /things", "", NULL, 401, "NoToken");
	expect(served, true, "GET /things HTTP/1.1\r\nHost: x\r\n" LAST, 200, "");
	assert_int_equal(recorded(served, "addThing", "refused", "401 WrongToken"),
		WEB_FAILURES_PER_MINUTE);
	for (int i = 0; i < 2 * WEB_RECORDS_PER_MINUTE; i++)
		ask(served, "POST /things", "", NULL, 401, "NoToken");
	assert_int_equal(recorded(served, "addThing", "refused", "127.0.0.1"), WEB_RECORDS_PER_MINUTE);
	unserve(served);
}

static void test_meter(void **state)
{
	struct meter *meter = meter_new(METER_SHARES);
	const int64_t minute = INT64_C(60) * 1000 * 1000;
	int retry = 0;
	char key[32];

	(void)state;
	assert_false(meter_is_spent(meter, "a", 1, 0, &retry));
	meter_count(meter, "a", 0);
	assert_true(meter_is_spent(meter, "a", 1, minute / 2, &retry));
	assert_int_equal(retry, 31);
	assert_false(meter_is_spent(meter, "a", 2, minute / 2, &retry));
	assert_false(meter_is_spent(meter, "a", 1, minute, &retry));
	/* When the meter is full, all other keys are counted together until those of a past minute make
	 * room. */
	for (int i = 0; i < METER_MAX_KEYS + 5; i++) {
		snprintf(key, sizeof key, "key %d", i);
		meter_count(meter, key, minute * 2);
	}
	assert_true(meter_is_spent(meter, "another", 5, minute * 2, &retry));
	assert_false(meter_is_spent(meter, "key 1", 5, minute * 2, &retry));
	meter_count(meter, "another", minute * 3);
	assert_false(meter_is_spent(meter, "another", 2, minute * 3, &retry));
	meter_free(meter);
	/* A meter of the other kind forgets its oldest key for a new one. */
	meter = meter_new(METER_FORGETS);
	for (int i = 0; i < METER_MAX_KEYS + 1; i++) {
		snprintf(key, sizeof key, "key %d", i);
		meter_count(meter, key, 1);
	}
	assert_false(meter_is_spent(meter, "key 0", 1, 1, &retry) ||
		meter_is_spent(meter, "another", 1, 1, &retry));
	assert_true(meter_is_spent(meter, "key 1", 1, 1, &retry) &&
		meter_is_spent(meter, key, 1, 1, &retry));
	meter_free(meter);
	meter_free(NULL);
}

/* --- Idempotency-Key --- */

static void test_replay(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	const char *key = RESPONDER "Idempotency-Key: k-1\r\n", *answer;

	(void)state;
	answer = ask(served, "POST /things", key, "{\"name\": \"n\"}", 200, "\"count\":1}");
	assert_lacks(answer, "Idempotency-Replayed");
	answer = ask(served, "POST /things", key, "{\"name\": \"n\"}", 200, "\"count\":1}");
	assert_has(answer, "Idempotency-Replayed: true\r\n");
	ask(served, "POST /things", key, "{\"name\": \"m\"}", 422, "KeyReused");
	ask(served, "POST /nothing", key, NULL, 422, "KeyReused");
	/* The same key from another person is a different key. */
	ask(served, "POST /things", ADMIN "Idempotency-Key: k-1\r\n", "{\"name\": \"n\"}", 200,
		"\"count\":2}");
	ask(served, "POST /things", RESPONDER "Idempotency-Key: \r\n", "{\"name\": \"n\"}", 400,
		"BadIdempotencyKey");
	ask(served, "POST /things", RESPONDER "Idempotency-Key: a b\r\n", "{\"name\": \"n\"}", 400,
		"BadIdempotencyKey");
	/* A conflict is kept as the answer. A failure of the store isn't, since the next try may
	 * succeed. GET has no keys. */
	ask(served, "POST /fail/limit", RESPONDER "Idempotency-Key: k-2\r\n", NULL, 409, "Conflict");
	ask(served, "POST /fail/limit", RESPONDER "Idempotency-Key: k-2\r\n", NULL, 409,
		"Idempotency-Replayed: true");
	ask(served, "POST /fail/store", RESPONDER "Idempotency-Key: k-3\r\n", NULL, 503, "");
	assert_lacks(ask(served, "POST /fail/store", RESPONDER "Idempotency-Key: k-3\r\n", NULL, 503,
					 ""),
		"Replayed");
	assert_lacks(ask(served, "GET /things", key, NULL, 200, ""), "Replayed");
	assert_int_equal(recorded(served, "addThing", "asked", "Rae"), 1);
	assert_int_equal(recorded(served, "addThing", "replayed", "Rae"), 1);
	assert_int_equal(recorded(served, "addThing", "refused", "422 KeyReused"), 1);
	unserve(served);
}

/* While the first request is still under way, the same request is not carried out a second time. */
static MAY_YIELD void ask_again(struct served *served)
{
	static struct talk again;

	again = (struct talk){ .served = served,
		.bytes = "POST /things/1/wait HTTP/1.1\r\nHost: reeve.example.com\r\n" RESPONDER
				 "Idempotency-Key: k\r\n" LAST };
	again.length = strlen(again.bytes);
	talk_wait(&again);
	assert_has(again.got, "HTTP/1.1 409");
	assert_has(again.got, "StillRunning");
	served->stub.go_on = true;
}

static void test_replay_while_running(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	const char *wait = "POST /things/1/wait HTTP/1.1\r\nHost: reeve.example.com\r\n" RESPONDER
					   "Idempotency-Key: k\r\n\r\n";
	static struct talk talk;

	(void)state;
	talk = (struct talk){ .served = served,
		.bytes = wait,
		.length = strlen(wait),
		.leave = true,
		.until_handled = 1,
		.then = ask_again };
	talk_now(&talk);
	assert_int_equal(served->stub.handled, 1);
	/* Its client had gone, but the answer was kept. */
	ask(served, "POST /things/1/wait", RESPONDER "Idempotency-Key: k\r\n", NULL, 200,
		"Idempotency-Replayed: true");
	unserve(served);
}

static void test_replays(void **state)
{
	struct replays *replays = replays_new();
	const struct replay answer = { 200, "text/plain", "abc", 3 }, *kept;
	char key[REPLAY_KEY_MAX + 2];

	(void)state;
	assert_int_equal(replays_begin(replays, "a", "k", "1", 0, &kept), REPLAY_NEW);
	assert_int_equal(replays_begin(replays, "a", "k", "1", 0, &kept), REPLAY_RUNNING);
	replays_finish(replays, "a", "k", &answer, 0);
	replays_finish(replays, "a", "unknown", &answer, 0);
	assert_int_equal(replays_begin(replays, "a", "k", "1", REPLAY_KEEP_US - 1, &kept), REPLAY_KEPT);
	assert_memory_equal(kept->text, "abc", 3);
	assert_int_equal(replays_begin(replays, "a", "k", "2", 0, &kept), REPLAY_OTHER);
	assert_int_equal(replays_begin(replays, "a", "k", "2", REPLAY_KEEP_US, &kept), REPLAY_NEW);
	replays_drop(replays, "a", "k");
	replays_drop(replays, "a", "k");
	for (int i = 0; i < REPLAY_MAX_KEYS; i++) {
		snprintf(key, sizeof key, "%d", i);
		assert_int_equal(replays_begin(replays, "a", key, "1", 0, &kept), REPLAY_NEW);
	}
	assert_int_equal(replays_begin(replays, "a", "more", "1", 0, &kept), REPLAY_FULL);
	assert_int_equal(replays_begin(replays, "ab", "more", "1", 0, &kept), REPLAY_NEW);
	/* A person who has used up their share doesn't affect others, but the sum of all answers is
	 * limited, too. */
	char *much = calloc(1, REPLAY_MAX_BYTES);
	assert_int_equal(replays_begin(replays, "b", "k", "1", 0, &kept), REPLAY_NEW);
	replays_finish(replays, "b", "k",
		&(struct replay){ 200, "text/plain", much, REPLAY_MAX_PERSON_BYTES }, 0);
	assert_int_equal(replays_begin(replays, "b", "l", "1", 0, &kept), REPLAY_FULL);
	assert_int_equal(replays_begin(replays, "c", "k", "1", 0, &kept), REPLAY_NEW);
	replays_finish(replays, "c", "k", &(struct replay){ 200, "text/plain", much, REPLAY_MAX_BYTES },
		0);
	free(much);
	assert_int_equal(replays_begin(replays, "d", "k", "1", 0, &kept), REPLAY_FULL);
	assert_int_equal(replays_begin(replays, "d", "k", "1", REPLAY_KEEP_US, &kept), REPLAY_NEW);
	memset(key, 'k', sizeof key - 1);
	key[REPLAY_KEY_MAX + 1] = '\0';
	assert_false(replay_key_is_valid(key) || replay_key_is_valid("") ||
		replay_key_is_valid("\xc3\xbc"));
	assert_true(replay_key_is_valid(key + 1));
	replays_free(replays);
	replays_free(NULL);
}

/* --- the audit log --- */

static void test_audit_entries(void **state)
{
	struct served *served = serve(PLAIN_HTTP);

	(void)state;
	ask(served, "POST /things", RESPONDER, "{\"name\": \"n\"}", 200, "");
	assert_int_equal(recorded(served, "addThing", "asked", "\"actor\":\"Rae\""), 1);
	assert_int_equal(recorded(served, "addThing", "succeeded", "API token 88c5c796ff61b59c"), 1);
	ask(served, "POST /fail/limit", RESPONDER, NULL, 409, "");
	assert_int_equal(recorded(served, "fail", "refused", "409 Conflict"), 1);
	ask(served, "POST /fail/store", RESPONDER, NULL, 503, "");
	assert_int_equal(recorded(served, "fail", "failed", "503 StoreFailed"), 1);
	ask(served, "POST /things", VIEWER, "{\"name\": \"n\"}", 403, "");
	assert_int_equal(recorded(served, "addThing", "refused", "403 RoleTooLow"), 1);
	ask(served, "POST /things", "", "{\"name\": \"n\"}", 401, "");
	assert_int_equal(recorded(served, "addThing", "refused", "\"actor\":\"nobody\""), 1);
	ask(served, "PUT /nowhere", ADMIN, NULL, 404, "");
	assert_int_equal(recorded(served, "request", "refused", "PUT /nowhere from 127.0.0.1"), 1);
	ask(served, "POST /things", RESPONDER, "{}", 400, "");
	assert_int_equal(recorded(served, "addThing", "refused", "400 MissingName"), 1);
	/* A GET changes nothing. */
	ask(served, "GET /things", VIEWER, NULL, 200, "");
	assert_int_equal(recorded(served, "listThings", "asked", ""), 0);
	unserve(served);
}

static void test_without_audit_log_nothing_is_done(void **state)
{
	struct served *served = serve(PLAIN_HTTP);
	struct audit *audit = served->stub.audit;

	(void)state;
	served->stub.audit = NULL;
	ask(served, "POST /things", RESPONDER "Idempotency-Key: k\r\n", "{\"name\": \"n\"}", 503,
		"AuditFailed");
	ask(served, "POST /things", VIEWER, "{\"name\": \"n\"}", 503, "AuditFailed");
	assert_int_equal(served->stub.handled, 0);
	ask(served, "GET /things", VIEWER, NULL, 200, "");
	served->stub.audit = audit;
	/* The key can be used again. */
	ask(served, "POST /things", RESPONDER "Idempotency-Key: k\r\n", "{\"name\": \"n\"}", 200, "");
	unserve(served);
}

/* --- hosts and origins --- */

static void test_hosts_and_origins(void **state)
{
	static const struct {
		const char *host, *fields; /* @ is the port */
		int status;
	} cases[] = {
		{ "127.0.0.1:@", "", 200 },
		{ "localhost:@", "", 200 },
		{ "LOCALHOST:@", "", 200 },
		{ "[::1]:@", "", 200 },
		{ "127.0.0.2:@", "", 200 },
		{ "reeve.example.com", "", 200 },
		{ "reeve.example.com:443", "", 200 },
		{ "127.0.0.1", "", 421 },
		{ "127.0.0.1:1", "", 421 },
		{ "evil.example:@", "", 421 },
		{ "localhost.evil.example:@", "", 421 },
		{ "10.0.0.1:@", "", 421 },
		{ "reeve.example.com.evil.example", "", 421 },
		{ "a b", "", 400 },
		{ "", "", 400 },
		{ "reeve.example.com", "Origin: https://reeve.example.com\r\n", 200 },
		{ "reeve.example.com", "Origin: http://reeve.example.com\r\n", 200 },
		{ "reeve.example.com", "Origin: https://evil.example\r\n", 403 },
		{ "reeve.example.com", "Origin: null\r\n", 403 },
		{ "reeve.example.com", "Origin: https://reeve.example.com:444\r\n", 403 },
		{ "reeve.example.com", "Origin: \r\n", 403 },
		{ "localhost:@", "Origin: http://localhost:@\r\n", 200 },
		{ "localhost:@", "Origin: http://127.0.0.1:@\r\n", 403 },
		{ "localhost:@", "Sec-Fetch-Site: same-origin\r\n", 200 },
		{ "localhost:@", "Sec-Fetch-Site: none\r\n", 200 },
		{ "localhost:@", "Sec-Fetch-Site: cross-site\r\n", 403 },
		{ "localhost:@", "Sec-Fetch-Site: same-site\r\n", 403 },
	};
	struct served *served = serve(PLAIN_HTTP);

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_BUF struct buf bytes = BUF_INIT(2000);
		char template[1000];

		snprintf(template, sizeof template, "GET /things HTTP/1.1\r\nHost: %s\r\n%s" VIEWER LAST,
			cases[i].host, cases[i].fields);
		for (const char *c = template; *c != '\0'; c++) {
			if (*c == '@')
				buf_add_format(&bytes, "%d", served->web->tcp->authority.port);
			else
				buf_add_char(&bytes, *c);
		}
		expect(served, false, bytes.data, cases[i].status, "");
	}
	unserve(served);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_tokens),
		store_test(test_roles),
		store_test(test_socket_peers),
		store_test(test_socket_identities),
		store_test(test_requests_per_minute),
		store_test(test_wrong_tokens_per_minute),
		cmocka_unit_test(test_meter),
		store_test(test_replay),
		store_test(test_replay_while_running),
		cmocka_unit_test(test_replays),
		store_test(test_audit_entries),
		store_test(test_without_audit_log_nothing_is_done),
		store_test(test_hosts_and_origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
