/* Tests of which signals are recognized as effects of Reeve's own changes: forged names, other
 * roles and accounts, times, and notes on findings. */
#include "test_store_help.h"

#include "base/clock.h"
#include "base/json_read.h"
#include "baselines_help.h"
#include "engine/own_change.h"
#include "store/queue.h"

#define PROCESS "serve-0123456789abcdef"
#define RUN "20240101T000000.000Z-01234567"
#define ACCOUNT "111122223333"
#define BUCKET "arn:aws:s3:::a-bucket"
#define ENCRYPTION "s3.bucket-default-encryption"
#define BLOCK "s3.account-public-access-block"

static struct engine engine;
static struct own_changes *own;

static int64_t at(const char *text)
{
	int64_t ms;

	assert_int_equal(clock_parse_rfc3339(text, &ms), 0);
	return ms;
}

static void run_on_record(const char *id, const char *started, const char *finished)
{
	struct store_key key = STORE_KEY(id);
	struct err err = ERR_INIT;
	json_t *record = json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:i, s:i, s:i}", "id", id, "kind",
		"sweep", "state", finished != NULL ? "finished" : "running", "started", started, "finished",
		finished, "changes", 0, "accounts_in_scope", 0, "accounts_inactive", 0);

	assert_ok(store_put_json(engine.store, STORE_RUNS, &key, record, &err));
	json_decref(record);
	flush(engine.store);
}

static int begin(void **state)
{
	static const char text[] = "{\"organization\": {\"home_region\": \"eu-west-1\", "
							   "\"remediation_role\": \"security/ReeveRemediation\", "
							   "\"account_roles\": {\"444455556666\": \"TheirOwn\"}}}";
	struct config *config = NULL;
	struct err err = ERR_INIT;

	if (setup_folder(state) != 0 ||
		config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err) < 0) {
		print_unexpected(&err);
		return -1;
	}
	engine = (struct engine){ .store = open_writer(NULL), .config = config };
	own = own_changes_new(PROCESS);
	return 0;
}

static int end(void **state)
{
	own_changes_free(own);
	config_free((struct config *)engine.config);
	close_store(engine.store);
	return teardown_folder(state);
}

static bool is_own(const struct signal *signal, const struct wanted_cell *cells, size_t count)
{
	char why[256] = "";
	bool result = own_change_caused(&engine, own, signal, cells, count, why, sizeof why);

	assert_true(result == (why[0] != '\0'));
	return result;
}

/* --- calls, with an identity --- */

struct call {
	const char *account, *type, *role, *arn, *session, *time;
	bool own;
};

static bool call_is_own(const struct call *call)
{
	struct signal signal = {
		.source = SIGNAL_CLOUDTRAIL,
		.type = (char *)"PutBucketEncryption",
		.account = (char *)call->account,
		.region = (char *)"eu-west-1",
		.resource = (char *)BUCKET,
		.time_ms = call->time != NULL ? at(call->time) : 0,
		.actor = { .type = (char *)call->type,
			.role = (char *)call->role,
			.arn = (char *)call->arn,
			.session_name = (char *)call->session },
	};
	const struct wanted_cell cell = { baseline_named(ENCRYPTION), "eu-west-1" };

	return is_own(&signal, &cell, 1);
}

#define ARN(account, role, session) "arn:aws:sts::" account ":assumed-role/" role "/" session
#define OURS "ReeveRemediation"

static void test_sessions(void **state)
{
	static const struct call calls[] = {
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-" PROCESS), "reeve-" PROCESS,
			"2024-01-01T00:10:00Z", true },
		{ "444455556666", "AssumedRole", "TheirOwn",
			ARN("444455556666", "TheirOwn", "reeve-" PROCESS), "reeve-" PROCESS,
			"2024-01-01T00:10:00Z", true },
		/* A run on record explains calls made while it was under way; the clocks may differ a
		 * little. */
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-" RUN), "reeve-" RUN,
			"2024-01-01T00:10:00Z", true },
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-" RUN), "reeve-" RUN,
			"2023-12-31T23:50:00Z", true },
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-" RUN), "reeve-" RUN,
			"2024-01-01T01:10:00Z", true },
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-" RUN), "reeve-" RUN,
			"2023-12-31T23:30:00Z", false },
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-" RUN), "reeve-" RUN,
			"2024-01-01T01:20:00Z", false }, /* its name, used again */
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-" RUN), "reeve-" RUN, NULL,
			false },
		/* A run that has no end on record. */
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-" RUN "x"), "reeve-" RUN "x",
			"2024-01-09T00:00:00Z", true },
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-" RUN "y"), "reeve-" RUN "y",
			"2024-01-09T00:00:00Z", false }, /* no time on record */
		/* No run, another process, no name of ours. */
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-20240101T000000.000Z-ffffffff"),
			"reeve-20240101T000000.000Z-ffffffff", "2024-01-01T00:10:00Z", false },
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-serve-0000000000000000"),
			"reeve-serve-0000000000000000", "2024-01-01T00:10:00Z", false },
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, PROCESS), PROCESS,
			"2024-01-01T00:10:00Z", false },
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-"), "reeve-",
			"2024-01-01T00:10:00Z", false },
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, "reeve-" PROCESS "x"),
			"reeve-" PROCESS "x", "2024-01-01T00:10:00Z", false },
		/* Another role, with a name of ours. */
		{ ACCOUNT, "AssumedRole", "Admin", ARN(ACCOUNT, "Admin", "reeve-" PROCESS),
			"reeve-" PROCESS, "2024-01-01T00:10:00Z", false },
		{ ACCOUNT, "AssumedRole", "TheirOwn", ARN(ACCOUNT, "TheirOwn", "reeve-" PROCESS),
			"reeve-" PROCESS, "2024-01-01T00:10:00Z", false },
		{ "444455556666", "AssumedRole", OURS, ARN("444455556666", OURS, "reeve-" PROCESS),
			"reeve-" PROCESS, "2024-01-01T00:10:00Z", false },
		{ ACCOUNT, "AssumedRole", "security/" OURS, ARN(ACCOUNT, OURS, "reeve-" PROCESS),
			"reeve-" PROCESS, "2024-01-01T00:10:00Z", false },
		/* The role of that name in another account. */
		{ ACCOUNT, "AssumedRole", OURS, ARN("999999999999", OURS, "reeve-" PROCESS),
			"reeve-" PROCESS, "2024-01-01T00:10:00Z", false },
		{ ACCOUNT, "AssumedRole", OURS, "nonsense", "reeve-" PROCESS, "2024-01-01T00:10:00Z",
			false },
		{ ACCOUNT, "AssumedRole", OURS, NULL, "reeve-" PROCESS, "2024-01-01T00:10:00Z", false },
		{ ACCOUNT, "AssumedRole", OURS, ARN(ACCOUNT, OURS, ""), NULL, "2024-01-01T00:10:00Z",
			false },
		{ ACCOUNT, "IAMUser", NULL, "arn:aws:iam::" ACCOUNT ":user/reeve-" PROCESS, NULL,
			"2024-01-01T00:10:00Z", false },
		{ ACCOUNT, "Root", NULL, "arn:aws:iam::" ACCOUNT ":root", NULL, "2024-01-01T00:10:00Z",
			false },
	};

	(void)state;
	run_on_record(RUN, "2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z");
	run_on_record(RUN "x", "2024-01-01T00:00:00Z", NULL);
	run_on_record(RUN "y", "some day", NULL);
	/* When somebody changes the same resource during our own change, the identity decides. */
	own_changes_record(own, ACCOUNT, "eu-west-1", ENCRYPTION, BUCKET, at("2024-01-01T00:00:00Z"),
		at("2024-01-01T02:00:00Z"));
	for (size_t i = 0; i < ARRAY_LENGTH(calls); i++)
		if (call_is_own(&calls[i]) != calls[i].own)
			fail_msg("call %zu: %s %s at %s", i, calls[i].arn, calls[i].session, calls[i].time);
	/* A command that is no daemon knows only the runs on record. */
	struct own_changes *kept = own;
	own = NULL;
	assert_false(call_is_own(&calls[0]));
	assert_true(call_is_own(&calls[2]));
	own = kept;
	struct store *store = engine.store;
	engine.store = NULL;
	assert_true(call_is_own(&calls[0]));
	assert_false(call_is_own(&calls[2]));
	engine.store = store;
}

/* --- signals without an identity --- */

struct tale {
	const char *account, *region, *baseline, *resource, *time;
	bool own;
};

static void test_times(void **state)
{
	static const struct tale tales[] = {
		{ ACCOUNT, "eu-west-1", ENCRYPTION, BUCKET, "2024-01-01T00:00:10Z", true },
		{ ACCOUNT, "eu-west-1", ENCRYPTION, "a-bucket", "2024-01-01T00:00:10Z", true },
		{ ACCOUNT, "eu-west-1", ENCRYPTION, NULL, "2024-01-01T00:00:10Z", true },
		{ ACCOUNT, "eu-west-1", ENCRYPTION, BUCKET, "2024-01-01T00:00:00Z", true },
		{ ACCOUNT, "eu-west-1", ENCRYPTION, BUCKET, "2024-01-01T00:00:20Z", true },
		/* before our change: it may be what made us act */
		{ ACCOUNT, "eu-west-1", ENCRYPTION, BUCKET, "2023-12-31T23:59:59Z", false },
		/* after our change: somebody may have undone it */
		{ ACCOUNT, "eu-west-1", ENCRYPTION, BUCKET, "2024-01-01T00:00:21Z", false },
		{ ACCOUNT, "eu-west-1", ENCRYPTION, BUCKET, NULL, false },
		{ ACCOUNT, "eu-west-1", ENCRYPTION, "bucket", "2024-01-01T00:00:10Z", false },
		{ ACCOUNT, "eu-west-1", ENCRYPTION, "arn:aws:s3:::another", "2024-01-01T00:00:10Z", false },
		/* a baseline of the whole account: the region doesn't matter */
		{ ACCOUNT, "us-east-1", ENCRYPTION, BUCKET, "2024-01-01T00:00:10Z", true },
		{ "999999999999", "eu-west-1", ENCRYPTION, BUCKET, "2024-01-01T00:00:10Z", false },
		{ ACCOUNT, "eu-west-1", BLOCK, NULL, "2024-01-01T00:00:10Z", false },
		{ ACCOUNT, "eu-west-1", "guardduty.detector", "d-1", "2024-01-01T00:00:10Z", true },
		{ ACCOUNT, "us-east-1", "guardduty.detector", "d-1", "2024-01-01T00:00:10Z",
			/* our change was in another region */
			false },
	};

	(void)state;
	own_changes_record(own, ACCOUNT, "eu-west-1", ENCRYPTION, BUCKET, at("2024-01-01T00:00:00Z"),
		at("2024-01-01T00:00:20Z"));
	own_changes_record(own, ACCOUNT, "eu-west-1", "guardduty.detector",
		"arn:aws:guardduty:eu-west-1:" ACCOUNT ":detector/d-1", at("2024-01-01T00:00:00Z"),
		at("2024-01-01T00:00:20Z"));
	for (size_t i = 0; i < ARRAY_LENGTH(tales); i++) {
		const struct tale *tale = &tales[i];
		struct signal signal = { .source = SIGNAL_CONFIG,
			.type = (char *)"x",
			.account = (char *)tale->account,
			.region = (char *)tale->region,
			.resource = (char *)tale->resource,
			.time_ms = tale->time != NULL ? at(tale->time) : 0 };
		const struct baseline *baseline = baseline_named(tale->baseline);
		const struct wanted_cell cell = { baseline,
			baseline->scope == SCOPE_ACCOUNT ? REGION_GLOBAL : tale->region };

		if (is_own(&signal, &cell, 1) !=
			(tale->own &&
				(baseline->scope == SCOPE_ACCOUNT || strcmp(tale->region, "eu-west-1") == 0)))
			fail_msg("tale %zu: %s %s at %s", i, tale->baseline, tale->resource, tale->time);
	}
	/* a process that keeps no list of its changes */
	own_changes_record(NULL, ACCOUNT, "eu-west-1", ENCRYPTION, BUCKET, 0, 1);
}

/* A signal counts as our own only when our changes explain every cell that it asks for. */
static void test_several_cells(void **state)
{
	const struct wanted_cell cells[] = { { baseline_named(BLOCK), REGION_GLOBAL },
		{ baseline_named("iam.root-mfa"), REGION_GLOBAL } };
	struct signal signal = { .source = SIGNAL_CONFIG,
		.type = (char *)"x",
		.account = (char *)ACCOUNT,
		.time_ms = at("2024-01-01T00:00:10Z") };

	(void)state;
	own_changes_record(own, ACCOUNT, REGION_GLOBAL, BLOCK, ACCOUNT, at("2024-01-01T00:00:00Z"),
		at("2024-01-01T00:00:20Z"));
	assert_true(is_own(&signal, cells, 1));
	assert_false(is_own(&signal, cells, 2));
	assert_false(is_own(&signal, cells, 0));
	signal.resource = (char *)"AWS::::Account:" ACCOUNT; /* the account, however it is named */
	assert_true(is_own(&signal, cells, 1));
}

/* Only the last thousand changes are kept. */
static void test_ring(void **state)
{
	const struct wanted_cell cell = { baseline_named(BLOCK), REGION_GLOBAL };
	struct signal signal = { .source = SIGNAL_CONFIG, .type = (char *)"x" };
	char account[13];

	(void)state;
	for (int i = 0; i < 1500; i++) {
		snprintf(account, sizeof account, "%012d", i);
		own_changes_record(own, account, REGION_GLOBAL, BLOCK, account, 1000, 2000);
	}
	signal.time_ms = 1500;
	signal.account = (char *)"000000000499";
	assert_false(is_own(&signal, &cell, 1));
	signal.account = (char *)"000000000500";
	assert_true(is_own(&signal, &cell, 1));
	signal.account = (char *)"000000001499";
	assert_true(is_own(&signal, &cell, 1));
}

/* --- findings of Security Hub --- */

static void expect_finding(enum signal_source source, const char *finding, bool wanted)
{
	const struct wanted_cell cell = { baseline_named(BLOCK), REGION_GLOBAL };
	struct signal signal = { .source = source, .type = (char *)"S3.1", .account = (char *)ACCOUNT };
	struct err err = ERR_INIT;
	json_t *parsed = NULL;

	assert_ok(json_parse(finding, strlen(finding), "finding", &parsed, &err));
	signal.event = json_pack("{s:{s:[o]}}", "detail", "findings", parsed);
	if (is_own(&signal, &cell, 1) != wanted)
		fail_msg("%s", finding);
	json_decref(signal.event);
}

static void test_findings(void **state)
{
	(void)state;
	expect_finding(SIGNAL_SECURITY_HUB, "{\"GeneratorId\": \"reeve/" BLOCK "\"}", true);
	expect_finding(SIGNAL_SECURITY_HUB, "{\"GeneratorId\": \"reeve\"}", false);
	expect_finding(SIGNAL_SECURITY_HUB, "{\"GeneratorId\": \"security-control/S3.1\"}", false);
	/* A note of ours stays on the finding; when the control fails again, its workflow is NEW. */
	expect_finding(SIGNAL_SECURITY_HUB,
		"{\"Note\": {\"UpdatedBy\": \"reeve\", \"Text\": \"t\"}, \"Workflow\": {\"Status\": "
		"\"RESOLVED\"}}",
		true);
	expect_finding(SIGNAL_SECURITY_HUB,
		"{\"Note\": {\"UpdatedBy\": \"reeve\", \"Text\": \"t\"}, \"Workflow\": {\"Status\": "
		"\"NOTIFIED\"}}",
		true);
	expect_finding(SIGNAL_SECURITY_HUB,
		"{\"Note\": {\"UpdatedBy\": \"reeve\", \"Text\": \"t\"}, \"Workflow\": {\"Status\": "
		"\"NEW\"}}",
		false);
	expect_finding(SIGNAL_SECURITY_HUB, "{\"Note\": {\"UpdatedBy\": \"reeve\", \"Text\": \"t\"}}",
		false);
	expect_finding(SIGNAL_SECURITY_HUB,
		"{\"Note\": {\"UpdatedBy\": \"ann\", \"Text\": \"reeve\"}, \"Workflow\": {\"Status\": "
		"\"RESOLVED\"}}",
		false);
	expect_finding(SIGNAL_OCSF, "{\"comment\": \"[reeve] mended\", \"status_id\": 4}", true);
	expect_finding(SIGNAL_OCSF, "{\"comment\": \"[reeve] mended\", \"status_id\": 1}", false);
	expect_finding(SIGNAL_OCSF, "{\"comment\": \"[reeve] mended\"}", false);
	expect_finding(SIGNAL_OCSF, "{\"comment\": \"not [reeve] mended\", \"status_id\": 4}", false);
	/* Others can write what they like into a finding of their own, which says nothing elsewhere. */
	expect_finding(SIGNAL_CONFIG, "{\"GeneratorId\": \"reeve/" BLOCK "\"}", false);
	expect_finding(SIGNAL_GUARDDUTY,
		"{\"Note\": {\"UpdatedBy\": \"reeve\"}, \"Workflow\": {\"Status\": \"RESOLVED\"}}", false);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_sessions), TEST(test_times),
		TEST(test_several_cells), TEST(test_ring), TEST(test_findings) };

	return cmocka_run_group_tests_name("engine own change", tests, NULL, NULL);
}
