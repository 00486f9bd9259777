/* The record of an exception: written and read back, and shown. What is not understood is tested
 * where exceptions are loaded (test_guards_exceptions.c). */
#include "test_store_help.h"

#include "base/json.h"
#include "ledger/exception_record.h"

static struct err err;

static int count_record(void *argument, const struct exception_record *record)
{
	assert_string_equal(record->id, "x-1");
	++*(int *)argument;
	return 0;
}

static void test_round_trip(void **state)
{
	CLEANUP_JSON json_t *exception = json_pack("{s:s}", "account", "*");
	struct exception_record record = {
		.exception = exception, .at_ms = 1000, .by = "ann", .id = "x-1"
	};
	struct store *store = open_writer(NULL);
	struct exception_record read;
	int seen = 0;
	bool found;

	(void)state;
	assert_ok(exception_record_read(store, "x-1", &read, &found, &err));
	assert_false(found);
	assert_ok(exception_record_put(store, &record, &err));
	flush(store);
	assert_ok(exception_record_read(store, "x-1", &read, &found, &err));
	assert_true(found);
	assert_true(json_equal(read.exception, exception));
	assert_int_equal(read.at_ms, 1000);
	assert_string_equal(read.by, "ann");
	assert_int_equal(read.ended.at_ms, 0);
	assert_int_equal(json_integer_value(json_object_get(read.source, "version")), 1);
	exception_record_release(&read);

	record.ended = (struct exception_end){ 2000, "bob" };
	assert_ok(exception_record_put(store, &record, &err));
	flush(store);
	assert_ok(exception_record_read(store, "x-1", &read, &found, &err));
	assert_int_equal(read.ended.at_ms, 2000);
	assert_string_equal(read.ended.by, "bob");
	exception_record_release(&read);
	assert_ok(exception_record_each(store, count_record, &seen, &err));
	assert_int_equal(seen, 1);
	close_store(store);
}

static void test_origin(void **state)
{
	const struct exception_record record = { .at_ms = 1000, .by = "ann", .ended = { 2000, NULL } };
	const struct exception_record none = { NULL };
	CLEANUP_JSON json_t *origin = exception_record_origin(&record);
	CLEANUP_JSON json_t *wanted = json_pack("{s:s, s:s, s:{s:s, s:n}}", "added",
		"1970-01-01T00:00:01Z", "by", "ann", "ended", "at", "1970-01-01T00:00:02Z", "by");
	CLEANUP_JSON json_t *nothing = exception_record_origin(&none);
	CLEANUP_JSON json_t *nulls = json_pack("{s:n, s:n, s:n}", "added", "by", "ended");

	(void)state;
	assert_true(json_equal(origin, wanted));
	assert_true(json_equal(nothing, nulls));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_round_trip),
		cmocka_unit_test(test_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
