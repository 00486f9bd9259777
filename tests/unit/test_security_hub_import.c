/* Imports into Security Hub: which findings are sent to which region, and which are not sent again.
 */
#include "ledger/hub_import_record.h"
#include "store/read.h"
#include "test_security_hub_help.h"

static void test_findings_go_to_their_regions(void **unused)
{
	struct hub *hub = hub_start();

	(void)unused;
	sweep((struct hub_process){ 0 },
		json_pack("[o, o, o, o, o]", bucket("drifted"),
			sample_finding(BLOCK, "global", ACCOUNT, "alerted"),
			sample_finding("guardduty.detector", "eu-west-3", ACCOUNT, "unknown"),
			sample_finding(BUCKETS, "eu-central-1", "arn:aws:s3:::fine", "compliant"),
			sample_finding("guardduty.detector", "*", ACCOUNT, "unknown")));
	assert_int_equal(hub->count, 3);
	assert_int_equal(json_object_size(hub->findings), 3);
	assert_string_equal(compliance_in(hub, "eu-central-1", ID_PAYROLL), "FAILED");
	assert_string_equal(compliance_in(hub, HOME, ID_BLOCK), "FAILED");
	assert_string_equal(compliance_in(hub, "eu-west-3", ID_DETECTOR), "NOT_AVAILABLE");
	assert_string_equal(json_get_string(hub_has(hub, HOME, ID_BLOCK), "ProductArn"),
		"arn:aws:securityhub:" HOME ":" ACCOUNT ":product/" ACCOUNT "/default");
	assert_string_equal(hub->calls[0].method, "POST");
	hub_stop(hub);
}

static void test_unchanged_findings_are_not_sent_again(void **unused)
{
	struct hub *hub = hub_start();

	(void)unused;
	sweep((struct hub_process){ 0 }, json_pack("[o]", bucket("drifted")));
	assert_int_equal(hub->count, 1);
	json_t *later = bucket("drifted");
	json_object_set_new(later, "observed_at", json_string("2026-11-25T08:00:00Z"));
	sweep((struct hub_process){ .seen = saw_buckets }, json_pack("[o]", later));
	assert_int_equal(hub->count, 1);
	sweep((struct hub_process){ 0 }, json_pack("[o]", bucket("alerted")));
	assert_int_equal(hub->count, 2);
	hub_stop(hub);
}

static void test_what_is_mended_or_exempt_passes(void **unused)
{
	static const char *const ends[] = { "remediated", "exempt", "compliant" };
	struct hub *hub = hub_start();

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
		json_t *mended = bucket(ends[i]);

		sweep((struct hub_process){ 0 }, json_pack("[o]", bucket("drifted")));
		assert_string_equal(compliance_in(hub, "eu-central-1", ID_PAYROLL), "FAILED");
		json_object_set_new(mended, "observed_at", json_string("2026-11-25T08:00:00Z"));
		sweep((struct hub_process){ 0 }, json_pack("[o]", mended));
		const json_t *known = hub_has(hub, "eu-central-1", ID_PAYROLL);
		assert_string_equal(compliance_in(hub, "eu-central-1", ID_PAYROLL), "PASSED");
		assert_string_equal(json_get_string(known, "RecordState"), "ACTIVE");
		assert_string_equal(json_get_string(known, "CreatedAt"), "2026-11-24T08:00:00Z");
		assert_string_equal(json_get_string(known, "UpdatedAt"), "2026-11-25T08:00:00Z");
	}
	assert_int_equal(hub->count, 2 * ARRAY_LENGTH(ends));
	hub_stop(hub);
}

/* A finding is archived once, and its record removed: a resource of the same name is new when it
 * appears again. */
static void test_what_is_gone_is_archived(void **unused)
{
	struct hub *hub = hub_start();

	(void)unused;
	sweep((struct hub_process){ 0 }, json_pack("[o]", bucket("drifted")));
	sweep((struct hub_process){ .seen = saw_buckets }, json_array());
	assert_string_equal(json_get_string(hub_has(hub, "eu-central-1", ID_PAYROLL), "RecordState"),
		"ARCHIVED");
	assert_string_equal(compliance_in(hub, "eu-central-1", ID_PAYROLL), "PASSED");
	assert_int_equal(hub->count, 2);
	sweep((struct hub_process){ .seen = saw_buckets }, json_array());
	assert_int_equal(hub->count, 2);
	hub_stop(hub);
}

/* A resource is gone only where this run has observed its whole cell. */
static void test_what_was_not_seen_is_not_gone(void **unused)
{
	static const char *const could_not[] = { "global " BUCKETS " unknown", NULL };
	static const char *const another[] = { "eu-central-1 " BUCKETS " compliant",
		"global " BLOCK " compliant", NULL };
	struct hub *hub = hub_start();

	(void)unused;
	sweep((struct hub_process){ 0 }, json_pack("[o]", bucket("drifted")));
	sweep((struct hub_process){ 0 }, json_array());
	sweep((struct hub_process){ .seen = could_not }, json_array());
	sweep((struct hub_process){ .seen = another }, json_array());
	assert_int_equal(hub->count, 1);
	/* This run has observed the cell, but another run has failed to meanwhile. */
	sweep((struct hub_process){ .seen = saw_buckets },
		json_pack("[o]", sample_finding(BUCKETS, "global", ACCOUNT, "unknown")));
	assert_string_equal(json_get_string(hub_has(hub, "eu-central-1", ID_PAYROLL), "RecordState"),
		"ACTIVE");
	assert_int_equal(hub->count, 2);
	hub_stop(hub);
}

static void test_what_is_not_wanted_any_more_is_archived(void **unused)
{
	struct hub *hub = hub_start();
	json_t *wanted = json_pack("{s:{}}", BUCKETS), *other = json_pack("{s:{}}", BLOCK);

	(void)unused;
	sweep((struct hub_process){ .desired = wanted }, json_pack("[o]", bucket("drifted")));
	sweep((struct hub_process){ .desired = other }, json_pack("[o]", bucket("drifted")));
	assert_string_equal(json_get_string(hub_has(hub, "eu-central-1", ID_PAYROLL), "RecordState"),
		"ARCHIVED");
	assert_string_equal(compliance_in(hub, "eu-central-1", ID_PAYROLL), "NOT_AVAILABLE");
	/* The finding is imported as a new one. */
	sweep((struct hub_process){ .desired = wanted }, json_pack("[o]", bucket("drifted")));
	assert_string_equal(json_get_string(hub_has(hub, "eu-central-1", ID_PAYROLL), "RecordState"),
		"ACTIVE");
	assert_int_equal(hub->count, 3);
	json_decref(wanted);
	json_decref(other);
	hub_stop(hub);
}

static void test_batches(void **unused)
{
	const struct hub_bounds small = { .findings = 100, .bytes = 8000, .at_once = 7 };
	struct hub *hub = hub_start();

	(void)unused;
	sweep((struct hub_process){ 0 }, many_buckets(250, "drifted"));
	assert_int_equal(hub->count, 3);
	assert_int_equal(size_of_call(hub, 0), 100);
	assert_int_equal(size_of_call(hub, 1), 100);
	assert_int_equal(size_of_call(hub, 2), 50);
	/* Small bounds make the import work in rounds, and split calls by size. */
	hub_forget_calls(hub);
	sweep((struct hub_process){ .bounds = &small }, many_buckets(20, "alerted"));
	assert_true(hub->count > 5);
	for (int i = 0; i < hub->count; i++)
		assert_in_range(size_of_call(hub, i), 1, 6);
	assert_string_equal(
		json_get_string_or(json_object_get(hub_has(hub, "eu-central-1",
											   "reeve/" BUCKETS "/" ACCOUNT
											   "/eu-central-1/arn:aws:s3:::bucket-0019"),
							   "ProductFields"),
			"reeve/status", ""),
		"alerted");
	hub_stop(hub);
}

static void test_nothing_is_sent(void **unused)
{
	struct hub *hub = hub_start();
	json_t *findings = json_pack("[o]", bucket("drifted"));

	(void)unused;
	/* Nothing is sent by a plan, or when the import is off. */
	struct hub_process plan = { .plan = true, .findings = findings };
	run_process(&plan);
	struct hub_process off = { .findings = findings, .security_hub = "{\"update\":true}" };
	run_process(&off);
	assert_int_equal(hub->count, 0);
	/* Even if a plan got as far as the call, the call is not made. */
	struct hub_process forced = { .plan = true, .findings = findings, .bounds = &hub_bounds };
	run_process(&forced);
	assert_int_equal(hub->count, 0);
	json_decref(findings);
	hub_stop(hub);
}

struct told {
	int intended, succeeded;
};

static int count_audit(void *argument, const struct store_key *key, const json_t *entry)
{
	struct told *told = argument;

	(void)key;
	if (strcmp(json_get_string_or(entry, "action", ""), "security-hub.import") != 0)
		return 0;
	MUST(strcmp(json_get_string_or(entry, "operation", ""), "securityhub:BatchImportFindings") ==
		0);
	MUST(strcmp(json_get_string_or(entry, "kind", ""), "call") == 0);
	MUST(strcmp(json_get_string_or(entry, "region", ""), "eu-central-1") == 0);
	told->intended += strcmp(json_get_string_or(entry, "outcome", ""), "intended") == 0;
	told->succeeded += strcmp(json_get_string_or(entry, "outcome", ""), "succeeded") == 0;
	return 0;
}

static void read_audit(struct hub_process *process)
{
	struct err err = ERR_INIT;

	MUST(store_each_json(process->run.store, STORE_AUDIT, NULL, count_audit, process->user, &err) ==
		0);
}

static void test_calls_are_on_record(void **unused)
{
	struct hub *hub = hub_start();
	struct told told = { 0 };

	(void)unused;
	sweep((struct hub_process){ .after = read_audit, .user = &told }, many_buckets(150, "drifted"));
	assert_int_equal(told.intended, 2);
	assert_int_equal(told.succeeded, 2);
	hub_stop(hub);
}

/* Makes the last import of the one finding years old. */
static int take_one(void *argument, const struct hub_import_record *record)
{
	hub_import_record_copy(record, argument);
	return 1;
}

static void age_memory(struct hub_process *process)
{
	struct hub_import_record record = { NULL };
	struct err err = ERR_INIT;

	MUST(hub_import_record_each(process->run.store, ACCOUNT, take_one, &record, &err) == 0);
	MUST(record.told != NULL);
	record.sent_ms = 1577836800000; /* 2020 */
	MUST(hub_import_record_put(process->run.store, ACCOUNT, ID_PAYROLL, &record, &err) == 0);
	hub_import_record_release(&record);
}

/* Security Hub deletes findings that are not updated: a finding that is still wrong is sent again,
 * and one whose resource is gone need not be archived there. */
static void test_old_imports(void **unused)
{
	struct hub *hub = hub_start();

	(void)unused;
	sweep((struct hub_process){ .after = age_memory }, json_pack("[o]", bucket("drifted")));
	sweep((struct hub_process){ .after = age_memory }, json_pack("[o]", bucket("drifted")));
	assert_int_equal(hub->count, 2);
	/* The finding was observed by another run only. */
	json_t *old = bucket("drifted");
	json_object_set_new(old, "run", json_string("another"));
	sweep((struct hub_process){ 0 }, json_pack("[o]", old));
	assert_int_equal(hub->count, 2);
	sweep((struct hub_process){ .seen = saw_buckets }, json_array());
	sweep((struct hub_process){ .seen = saw_buckets }, json_array());
	assert_int_equal(hub->count, 2);
	hub_stop(hub);
}

static void move_memory(struct hub_process *process)
{
	struct store *store = process->run.store;
	struct hub_import_record record;
	struct err err = ERR_INIT;
	bool found;

	MUST(hub_import_record_read(store, ACCOUNT, HOME, ID_BLOCK, &record, &found, &err) == 0 &&
		found);
	record.region = "us-west-2";
	MUST(hub_import_record_put(store, ACCOUNT, ID_BLOCK, &record, &err) == 0);
	MUST(hub_import_record_delete(store, ACCOUNT, HOME, ID_BLOCK, &err) == 0);
	hub_import_record_release(&record);
}

/* The home region changes: a finding without a region of its own is archived in the old home
 * region, and imported into the new one. */
static void test_the_home_region_moves(void **unused)
{
	struct hub *hub = hub_start();

	(void)unused;
	sweep((struct hub_process){ .after = move_memory },
		json_pack("[o]", sample_finding(BLOCK, "global", ACCOUNT, "alerted")));
	hub_forget_calls(hub);
	sweep((struct hub_process){ 0 },
		json_pack("[o]", sample_finding(BLOCK, "global", ACCOUNT, "alerted")));
	assert_int_equal(hub->count, 2);
	assert_string_equal(json_get_string(hub_has(hub, "us-west-2", ID_BLOCK), "RecordState"),
		"ARCHIVED");
	assert_string_equal(json_get_string(hub_has(hub, HOME, ID_BLOCK), "RecordState"), "ACTIVE");
	hub_stop(hub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_findings_go_to_their_regions),
		store_test(test_unchanged_findings_are_not_sent_again),
		store_test(test_what_is_mended_or_exempt_passes),
		store_test(test_what_is_gone_is_archived),
		store_test(test_what_was_not_seen_is_not_gone),
		store_test(test_what_is_not_wanted_any_more_is_archived),
		store_test(test_batches),
		store_test(test_nothing_is_sent),
		store_test(test_calls_are_on_record),
		store_test(test_old_imports),
		store_test(test_the_home_region_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
