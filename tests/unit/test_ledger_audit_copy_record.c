/* The record of how far the audit log is copied: written and read back, and refused where it is not
 * understood. */
#include "test_record_help.h"

#include "base/json.h"
#include "ledger/audit_copy_record.h"

static struct err err;

static void test_round_trip(void **state)
{
	const struct audit_copy_place place = { .bucket = "b",
		.prefix = "p/",
		.copied = 7,
		.pending = { 8, 9 },
		.failed = { "AccessDenied", "no", 1000 } };
	struct store *store = open_writer(NULL);
	struct audit_copy_record read;
	struct audit_copy_place got;
	bool found;

	(void)state;
	assert_ok(audit_copy_record_read(store, &read, &found, &err));
	assert_false(found);
	json_t *destinations = json_pack("{s:o}", "b/p/", audit_copy_place_encode(&place));
	const struct audit_copy_record record = {
		.log = "l", .current = "b/p/", .destinations = destinations
	};
	assert_ok(audit_copy_record_write(store, &record, &err));
	flush(store);
	json_decref(destinations);
	assert_ok(audit_copy_record_read(store, &read, &found, &err));
	assert_true(found);
	assert_string_equal(read.log, "l");
	assert_string_equal(read.current, "b/p/");
	assert_int_equal(json_integer_value(json_object_get(read.source, "version")), 1);
	assert_ok(audit_copy_record_place(&read, "b/q/", &got, &found, &err));
	assert_false(found);
	assert_ok(audit_copy_record_place(&read, "b/p/", &got, &found, &err));
	assert_true(found);
	assert_string_equal(got.bucket, "b");
	assert_string_equal(got.prefix, "p/");
	assert_int_equal(got.copied, 7);
	assert_int_equal(got.pending.first, 8);
	assert_int_equal(got.pending.last, 9);
	assert_string_equal(got.failed.code, "AccessDenied");
	assert_string_equal(got.failed.message, "no");
	assert_int_equal(got.failed.at_ms, 1000);
	json_t *document = audit_copy_place_document(&got, 9);
	json_t *wanted = json_pack("{s:s, s:s, s:i, s:i, s:{s:s, s:s, s:s}}", "bucket", "b", "prefix",
		"p/", "copied", 7, "last", 9, "failed", "at", "1970-01-01T00:00:01Z", "code",
		"AccessDenied", "message", "no");
	assert_true(json_equal(document, wanted));
	json_decref(wanted);
	json_decref(document);
	audit_copy_record_release(&read);
	close_store(store);
}

static int read_record(struct store *store, struct err *failure)
{
	struct audit_copy_record read;
	bool found;

	return audit_copy_record_read(store, &read, &found, failure);
}

static int read_place(struct store *store, struct err *failure)
{
	struct audit_copy_record read;
	struct audit_copy_place place;
	bool found;

	assert_ok(audit_copy_record_read(store, &read, &found, failure));
	int result = audit_copy_record_place(&read, "b/p", &place, &found, failure);
	audit_copy_record_release(&read);
	return result;
}

static void test_not_understood(void **state)
{
	static const struct refused records[] = {
		{ "[]", "audit copy" },
		{ "{\"destinations\":{}}", "\"log\" is missing" },
		{ "{\"log\":\"l\"}", "\"destinations\" is missing" },
		{ "{\"log\":\"l\",\"destinations\":[]}", "\"destinations\" is not an object" },
		{ "{\"log\":\"l\",\"destinations\":{},\"version\":2}", "version \"2\"" },
	};
#define PLACE(text) "{\"log\":\"l\",\"destinations\":{\"b/p\":" text "}}"
	static const struct refused places[] = {
		{ PLACE("[]"), "not a JSON object" },
		{ PLACE("{\"bucket\":\"b\",\"prefix\":\"p\"}"), "audit copy b p in the state folder" },
		{ PLACE("{\"bucket\":\"b\",\"prefix\":\"p\",\"copied\":\"all\"}"), "not an integer" },
		{ PLACE("{\"bucket\":\"b\",\"prefix\":\"p\",\"copied\":1,\"pending\":{\"first\":1}}"),
			"\"last\" is missing" },
	};
	struct store *store = open_writer(NULL);
	struct store_key key = STORE_KEY("audit-copy");

	(void)state;
	assert_refused(store, STORE_META, &key, records, ARRAY_LENGTH(records), read_record);
	assert_refused(store, STORE_META, &key, places, ARRAY_LENGTH(places), read_place);
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
