/* Imports into Security Hub that fail: findings that AWS does not accept, regions without a hub,
 * and other runs. */
#include "ledger/cell_lock.h"
#include "security_hub/import.h"
#include "store/errors.h"
#include "store/queue.h"
#include "test_security_hub_help.h"

static void test_what_fails_alone_is_tried_again(void **unused)
{
	struct hub *hub = hub_start();

	(void)unused;
	hub->refuse_id = "bucket-0002";
	sweep((struct hub_process){ 0 }, many_buckets(5, "drifted"));
	assert_int_equal(hub->count, 1);
	assert_int_equal(json_object_size(hub->findings), 4);
	hub->refuse_id = NULL;
	sweep((struct hub_process){ 0 }, many_buckets(5, "drifted"));
	assert_int_equal(hub->count, 2);
	assert_int_equal(size_of_call(hub, 1), 1);
	assert_int_equal(json_object_size(hub->findings), 5);
	hub_stop(hub);
}

/* Failures are counted without ids: no finding counts as imported. */
static void test_failures_that_are_only_counted(void **unused)
{
	struct hub *hub = hub_start();

	(void)unused;
	hub->refuse_id = "bucket-0002";
	hub->counts_only = true;
	sweep((struct hub_process){ 0 }, many_buckets(5, "drifted"));
	hub->refuse_id = NULL;
	sweep((struct hub_process){ 0 }, many_buckets(5, "drifted"));
	assert_int_equal(size_of_call(hub, 1), 5);
	hub_stop(hub);
}

/* A finding for which AWS refuses the whole call does not keep out the others. */
static void test_poison_is_singled_out(void **unused)
{
	struct hub *hub = hub_start();

	(void)unused;
	hub->poison_id = "bucket-0042";
	sweep((struct hub_process){ 0 }, many_buckets(100, "drifted"));
	assert_int_equal(json_object_size(hub->findings), 99);
	assert_in_range(hub->count, 8, 15);
	/* When every finding is refused, the findings are not the reason: the rest is not tried. */
	hub_forget_calls(hub);
	hub->poison_id = "";
	sweep((struct hub_process){ 0 }, many_buckets(100, "alerted"));
	assert_in_range(hub->count, 10, 40);
	hub_stop(hub);
}

static void import_twice(struct hub_process *process)
{
	security_hub_import(&process->run, ACCOUNT, process->run.own);
}

static void test_where_it_is_not_enabled(void **unused)
{
	struct hub *hub = hub_start();

	(void)unused;
	hub->absent_region = "eu-central-1";
	/* AWS is asked once in a run, even when the run imports again. */
	sweep((struct hub_process){ .before = import_twice },
		json_pack("[o, o]", bucket("drifted"),
			sample_finding(BLOCK, "global", ACCOUNT, "alerted")));
	assert_int_equal(hub->count, 2);
	assert_string_equal(compliance_in(hub, HOME, ID_BLOCK), "FAILED");
	/* The next run asks AWS again. */
	hub->absent_region = NULL;
	sweep((struct hub_process){ 0 },
		json_pack("[o, o]", bucket("drifted"),
			sample_finding(BLOCK, "global", ACCOUNT, "alerted")));
	assert_int_equal(hub->count, 3);
	assert_string_equal(compliance_in(hub, "eu-central-1", ID_PAYROLL), "FAILED");
	hub_stop(hub);
}

static void test_throttled_and_denied(void **unused)
{
	struct hub *hub = hub_start();

	(void)unused;
	hub->throttles = 2;
	sweep((struct hub_process){ 0 }, json_pack("[o]", bucket("drifted")));
	assert_int_equal(hub->count, 3);
	assert_string_equal(compliance_in(hub, "eu-central-1", ID_PAYROLL), "FAILED");
	/* A refusal ends the import into the region: 150 findings do not make two calls. */
	hub_forget_calls(hub);
	hub->deny_code = "AccessDeniedException";
	sweep((struct hub_process){ 0 }, many_buckets(150, "drifted"));
	assert_int_equal(hub->count, 1);
	hub->deny_code = NULL;
	sweep((struct hub_process){ 0 }, many_buckets(150, "drifted"));
	assert_int_equal(hub->count, 3);
	hub_stop(hub);
}

struct observer {
	struct hub_process *process;
	struct cell_lock *lock;
};

/* Another run completes the cell: the bucket is there. */
static void observe_again(void *argument)
{
	struct observer *observer = argument;
	struct store_key key = STORE_KEY(ACCOUNT, "global", BUCKETS, "arn:aws:s3:::payroll");
	json_t *finding = bucket("drifted");
	struct err err = ERR_INIT;

	MUST(fiber_sleep(20) == 0);
	MUST(store_put_json(observer->process->run.store, STORE_FINDINGS, &key, finding, &err) == 0);
	json_decref(finding);
	cell_unlock(observer->process->run.locks, observer->lock);
}

static void begin_another_look(struct hub_process *process)
{
	struct observer *observer = process->user;
	struct err err = ERR_INIT;

	observer->process = process;
	process->run.locks = cell_locks_new(process->loop);
	MUST(cell_lock(process->run.locks, ACCOUNT, "global", BUCKETS, &observer->lock) == 0);
	MUST(fiber_spawn(process->loop, "observer", observe_again, observer, &err) == 0);
}

static void end_looks(struct hub_process *process)
{
	cell_locks_free(process->run.locks);
}

/* While a cell is observed anew it has no findings: no resource of it counts as gone. */
static void test_a_cell_that_another_run_looks_at(void **unused)
{
	struct hub *hub = hub_start();
	struct observer observer = { 0 };

	(void)unused;
	sweep((struct hub_process){ 0 }, json_pack("[o]", bucket("drifted")));
	sweep((struct hub_process){ .seen = saw_buckets,
			  .before = begin_another_look,
			  .after = end_looks,
			  .user = &observer },
		json_array());
	assert_int_equal(hub->count, 1);
	hub_stop(hub);
}

static void fill_store(struct hub_process *process)
{
	char *filler = xmalloc(1 << 20);
	struct err err = ERR_INIT;

	memset(filler, 'x', 1 << 20);
	for (int i = 0; i < 4; i++) {
		char name[16];

		snprintf(name, sizeof name, "filler-%d", i);
		struct store_key key = STORE_KEY(name);
		(void)!store_put(process->run.store, STORE_META, &key, filler, 1 << 20, &err);
	}
	free(filler);
	(void)!store_flush(process->run.store, &err);
	MUST(store_failed(process->run.store));
}

static void cancel(struct hub_process *process)
{
	loop_cancel(process->loop);
}

/* A finding that can't be recorded is not sent; and a run that stops does not wait for it. */
static void test_a_failed_store_and_a_stopping_run(void **unused)
{
	struct hub *hub = hub_start();
	json_t *findings = json_pack("[o]", bucket("drifted"));

	(void)unused;
	struct hub_process full = { .findings = findings, .before = fill_store, .full = true };
	run_process(&full);
	assert_int_equal(hub->count, 0);
	teardown_folder(NULL);
	setup_folder(NULL);
	sweep((struct hub_process){ .before = cancel }, json_incref(findings));
	assert_int_equal(hub->count, 0);
	json_decref(findings);
	hub_stop(hub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_what_fails_alone_is_tried_again),
		store_test(test_failures_that_are_only_counted),
		store_test(test_poison_is_singled_out),
		store_test(test_where_it_is_not_enabled),
		store_test(test_throttled_and_denied),
		store_test(test_a_cell_that_another_run_looks_at),
		store_test(test_a_failed_store_and_a_stopping_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
