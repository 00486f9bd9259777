/* Status order and exit codes, selectors, change hashes. */
#include "approvals/rules.h"
#include "base/json.h"
#include "baselines/verdict.h"
#include "baselines_help.h"
#include "engine/remediation.h"
#include "engine/selection.h"
#include "ledger/change.h"
#include "ledger/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static void test_status_order(void **unused)
{
	static const char *const order[] = { "unknown", "drifted", "awaiting_approval", "alerted",
		"managed_centrally", "remediated", "exempt", "compliant", "not_applicable" };

	(void)unused;
	assert_int_equal(STATUS_COUNT, ARRAY_LENGTH(order));
	for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
		enum status status;

		assert_int_equal(status_parse(order[i], &status), 0);
		assert_int_equal(status, i);
		assert_string_equal(status_name(status), order[i]);
		assert_int_equal(status_is_fine(status), i >= 5);
	}
	assert_int_equal(status_worst(STATUS_COMPLIANT, STATUS_UNKNOWN), STATUS_UNKNOWN);
	assert_int_equal(status_worst(STATUS_DRIFTED, STATUS_ALERTED), STATUS_DRIFTED);
}

static void test_exit_codes(void **unused)
{
	struct status_counts counts = { { 0 } };

	(void)unused;
	assert_int_equal(status_exit_code(&counts), 0);
	counts.of[STATUS_COMPLIANT] = counts.of[STATUS_REMEDIATED] = counts.of[STATUS_EXEMPT] =
		counts.of[STATUS_NOT_APPLICABLE] = 5;
	assert_int_equal(status_exit_code(&counts), 0);
	for (enum status status = STATUS_DRIFTED; status <= STATUS_MANAGED_CENTRALLY; status++) {
		counts.of[status] = 1;
		assert_int_equal(status_exit_code(&counts), 2);
		counts.of[status] = 0;
	}
	counts.of[STATUS_DRIFTED] = counts.of[STATUS_UNKNOWN] = 1;
	assert_int_equal(status_exit_code(&counts), 3);
	assert_int_equal(status_total(&counts), 22);
}

static void expect_refusal(const char *option, const char *value, const char *code)
{
	struct selection selection;
	struct err err = ERR_INIT;

	selection_init(&selection);
	assert_int_equal(selection_add(&selection, all_baselines(), option, value, &err), -1);
	assert_string_equal(err.code, code);
	selection_release(&selection);
}

static void test_selectors(void **unused)
{
	static const struct org_unit units[] = { { "r-1", "Root" }, { "ou-1-a", "Workloads" },
		{ "ou-1-b", "Prod" } };
	const struct org_place place = { "111122223333", units, 3, NULL, 0 };
	struct selection selection;
	struct err err = ERR_INIT;

	(void)unused;
	expect_refusal("account", "12", "InvalidAccount");
	expect_refusal("region", "nowhere!", "InvalidRegion");
	expect_refusal("baseline", "no.such", "UnknownBaseline");
	expect_refusal("shard", "3/2", "InvalidShard");
	expect_refusal("shard", "0/2", "InvalidShard");
	expect_refusal("shard", "1/2x", "InvalidShard");

	selection_init(&selection);
	assert_true(selection_takes_account(&selection, &place));
	assert_true(selection_takes_region(&selection, "eu-west-1"));
	assert_int_equal(selection_add(&selection, all_baselines(), "ou", "Workloads", &err), 0);
	assert_true(selection_takes_account(&selection, &place));
	assert_int_equal(selection_add(&selection, all_baselines(), "account", "444455556666", &err),
		0);
	assert_false(selection_takes_account(&selection, &place));
	assert_int_equal(selection_add(&selection, all_baselines(), "account", "111122223333", &err),
		0);
	assert_true(selection_takes_account(&selection, &place));
	assert_int_equal(selection_add(&selection, all_baselines(), "region", "global", &err), 0);
	assert_false(selection_takes_region(&selection, "eu-west-1"));

	json_t *json = selection_to_json(&selection);
	struct selection copy;
	selection_init(&copy);
	assert_int_equal(selection_from_json(json, &copy, &err), 0);
	assert_true(selection_takes_account(&copy, &place));
	assert_false(selection_takes_region(&copy, "eu-west-1"));
	json_decref(json);
	selection_release(&copy);
	selection_release(&selection);
}

static void test_shards_cover_each_account_once(void **unused)
{
	(void)unused;
	for (int account = 0; account < 200; account++) {
		char id[13];
		int taken = 0;

		snprintf(id, sizeof id, "%012d", 100000000 + account * 7919);
		const struct org_place place = { id, NULL, 0, NULL, 0 };
		for (int shard = 1; shard <= 7; shard++) {
			struct selection selection;
			struct err err = ERR_INIT;
			char value[8];

			selection_init(&selection);
			snprintf(value, sizeof value, "%d/7", shard);
			assert_int_equal(selection_add(&selection, all_baselines(), "shard", value, &err), 0);
			taken += selection_takes_account(&selection, &place);
			selection_release(&selection);
		}
		assert_int_equal(taken, 1);
	}
}

static void plan(struct drift *drift)
{
	change_record_release(&drift->record);
	remediation_plan(drift);
}

/* The hash is over the RFC 8785 form: the order of keys does not matter, every value does. */
static void test_change_hash(void **unused)
{
	struct run run = { .id = "run-1" };
	struct account account = { .id = (char *)"111122223333" };
	struct account_run account_run = { .run = &run, .account = &account };
	struct cell cell = { .account = &account_run,
		.baseline = baseline_set_at(all_baselines(), 0),
		.region = "global",
		.decided_by = "default" };
	struct verdict verdict = { .after = json_pack("{s:b}", "a", 0) };
	json_t *before = json_pack("{s:b, s:i}", "a", 1, "b", 2);
	struct drift drift = {
		.cell = &cell, .resource = "r", .region = "global", .verdict = &verdict, .before = before
	};
	char first[65], id[32];

	(void)unused;
	plan(&drift);
	assert_int_equal(strlen(drift.hash), 64);
	snprintf(first, sizeof first, "%s", drift.hash);
	snprintf(id, sizeof id, "%s", drift.change_id);
	json_decref(before);
	drift.before = before = json_pack("{s:i, s:b}", "b", 2, "a", 1);
	plan(&drift);
	assert_string_equal(drift.hash, first);
	assert_string_equal(drift.change_id, id);
	snprintf(run.id, sizeof run.id, "run-2");
	plan(&drift);
	assert_string_equal(drift.hash, first);
	assert_string_not_equal(drift.change_id, id);
	json_object_set_new(before, "b", json_integer(3));
	plan(&drift);
	assert_string_not_equal(drift.hash, first);
	change_record_release(&drift.record);
	json_decref(before);
	verdict_release(&verdict);
}

/* The record of a planned change has its fields in the order in which they are shown, and the hash
 * that the rules of approvals compute. A name that isn't UTF-8 is escaped and not lost. */
static void test_planned_record(void **unused)
{
	static const char *const names[] = { "account", "region", "baseline", "resource", "before",
		"after", "calls", "id", "hash", "kind", "run", "wave", "account_name", "cell_region",
		"tier", "decided_by", "state", "at", "history" };
	struct run run = { .id = "run-1" };
	struct account account = { .id = (char *)"111122223333", .name = (char *)"payments" };
	struct account_run account_run = { .run = &run, .account = &account };
	struct cell cell = { .account = &account_run,
		.baseline = baseline_set_at(all_baselines(), 0),
		.region = "global",
		.decided_by = "root" };
	struct verdict verdict = { .after = json_pack("{s:b}", "a", 0) };
	CLEANUP_JSON json_t *before = json_pack("{s:b, s:n}", "a", 1, "c");
	struct drift drift = { .cell = &cell,
		.resource = "caf\xc3",
		.region = "eu-west-1",
		.verdict = &verdict,
		.before = before,
		.tier = TIER_AUTO };
	char hash[65];
	const char *name;
	json_t *value;
	size_t count = 0;

	(void)unused;
	remediation_plan(&drift);
	CLEANUP_JSON json_t *document = change_record_document(&drift.record);
	json_object_foreach(document, name, value)
		assert_string_equal(name, names[count++]);
	assert_int_equal(count, ARRAY_LENGTH(names));
	change_hash(&drift.record, hash);
	assert_string_equal(drift.hash, hash);
	assert_string_equal(json_get_string(document, "hash"), hash);
	assert_string_equal(json_get_string(document, "id"), drift.change_id);
	assert_string_equal(json_get_string(document, "state"), "planned");
	assert_string_equal(json_get_string(document, "tier"), "auto");
	assert_non_null(json_get_string(document, "resource"));
	assert_true(json_is_null(json_object_get(document, "calls")));
	assert_int_equal(json_array_size(json_object_get(document, "history")), 1);
	change_record_release(&drift.record);
	verdict_release(&verdict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_order),
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_selectors),
		cmocka_unit_test(test_shards_cover_each_account_once),
		cmocka_unit_test(test_change_hash),
		cmocka_unit_test(test_planned_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
