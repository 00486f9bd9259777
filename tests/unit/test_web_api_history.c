/* Tests of the API's lists of changes, runs and signals, the newest first, and of the state of the
 * process. */
#include "test_web_api_help.h"

#include "base/json_write.h"
#include "base/metrics.h"
#include "guards/pause_file.h"
#include "ledger/handled_event.h"
#include "store/queue.h"

#define S3 "s3.bucket-default-encryption"

/* --- changes --- */

static void put_change(struct world *world, int number, const char *at, const char *state,
	const char *run, const char *account)
{
	char id[32];

	snprintf(id, sizeof id, "c-%016x", number * 7919);
	json_t *change = change_json(id, run);
	set_text(change, "account", account);
	set_text(change, "state", state);
	set_text(change, "at", at);
	put_json(world, STORE_JOURNAL, STORE_KEY(id), change);
}

static void put_changes(struct world *world)
{
	put_change(world, 1, "2026-11-20T08:00:00Z", "verified", RUN_OLD, ACCOUNT_ONE);
	put_change(world, 2, "2026-11-24T08:00:00.500Z", "failed", RUN_NEW, ACCOUNT_ONE);
	put_change(world, 3, "2026-11-24T08:00:00Z", "verified", RUN_NEW, ACCOUNT_TWO);
	put_change(world, 4, "2026-11-24T08:00:00Z", "verified", RUN_NEW, ACCOUNT_TWO);
	put_change(world, 5, "2026-11-19T08:00:00Z", "intent", RUN_OLD, ACCOUNT_ONE);
	flush(world->store);
}

static void assert_descending(const json_t *changes)
{
	for (size_t i = 1; i < json_array_size(changes); i++) {
		int64_t before = INT64_MAX, now = 0;

		(void)!clock_parse_rfc3339(json_get_string_or(json_array_get(changes, i - 1), "at", ""),
			&before);
		(void)!clock_parse_rfc3339(json_get_string_or(json_array_get(changes, i), "at", ""), &now);
		assert_true(now <= before);
	}
}

static void test_changes(void **state)
{
	static const struct {
		const char *query;
		size_t count;
	} cases[] = {
		{ "{\"account\": \"" ACCOUNT_ONE "\"}", 3 },
		{ "{\"state\": \"verified\"}", 3 },
		{ "{\"run\": \"" RUN_NEW "\"}", 3 },
		{ "{\"run\": \"" RUN_NEW "\", \"account\": \"" ACCOUNT_TWO "\"}", 2 },
		{ "{\"since\": \"2026-11-24T08:00:00Z\"}", 3 },
		{ "{\"since\": \"2026-11-24T08:00:00.100Z\"}", 1 },
		{ "{\"kind\": \"rollback\"}", 0 },
		{ "{\"baseline\": \"" S3 "\", \"region\": \"eu-west-1\"}", 5 },
		{ "{\"baseline\": \"iam.user-mfa\"}", 0 },
	};
	struct world world;
	int pages;

	(void)state;
	world_open(&world, "", NULL);
	put_changes(&world);
	for (int limit = 1; limit <= 6; limit++) {
		CLEANUP_JSON json_t *all = all_pages(&world, "listChanges", "changes", "{}", limit, &pages);

		assert_int_equal(json_array_size(all), 5);
		assert_descending(all);
		assert_null(json_object_get(json_array_get(all, 0), "before"));
		assert_int_equal(pages, limit == 1 ? 5 : limit == 2 ? 3 : limit < 5 ? 2 : 1);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *some =
			all_pages(&world, "listChanges", "changes", cases[i].query, 2, &pages);

		assert_int_equal(json_array_size(some), cases[i].count);
	}
	assert_string_equal(failure_of(&world, "listChanges",
							(struct call){ .query = "{\"since\": \"yesterday\"}" }),
		"InvalidTime");
	assert_string_equal(failure_of(&world, "listChanges",
							(struct call){ .query = "{\"after\": \"x\"}" }),
		"InvalidCursor");
	assert_string_equal(failure_of(&world, "listChanges",
							(struct call){ .query = "{\"after\": \"5\"}" }),
		"InvalidCursor");
	assert_string_equal(failure_of(&world, "listChanges",
							(struct call){ .query = "{\"run\": \"!\"}" }),
		"InvalidId");
	assert_string_equal(failure_of(&world, "listChanges",
							(struct call){ .query = "{\"account\": \"!\"}" }),
		"InvalidId");
	world_close(&world);
}

/* Whole records are listed with fewer of them on a page. */
static void test_whole_changes(void **state)
{
	struct world world;
	int pages;

	(void)state;
	world_open(&world, "", NULL);
	put_changes(&world);
	CLEANUP_JSON json_t *all =
		all_pages(&world, "listChanges", "changes", "{\"full\": \"true\"}", 100, &pages);
	CLEANUP_JSON json_t *brief = all_pages(&world, "listChanges", "changes", "{}", 100, &pages);
	assert_int_equal(json_array_size(all), 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(json_get_string(json_array_get(all, i), "id"),
			json_get_string(json_array_get(brief, i), "id"));
		assert_true(json_is_object(json_object_get(json_array_get(all, i), "before")));
	}
	/* Each takes more than half a page. */
	CLEANUP_FREE char *large = xmalloc((3 << 20) + 1);
	memset(large, 'x', 3 << 20);
	large[3 << 20] = '\0';
	for (int i = 11; i < 14; i++) {
		char id[32];

		snprintf(id, sizeof id, "c-%016x", i);
		json_t *change = change_json(id, RUN_NEW);
		set_text(change, "at", "2026-11-25T08:00:00Z");
		json_object_set_new(change, "before", json_pack("{s:s}", "text", large));
		put_json(&world, STORE_JOURNAL, STORE_KEY(id), change);
	}
	flush(world.store);
	CLEANUP_JSON json_t *more =
		all_pages(&world, "listChanges", "changes", "{\"full\": \"true\"}", 100, &pages);
	assert_int_equal(json_array_size(more), 8);
	assert_int_equal(pages, 2);
	assert_descending(more);
	world_close(&world);
}

static void test_one_change(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	put_changes(&world);
	CLEANUP_REPLY struct reply one =
		call_route(&world, "getChange", (struct call){ .parameter = "c-0000000000001eef" });
	assert_true(json_is_object(json_object_get(json_object_get(one.json, "change"), "before")));
	assert_string_equal(failure_of(&world, "getChange",
							(struct call){ .parameter = "c-ffffffffffffffff" }),
		"NotFound");
	assert_string_equal(failure_of(&world, "getChange", (struct call){ .parameter = "nothing" }),
		"InvalidId");
	world_close(&world);
}

/* --- runs --- */

static void test_runs(void **state)
{
	struct world world;
	int pages;

	(void)state;
	world_open(&world, "", NULL);
	for (int i = 0; i < 9; i++) {
		char id[40];

		snprintf(id, sizeof id, "2026112%dT080000.000Z-0000000%d", i % 10, i);
		put_json(&world, STORE_RUNS, STORE_KEY(id),
			json_pack("{s:s, s:s, s:s, s:{s:i}, s:i, s:i, s:i}", "id", id, "kind",
				i == 8 ? "event" : "sweep", "state", i == 7 ? "running" : "finished", "cells",
				"compliant", i, "changes", 0, "accounts_in_scope", 0, "accounts_inactive", 0));
	}
	flush(world.store);
	for (int limit = 1; limit <= 10; limit++) {
		CLEANUP_JSON json_t *all = all_pages(&world, "listRuns", "runs", "{}", limit, &pages);

		assert_int_equal(json_array_size(all), 9);
		for (size_t i = 1; i < 9; i++)
			assert_true(strcmp(json_get_string_or(json_array_get(all, i - 1), "id", ""),
							json_get_string_or(json_array_get(all, i), "id", "")) > 0);
	}
	CLEANUP_REPLY struct reply one =
		call_route(&world, "getRun", (struct call){ .parameter = "20261123T080000.000Z-00000003" });
	assert_int_equal(json_get_integer_or(json_object_get(json_object_get(one.json, "run"), "cells"),
						 "compliant", -1),
		3);
	assert_string_equal(failure_of(&world, "getRun", (struct call){ .parameter = RUN_NEW }),
		"NotFound");
	assert_string_equal(failure_of(&world, "getRun", (struct call){ .parameter = "a/b" }),
		"InvalidId");
	assert_string_equal(failure_of(&world, "listRuns",
							(struct call){ .query = "{\"after\": \"a/b\"}" }),
		"InvalidId");

	/* The totals are those of the last sweep that finished. */
	CLEANUP_REPLY struct reply status =
		call_route(&world, "getStatus", (struct call){ .query = NULL });
	assert_int_equal(json_get_integer_or(json_object_get(status.json, "cells"), "compliant", -1),
		6);
	assert_int_equal(json_array_size(json_object_get(status.json, "runs")), 9);
	world_close(&world);
}

/* --- signals --- */

static void put_signal(struct world *world, int number, int64_t at_ms, const char *account,
	enum handled_outcome outcome)
{
	struct err err = ERR_INIT;
	char identity[32];

	snprintf(identity, sizeof identity, "%08x", (unsigned)number * 2654435761U);
	const struct handled_event record = { .identity = identity,
		.at_ms = at_ms,
		.signal_source = number % 2 ? "guardduty" : "config",
		.type = "T",
		.account = account,
		.outcome = outcome };
	assert_ok(handled_event_put(world->store, &record, at_ms, &err));
}

static void test_signals(void **state)
{
	struct world world;
	struct store_key odd = STORE_KEY("020833", "odd");
	struct err err = ERR_INIT;

	(void)state;
	world_open(&world, "", NULL);
	CLEANUP_REPLY struct reply none =
		call_route(&world, "listSignals", (struct call){ .query = NULL });
	assert_int_equal(json_array_size(list_of(&none, "signals")), 0);
	for (int i = 0; i < 40; i++)
		put_signal(&world, i, NOW - (int64_t)i * HOUR_MS * 5, i % 4 ? ACCOUNT_ONE : ACCOUNT_TWO,
			i == 11 ? HANDLED_REMEDIATED : HANDLED_IGNORED);
	flush(world.store);

	CLEANUP_REPLY struct reply all =
		call_route(&world, "listSignals", (struct call){ .query = "{\"limit\": 1000}" });
	assert_int_equal(json_array_size(list_of(&all, "signals")), 40);
	assert_descending(list_of(&all, "signals"));
	assert_true(json_is_true(json_object_get(all.json, "complete")));
	CLEANUP_REPLY struct reply some =
		call_route(&world, "listSignals", (struct call){ .query = "{\"limit\": 3}" });
	assert_int_equal(json_array_size(list_of(&some, "signals")), 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(json_equal(json_array_get(list_of(&some, "signals"), i),
			json_array_get(list_of(&all, "signals"), i)));
	CLEANUP_REPLY struct reply mended = call_route(&world, "listSignals",
		(struct call){ .query = "{\"outcome\": \"remediated\"}" });
	assert_int_equal(json_array_size(list_of(&mended, "signals")), 1);
	CLEANUP_REPLY struct reply theirs = call_route(&world, "listSignals",
		(struct call){ .query = "{\"account\": \"" ACCOUNT_TWO "\", \"source\": \"config\"}" });
	assert_int_equal(json_array_size(list_of(&theirs, "signals")), 10);
	assert_string_equal(failure_of(&world, "listSignals",
							(struct call){ .query = "{\"account\": \"x\"}" }),
		"InvalidId");
	assert_string_equal(failure_of(&world, "listSignals",
							(struct call){ .query = "{\"limit\": 1001}" }),
		"InvalidLimit");

	/* A record that can't be understood is an error: it may be what somebody looks for. */
	assert_ok(store_put(world.store, STORE_SEEN, &odd, "{\"at\": 5}", 9, &err));
	flush(world.store);
	assert_string_equal(failure_of(&world, "listSignals",
							(struct call){ .query = "{\"limit\": 1000}" }),
		"InvalidRecord");
	world_close(&world);
}

static void test_ingest(void **state)
{
	static const struct {
		enum err_kind kind;
		const char *code;
		enum err_kind told_as;
	} cases[] = {
		{ ERR_PROTOCOL, "NotJson", ERR_USAGE },
		{ ERR_LIMIT, "TooDeep", ERR_USAGE },
		{ ERR_LIMIT, "TooLarge", ERR_USAGE },
		{ ERR_LIMIT, "TooMany", ERR_LIMIT },
		{ ERR_STORE, "Failed", ERR_STORE },
		{ ERR_LIMIT, "Draining", ERR_LIMIT },
	};
	CLEANUP_FREE char *large = xmalloc((1 << 20) + 2);
	struct world world;

	(void)state;
	memset(large, ' ', (1 << 20) + 1);
	large[(1 << 20) + 1] = '\0';
	world_open(&world, "", NULL);
	CLEANUP_REPLY struct reply taken = call_route(&world, "putSignals",
		(struct call){ .text = "{\"Findings\": []}", .person = "Bob" });
	assert_int_equal(taken.status, 200);
	assert_int_equal(json_array_size(list_of(&taken, "signals")), 1);
	assert_string_equal(world.body, "{\"Findings\": []}");
	assert_string_equal(world.asked_by, "Bob");
	assert_string_equal(failure_of(&world, "putSignals", (struct call){ .text = "" }),
		"MissingBody");
	assert_string_equal(failure_of(&world, "putSignals", (struct call){ .text = NULL }),
		"MissingBody");
	assert_string_equal(failure_of(&world, "putSignals", (struct call){ .text = large }),
		"TooLarge");
	assert_int_equal(world.ingested, 1);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		world.fails = cases[i].code;
		world.fails_as = cases[i].kind;
		CLEANUP_REPLY struct reply refused =
			call_route(&world, "putSignals", (struct call){ .text = "{}" });
		assert_true(err_is(&refused.err, cases[i].told_as, cases[i].code));
	}
	world_close(&world);
}

/* --- the state of the process --- */

static void test_probes(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	CLEANUP_REPLY struct reply health =
		call_route(&world, "getHealth", (struct call){ .query = NULL });
	assert_string_equal(health.text, "ok\n");
	CLEANUP_REPLY struct reply ready =
		call_route(&world, "getReadiness", (struct call){ .query = NULL });
	assert_int_equal(ready.status, 200);
	world.ready = false;
	CLEANUP_REPLY struct reply health_still =
		call_route(&world, "getHealth", (struct call){ .query = NULL });
	assert_int_equal(health_still.status, 200);
	CLEANUP_REPLY struct reply unready =
		call_route(&world, "getReadiness", (struct call){ .query = NULL });
	assert_true(err_is(&unready.err, ERR_BUSY, "NotReady")); /* 503 */
	assert_non_null(strstr(unready.err.message, "the first walk is not done"));
	CLEANUP_REPLY struct reply document =
		call_route(&world, "getOpenapi", (struct call){ .query = NULL });
	assert_non_null(json_get_string(document.json, "openapi"));
	world_close(&world);
}

static void test_metrics(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	metrics_reset();
	metric_set(METRIC_APPROVALS, METRIC_NO_LABELS, 3);
	CLEANUP_REPLY struct reply metrics =
		call_route(&world, "getMetrics", (struct call){ .query = NULL });
	assert_int_equal(world.scrapes, 1);
	assert_non_null(strstr(metrics.text, "reeve_approvals_waiting 3"));

	/* Metrics that don't fit are an error, so that nobody takes a part of them for all. */
	struct api_request request = { .host = &world.host };
	struct api_response response = { .status = 200 };
	struct err err = ERR_INIT;
	buf_init(&response.text, 16);
	assert_int_equal(route_of("getMetrics")->handle(&request, &response, &err), -1);
	assert_string_equal(err.code, "TooLarge");
	buf_release(&response.text);
	metrics_reset();
	world_close(&world);
}

static void test_status(void **state)
{
	const struct pause_request everything = { .by = "Ann", .uid = 61001, .reason = "incident" };
	struct world world;
	struct err err = ERR_INIT;
	char path[400];

	(void)state;
	world_open(&world, "", NULL);
	put_json(&world, STORE_ACCOUNTS, STORE_KEY(ACCOUNT_ONE), json_pack("{s:s}", "id", ACCOUNT_ONE));
	flush(world.store);
	assert_ok(pause_add(test_state, &everything, 1, &err));
	CLEANUP_REPLY struct reply status =
		call_route(&world, "getStatus", (struct call){ .query = NULL });
	assert_string_equal(json_get_string_or(json_object_get(status.json, "daemon"), "state", ""),
		"ready");
	assert_int_equal(json_get_integer_or(status.json, "accounts", 0), 1);
	assert_int_equal(json_array_size(json_object_get(status.json, "pauses")), 1);
	assert_true(json_is_null(json_object_get(status.json, "pauses_unreadable")));
	assert_true(json_is_null(json_object_get(status.json, "cells")));
	assert_true(json_is_null(json_object_get(status.json, "not_ready")));
	assert_null(json_object_get(status.json, "findings"));
	for (int i = 0; i < 2; i++)
		put_json(&world, STORE_FINDINGS, STORE_KEY(ACCOUNT_ONE, "global", S3, i == 0 ? "a" : "b"),
			json_pack("{s:s}", "status", i == 0 ? "drifted" : "alerted"));
	flush(world.store);
	CLEANUP_REPLY struct reply counted =
		call_route(&world, "getStatus", (struct call){ .query = "{\"findings\": \"true\"}" });
	const json_t *findings = json_object_get(counted.json, "findings");
	assert_int_equal(json_get_integer_or(findings, "drifted", -1) * 10 +
			json_get_integer_or(findings, "alerted", -1),
		11);
	assert_int_equal(json_get_integer_or(findings, "compliant", -1), 0);
	/* A finding that is not understood is not silently left out of the sum. */
	put_json(&world, STORE_FINDINGS, STORE_KEY(ACCOUNT_ONE, "global", S3, "c"),
		json_pack("{s:s}", "status", "no status"));
	flush(world.store);
	CLEANUP_REPLY struct reply refused =
		call_route(&world, "getStatus", (struct call){ .query = "{\"findings\": \"true\"}" });
	assert_int_equal(refused.err.kind, ERR_STORE);

	/* The status is shown even if the pauses can't be read. */
	snprintf(path, sizeof path, "%s/" PAUSE_FILE, test_state);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("stop", file);
	fclose(file);
	world.ready = false;
	CLEANUP_REPLY struct reply unreadable =
		call_route(&world, "getStatus", (struct call){ .query = NULL });
	assert_non_null(strstr(json_get_string_or(unreadable.json, "pauses_unreadable", ""),
		"everything is paused"));
	assert_string_equal(json_get_string_or(unreadable.json, "not_ready", ""),
		"the first walk is not done");
	assert_int_equal(call_route(&world, "listPauses", (struct call){ .query = NULL }).err.kind,
		ERR_STORE);
	world_close(&world);
}

static void test_text_is_valid(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	put_json(&world, STORE_RUNS, STORE_KEY(RUN_NEW),
		json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:{s:s, s:o}}", "id", RUN_NEW, "kind", "sweep",
			"state", "failed", "changes", 0, "accounts_in_scope", 0, "accounts_inactive", 0, "halt",
			"code", "X", "message", json_text("bad \xff\xfe byte")));
	flush(world.store);
	CLEANUP_REPLY struct reply one =
		call_route(&world, "getRun", (struct call){ .parameter = RUN_NEW });
	assert_int_equal(one.err.kind, ERR_NONE);
	CLEANUP_FREE char *text = json_to_text(one.json);
	CLEANUP_JSON json_t *again = json_loads(text, 0, NULL);
	assert_true(json_equal(again, one.json));
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_changes),
		store_test(test_whole_changes),
		store_test(test_one_change),
		store_test(test_runs),
		store_test(test_signals),
		store_test(test_ingest),
		store_test(test_probes),
		store_test(test_metrics),
		store_test(test_status),
		store_test(test_text_is_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
