/* Tests of reading JSON step by step: members that the caller expects, values that it skips, and
 * errors. */
#include "base/json_read.h"

#include "base/banned.h"
#include "base/json_read_string.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct json_reader begin(const char *text, struct err *err)
{
	struct json_reader reader;

	err_clear(err);
	json_reader_init(&reader, text, strlen(text), "the answer to ", err);
	reader.whose = "Get";
	return reader;
}

static void assert_next_member(struct json_reader *reader, const char *name)
{
	struct json_name found;

	assert_int_equal(json_next_member(reader, &found), 1);
	assert_int_equal(found.length, strlen(name));
	assert_memory_equal(found.text, name, found.length);
}

static void test_steps(void **state)
{
	struct err err = ERR_INIT;
	struct json_reader reader = begin(" { \"a\" : [ 1, \"x\\n\" , true ], \"\\u0062\":{}, \"skip\" "
									  ": {\"a\":[null,-1.5e3,{\"b\":\"\\\"\"}],\"a\":[]} ,"
									  "\"c\":2.5} ",
		&err);
	struct json_number number;
	struct json_name name;
	const char *text;
	size_t length;

	(void)state;
	assert_int_equal(json_peek(&reader), '{');
	assert_int_equal(json_enter(&reader), 0);
	assert_next_member(&reader, "a");
	assert_int_equal(json_peek(&reader), '[');
	assert_int_equal(json_enter(&reader), 0);
	assert_int_equal(json_next_item(&reader), 1);
	assert_int_equal(json_peek(&reader), '1');
	assert_int_equal(json_read_number(&reader, &number), 0);
	assert_true(number.is_integer && number.integer == 1 && number.real == 1);
	assert_int_equal(json_next_item(&reader), 1);
	assert_int_equal(json_peek(&reader), '"');
	assert_int_equal(json_read_string(&reader, &text, &length), 0);
	assert_int_equal(length, 2);
	assert_memory_equal(text, "x\n", 2);
	assert_int_equal(json_next_item(&reader), 1);
	assert_int_equal(json_peek(&reader), 't');
	assert_ptr_equal(json_read_literal(&reader), json_true());
	assert_int_equal(json_next_item(&reader), 0);
	assert_next_member(&reader, "b");
	assert_int_equal(json_peek(&reader), '{');
	assert_int_equal(json_enter(&reader), 0);
	assert_int_equal(json_next_member(&reader, &name), 0);
	assert_next_member(&reader, "skip");
	assert_int_equal(json_skip_value(&reader), 0);
	assert_next_member(&reader, "c");
	assert_int_equal(json_peek(&reader), '2');
	assert_int_equal(json_read_number(&reader, &number), 0);
	assert_true(!number.is_integer && number.real == 2.5);
	assert_int_equal(json_next_member(&reader, &name), 0);
	assert_int_equal(json_read_end(&reader), 0);
	assert_int_equal(json_peek(&reader), '\0');
	json_reader_release(&reader);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool is_integer;
		json_int_t integer;
		double real;
	} cases[] = {
		{ "0", true, 0, 0 },
		{ "-0", true, 0, 0 },
		{ "999999999999999999", true, 999999999999999999, 999999999999999999.0 },
		{ "-9223372036854775808", true, INT64_MIN, -9223372036854775808.0 },
		{ "1e3", false, 0, 1000 },
		{ "-0.25", false, 0, -0.25 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct err err = ERR_INIT;
		struct json_reader reader = begin(cases[i].text, &err);
		struct json_number number;

		assert_int_equal(json_read_number(&reader, &number), 0);
		assert_true(number.is_integer == cases[i].is_integer &&
			number.integer == cases[i].integer && number.real == cases[i].real);
		assert_int_equal(json_read_end(&reader), 0);
		json_reader_release(&reader);
	}
}

/* A skipped value is checked as strictly as one that is read. */
static void test_skip_refuses(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "{\"a\":1,}", "column 8: a member's name is due" },
		{ "{\"a\\u0000\":1}", "column 2: a member's name has a NUL" },
		{ "{\"a\" 1}", "column 6: ':' is due" },
		{ "{\"a\":1 \"b\":2}", "column 8: ',' or '}' is due" },
		{ "[1 2]", "column 4: ',' or ']' is due" },
		{ "[1,]", "column 4: a value is due" },
		{ "[01]", "column 2: a number begins with 0" },
		{ "[1.]", "column 4: a number has no digit here" },
		{ "[\"\xff\"]", "column 3: this is not UTF-8" },
		{ "{\"a\":[{\"b\":nul}]}", "column 12: a value is due" },
		{ "[[", "column 3: it ends too early" },
		{ "1e999", "column 1: this number is too large" },
		{ "[] []", "column 4: something follows the value" },
	};
	char expected[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct err err = ERR_INIT;
		struct json_reader reader = begin(cases[i].text, &err);

		assert_int_equal(json_skip_value(&reader) == 0 ? json_read_end(&reader) : -1, -1);
		json_reader_release(&reader);
		snprintf(expected, sizeof expected, "the answer to Get is not valid JSON: line 1, %s",
			cases[i].problem);
		assert_true(err_is(&err, ERR_PROTOCOL, "InvalidJson"));
		assert_string_equal(err.message, expected);
	}
}

static void test_skip_depth(void **state)
{
	char text[2 * JSON_MAX_DEPTH + 16];
	struct err err = ERR_INIT;

	(void)state;
	for (size_t depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		text[2 * depth] = '\0';
		struct json_reader reader = begin(text, &err);
		assert_int_equal(json_skip_value(&reader), depth > JSON_MAX_DEPTH ? -1 : 0);
		json_reader_release(&reader);
	}
	assert_true(err_is(&err, ERR_LIMIT, "TooDeep"));
	assert_string_equal(err.message, "the answer to Get is nested deeper than 64 levels");
}

static void test_member_twice(void **state)
{
	struct err err = ERR_INIT;
	struct json_reader reader = begin("{\"a\":1}", &err);
	CLEANUP_JSON json_t *object = json_object();

	(void)state;
	assert_int_equal(json_add_member(&reader, object, "ab", 1, reader.begin + 1, json_null()), 0);
	assert_int_equal(json_add_member(&reader, object, "ab", 2, reader.begin + 1, json_true()), 0);
	assert_int_equal(json_add_member(&reader, object, "a", 1, reader.begin + 1, json_string("x")),
		-1);
	assert_true(err_is(&err, ERR_PROTOCOL, "InvalidJson"));
	assert_string_equal(err.message,
		"the answer to Get is not valid JSON: line 1, column 2: the object has this member twice");
	json_reader_release(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_skip_refuses),
		cmocka_unit_test(test_skip_depth),
		cmocka_unit_test(test_member_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
