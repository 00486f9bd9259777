/* Tests of the recovery of changes that were in flight when a process ended, with resources whose
 * state the test chooses. */
#include "base/json_read.h"
#include "change_help.h"
#include "test_store_help.h"

#include "base/json.h"
#include "baselines_help.h"

/* The functions of cells and of the gate that recover.c calls are replaced by the test's. */
#define cell_prepare test_cell_prepare
#define live_read_until test_live_read_until
#define live_read_release test_live_read_release
#define change_verified test_change_verified
#define change_undone test_change_undone
#define change_resource_read test_change_resource_read
#include "engine/recover.c"

#define ACCOUNT "111122223333"
#define OTHER "444455556666"
#define BUCKET "arn:aws:s3:::a-bucket"
#define ENCRYPTION "s3.bucket-default-encryption"

/* --- cells and the gate --- */

static struct {
	const char *image; /* JSON that the resource shows; NULL: it can't be read */
	const char *code;  /* the error's code in that case */
	/* told: reads reported to the change's approval request */
	size_t reads, verified, undone, told;
	int64_t since_ms;
	bool settled; /* the last read was enough to stop reading */
} world;

void cell_prepare(struct cell *cell, struct baseline_context *context, struct aws_reader *reader)
{
	(void)cell, (void)context, (void)reader;
}

void live_read_until(struct cell *cell, const char *resource, int64_t since_ms,
	bool (*settled)(const struct live_read *reading, const void *argument), const void *argument,
	struct live_read *reading)
{
	struct err err = ERR_INIT;

	(void)cell, (void)resource;
	world.reads++;
	world.since_ms = since_ms;
	(void)!fiber_sleep(0);
	if (world.image != NULL)
		assert_ok(json_parse(world.image, strlen(world.image), "image", &reading->image, &err));
	else
		(void)err_set(&reading->failure, ERR_AWS, world.code, "it can't be read");
	world.settled = settled(reading, argument);
}

void live_read_release(struct live_read *reading)
{
	json_decref(reading->image);
}

int change_verified(struct account_run *account, const struct change_record *record,
	struct err *err)
{
	(void)account, (void)record, (void)err;
	world.verified++;
	return 0;
}

int change_undone(struct account_run *account, const struct change_record *record, struct err *err)
{
	(void)account, (void)err;
	assert_string_equal(record->id, "c-0");
	world.undone++;
	return 0;
}

int change_resource_read(struct account_run *account, const struct change_record *record,
	const struct live_read *reading, struct err *err)
{
	(void)account, (void)record, (void)err;
	assert_true((reading->image != NULL) == (world.image != NULL));
	world.told++;
	return 0;
}

/* --- the test's own part --- */

static struct store *store;

static void in_flight_of(const char *baseline, const char *id, const char *account,
	const char *resource, const char *kind, const char *of, enum change_state state)
{
	struct err err = ERR_INIT;
	CLEANUP_JSON json_t *json = change_json(id, "r0");
	struct change_record record;

	set_text(json, "kind", kind);
	json_object_set_new(json, "of", json_text(of));
	set_text(json, "account", account);
	set_text(json, "cell_region", REGION_GLOBAL);
	set_text(json, "baseline", baseline);
	set_text(json, "resource", resource);
	json_object_set_new(json, "before", json_pack("{s:s, s:b}", "algorithm", "AES256", "key", 0));
	json_object_set_new(json, "after", json_pack("{s:{s:s}}", "rule", "algorithm", "aws:kms"));
	assert_ok(change_record_decode(json, &record, &err));
	assert_ok(journal_move(store, &record, CHANGE_INTENT, NULL, NULL, &err));
	if (state != CHANGE_INTENT)
		assert_ok(journal_move(store, &record, state, NULL, NULL, &err));
	change_record_release(&record);
	flush(store);
}

static void in_flight(const char *id, const char *account, const char *resource, const char *kind,
	const char *of, enum change_state state)
{
	in_flight_of(ENCRYPTION, id, account, resource, kind, of, state);
}

static void expect_state(const char *id, const char *state, const char *code)
{
	struct change_record record;
	struct err err = ERR_INIT;
	bool found;

	assert_ok(journal_read(store, id, &record, &found, &err));
	assert_true(found);
	assert_string_equal(change_state_name(record.state), state);
	assert_string_equal(record.cause.code != NULL ? record.cause.code : "", code);
	change_record_release(&record);
}

static size_t count_in_flight(void)
{
	struct change_list records = { 0 };
	struct err err = ERR_INIT;

	assert_ok(journal_in_flight(store, &records, &err));
	size_t count = records.count;
	change_list_release(&records);
	return count;
}

static struct config *config; /* for its set of baselines */

struct recovering_run {
	struct recovery *recovery;
	const char *run, *account;
	int result;
	struct err err;
};

static void recover_in_fiber(void *argument)
{
	struct recovering_run *one = argument;
	struct account account = { 0 };
	struct run *run = xcalloc(1, sizeof *run);
	struct account_run of = { .run = run, .account = &account };

	account.id = (char *)one->account;
	snprintf(run->id, sizeof run->id, "%s", one->run);
	run->engine.store = store;
	run->engine.config = config;
	run->engine.recovery = one->recovery;
	one->result = recover_account(&of, &one->err);
	flush(store);
	free(run);
}

static void recover_in_run(struct recovery *recovery, const char *run, const char *account)
{
	struct loop *loop = new_loop(0);
	struct recovering_run one = { .recovery = recovery, .run = run, .account = account };

	spawn(loop, recover_in_fiber, &one);
	loop_run(loop);
	loop_free(loop);
	if (one.result != 0)
		fail_msg("%s", one.err.message);
}

static struct recovery *load(void)
{
	struct recovery *recovery = recovery_new();
	struct err err = ERR_INIT;

	assert_ok(recovery_load(recovery, store, &err));
	return recovery;
}

static bool holds(const struct recovery *recovery, const char *account, const char *resource)
{
	return recovery_holding(recovery, account, REGION_GLOBAL, ENCRYPTION, resource) != NULL;
}

static int begin(void **state)
{
	if (setup_folder(state) != 0)
		return -1;
	struct err err = ERR_INIT;

	memset(&world, 0, sizeof world);
	store = open_writer(NULL);
	assert_ok(config_parse("{\"organization\": {\"home_region\": \"eu-west-1\"}}", 46, "reeve.json",
		all_catalogue(), &config, &err));
	return 0;
}

static int end(void **state)
{
	close_store(store);
	config_free(config);
	return teardown_folder(state);
}

static void test_outcomes(void **state)
{
	static const struct {
		const char *image, *code, *state, *cause;
	} cases[] = {
		{ "{\"rule\": {\"algorithm\": \"aws:kms\", \"bucket_key\": true}}", NULL, "verified",
			"" }, /* with a member that AWS adds */
		{ "{\"algorithm\": \"AES256\", \"key\": false}", NULL, "failed", "NoEffect" },
		{ "{\"rule\": {\"algorithm\": \"aws:kms:dsse\"}}", NULL, "failed", "Moved" },
		{ "{\"rule\": \"aws:kms\"}", NULL, "failed", "Moved" },
		{ NULL, "ResourceGone", "failed", "ResourceGone" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char id[8];

		snprintf(id, sizeof id, "c-%zu", i);
		in_flight(id, ACCOUNT, BUCKET, "remedy", NULL, i % 2 == 0 ? CHANGE_INTENT : CHANGE_APPLIED);
		world.image = cases[i].image;
		world.code = cases[i].code;
		struct recovery *recovery = load();
		assert_true(holds(recovery, ACCOUNT, BUCKET));
		recover_in_run(recovery, "r1", ACCOUNT);
		expect_state(id, cases[i].state, cases[i].cause);
		assert_false(holds(recovery, ACCOUNT, BUCKET));
		assert_int_equal(count_in_flight(), 0);
		/* the ended process may have made calls until its last moment */
		assert_true(world.since_ms == recovery->loaded_ms);
		assert_int_equal(world.settled, strcmp(cases[i].state, "verified") == 0);
		recovery_free(recovery);
	}
	assert_int_equal(world.verified, 1);
	assert_int_equal(world.reads, ARRAY_LENGTH(cases));
	assert_int_equal(world.told, ARRAY_LENGTH(cases));
}

/* A change whose resource can't be read stays in flight and holds the resource. Another run reads
 * it again, the same run doesn't. */
static void test_unreadable(void **state)
{
	(void)state;
	in_flight("c-1", ACCOUNT, BUCKET, "remedy", NULL, CHANGE_INTENT);
	in_flight("c-2", ACCOUNT, BUCKET "2", "remedy", NULL, CHANGE_INTENT);
	world.code = "AccessDenied";
	struct recovery *recovery = load();
	recover_in_run(recovery, "r1", ACCOUNT);
	expect_state("c-1", "intent", "");
	assert_true(holds(recovery, ACCOUNT, BUCKET));
	assert_true(holds(recovery, ACCOUNT, BUCKET "2"));
	assert_false(holds(recovery, ACCOUNT, BUCKET "3"));
	assert_false(holds(recovery, OTHER, BUCKET));
	assert_null(recovery_holding(NULL, ACCOUNT, REGION_GLOBAL, ENCRYPTION, BUCKET));
	assert_null(recovery_holding(recovery, ACCOUNT, "eu-west-1", ENCRYPTION, BUCKET));
	recover_in_run(recovery, "r1", ACCOUNT);
	assert_int_equal(world.reads, 2);
	world.image = "{\"rule\": {\"algorithm\": \"aws:kms\"}}";
	recover_in_run(recovery, "r2", ACCOUNT);
	assert_int_equal(world.reads, 4);
	expect_state("c-1", "verified", "");
	expect_state("c-2", "verified", "");
	recover_in_run(recovery, "r3", ACCOUNT);
	assert_int_equal(world.reads, 4);
	recovery_free(recovery);
}

/* A rollback that took effect ends its original too. */
static void test_rollback(void **state)
{
	(void)state;
	in_flight("c-0", ACCOUNT, BUCKET, "remedy", NULL, CHANGE_VERIFIED);
	in_flight("c-1", ACCOUNT, BUCKET, "rollback", "c-0", CHANGE_APPLIED);
	in_flight("c-2", ACCOUNT, BUCKET "2", "rollback", "c-gone", CHANGE_APPLIED);
	world.image = "{\"rule\": {\"algorithm\": \"aws:kms\"}}";
	struct recovery *recovery = load();
	recover_in_run(recovery, "r1", ACCOUNT);
	expect_state("c-1", "verified", "");
	expect_state("c-2", "verified", "");
	assert_int_equal(world.undone, 1);
	assert_int_equal(world.verified, 0);
	recovery_free(recovery);
}

/* The changes in flight are loaded once in a process, since later ones are its own. */
static void test_once(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	in_flight("c-1", OTHER, BUCKET, "remedy", NULL, CHANGE_INTENT);
	struct recovery *recovery = load();
	in_flight("c-2", ACCOUNT, BUCKET, "remedy", NULL, CHANGE_INTENT);
	assert_ok(recovery_load(recovery, store, &err));
	assert_false(holds(recovery, ACCOUNT, BUCKET));
	world.image = "{}";
	recover_in_run(recovery, "r1", ACCOUNT);
	assert_int_equal(world.reads, 0);
	expect_state("c-2", "intent", "");
	recovery_free(recovery);
	recovery_free(NULL);
}

/* Of two runs at the same time one reads the resource, and the other waits for the outcome. */
static void test_together(void **state)
{
	struct recovering_run runs[2] = { { .run = "r1", .account = ACCOUNT },
		{ .run = "r2", .account = ACCOUNT } };
	struct loop *loop = new_loop(0);

	(void)state;
	in_flight("c-1", ACCOUNT, BUCKET, "remedy", NULL, CHANGE_INTENT);
	world.image = "{\"rule\": {\"algorithm\": \"aws:kms\"}}";
	struct recovery *recovery = load();
	for (int i = 0; i < 2; i++) {
		runs[i].recovery = recovery;
		spawn(loop, recover_in_fiber, &runs[i]);
	}
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(world.reads, 1);
	assert_int_equal(runs[0].result, 0);
	assert_int_equal(runs[1].result, 0);
	expect_state("c-1", "verified", "");
	recovery_free(recovery);
}

static bool is_held(const struct recovery *recovery, const char *region, const char *resource)
{
	return recovery_holding_unknown(recovery, baselines_of(config), ACCOUNT, region, resource) !=
		NULL;
}

static void sweep_in_fiber(void *argument)
{
	struct run *run = argument;
	struct account account = { .id = (char *)ACCOUNT, .name = (char *)"payments" };
	struct account_run of = { .run = run, .account = &account };
	struct err err = ERR_INIT;

	assert_ok(recover_account(&of, &err));
	assert_ok(recover_report_unknown(&of, &err));
	flush(store);
}

static void expect_unknown(const char *region, const char *resource, const char *change)
{
	struct finding finding;
	struct err err = ERR_INIT;
	bool found;

	assert_ok(finding_read(store, ACCOUNT, region, "no.such", resource, &finding, &found, &err));
	assert_true(found);
	assert_int_equal(finding.status, STATUS_DRIFTED);
	assert_string_equal(finding.cause.code, "UnknownBaseline");
	assert_non_null(strstr(finding.cause.message, "does not know its baseline no.such"));
	assert_string_equal(finding.change, change);
	finding_release(&finding);
}

/* A change of a baseline that this program doesn't know holds its own resource, and every sweep
 * reports that. The account's other changes are concluded all the same. */
static void test_unknown_baseline(void **state)
{
	struct loop *loop = new_loop(0);
	struct run *run = xcalloc(1, sizeof *run);

	(void)state;
	in_flight_of("no.such", "c-1", ACCOUNT, BUCKET, "remedy", NULL, CHANGE_INTENT);
	in_flight("c-2", ACCOUNT, BUCKET "2", "remedy", NULL, CHANGE_APPLIED);
	in_flight_of("no.such", "c-3", ACCOUNT, BUCKET "3", "rollback", "c-0", CHANGE_APPLIED);
	in_flight_of("no.such", "c-4", ACCOUNT, ACCOUNT, "remedy", NULL, CHANGE_INTENT);
	world.image = "{\"rule\": {\"algorithm\": \"aws:kms\"}}";
	snprintf(run->id, sizeof run->id, "r1");
	run->kind = RUN_SWEEP;
	run->engine = (struct engine){ .store = store, .config = config, .recovery = load() };
	selection_init(&run->selection);
	spawn(loop, sweep_in_fiber, run);
	loop_run(loop);
	loop_free(loop);
	expect_state("c-1", "intent", "");
	expect_state("c-2", "verified", "");
	expect_state("c-3", "applied", "");
	assert_int_equal(world.reads, 1);
	assert_int_equal(count_in_flight(), 3);
	assert_true(is_held(run->engine.recovery, "eu-west-1", BUCKET));
	assert_false(is_held(run->engine.recovery, "eu-west-1", BUCKET "2"));
	assert_false(is_held(run->engine.recovery, "eu-west-3", BUCKET));
	assert_false(is_held(run->engine.recovery, "eu-west-1", ACCOUNT));
	assert_false(is_held(NULL, "eu-west-1", BUCKET));
	expect_unknown(REGION_GLOBAL, BUCKET, "c-1");
	expect_unknown(REGION_GLOBAL, BUCKET "3", "c-3");
	/* Both changes are in one cell, which is counted once. */
	assert_int_equal(status_total(&run->cells), 1);
	assert_int_equal(run->cells.of[STATUS_DRIFTED], 1);
	assert_int_equal(status_exit_code(&run->cells), 2);
	run_cells_release(run);
	selection_release(&run->selection);
	recovery_free(run->engine.recovery);
	free(run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_outcomes), TEST(test_unreadable),
		TEST(test_rollback), TEST(test_once), TEST(test_together), TEST(test_unknown_baseline) };

	return cmocka_run_group_tests_name("engine recovery", tests, NULL, NULL);
}
