/* Tests of the API's lists of accounts, cells and findings, a page at a time. */
#include "test_web_api_help.h"

#include "base/json_write.h"
#include "store/queue.h"
#include "test_coverage_help.h"

#include "web/api/private.h"

#define S3 "s3.bucket-default-encryption"
#define IAM "iam.user-mfa"

static void put_account(struct world *world, const char *id, const char *state, const char *unit)
{
	put_json(world, STORE_ACCOUNTS, STORE_KEY(id),
		json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}], s:{s:s}}", "id", id, "name",
			"shop", "state", state, "path", "Root/Prod", "units", "id", "r-abcd", "name", "Root",
			"id", "ou-abcd-11111111", "name", unit, "tags", "stage", "prod"));
}

static void put_finding(struct world *world, const char *account, const char *region,
	const char *baseline, const char *resource, const char *status, const char *run)
{
	put_json(world, STORE_FINDINGS, STORE_KEY(account, region, baseline, resource),
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{}, s:{}, s:n, s:{s:s}, s:n, s:s, "
				  "s:s}",
			"account", account, "account_name", "shop", "region", region, "baseline", baseline,
			"resource", resource, "status", status, "severity", "high", "tier", "auto", "observed",
			"desired", "change", "proposal", "id", "c-0123456789abcdef", "cause", "observed_at",
			"2026-11-24T08:00:00Z", "run", run));
}

static void put_run(struct world *world, const char *id, const char *kind, const char *state,
	const char *only_account)
{
	json_t *accounts = json_array();

	if (only_account != NULL)
		json_array_append_new(accounts, json_string(only_account));
	put_json(world, STORE_RUNS, STORE_KEY(id),
		json_pack("{s:s, s:s, s:s, s:s, s:{s:o, s:[], s:[], s:[], s:i, s:i}, s:{}, s:i, s:i, s:i}",
			"id", id, "kind", kind, "state", state, "started", "2026-11-24T08:00:00Z", "selection",
			"accounts", accounts, "ous", "regions", "baselines", "shard", 1, "shards", 1, "cells",
			"changes", 0, "accounts_in_scope", 0, "accounts_inactive", 0));
}

static void put_cell(struct world *world, const char *run, const char *account, const char *region,
	const char *baseline, const char *status)
{
	enum status parsed;
	struct err err = ERR_INIT;

	assert_int_equal(status_parse(status, &parsed), 0);
	assert_ok(put_covered(world->store, run, account, region, baseline, parsed, &err));
}

/* --- accounts --- */

static void test_accounts(void **state)
{
	struct world world;
	int pages;

	(void)state;
	world_open(&world, ", \"scope\": {\"exclude\": [\"ou:Lab\"]}", NULL);
	put_account(&world, "000000000009", "ACTIVE", "Prod");
	put_account(&world, ACCOUNT_ONE, "ACTIVE", "Prod");
	put_account(&world, ACCOUNT_TWO, "ACTIVE", "Lab");
	put_account(&world, "999999999999", "SUSPENDED", "Prod");
	flush(world.store);
	for (int limit = 1; limit <= 5; limit++) {
		CLEANUP_JSON json_t *all =
			all_pages(&world, "listAccounts", "accounts", "{}", limit, &pages);

		assert_int_equal(json_array_size(all), 4);
		assert_string_equal(json_get_string_or(json_array_get(all, 0), "id", ""), "000000000009");
		assert_string_equal(json_get_string_or(json_array_get(all, 3), "id", ""), "999999999999");
	}
	CLEANUP_JSON json_t *active = all_pages(&world, "listAccounts", "accounts",
		"{\"state\": \"ACTIVE\", \"in_scope\": \"true\"}", 1, &pages);
	assert_int_equal(json_array_size(active), 2);
	CLEANUP_JSON json_t *out =
		all_pages(&world, "listAccounts", "accounts", "{\"in_scope\": false}", 10, &pages);
	assert_int_equal(json_array_size(out), 1);
	assert_string_equal(json_get_string_or(json_array_get(out, 0), "id", ""), ACCOUNT_TWO);

	CLEANUP_REPLY struct reply one =
		call_route(&world, "getAccount", (struct call){ .parameter = ACCOUNT_ONE });
	assert_true(json_is_true(json_object_get(json_object_get(one.json, "account"), "in_scope")));
	assert_true(json_is_null(json_object_get(json_object_get(one.json, "account"), "regions")));
	CLEANUP_REPLY struct reply none =
		call_route(&world, "getAccount", (struct call){ .parameter = "444455556666" });
	assert_true(err_is(&none.err, ERR_USAGE, "NotFound"));
	assert_string_equal(failure_of(&world, "getAccount", (struct call){ .parameter = "../meta" }),
		"InvalidId");
	assert_string_equal(failure_of(&world, "listAccounts",
							(struct call){ .query = "{\"after\": \"zz\"}" }),
		"InvalidId");
	assert_string_equal(failure_of(&world, "listAccounts",
							(struct call){ .query = "{\"limit\": \"5000\"}" }),
		"InvalidLimit");
	world_close(&world);
}

/* A record that isn't JSON is reported as a fault of the state folder. */
static void test_damaged_record(void **state)
{
	struct world world;
	struct store_key key = STORE_KEY(ACCOUNT_ONE),
					 finding = STORE_KEY(ACCOUNT_ONE, "eu-west-1", S3, "r");
	struct err err = ERR_INIT;

	(void)state;
	world_open(&world, "", NULL);
	assert_ok(store_put(world.store, STORE_ACCOUNTS, &key, "{", 1, &err));
	assert_ok(store_put(world.store, STORE_FINDINGS, &finding, "{", 1, &err));
	flush(world.store);
	CLEANUP_REPLY struct reply list =
		call_route(&world, "listAccounts", (struct call){ .query = NULL });
	assert_int_equal(list.err.kind, ERR_STORE);
	CLEANUP_REPLY struct reply one =
		call_route(&world, "getAccount", (struct call){ .parameter = ACCOUNT_ONE });
	assert_int_equal(one.err.kind, ERR_STORE);
	CLEANUP_REPLY struct reply findings =
		call_route(&world, "listFindings", (struct call){ .query = NULL });
	assert_int_equal(findings.err.kind, ERR_STORE);
	CLEANUP_REPLY struct reply cells =
		call_route(&world, "listCells", (struct call){ .query = NULL });
	assert_int_equal(cells.err.kind, ERR_STORE);
	world_close(&world);
}

/* --- findings --- */

static void test_findings(void **state)
{
	struct world world;
	char resource[600];
	int pages;

	(void)state;
	world_open(&world, "", NULL);
	for (int account = 0; account < 3; account++) {
		for (int i = 0; i < 7; i++) {
			char id[13];

			snprintf(id, sizeof id, "%d00000000000", account + 1);
			/* Some keys are longer than the store allows; they are cut, and stay in order. */
			memset(resource, 'a', sizeof resource);
			snprintf(resource + (i % 2 ? 0 : sizeof resource - 20), 20, "bucket-%d", i);
			put_finding(&world, id, i < 4 ? "eu-west-1" : "global", i % 2 ? S3 : IAM, resource,
				i == 3 ? "drifted" : "compliant", RUN_NEW);
		}
	}
	flush(world.store);
	for (int limit = 1; limit <= 22; limit += 3) {
		CLEANUP_JSON json_t *all =
			all_pages(&world, "listFindings", "findings", "{}", limit, &pages);

		assert_int_equal(json_array_size(all), 21);
		assert_null(json_object_get(json_array_get(all, 0), "proposal"));
	}
	CLEANUP_JSON json_t *drifted =
		all_pages(&world, "listFindings", "findings", "{\"status\": \"drifted\"}", 2, &pages);
	assert_int_equal(json_array_size(drifted), 3);
	CLEANUP_JSON json_t *one = all_pages(&world, "listFindings", "findings",
		"{\"account\": \"200000000000\", \"baseline\": \"" S3 "\"}", 2, &pages);
	assert_int_equal(json_array_size(one), 3);
	CLEANUP_JSON json_t *global = all_pages(&world, "listFindings", "findings",
		"{\"region\": \"global\", \"severity\": \"high\"}", 50, &pages);
	assert_int_equal(json_array_size(global), 9);
	CLEANUP_JSON json_t *ocsf =
		all_pages(&world, "exportFindings", "findings", "{\"status\": \"drifted\"}", 2, &pages);
	assert_int_equal(json_array_size(ocsf), json_array_size(drifted));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(ocsf, 0), "class_uid")),
		2003);
	CLEANUP_JSON json_t *none =
		all_pages(&world, "listFindings", "findings", "{\"severity\": \"low\"}", 50, &pages);
	assert_int_equal(json_array_size(none), 0);
	CLEANUP_JSON json_t *unknown = all_pages(&world, "listFindings", "findings",
		"{\"account\": \"444455556666\"}", 50, &pages);
	assert_int_equal(json_array_size(unknown), 0);
	world_close(&world);
}

static void test_findings_refusals(void **state)
{
	static const struct {
		const char *query, *code;
	} cases[] = {
		{ "{\"status\": \"bad\"}", "InvalidStatus" },
		{ "{\"account\": \"1\"}", "InvalidId" },
		{ "{\"region\": \"X\"}", "InvalidId" },
		{ "{\"baseline\": \"a b\"}", "InvalidId" },
		{ "{\"after\": \"abc\"}", "InvalidCursor" },
		{ "{\"after\": \"zz\"}", "InvalidCursor" },
		{ "{\"after\": \"6162\"}", "InvalidCursor" },
		{ "{\"limit\": -1}", "InvalidLimit" },
	};
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		assert_string_equal(failure_of(&world, "listFindings",
								(struct call){ .query = cases[i].query }),
			cases[i].code);
		if (strcmp(cases[i].code, "InvalidCursor") != 0)
			assert_string_equal(failure_of(&world, "listCells",
									(struct call){ .query = cases[i].query }),
				cases[i].code);
	}
	world_close(&world);
}

/* A page ends early when much would have to be sent or read for it. */
static void test_a_page_is_bounded(void **state)
{
	CLEANUP_FREE char *large = xmalloc((1 << 20) + 1);
	struct world world;
	int pages;

	(void)state;
	memset(large, 'x', 1 << 20);
	large[1 << 20] = '\0';
	world_open(&world, "", NULL);
	for (int i = 0; i < 10; i++) {
		char resource[32];

		snprintf(resource, sizeof resource, "bucket-%d", i);
		put_json(&world, STORE_FINDINGS, STORE_KEY(ACCOUNT_ONE, "eu-west-1", S3, resource),
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s}}", "account", ACCOUNT_ONE, "region",
				"eu-west-1", "baseline", S3, "resource", resource, "status", "compliant",
				"observed", "text", large));
	}
	flush(world.store);
	CLEANUP_JSON json_t *all = all_pages(&world, "listFindings", "findings", "{}", 1000, &pages);
	assert_int_equal(json_array_size(all), 10);
	assert_int_equal(pages, 3);
	world_close(&world);
}

static void many_body(void *argument)
{
	struct world *world = argument;
	struct call call = { .query = "{\"status\": \"drifted\"}" };
	CLEANUP_REPLY struct reply first = call_route(world, "listFindings", call);
	const char *after = json_get_string(first.json, "next");

	/* None is drifted, but the walk ends with an empty page after it has read so many records. */
	if (first.err.kind != ERR_NONE ||
		json_array_size(json_object_get(first.json, "findings")) != 0 || after == NULL)
		abort();
	CLEANUP_JSON json_t *query = json_pack("{s:s, s:s}", "status", "drifted", "after", after);
	CLEANUP_FREE char *text = json_to_text(query);
	CLEANUP_REPLY struct reply second =
		call_route(world, "listFindings", (struct call){ .query = text });
	if (second.err.kind != ERR_NONE || !json_is_null(json_object_get(second.json, "next")))
		abort();
}

/* On a fiber the walk yields now and then, so that other fibers run meanwhile. */
static void count_turns(void *argument)
{
	int *turns = argument;

	while (*turns >= 0 && *turns < 1000000) {
		if (fiber_sleep(0) < 0)
			return;
		if (*turns >= 0)
			++*turns;
	}
}

struct both {
	struct world *world;
	int *turns, seen;
};

static void many_and_count(void *argument)
{
	struct both *both = argument;

	many_body(both->world);
	both->seen = *both->turns;
	*both->turns = -1;
}

static void test_much_is_read_in_turns(void **state)
{
	struct loop *loop = new_loop(8);
	struct world world;
	int turns = 0;
	struct both both = { &world, &turns, 0 };

	(void)state;
	world_open(&world, "", loop);
	for (int i = 0; i < API_PAGE_RECORDS + 10; i++) {
		char account[13], resource[32];

		snprintf(account, sizeof account, "%012d", i / 7000 + 1);
		snprintf(resource, sizeof resource, "bucket-%d", i);
		put_json(&world, STORE_FINDINGS, STORE_KEY(account, "eu-west-1", S3, resource),
			json_pack("{s:s, s:s, s:s, s:s, s:s}", "account", account, "region", "eu-west-1",
				"baseline", S3, "resource", resource, "status", "compliant"));
	}
	flush(world.store);
	spawn(loop, count_turns, &turns);
	spawn(loop, many_and_count, &both);
	loop_run(loop);
	assert_true(both.seen >= API_PAGE_RECORDS / LEDGER_TURN_RECORDS);
	world_close(&world);
	loop_free(loop);
}

static void cancelled_body(void *argument)
{
	CLEANUP_REPLY struct reply reply =
		call_route(argument, "listFindings", (struct call){ .query = "{\"status\": \"drifted\"}" });

	if (!err_is(&reply.err, ERR_CANCELLED, "Cancelled"))
		abort();
}

static void test_a_stop_ends_the_walk(void **state)
{
	struct loop *loop = new_loop(8);
	struct world world;

	(void)state;
	world_open(&world, "", loop);
	for (int i = 0; i < 3 * LEDGER_TURN_RECORDS; i++) {
		char resource[32];

		snprintf(resource, sizeof resource, "bucket-%d", i);
		put_finding(&world, ACCOUNT_ONE, "eu-west-1", S3, resource, "compliant", RUN_NEW);
	}
	flush(world.store);
	loop_cancel(loop);
	spawn(loop, cancelled_body, &world);
	loop_run(loop);
	world_close(&world);
	loop_free(loop);
}

/* --- cells --- */

static const json_t *cell_of(const json_t *cells, const char *account, const char *region,
	const char *baseline)
{
	size_t index;
	json_t *cell;

	json_array_foreach((json_t *)cells, index, cell)
		if (strcmp(json_get_string_or(cell, "account", ""), account) == 0 &&
			strcmp(json_get_string_or(cell, "region", ""), region) == 0 &&
			strcmp(json_get_string_or(cell, "baseline", ""), baseline) == 0)
			return cell;
	return NULL;
}

static const char *status_in(const json_t *cells, const char *account, const char *region,
	const char *baseline)
{
	return json_get_string_or(cell_of(cells, account, region, baseline), "status", "none");
}

/* Records two whole sweeps, and after them an event's run on one cell and an apply on another. */
static void put_cells(struct world *world)
{
	put_account(world, ACCOUNT_ONE, "ACTIVE", "Prod");
	put_account(world, ACCOUNT_TWO, "ACTIVE", "Prod");
	put_run(world, "20261101T080000.000Z-00000000", "sweep", "finished", NULL);
	put_cell(world, "20261101T080000.000Z-00000000", ACCOUNT_ONE, "eu-west-1", "gone.baseline",
		"drifted");
	put_run(world, RUN_OLD, "sweep", "finished", NULL);
	put_cell(world, RUN_OLD, ACCOUNT_ONE, "eu-west-1", S3, "drifted");
	put_cell(world, RUN_OLD, ACCOUNT_ONE, "eu-west-2", S3, "not_applicable");
	put_cell(world, RUN_OLD, ACCOUNT_ONE, "global", IAM, "compliant");
	put_cell(world, RUN_OLD, ACCOUNT_TWO, "global", IAM, "unknown");
	put_run(world, RUN_NEW, "event", "finished", NULL);
	put_cell(world, RUN_NEW, ACCOUNT_ONE, "eu-west-1", S3, "remediated");
	put_run(world, "20261124T090000.000Z-00000003", "apply", "finished", NULL);
	put_cell(world, "20261124T090000.000Z-00000003", ACCOUNT_ONE, "global", IAM, "drifted");
	put_finding(world, ACCOUNT_ONE, "eu-west-1", S3, "one", "compliant", RUN_NEW);
	put_finding(world, ACCOUNT_ONE, "eu-west-1", S3, "two", "remediated", RUN_NEW);
	put_finding(world, ACCOUNT_ONE, "global", IAM, "ann", "compliant", RUN_OLD);
	put_finding(world, ACCOUNT_TWO, "global", IAM, "bob", "unknown", RUN_OLD);
	/* The last whole sweep didn't have this cell any more. */
	put_finding(world, ACCOUNT_ONE, "eu-west-1", "gone.baseline", "one", "drifted",
		"20261101T080000.000Z-00000000");
	flush(world->store);
}

static void test_cells(void **state)
{
	struct world world;
	int pages;

	(void)state;
	world_open(&world, "", NULL);
	put_cells(&world);
	for (int limit = 1; limit <= 6; limit++) {
		CLEANUP_JSON json_t *cells = all_pages(&world, "listCells", "cells", "{}", limit, &pages);

		assert_int_equal(json_array_size(cells), 4);
		assert_string_equal(status_in(cells, ACCOUNT_ONE, "eu-west-1", S3), "remediated");
		assert_int_equal(
			json_get_integer_or(cell_of(cells, ACCOUNT_ONE, "eu-west-1", S3), "findings", 0), 2);
		assert_string_equal(
			json_get_string_or(cell_of(cells, ACCOUNT_ONE, "eu-west-1", S3), "run", ""), RUN_NEW);
		assert_string_equal(status_in(cells, ACCOUNT_ONE, "eu-west-2", S3), "not_applicable");
		assert_string_equal(status_in(cells, ACCOUNT_ONE, "global", IAM), "compliant");
		assert_string_equal(status_in(cells, ACCOUNT_TWO, "global", IAM), "unknown");
		assert_null(cell_of(cells, ACCOUNT_ONE, "eu-west-1", "gone.baseline"));
	}
	CLEANUP_JSON json_t *one =
		all_pages(&world, "listCells", "cells", "{\"account\": \"" ACCOUNT_ONE "\"}", 2, &pages);
	assert_int_equal(json_array_size(one), 3);
	CLEANUP_JSON json_t *filtered = all_pages(&world, "listCells", "cells",
		"{\"baseline\": \"" S3 "\", \"region\": \"eu-west-2\"}", 2, &pages);
	assert_int_equal(json_array_size(filtered), 1);
	CLEANUP_JSON json_t *unknown =
		all_pages(&world, "listCells", "cells", "{\"status\": \"unknown\"}", 2, &pages);
	assert_int_equal(json_array_size(unknown), 1);
	world_close(&world);
}

/* Without a whole sweep on record, the cells of all runs count. */
static void test_cells_of_partial_runs(void **state)
{
	struct world world;
	int pages;

	(void)state;
	world_open(&world, "", NULL);
	put_account(&world, ACCOUNT_ONE, "ACTIVE", "Prod");
	put_run(&world, RUN_OLD, "sweep", "interrupted", NULL);
	put_cell(&world, RUN_OLD, ACCOUNT_ONE, "global", IAM, "compliant");
	put_run(&world, RUN_NEW, "plan", "finished", ACCOUNT_ONE);
	put_cell(&world, RUN_NEW, ACCOUNT_ONE, "eu-west-1", S3, "not_applicable");
	put_finding(&world, ACCOUNT_TWO, "global", IAM, "bob", "unknown", RUN_OLD);
	flush(world.store);
	CLEANUP_JSON json_t *cells = all_pages(&world, "listCells", "cells", "{}", 10, &pages);
	assert_int_equal(json_array_size(cells), 3);
	assert_string_equal(status_in(cells, ACCOUNT_ONE, "global", IAM), "compliant");
	assert_string_equal(status_in(cells, ACCOUNT_ONE, "eu-west-1", S3), "not_applicable");
	assert_string_equal(status_in(cells, ACCOUNT_TWO, "global", IAM), "unknown");
	assert_string_equal(failure_of(&world, "listCells",
							(struct call){ .query = "{\"after\": \"nonsense\"}" }),
		"InvalidCursor");
	assert_string_equal(failure_of(&world, "listCells",
							(struct call){ .query = "{\"after\": \"11112222333x,a,b\"}" }),
		"InvalidCursor");
	assert_string_equal(failure_of(&world, "listCells",
							(struct call){ .query = "{\"account\": \"" ACCOUNT_TWO
													"\", \"after\": \"" ACCOUNT_ONE ",a,b\"}" }),
		"InvalidCursor");
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_accounts),
		store_test(test_damaged_record),
		store_test(test_findings),
		store_test(test_findings_refusals),
		store_test(test_a_page_is_bounded),
		store_test(test_much_is_read_in_turns),
		store_test(test_a_stop_ends_the_walk),
		store_test(test_cells),
		store_test(test_cells_of_partial_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
