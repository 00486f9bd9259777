/* Records of changes: the hash that an approval is bound to; how records are read, written and
 * moved on. */
#include "test_store_help.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "ledger/change.h"

static json_t *parse(const char *text)
{
	struct err err = ERR_INIT;
	json_t *json = NULL;

	if (json_parse(text, strlen(text), "a test", &json, &err) < 0)
		fail_msg("%s: %s", err.message, text);
	return json;
}

#define TAIL \
	"\"hash\":\"h\",\"kind\":\"remedy\",\"run\":\"run-1\",\"cell_region\":\"global\",\"tier\":" \
	"\"auto\",\"state\":\"planned\",\"at\":\"2026-11-24T08:00:00Z\",\"history\":[]}"

/* The values are those that version 0.1.0 gave: changes that were approved with it stay approved.
 */
static void test_hash(void **state)
{
	static const struct {
		const char *members, *hash;
	} cases[] = {
		{ "\"account\":\"111122223333\",\"region\":\"global\",\"baseline\":\"s3.a\","
		  "\"resource\":\"r\",\"before\":null,\"after\":null,\"calls\":null,",
			"4abc2f0c4ec5ad803b319e8156426befed1f8314b86c8b567f77170ce7409530" },
		{ "\"account\":\"111122223333\",\"region\":\"eu-west-1\",\"baseline\":\"s3.a\","
		  "\"resource\":\"arn:aws:s3:::b\\u00e9\\\"\\n\\u20ac\",\"before\":{\"b\":0.2,\"a\":"
		  "[1,null,true,\"x\"],\"\\u00e9\":1e21},\"after\":{\"n\":9007199254740993},\"calls\":[{"
		  "\"service\":\"s3\",\"operation\":\"PutBucketEncryption\",\"region\":\"eu-west-1\","
		  "\"params\":{\"B\":{},\"A\":[]}}],",
			"598ae13662df3c0fc3e59de5db6637cac09d97cca10340819381f5d3215ae206" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_FREE char *text = xasprintf("{\"id\":\"c-1\",%s" TAIL, cases[i].members);
		CLEANUP_JSON json_t *json = parse(text);
		struct change_record record;
		struct err err = ERR_INIT;
		char hash[CHANGE_HASH_SIZE];

		if (change_record_decode(json, &record, &err) < 0)
			fail_msg("%s", err.message);
		change_hash(&record, hash);
		assert_string_equal(hash, cases[i].hash);
		change_record_release(&record);
	}
}

/* Two records as version 0.1.0 wrote them. */
#define REMEDY \
	"{\"account\":\"111122223333\",\"region\":\"eu-west-1\",\"baseline\":\"s3.a\",\"resource\":" \
	"\"r\",\"before\":{\"on\":false},\"after\":{\"on\":true},\"calls\":[],\"id\":\"c-1\"," \
	"\"hash\":\"h\",\"kind\":\"remedy\",\"run\":\"run-1\",\"wave\":2,\"account_name\":\"an " \
	"account\",\"cell_region\":\"global\",\"settings\":{\"s\":1},\"tier\":\"approval\"," \
	"\"decided_by\":\"a rule\","
#define ROLLBACK \
	"{\"account\":\"111122223333\",\"account_name\":null,\"region\":\"eu-west-1\"," \
	"\"cell_region\":\"global\",\"baseline\":\"s3.a\",\"resource\":\"r\",\"calls\":null," \
	"\"settings\":{},\"tier\":\"auto\",\"hash\":\"h\",\"decided_by\":null,\"id\":\"c-2\"," \
	"\"kind\":\"rollback\",\"of\":\"c-1\",\"run\":\"run-2\",\"before\":{\"on\":true}," \
	"\"after\":{\"on\":false},"
#define MOVED \
	"\"state\":\"failed\",\"at\":\"2026-11-24T08:00:01.5Z\",\"history\":[{\"state\":\"planned\"," \
	"\"at\":\"2026-11-24T08:00:00Z\"},{\"state\":\"applied\",\"at\":\"2026-11-24T08:00:00.25Z\"}," \
	"{\"state\":\"failed\",\"at\":\"2026-11-24T08:00:01.5Z\"}],\"result\":{\"on\":false}," \
	"\"cause\":{\"code\":\"NotVerified\",\"message\":\"it differs\",\"request_id\":\"\"}}"

/* Times are written with three digits of milliseconds. */
static void normalize_at(json_t *object)
{
	char text[CLOCK_RFC3339_SIZE];
	int64_t ms = 0;

	assert_int_equal(clock_parse_rfc3339(json_get_string(object, "at"), &ms), 0);
	clock_format_rfc3339(ms, text);
	json_object_set_new(object, "at", json_string(text));
}

/* Every field that was read is written, with the version, and with a wave, which a rollback of
 * 0.1.0 didn't have. */
static void expect_same(const json_t *written, const json_t *read)
{
	CLEANUP_JSON json_t *wanted = json_deep_copy(read);
	size_t index;
	json_t *step;

	json_object_set_new(wanted, "version", json_integer(1));
	if (json_object_get(wanted, "wave") == NULL)
		json_object_set_new(wanted, "wave", json_integer(0));
	normalize_at(wanted);
	json_array_foreach(json_object_get(wanted, "history"), index, step)
		normalize_at(step);
	CLEANUP_FREE char *a = json_to_text(written), *b = json_to_text(wanted);
	if (!json_equal(written, wanted))
		fail_msg("%s\n%s", a, b);
}

static void test_form(void **state)
{
	static const char *const cases[] = { REMEDY MOVED, ROLLBACK MOVED };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *json = parse(cases[i]);
		CLEANUP_BUF struct buf text = BUF_INIT(SIZE_MAX);
		struct change_record record;
		struct err err = ERR_INIT;

		assert_ok(change_record_decode(json, &record, &err));
		CLEANUP_JSON json_t *encoded = change_record_encode(&record);
		expect_same(encoded, json);
		change_record_add_fixed(&text, &record);
		change_record_add_moving(&text, &record);
		CLEANUP_JSON json_t *written = parse(text.data);
		expect_same(written, json);
		CLEANUP_JSON json_t *document = change_record_document(&record);
		assert_null(json_object_get(document, "version"));
		assert_int_equal(json_object_size(document), json_object_size(encoded) - 1);
		change_record_release(&record);

		assert_ok(change_record_from_document(document, &record, &err));
		assert_int_equal(record.history_count, 3);
		assert_int_equal(record.history[1].state, CHANGE_APPLIED);
		CLEANUP_JSON json_t *summary = change_record_summary(&record);
		assert_int_equal(json_object_size(summary), 14);
		change_record_release(&record);
		assert_ok(change_record_from_document(summary, &record, &err));
		assert_string_equal(record.cause.code, "NotVerified");
		assert_int_equal(record.state, CHANGE_FAILED);
		assert_null(record.before);
		change_record_release(&record);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *key, *value, *code;
	} cases[] = {
		{ "state", "\"paused\"", "NewerRecord" },
		{ "kind", "\"release\"", "NewerRecord" },
		{ "tier", "\"ask\"", "NewerRecord" },
		{ "version", "2", "NewerRecord" },
		{ "history", "[{\"state\":\"halted\",\"at\":\"2026-11-24T08:00:00Z\"}]", "NewerRecord" },
		{ "before", "\"on\"", "InvalidRecord" },
		{ "at", "\"today\"", "InvalidRecord" },
		{ "id", "null", "InvalidRecord" },
		{ "run", "null", "InvalidRecord" },
		{ "hash", "null", "InvalidRecord" },
		{ "account", "null", "InvalidRecord" },
		{ "cell_region", "null", "InvalidRecord" },
		{ "region", "null", "InvalidRecord" },
		{ "baseline", "null", "InvalidRecord" },
		{ "resource", "null", "InvalidRecord" },
		{ "history", "null", "InvalidRecord" },
		{ "cause", "\"no\"", "InvalidRecord" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *json = parse(REMEDY MOVED);
		CLEANUP_FREE char *text = xasprintf("[%s]", cases[i].value);
		CLEANUP_JSON json_t *value = parse(text);
		struct change_record record;
		struct err err = ERR_INIT;

		json_object_set(json, cases[i].key, json_array_get(value, 0));
		if (change_record_decode(json, &record, &err) == 0)
			fail_msg("%s was read as %s", cases[i].key, cases[i].value);
		assert_true(err_is(&err, ERR_STORE, cases[i].code));
		change_record_release(&record);
	}
}

static void test_states(void **state)
{
	static const struct {
		const char *name;
		enum change_state state;
		bool in_flight;
	} cases[] = {
		{ "planned", CHANGE_PLANNED, false },
		{ "intent", CHANGE_INTENT, true },
		{ "applied", CHANGE_APPLIED, true },
		{ "verified", CHANGE_VERIFIED, false },
		{ "failed", CHANGE_FAILED, false },
		{ "rolled_back", CHANGE_ROLLED_BACK, false },
	};
	enum change_state found;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		assert_int_equal(change_state_parse(cases[i].name, &found), 0);
		assert_int_equal(found, cases[i].state);
		assert_string_equal(change_state_name(found), cases[i].name);
		assert_int_equal(change_state_in_flight(found), cases[i].in_flight);
	}
	assert_int_equal(change_state_parse("paused", &found), -1);
}

/* The texts that a step adds live as long as the record does. */
static void test_steps(void **state)
{
	CLEANUP_JSON json_t *json = parse(REMEDY MOVED);
	struct change_record record;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(change_record_decode(json, &record, &err));
	assert_true(change_can_be_undone(&record));
	json_t *image = json_pack("{s:b}", "on", 1);
	struct err *cause = xcalloc(1, sizeof *cause);
	(void)err_set(cause, ERR_AWS, "Denied", "no");
	change_record_step(&record, CHANGE_INTENT, cause, NULL);
	free(cause);
	assert_string_equal(record.cause.message, "no");
	assert_false(change_can_be_undone(&record));
	change_record_step(&record, CHANGE_VERIFIED, NULL, image);
	json_decref(image);
	assert_true(json_is_true(json_object_get(record.result, "on")));
	assert_string_equal(record.cause.code, "Denied");
	assert_int_equal(record.history_count, 5);
	assert_int_equal(record.history[4].state, CHANGE_VERIFIED);
	assert_true(record.history[4].at_ms == record.at_ms);
	assert_true(change_can_be_undone(&record));
	record.kind = CHANGE_ROLLBACK;
	assert_false(change_can_be_undone(&record));
	change_record_release(&record);
}

static void test_ids(void **state)
{
	char id[CHANGE_ID_SIZE], other[CHANGE_ID_SIZE];

	(void)state;
	change_make_id("run-1", "a hash", id);
	change_make_id("run-2", "a hash", other);
	assert_int_equal(strlen(id), 18);
	assert_memory_equal(id, "c-", 2);
	assert_string_not_equal(id, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
