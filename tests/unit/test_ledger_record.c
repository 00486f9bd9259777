/* Records are read and written by their table of fields, and refused where they are not understood.
 */
#include "test_store_help.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "ledger/record.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"
#include "ledger/record_write.h"
#include "store/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum colour { COLOUR_NONE, COLOUR_RED, COLOUR_GREEN };

static const char *const colour_names[] = { [COLOUR_RED] = "red", [COLOUR_GREEN] = "green" };
static const struct record_names colours = { "colour", colour_names, ARRAY_LENGTH(colour_names) };

enum state { STATE_OPEN, STATE_SHUT };

static const char *const state_names[] = { "open", "shut" };
static const struct record_names states = { "state", state_names, ARRAY_LENGTH(state_names) };

struct cause {
	const char *code, *message;
};

static const struct record_field cause_fields[] = {
	RECORD_TEXT(struct cause, code, "code", RECORD_REQUIRED),
	RECORD_TEXT(struct cause, message, "message", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type cause_type = {
	.name = "cause", .fields = cause_fields, RECORD_PART(struct cause)
};

struct step {
	enum state state;
	int64_t at_ms;
	struct cause cause;
};

static const struct record_field step_fields[] = {
	RECORD_ENUM(struct step, state, "state", RECORD_REQUIRED, &states),
	RECORD_TIME(struct step, at_ms, "at", RECORD_REQUIRED),
	RECORD_NESTED(struct step, cause, "cause", RECORD_OPTIONAL, &cause_type),
	RECORD_END,
};
static const struct record_type step_type = {
	.name = "step", .fields = step_fields, RECORD_PART(struct step)
};

struct thing {
	const char *id, *note;
	enum state state;
	enum colour colour;
	int64_t count, size, seen_ms;
	bool open;
	const json_t *before, *calls;
	struct cause cause;
	struct step *history;
	size_t history_count;
	json_t *source;
};

static const struct record_field thing_fields[] = {
	RECORD_TEXT(struct thing, id, "id", RECORD_REQUIRED),
	RECORD_TEXT(struct thing, note, "note", RECORD_OPTIONAL),
	RECORD_ENUM(struct thing, state, "state", RECORD_REQUIRED, &states),
	RECORD_ENUM(struct thing, colour, "colour", RECORD_OPTIONAL, &colours),
	RECORD_INTEGER(struct thing, count, "count", RECORD_REQUIRED),
	RECORD_INTEGER(struct thing, size, "size", RECORD_OPTIONAL),
	RECORD_TIME(struct thing, seen_ms, "seen", RECORD_NULLABLE),
	RECORD_FLAG(struct thing, open, "open", RECORD_OPTIONAL),
	RECORD_OBJECT(struct thing, before, "before", RECORD_NULLABLE),
	RECORD_ARRAY(struct thing, calls, "calls", RECORD_OPTIONAL),
	RECORD_NESTED(struct thing, cause, "cause", RECORD_NULLABLE, &cause_type),
	RECORD_LIST(struct thing, history, "history", RECORD_OPTIONAL, &step_type),
	RECORD_END,
};
static const struct record_type thing_type = { .name = "thing",
	.version = 2,
	.fields = thing_fields,
	.identity = { "id" },
	RECORD_STORED(struct thing) };

static json_t *parse(const char *text)
{
	struct err err = ERR_INIT;
	json_t *json = NULL;

	if (json_parse(text, strlen(text), "a test", &json, &err) < 0)
		fail_msg("%s: %s", err.message, text);
	return json;
}

/* Reads the text, and writes the record as JSON and as text. */
static void expect_written(const char *text, const char *wanted)
{
	CLEANUP_JSON json_t *json = parse(text);
	CLEANUP_BUF struct buf written = BUF_INIT(SIZE_MAX);
	struct thing thing;
	struct err err = ERR_INIT;

	if (record_decode(&thing_type, json, &thing, &err) < 0)
		fail_msg("%s: %s", err.message, text);
	record_add_text(&written, &thing_type, &thing);
	assert_string_equal(written.data, wanted);
	CLEANUP_JSON json_t *encoded = record_encode(&thing_type, &thing);
	CLEANUP_BUF struct buf as_text = BUF_INIT(SIZE_MAX);
	json_add_text(&as_text, encoded);
	assert_string_equal(as_text.data, wanted);
	record_release(&thing_type, &thing);
	assert_null(thing.id);
	record_release(&thing_type, &thing);
}

#define FULL \
	"{\"id\":\"t-1\\\"\",\"note\":\"\",\"state\":\"shut\",\"colour\":\"green\",\"count\":-5," \
	"\"size\":9007199254740993,\"seen\":\"2026-11-24T08:00:00.123Z\",\"open\":true," \
	"\"before\":{\"on\":[0.2,null]},\"calls\":[],\"cause\":{\"code\":\"Denied\",\"message\":null}" \
	"," \
	"\"history\":[{\"state\":\"open\",\"at\":\"2026-11-24T08:00:00Z\"},{\"state\":\"shut\"," \
	"\"at\":\"2026-11-24T08:00:01Z\",\"cause\":{\"code\":\"c\",\"message\":\"m\"}}],\"version\":" \
	"2}"

static void test_written(void **state)
{
	static const char *const cases[][2] = {
		{ FULL, FULL },
		/* A record of version 1 need not have the version's key; a field that is absent, or null,
		   stays absent. */
		{ "{\"id\":\"a\",\"state\":\"open\",\"count\":0}",
			"{\"id\":\"a\",\"state\":\"open\",\"count\":0,\"seen\":null,\"before\":null,"
			"\"cause\":null,\"version\":2}" },
		{ "{\"version\":1,\"count\":1,\"state\":\"open\",\"id\":\"a\",\"note\":null,\"colour\":"
		  "null,"
		  "\"size\":null,\"open\":null,\"calls\":null,\"cause\":null,\"history\":null,\"other\":1}",
			"{\"id\":\"a\",\"state\":\"open\",\"count\":1,\"seen\":null,\"before\":null,"
			"\"cause\":null,\"version\":2}" },
		{ "{\"id\":\"a\",\"state\":\"open\",\"count\":0,\"open\":false,\"size\":0,\"history\":[]}",
			"{\"id\":\"a\",\"state\":\"open\",\"count\":0,\"seen\":null,\"before\":null,"
			"\"cause\":null,\"version\":2}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		expect_written(cases[i][0], cases[i][1]);
}

static void test_read(void **state)
{
	CLEANUP_JSON json_t *json = parse(FULL);
	struct thing thing;
	struct err err = ERR_INIT;
	int64_t seen_ms = 0;

	(void)state;
	assert_int_equal(record_decode(&thing_type, json, &thing, &err), 0);
	assert_int_equal(clock_parse_rfc3339("2026-11-24T08:00:00.123Z", &seen_ms), 0);
	assert_string_equal(thing.id, "t-1\"");
	assert_string_equal(thing.note, "");
	assert_int_equal(thing.state, STATE_SHUT);
	assert_int_equal(thing.colour, COLOUR_GREEN);
	assert_int_equal(thing.count, -5);
	assert_true(thing.size == 9007199254740993);
	assert_true(thing.seen_ms == seen_ms);
	assert_true(thing.open);
	assert_true(thing.before == json_object_get(json, "before"));
	assert_int_equal(json_array_size(thing.calls), 0);
	assert_string_equal(thing.cause.code, "Denied");
	assert_null(thing.cause.message);
	assert_int_equal(thing.history_count, 2);
	assert_int_equal(thing.history[1].state, STATE_SHUT);
	assert_true(thing.history[1].at_ms == thing.history[0].at_ms + 1000);
	assert_null(thing.history[0].cause.code);
	assert_string_equal(thing.history[1].cause.message, "m");
	assert_true(thing.source == json);
	record_release(&thing_type, &thing);
}

#define WITH(members) "{\"id\":\"t-1\",\"count\":1,\"state\":\"open\"," members "}"

static void test_refused(void **state)
{
	static const struct {
		const char *text, *code;
		const char *says[3];
	} cases[] = {
		{ "[]", "InvalidRecord", { "(thing)", "not a JSON object" } },
		{ WITH("\"version\":3"), "NewerRecord", { "thing t-1", "version \"3\"", "upgrade reeve" } },
		{ WITH("\"version\":0"), "InvalidRecord", { "\"version\"", "positive" } },
		{ WITH("\"version\":\"2\""), "InvalidRecord", { "\"version\"", "positive" } },
		{ WITH("\"version\":null"), "InvalidRecord", { "\"version\"", "positive" } },
		{ WITH("\"note\":1"), "InvalidRecord", { "\"note\"", "not a string" } },
		{ WITH("\"size\":1.5"), "InvalidRecord", { "\"size\"", "not an integer" } },
		{ WITH("\"size\":\"1\""), "InvalidRecord", { "\"size\"", "not an integer" } },
		{ WITH("\"open\":1"), "InvalidRecord", { "\"open\"", "neither true nor false" } },
		{ WITH("\"seen\":\"yesterday\""), "InvalidRecord", { "\"seen\"", "RFC 3339" } },
		{ WITH("\"seen\":5"), "InvalidRecord", { "\"seen\"", "RFC 3339" } },
		{ WITH("\"before\":[]"), "InvalidRecord", { "\"before\"", "not an object" } },
		{ WITH("\"calls\":{}"), "InvalidRecord", { "\"calls\"", "not an array" } },
		{ WITH("\"cause\":\"x\""), "InvalidRecord", { "\"cause\"", "not an object" } },
		{ WITH("\"cause\":{}"), "InvalidRecord", { "\"code\"", "is missing", "thing t-1" } },
		{ WITH("\"history\":{}"), "InvalidRecord", { "\"history\"", "not an array" } },
		{ WITH("\"history\":[1]"), "InvalidRecord", { "\"history\"", "not an object" } },
		{ WITH("\"history\":[{\"state\":\"open\",\"at\":\"2026-11-24T08:00:00Z\"},{}]"),
			"InvalidRecord", { "\"state\"", "is missing" } },
		{ WITH("\"history\":[{\"state\":\"ajar\",\"at\":\"2026-11-24T08:00:00Z\"}]"), "NewerRecord",
			{ "thing t-1", "state \"ajar\"", "upgrade reeve" } },
		{ WITH("\"colour\":\"\""), "NewerRecord", { "colour \"\"" } },
		{ WITH("\"colour\":2"), "InvalidRecord", { "\"colour\"", "not a string" } },
		{ "{\"count\":1,\"state\":\"open\"}", "InvalidRecord", { "\"id\"", "is missing" } },
		{ "{\"id\":\"t-1\",\"count\":null,\"state\":\"open\"}", "InvalidRecord",
			{ "\"count\"", "is missing", "t-1" } },
		{ "{\"id\":\"t-1\",\"count\":1}", "InvalidRecord", { "\"state\"", "is missing" } },
		{ "{\"id\":\"t-1\",\"count\":1,\"state\":\"Open\"}", "NewerRecord", { "state \"Open\"" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *json = parse(cases[i].text);
		struct thing thing;
		struct err err = ERR_INIT;

		if (record_decode(&thing_type, json, &thing, &err) == 0)
			fail_msg("was read: %s", cases[i].text);
		assert_true(err_is(&err, ERR_STORE, cases[i].code));
		for (size_t s = 0; s < 3 && cases[i].says[s] != NULL; s++)
			if (strstr(err.message, cases[i].says[s]) == NULL)
				fail_msg("\"%s\" is not in: %s", cases[i].says[s], err.message);
		assert_null(thing.source);
		assert_null(thing.history);
		assert_int_equal(json->refcount, 1);
	}
}

/* The table can't prevent a required text that the writer left out: it is written as null. */
static void test_writers_mistake(void **state)
{
	const struct thing thing = { .note = "a note" };
	CLEANUP_JSON json_t *json = record_encode(&thing_type, &thing);
	struct thing read;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(record_decode(&thing_type, json, &read, &err), -1);
	assert_non_null(strstr(err.message, "\"id\" is missing"));
}

static void test_members(void **state)
{
	CLEANUP_BUF struct buf written = BUF_INIT(SIZE_MAX);
	const struct thing thing = { .id = "a", .note = "b", .state = STATE_SHUT, .count = 3 };
	size_t first = record_field_index(&thing_type, "note"),
		   end = record_field_index(&thing_type, "count");

	(void)state;
	assert_int_equal(first, 1);
	assert_int_equal(record_field_index(&thing_type, "nothing"), ARRAY_LENGTH(thing_fields) - 1);
	record_add_members(&written, &thing_type, first, end, &thing);
	assert_string_equal(written.data, ",\"note\":\"b\",\"state\":\"shut\"");
}

static json_t *nested(int levels)
{
	json_t *value = json_object();

	for (int i = 1; i < levels; i++)
		value = json_pack("{s:o}", "in", value);
	return value;
}

static void test_depth(void **state)
{
	CLEANUP_JSON json_t *fits = nested(JSON_MAX_DEPTH - 1), *deep = nested(JSON_MAX_DEPTH);
	struct thing thing = { .id = "a", .before = fits };

	(void)state;
	assert_true(record_fits(&thing_type, &thing));
	CLEANUP_BUF struct buf text = BUF_INIT(SIZE_MAX);
	record_add_text(&text, &thing_type, &thing);
	assert_int_equal(json_check_depth(text.data, text.length), 0);
	thing.before = deep;
	assert_false(record_fits(&thing_type, &thing));
	buf_reset(&text);
	record_add_text(&text, &thing_type, &thing);
	assert_int_equal(json_check_depth(text.data, text.length), -1);
}

static void test_names(void **state)
{
	int value = -1;

	(void)state;
	assert_string_equal(record_name(&colours, COLOUR_RED), "red");
	assert_string_equal(record_name(&colours, COLOUR_NONE), "?");
	assert_string_equal(record_name(&colours, 3), "?");
	assert_string_equal(record_name(&colours, -1), "?");
	assert_int_equal(record_parse_name(&colours, "green", &value), 0);
	assert_int_equal(value, COLOUR_GREEN);
	assert_int_equal(record_parse_name(&colours, "blue", &value), -1);
	assert_int_equal(record_parse_name(&colours, "", &value), -1);
}

static void test_stored(void **state)
{
	const struct store_key key = STORE_KEY("thing"), other = STORE_KEY("other");
	CLEANUP_JSON json_t *deep = nested(JSON_MAX_DEPTH);
	struct thing thing = { .id = "a", .before = deep };
	struct err err = ERR_INIT;
	bool found = true;

	(void)state;
	struct store *store = open_writer(NULL);
	assert_int_equal(record_put(store, STORE_META, &key, &thing_type, &thing, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "TooDeep"));
	/* The batch that the record is part of is not written either. */
	store_batch_begin(store);
	assert_ok(store_put(store, STORE_META, &other, "{}", 2, &err));
	assert_int_equal(record_put(store, STORE_META, &key, &thing_type, &thing, &err), -1);
	store_batch_end(store);
	flush(store);
	assert_int_equal(count(store, STORE_META, &other), 0);
	thing.before = NULL;
	assert_ok(record_put(store, STORE_META, &key, &thing_type, &thing, &err));
	assert_ok(store_put(store, STORE_META, &other, "{}", 2, &err));
	flush(store);
	assert_ok(record_get(store, STORE_META, &key, &thing_type, &thing, &found, &err));
	assert_true(found);
	assert_string_equal(thing.id, "a");
	record_release(&thing_type, &thing);
	assert_int_equal(record_get(store, STORE_META, &other, &thing_type, &thing, &found, &err), -1);
	assert_false(found);
	assert_ok(store_delete(store, STORE_META, &key, &err));
	flush(store);
	assert_ok(record_get(store, STORE_META, &key, &thing_type, &thing, &found, &err));
	assert_false(found);
	assert_null(thing.source);
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_writers_mistake),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_names),
		store_test(test_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
