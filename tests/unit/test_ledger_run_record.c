/* The record of a run: written and read back, and refused where it is not understood. */
#include "test_store_help.h"

#include "base/json.h"
#include "ledger/run_record.h"
#include "store/queue.h"

#define RUN "20261124T080000.000Z-00000001"

static struct err err;

static void test_round_trip(void **state)
{
	struct store *store = open_writer(NULL);
	struct run_record record = { .id = RUN,
		.kind = RUN_SWEEP,
		.state = RUN_INTERRUPTED,
		.started_ms = 1000,
		.finished_ms = 5000,
		.generation = "g",
		.changes = 7,
		.accounts_in_scope = 3,
		.halt = { "FailureRate", "too many" } };
	struct run_record read;
	bool found;

	(void)state;
	assert_ok(run_record_put(store, &record, &err));
	flush(store);
	assert_ok(run_record_read(store, RUN, &read, &found, &err));
	assert_true(found);
	assert_string_equal(read.id, RUN);
	assert_int_equal(read.kind, RUN_SWEEP);
	assert_int_equal(read.state, RUN_INTERRUPTED);
	assert_int_equal(read.started_ms, 1000);
	assert_int_equal(read.finished_ms, 5000);
	assert_string_equal(read.generation, "g");
	assert_int_equal(read.changes, 7);
	assert_int_equal(read.accounts_in_scope, 3);
	assert_int_equal(read.accounts_inactive, 0);
	assert_string_equal(read.halt.code, "FailureRate");
	json_t *document = run_record_document(&read); /* only the stored form has a version */
	assert_null(json_object_get(document, "version"));
	assert_string_equal(json_get_string(document, "state"), "interrupted");
	assert_int_equal(json_integer_value(json_object_get(read.source, "version")), 1);
	json_decref(document);
	run_record_release(&read);
	assert_ok(run_record_read(store, "another", &read, &found, &err));
	assert_false(found);
	close_store(store);
}

static int never(void *argument, const struct run_record *record)
{
	(void)argument, (void)record;
	fail_msg("a record that is not understood was handed out");
	return 0;
}

static void test_not_understood(void **state)
{
#define RECORD(kind, run_state, more) \
	"{\"id\":\"" RUN "\",\"kind\":\"" kind "\",\"state\":\"" run_state \
	"\",\"changes\":0,\"accounts_in_scope\":0,\"accounts_inactive\":0" more "}"
	static const char *const records[] = {
		"[]",
		"{\"id\":\"" RUN "\"}",
		RECORD("sweep", "done", ""),
		RECORD("release", "finished", ""),
		RECORD("sweep", "finished", ",\"version\":2"),
		RECORD("sweep", "finished", ",\"started\":\"yesterday\""),
		RECORD("sweep", "finished", ",\"selection\":[]"),
	};
	struct store *store = open_writer(NULL);
	struct store_key key = STORE_KEY(RUN);
	struct run_record read;
	bool found;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(records); i++) {
		assert_ok(store_put(store, STORE_RUNS, &key, records[i], strlen(records[i]), &err));
		flush(store);
		assert_int_equal(run_record_read(store, RUN, &read, &found, &err), -1);
		assert_int_equal(err.kind, ERR_STORE);
		err_clear(&err);
		assert_int_equal(run_record_each(store, never, NULL, &err), -1);
		assert_int_equal(err.kind, ERR_STORE);
		err_clear(&err);
	}
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_round_trip),
		store_test(test_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
