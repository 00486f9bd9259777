/* Tests of requests that change something: rollbacks, exceptions, pauses, and sweeps on demand.
 * Each is recorded with the person who asked for it. */
#include "base/json_write.h"
#include "guards/pause_file.h"
#include "test_web_api_help.h"

#define S3 "s3.bucket-default-encryption"

/* --- rollback --- */

static void put_change(struct world *world, const char *id, const char *kind, const char *state,
	bool applied, const char *account, const char *at, const char *run)
{
	json_t *record = change_json(id, run);

	set_text(record, "hash", id);
	set_text(record, "kind", kind);
	set_text(record, "account", account);
	set_text(record, "state", state);
	set_text(record, "at", at);
	json_object_set_new(record, "history",
		json_pack("[{s:s, s:s}]", "state", applied ? "applied" : "planned", "at", at));
	put_json(world, STORE_JOURNAL, STORE_KEY(id), record);
}

#define MADE "c-0000000000000001"
#define NOT_MADE "c-0000000000000002"
#define UNDONE "c-0000000000000003"
#define HALF "c-0000000000000004"
#define OLDER "c-0000000000000005"
#define AN_UNDO "c-0000000000000006"

static void put_changes(struct world *world)
{
	put_change(world, MADE, "remedy", "verified", true, ACCOUNT_ONE, "2026-11-24T08:00:02Z",
		RUN_NEW);
	put_change(world, NOT_MADE, "remedy", "failed", false, ACCOUNT_ONE, "2026-11-24T08:00:03Z",
		RUN_NEW);
	put_change(world, UNDONE, "remedy", "rolled_back", true, ACCOUNT_TWO, "2026-11-24T08:00:04Z",
		RUN_OLD);
	put_change(world, HALF, "remedy", "failed", true, ACCOUNT_TWO, "2026-11-24T08:00:05Z", RUN_NEW);
	put_change(world, OLDER, "remedy", "verified", true, ACCOUNT_ONE, "2026-11-01T08:00:00Z",
		"20261101T080000.000Z-00000000");
	put_change(world, AN_UNDO, "rollback", "verified", true, ACCOUNT_TWO, "2026-11-24T08:00:06Z",
		RUN_NEW);
	flush(world->store);
}

static void test_one_change(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	put_changes(&world);
	CLEANUP_REPLY struct reply undone = call_route(&world, "rollbackChange",
		(struct call){
			.parameter = MADE, .body = "{\"reason\": \"wrong bucket\"}", .person = "Bob" });
	assert_int_equal(undone.status, 200);
	assert_string_equal(
		json_get_string_or(json_object_get(json_object_get(undone.json, "result"), "run"), "kind",
			""),
		"rollback");
	assert_int_equal(world.kind, RUN_ROLLBACK);
	assert_int_equal(world.items, 1);
	assert_false(world.forced);
	assert_string_equal(world.first_item, MADE);
	assert_string_equal(world.asked_by, "Bob");
	assert_int_equal(audited(&world, "rollback.request", "accepted", "Bob"), 1);
	CLEANUP_REPLY struct reply half =
		call_route(&world, "rollbackChange", (struct call){ .parameter = HALF });
	assert_int_equal(half.status, 200);

	CLEANUP_REPLY struct reply none =
		call_route(&world, "rollbackChange", (struct call){ .parameter = "c-ffffffffffffffff" });
	assert_true(err_is(&none.err, ERR_USAGE, "NotFound"));
	CLEANUP_REPLY struct reply never =
		call_route(&world, "rollbackChange", (struct call){ .parameter = NOT_MADE });
	assert_true(err_is(&never.err, ERR_LIMIT, "NotUndoable"));
	CLEANUP_REPLY struct reply again =
		call_route(&world, "rollbackChange", (struct call){ .parameter = UNDONE });
	assert_true(err_is(&again.err, ERR_LIMIT, "NotUndoable"));
	CLEANUP_REPLY struct reply undo =
		call_route(&world, "rollbackChange", (struct call){ .parameter = AN_UNDO });
	assert_true(err_is(&undo.err, ERR_LIMIT, "NotUndoable"));
	assert_string_equal(failure_of(&world, "rollbackChange", (struct call){ .parameter = "x" }),
		"InvalidId");
	assert_int_equal(world.works, 2);
	world.fails = "Draining";
	assert_string_equal(failure_of(&world, "rollbackChange", (struct call){ .parameter = MADE }),
		"Draining");
	world_close(&world);
}

/* Only an admin may force a rollback, which may undo somebody's later change. */
static void test_force(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	put_changes(&world);
	for (enum api_role role = API_VIEWER; role <= API_INGEST; role++) {
		CLEANUP_REPLY struct reply reply = call_route(&world, "rollbackChange",
			(struct call){ .parameter = MADE, .body = "{\"force\": true}", .role = role });

		assert_int_equal(reply.status, role == API_ADMIN ? 200 : 403);
		if (role != API_ADMIN)
			assert_string_equal(
				json_get_string_or(json_object_get(reply.json, "error"), "code", ""), "Forbidden");
	}
	assert_int_equal(world.works, 1);
	assert_true(world.forced);
	world_close(&world);
}

static void test_many_changes(void **state)
{
	static const struct {
		const char *id, *parameter, *body, *code; /* code NULL: done */
		size_t items;
		const char *first;
	} cases[] = {
		{ "rollbackRun", RUN_NEW, "{}", NULL, 2, HALF },
		{ "rollbackRun", RUN_NEW, "{\"accounts\": [\"" ACCOUNT_ONE "\"]}", NULL, 1, MADE },
		{ "rollbackRun", RUN_NEW, "{\"since\": \"2026-11-24T08:00:04Z\", \"force\": true}", NULL, 1,
			HALF },
		/* all of its changes are rolled back already */
		{ "rollbackRun", RUN_OLD, "{}", NULL, 0, "" },
		{ "rollbackRun", "20260101T080000.000Z-00000000", "{}", "NotFound", 0, "" },
		{ "rollbackRun", "?", "{}", "InvalidId", 0, "" },
		{ "rollbackRun", RUN_NEW, "{\"since\": \"soon\"}", "InvalidTime", 0, "" },
		{ "rollbackRun", RUN_NEW, "{\"accounts\": [7]}", "InvalidId", 0, "" },
		{ "rollbackRun", RUN_NEW, "{\"accounts\": [\"7\"]}", "InvalidId", 0, "" },
		{ "rollbackAccounts", NULL,
			"{\"accounts\": [\"" ACCOUNT_ONE "\"], \"since\": \"2026-10-01T00:00:00Z\"}", NULL, 2,
			MADE },
		{ "rollbackAccounts", NULL,
			"{\"accounts\": [\"" ACCOUNT_ONE "\", \"" ACCOUNT_TWO
			"\"], \"since\": \"2026-11-24T00:00:00Z\"}",
			NULL, 2, HALF },
		{ "rollbackAccounts", NULL,
			"{\"accounts\": [\"" ACCOUNT_ONE "\"], \"since\": \"2026-12-01T00:00:00Z\"}",
			"NothingToRollBack", 0, "" },
		{ "rollbackAccounts", NULL, "{\"accounts\": [], \"since\": \"2026-11-24T00:00:00Z\"}",
			"MissingField", 0, "" },
		{ "rollbackAccounts", NULL, "{\"accounts\": [\"" ACCOUNT_ONE "\"]}", "MissingField", 0,
			"" },
		{ "rollbackAccounts", NULL, NULL, "MissingField", 0, "" },
	};
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	put_changes(&world);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		int before = world.works;
		CLEANUP_REPLY struct reply reply = call_route(&world, cases[i].id,
			(struct call){ .parameter = cases[i].parameter, .body = cases[i].body });

		if (cases[i].code != NULL) {
			if (strcmp(reply.err.code, cases[i].code) != 0)
				fail_msg("case %zu: %s", i, reply.err.code);
			assert_int_equal(world.works, before);
			continue;
		}
		if (reply.err.kind != ERR_NONE)
			fail_msg("case %zu: %s", i, reply.err.message);
		assert_int_equal(world.works, before + 1);
		assert_int_equal(world.items, cases[i].items);
		assert_string_equal(world.first_item, cases[i].first);
	}
	world_close(&world);
}

static void test_many_accounts_are_refused(void **state)
{
	CLEANUP_JSON json_t *body = json_pack("{s:s}", "since", "2026-11-24T00:00:00Z");
	json_t *accounts = json_array();
	struct world world;

	(void)state;
	for (int i = 0; i < 1001; i++)
		json_array_append_new(accounts, json_string(ACCOUNT_ONE));
	json_object_set_new(body, "accounts", accounts);
	CLEANUP_FREE char *text = json_to_text(body);
	world_open(&world, "", NULL);
	assert_string_equal(failure_of(&world, "rollbackAccounts", (struct call){ .body = text }),
		"TooManyAccounts");
	world_close(&world);
}

/* A request whose reason is too long to be recorded is refused. */
static void test_reason_is_bounded(void **state)
{
	char reason[1100], body[1200];
	struct world world;

	(void)state;
	memset(reason, 'x', sizeof reason - 1);
	reason[sizeof reason - 1] = '\0';
	snprintf(body, sizeof body, "{\"reason\": \"%s\"}", reason);
	world_open(&world, "", NULL);
	put_changes(&world);
	assert_string_equal(failure_of(&world, "rollbackChange",
							(struct call){ .parameter = MADE, .body = body }),
		"TextTooLong");
	assert_string_equal(failure_of(&world, "rollbackRun",
							(struct call){ .parameter = RUN_NEW, .body = body }),
		"TextTooLong");
	assert_string_equal(failure_of(&world, "pause", (struct call){ .body = body }), "TextTooLong");
	assert_string_equal(failure_of(&world, "resume", (struct call){ .body = body }), "TextTooLong");
	assert_string_equal(failure_of(&world, "addException", (struct call){ .body = body }),
		"TextTooLong");
	assert_int_equal(world.works, 0);
	world_close(&world);
}

/* --- exceptions --- */

#define GIVEN \
	"\"baseline\": \"" S3 "\", \"account\": \"" ACCOUNT_ONE \
	"\", \"reason\": \"because\", \"owner\": \"Ann\""

static void test_exceptions(void **state)
{
	struct world world;
	int pages;

	(void)state;
	world_open(&world, ", \"exceptions\": [{" GIVEN ", \"expires\": \"2999-01-31\"}]", NULL);
	CLEANUP_REPLY struct reply added = call_route(&world, "addException",
		(struct call){ .body = "{" GIVEN ", \"expires\": \"2998-01-31\"}", .person = "Bob" });
	assert_int_equal(added.status, 200);
	const json_t *item = json_object_get(added.json, "exception");
	char id[32], configured[32];
	snprintf(id, sizeof id, "%s", json_get_string_or(item, "id", ""));
	assert_string_equal(json_get_string_or(item, "by", ""), "Bob");
	assert_int_equal(world.follows, 1);
	assert_int_equal(audited(&world, "exception.add", NULL, "Bob"), 1);

	for (int limit = 1; limit <= 3; limit++) {
		CLEANUP_JSON json_t *all =
			all_pages(&world, "listExceptions", "exceptions", "{}", limit, &pages);

		assert_int_equal(json_array_size(all), 2);
		snprintf(configured, sizeof configured, "%s",
			json_get_string_or(json_array_get(all, 0), "id", ""));
	}
	CLEANUP_REPLY struct reply ended =
		call_route(&world, "endException", (struct call){ .parameter = id, .person = "Cyd" });
	assert_int_equal(ended.status, 200);
	assert_int_equal(audited(&world, "exception.expire", NULL, "Cyd"), 1);
	CLEANUP_JSON json_t *in_force =
		all_pages(&world, "listExceptions", "exceptions", "{\"state\": \"in_force\"}", 10, &pages);
	assert_int_equal(json_array_size(in_force), 1);

	CLEANUP_REPLY struct reply twice =
		call_route(&world, "endException", (struct call){ .parameter = id });
	assert_true(err_is(&twice.err, ERR_LIMIT, "AlreadyEnded"));
	CLEANUP_REPLY struct reply theirs =
		call_route(&world, "endException", (struct call){ .parameter = configured });
	assert_true(err_is(&theirs.err, ERR_LIMIT, "InConfiguration"));
	CLEANUP_REPLY struct reply none =
		call_route(&world, "endException", (struct call){ .parameter = "x-0000000000000000" });
	assert_true(err_is(&none.err, ERR_USAGE, "NotFound"));
	assert_string_equal(failure_of(&world, "endException", (struct call){ .parameter = "nothing" }),
		"InvalidId");
	assert_string_equal(failure_of(&world, "listExceptions",
							(struct call){ .query = "{\"after\": \"x-0000000000000000\"}" }),
		"InvalidCursor");
	assert_string_equal(failure_of(&world, "listExceptions",
							(struct call){ .query = "{\"after\": \"5\"}" }),
		"InvalidId");
	assert_int_equal(world.follows, 2);
	world_close(&world);
}

static void test_exceptions_refused(void **state)
{
	static const char *const bodies[] = {
		"{}",
		"{\"baseline\": \"no.such\"}",
		"{" GIVEN "}",
		"{" GIVEN ", \"expires\": \"2020-01-31\"}",
		"{" GIVEN ", \"expires\": 5}",
		"{" GIVEN ", \"expires\": \"2999-01-31\", \"until\": \"x\"}",
	};
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(bodies); i++) {
		CLEANUP_REPLY struct reply reply =
			call_route(&world, "addException", (struct call){ .body = bodies[i] });
		assert_int_equal(reply.err.kind, ERR_USAGE);
	}
	assert_string_equal(failure_of(&world, "addException", (struct call){ .body = NULL }),
		"MissingBody");
	assert_int_equal(world.follows, 0);

	/* The exception is recorded, but the process could not apply it, and the answer says so. */
	world.fails = "NotNow";
	CLEANUP_REPLY struct reply unfollowed = call_route(&world, "addException",
		(struct call){ .body = "{" GIVEN ", \"expires\": \"2998-01-31\"}" });
	assert_string_equal(unfollowed.err.code, "NotNow");
	assert_non_null(strstr(unfollowed.err.message, "is on record"));
	world_close(&world);
}

/* --- pauses --- */

static void test_pauses(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	CLEANUP_REPLY struct reply all = call_route(&world, "pause", (struct call){ .body = NULL });
	assert_int_equal(json_array_size(list_of(&all, "pauses")), 1);
	CLEANUP_REPLY struct reply account = call_route(&world, "pause",
		(struct call){ .body = "{\"account\": \"" ACCOUNT_ONE "\", \"reason\": \"incident\"}",
			.person = "Bob" });
	assert_int_equal(json_array_size(list_of(&account, "pauses")), 2);
	CLEANUP_REPLY struct reply baseline =
		call_route(&world, "pause", (struct call){ .body = "{\"baseline\": \"" S3 "\"}" });
	assert_int_equal(json_array_size(list_of(&baseline, "pauses")), 3);
	assert_int_equal(world.follows, 3);
	assert_int_equal(audited(&world, "pause", "done", NULL), 3);
	assert_int_equal(audited(&world, "pause", "done", "Bob"), 1);
	CLEANUP_REPLY struct reply listed =
		call_route(&world, "listPauses", (struct call){ .query = NULL });
	assert_int_equal(json_array_size(list_of(&listed, "pauses")), 3);

	CLEANUP_REPLY struct reply resumed = call_route(&world, "resume",
		(struct call){ .body = "{\"account\": \"" ACCOUNT_ONE "\"}", .person = "Cyd" });
	assert_int_equal(json_array_size(list_of(&resumed, "pauses")), 2);
	assert_int_equal(json_array_size(list_of(&resumed, "resumed")), 1);
	assert_int_equal(audited(&world, "resume", "done", "Cyd"), 1);
	CLEANUP_REPLY struct reply none =
		call_route(&world, "resume", (struct call){ .body = "{\"account\": \"" ACCOUNT_ONE "\"}" });
	assert_true(err_is(&none.err, ERR_USAGE, "NotFound"));
	CLEANUP_REPLY struct reply everything =
		call_route(&world, "resume", (struct call){ .body = "{}" });
	assert_int_equal(json_array_size(list_of(&everything, "pauses")), 1);
	CLEANUP_REPLY struct reply nothing =
		call_route(&world, "resume", (struct call){ .body = NULL });
	assert_int_equal(json_array_size(list_of(&nothing, "resumed")), 0);

	assert_string_equal(failure_of(&world, "pause",
							(struct call){ .body = "{\"account\": \"" ACCOUNT_ONE
												   "\", \"baseline\": \"" S3 "\"}" }),
		"TwoScopes");
	assert_string_equal(failure_of(&world, "pause",
							(struct call){ .body = "{\"account\": \"all\"}" }),
		"InvalidId");
	assert_string_equal(failure_of(&world, "resume",
							(struct call){ .body = "{\"baseline\": \"a b\"}" }),
		"InvalidId");
	world_close(&world);
}

/* A command writes the pauses' file and tells the process, which records the pause at once and only
 * once. */
static void test_pauses_of_commands(void **state)
{
	const struct pause_request everything = { .by = "ann", .uid = 61001, .reason = "incident" };
	struct world world;
	struct err err = ERR_INIT;

	(void)state;
	world_open(&world, "", NULL);
	assert_ok(pause_add(test_state, &everything, 1, &err));
	for (int i = 0; i < 2; i++) {
		CLEANUP_REPLY struct reply told =
			call_route(&world, "recordPauses", (struct call){ .body = NULL });
		assert_int_equal(told.status, 200);
	}
	assert_int_equal(audited(&world, "pause", "done", "ann"), 1);
	world.fails = "NotNow";
	assert_string_equal(failure_of(&world, "recordPauses", (struct call){ .body = NULL }),
		"NotNow");
	CLEANUP_REPLY struct reply pause = call_route(&world, "pause", (struct call){ .body = NULL });
	assert_non_null(strstr(pause.err.message, "the pause is in force"));
	CLEANUP_REPLY struct reply resume = call_route(&world, "resume", (struct call){ .body = NULL });
	assert_non_null(strstr(resume.err.message, "the pause has ended"));
	world_close(&world);
}

/* --- sweeps on demand --- */

static void test_sweep(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	CLEANUP_REPLY struct reply begun =
		call_route(&world, "sweepNow", (struct call){ .person = "Dan" });
	assert_int_equal(begun.status, 202);
	assert_string_equal(world.asked_by, "Dan");
	world.fails = "Draining";
	assert_string_equal(failure_of(&world, "sweepNow", (struct call){ .person = "Dan" }),
		"Draining");
	assert_int_equal(world.sweeps, 2);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_one_change),
		store_test(test_force),
		store_test(test_many_changes),
		store_test(test_many_accounts_are_refused),
		store_test(test_reason_is_bounded),
		store_test(test_exceptions),
		store_test(test_exceptions_refused),
		store_test(test_pauses),
		store_test(test_pauses_of_commands),
		store_test(test_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
