/* The record of an account's desired state: written and read back, and refused where it is not
 * understood. */
#include "test_record_help.h"

#include "base/json.h"
#include "ledger/desired_record.h"

#define ACCOUNT "111122223333"

static struct err err;

static void test_round_trip(void **state)
{
	CLEANUP_JSON json_t *baselines = json_pack("{s:{}}", "b");
	const struct desired_record record = {
		.generation = "g", .place = "p", .baselines = baselines
	};
	struct store *store = open_writer(NULL);
	struct desired_record read;
	bool found;

	(void)state;
	assert_ok(desired_record_read(store, ACCOUNT, &read, &found, &err));
	assert_false(found);
	assert_null(read.baselines);
	assert_ok(desired_record_put(store, ACCOUNT, &record, &err));
	flush(store);
	assert_ok(desired_record_read(store, ACCOUNT, &read, &found, &err));
	assert_true(found);
	assert_string_equal(read.generation, "g");
	assert_string_equal(read.place, "p");
	assert_true(json_equal(read.baselines, baselines));
	assert_int_equal(json_integer_value(json_object_get(read.source, "version")), 1);
	desired_record_release(&read);
	close_store(store);
}

static int read_record(struct store *store, struct err *failure)
{
	struct desired_record read;
	bool found;

	return desired_record_read(store, ACCOUNT, &read, &found, failure);
}

static void test_not_understood(void **state)
{
	static const struct refused cases[] = {
		{ "[]", "desired state" },
		{ "{\"generation\":\"g\",\"baselines\":{}}", "\"place\" is missing" },
		{ "{\"generation\":\"g\",\"place\":\"p\",\"baselines\":[]}",
			"\"baselines\" is not an object" },
		{ "{\"generation\":\"g\",\"place\":\"p\",\"baselines\":{},\"version\":2}",
			"version \"2\"" },
	};
	struct store *store = open_writer(NULL);
	struct store_key key = STORE_KEY(ACCOUNT);

	(void)state;
	assert_refused(store, STORE_DESIRED, &key, cases, ARRAY_LENGTH(cases), read_record);
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
