/* The records of pauses: written and read back, compared, shown, and refused where they are not
 * understood. */
#include "test_store_help.h"

#include "base/json.h"
#include "ledger/pause_record.h"

static struct err err;

#define ACCOUNT_PAUSE \
	{ .scope = PAUSE_ACCOUNT, \
		.account = "111122223333", \
		.by = "ann", \
		.uid = 7, \
		.at_ms = 1000, \
		.reason = "a look" }

static const struct pause_record made = { .is = ACCOUNT_PAUSE };
static const struct pause_record note = {
	.is = { .scope = PAUSE_RESUMED, .by = "bob", .at_ms = 2000 }, .ended = ACCOUNT_PAUSE
};

static void test_round_trip(void **state)
{
	struct pause_list list = { NULL }, read, copy;
	size_t bad;

	(void)state;
	pause_list_add(&list, &made);
	pause_list_add(&list, &note);
	json_t *json = pause_list_encode(&list);
	pause_list_release(&list);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(json, 0), "version")), 1);
	assert_ok(pause_list_decode(json, &read, &bad, &err));
	json_decref(json);
	pause_list_copy(&read, &copy);
	pause_list_release(&read);
	assert_int_equal(copy.count, 2);
	assert_true(pause_record_equal(&copy.items[0], &made));
	assert_true(pause_record_equal(&copy.items[1], &note));
	assert_false(pause_record_equal(&copy.items[0], &copy.items[1]));
	assert_false(pause_record_is_note(&copy.items[0]));
	assert_true(pause_record_is_note(&copy.items[1]));
	struct pause_record first = pause_list_take(&copy, 0);
	assert_int_equal(copy.count, 1);
	assert_true(pause_facts_equal(&copy.items[0].ended, &first.is));
	pause_record_release(&first);
	pause_list_release(&copy);
}

static void test_documents(void **state)
{
	static const char *const wanted[] = {
		"{\"scope\":\"account\",\"account\":\"111122223333\",\"baseline\":null,\"by\":\"ann\","
		"\"uid\":7,\"at\":\"1970-01-01T00:00:01Z\",\"reason\":\"a look\"}",
		"{\"scope\":\"resumed\",\"account\":null,\"baseline\":null,\"by\":\"bob\",\"uid\":0,\"at\":"
		"\"1970-01-01T00:00:02Z\",\"reason\":null,\"ended\":{\"by\":\"ann\",\"scope\":\"account\","
		"\"account\":\"111122223333\",\"baseline\":null,\"uid\":7,\"at\":\"1970-01-01T00:00:01Z\","
		"\"reason\":\"a look\"}}",
	};
	const struct pause_record *const records[] = { &made, &note };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(records); i++) {
		CLEANUP_JSON json_t *document = pause_record_document(records[i]);
		char *text = json_dumps(document, JSON_COMPACT);

		assert_string_equal(text, wanted[i]);
		free(text);
	}
}

static void test_told(void **state)
{
	struct store *store = open_writer(NULL);
	struct pause_list list = { NULL }, read;

	(void)state;
	pause_told_read(store, &read);
	assert_int_equal(read.count, 0);
	pause_list_add(&list, &made);
	assert_ok(pause_told_put(store, &list, &err));
	flush(store);
	pause_list_release(&list);
	pause_told_read(store, &read);
	assert_int_equal(read.count, 1);
	assert_true(pause_record_equal(&read.items[0], &made));
	pause_list_release(&read);
	close_store(store);
}

static void test_not_understood(void **state)
{
#define RECORD(scope, more) \
	"{\"scope\":\"" scope "\",\"by\":\"ann\",\"uid\":0,\"at\":\"2026-11-24T08:00:00Z\"" more "}"
	static const struct {
		const char *record, *says;
	} cases[] = {
		{ "7", "not a JSON object" },
		{ "{\"scope\":\"all\"}", "\"by\" is missing" },
		{ RECORD("region", ""), "has the scope \"region\"" },
		{ RECORD("all", ",\"version\":2"), "version \"2\"" },
		{ RECORD("all", ",\"account\":\"1\""), "doesn't belong to its scope" },
		{ RECORD("account", ""), "doesn't belong to its scope" },
		{ RECORD("resumed", ""), "doesn't belong to its scope" },
		{ RECORD("resumed", ",\"ended\":" RECORD("baseline", "")), "doesn't belong to its scope" },
		{ RECORD("all", ",\"ended\":" RECORD("all", "")), "doesn't belong to its scope" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *json = json_loads(cases[i].record, JSON_DECODE_ANY, NULL);
		CLEANUP_JSON json_t *list = json_pack("[O]", json);
		struct pause_list read;
		size_t bad = 9;

		assert_int_equal(pause_list_decode(list, &read, &bad, &err), -1);
		assert_int_equal(bad, 0);
		assert_int_equal(err.kind, ERR_STORE);
		if (strstr(err.message, cases[i].says) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err.message, cases[i].says);
		err_clear(&err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_documents),
		store_test(test_told),
		cmocka_unit_test(test_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
