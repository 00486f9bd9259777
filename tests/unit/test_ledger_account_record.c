/* The record of an account: written and read back, shown, and refused where it is not understood.
 */
#include "test_record_help.h"

#include "base/json.h"
#include "ledger/account_record.h"

#define ACCOUNT "111122223333"

static struct err err;

static void test_round_trip(void **state)
{
	struct org_unit units[] = { { "r-ab12", "Root" }, { "ou-ab12-11111111", "Prod" } };
	CLEANUP_JSON json_t *tags = json_pack("{s:s}", "env", "prod");
	struct account_record record = { .id = ACCOUNT,
		.name = "shop",
		.state = "ACTIVE",
		.path = "Root/Prod",
		.units = units,
		.units_count = ARRAY_LENGTH(units),
		.tags = tags };
	struct store *store = open_writer(NULL);
	struct account_record read;
	bool found;

	(void)state;
	assert_ok(account_record_read(store, ACCOUNT, &read, &found, &err));
	assert_false(found);
	assert_null(read.regions);
	assert_ok(account_record_put(store, &record, &err));
	flush(store);
	assert_ok(account_record_read(store, ACCOUNT, &read, &found, &err));
	assert_true(found);
	assert_string_equal(read.id, ACCOUNT);
	assert_string_equal(read.name, "shop");
	assert_string_equal(read.state, "ACTIVE");
	assert_string_equal(read.path, "Root/Prod");
	assert_int_equal(read.units_count, 2);
	assert_string_equal(read.units[1].id, "ou-ab12-11111111");
	assert_string_equal(read.units[1].name, "Prod");
	assert_true(json_equal(read.tags, tags));
	assert_null(read.regions);
	CLEANUP_JSON json_t *document = account_record_document(&read);
	assert_null(json_object_get(document, "version"));
	assert_true(json_is_null(json_object_get(document, "regions")));
	account_record_release(&read);

	CLEANUP_JSON json_t *regions = json_pack("[s]", "eu-west-1");
	record.regions = regions;
	assert_ok(account_record_put(store, &record, &err));
	flush(store);
	assert_ok(account_record_read(store, ACCOUNT, &read, &found, &err));
	assert_true(json_equal(read.regions, regions));
	account_record_release(&read);
	close_store(store);
}

static int read_record(struct store *store, struct err *failure)
{
	struct account_record read;
	bool found;

	return account_record_read(store, ACCOUNT, &read, &found, failure);
}

static void test_not_understood(void **state)
{
#define RECORD(units, more) \
	"{\"id\":\"" ACCOUNT \
	"\",\"name\":\"shop\",\"state\":\"ACTIVE\",\"path\":\"\",\"units\":" units \
	",\"tags\":null" more "}"
	static const struct refused cases[] = {
		{ "[]", "account" },
		{ "{\"id\":\"" ACCOUNT "\"}", "account " ACCOUNT " in the state folder can't be read" },
		{ RECORD("{}", ""), "\"units\" is not an array" },
		{ RECORD("[{\"id\":\"r-ab12\"}]", ""), "\"name\" is missing" },
		{ RECORD("[]", ",\"regions\":{}"), "\"regions\" is not an array" },
		{ RECORD("[]", ",\"version\":2"), "version \"2\"" },
	};
	struct store *store = open_writer(NULL);
	struct store_key key = STORE_KEY(ACCOUNT);

	(void)state;
	assert_refused(store, STORE_ACCOUNTS, &key, cases, ARRAY_LENGTH(cases), read_record);
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
