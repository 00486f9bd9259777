/* JSON: bounds, our reader against jansson, and the canonical form against the examples of RFC
 * 8785. */
#include "base/json.h"

#include "base/banned.h"
#include "base/json_read.h"
#include "base/json_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_form(const json_t *value, void (*add)(struct buf *out, const json_t *value),
	const char *expected)
{
	struct buf text = BUF_INIT(1 << 16);

	add(&text, value);
	assert_true(buf_ok(&text));
	assert_string_equal(text.data, expected);
	buf_release(&text);
}

static json_t *parse(const char *text)
{
	struct err err = ERR_INIT;
	json_t *value = NULL;

	if (json_parse(text, strlen(text), "the test", &value, &err) < 0)
		fail_msg("%s", err.message);
	return value;
}

static void assert_canonical(const char *text, const char *expected)
{
	json_t *value = parse(text);

	assert_form(value, json_add_canonical, expected);
	json_decref(value);
}

/* RFC 8785, appendix B: the bits of a double, and how it is written. */
struct number {
	uint64_t bits;
	const char *text;
};

static const struct number numbers[] = {
	{ 0x0000000000000000, "0" },
	{ 0x8000000000000000, "0" },
	{ 0x0000000000000001, "5e-324" },
	{ 0x8000000000000001, "-5e-324" },
	{ 0x7fefffffffffffff, "1.7976931348623157e+308" },
	{ 0xffefffffffffffff, "-1.7976931348623157e+308" },
	{ 0x4340000000000000, "9007199254740992" },
	{ 0xc340000000000000, "-9007199254740992" },
	{ 0x4430000000000000, "295147905179352830000" },
	{ 0x44b52d02c7e14af5, "9.999999999999997e+22" },
	{ 0x44b52d02c7e14af6, "1e+23" },
	{ 0x44b52d02c7e14af7, "1.0000000000000001e+23" },
	{ 0x444b1ae4d6e2ef4e, "999999999999999700000" },
	{ 0x444b1ae4d6e2ef4f, "999999999999999900000" },
	{ 0x444b1ae4d6e2ef50, "1e+21" },
	{ 0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7" },
	{ 0x3eb0c6f7a0b5ed8d, "0.000001" },
	{ 0x41b3de4355555553, "333333333.3333332" },
	{ 0x41b3de4355555554, "333333333.33333325" },
	{ 0x41b3de4355555555, "333333333.3333333" },
	{ 0x41b3de4355555556, "333333333.3333334" },
	{ 0x41b3de4355555557, "333333333.33333343" },
	{ 0xbecbf647612f3696, "-0.0000033333333333333333" },
	{ 0x43143ff3c1cb0959, "1424953923781206.2" },
	/* These are not in the RFC: their shortest digits are not the nearest ones (2^-44, 2^-1074
	 * doubled, ...). */
	{ 0x3d30000000000000, "5.684341886080802e-14" },
	{ 0x0000000000000002, "1e-323" },
	{ 0x0010000000000000, "2.2250738585072014e-308" },
	{ 0x3fc999999999999a, "0.2" },
	{ 0x3ff3333333333333, "1.2" },
	{ 0x4059000000000000, "100" },
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
		double number;

		memcpy(&number, &numbers[i].bits, sizeof number);
		json_t *value = json_real(number);
		assert_form(value, json_add_canonical, numbers[i].text);
		json_decref(value);
	}
}

static void test_random_numbers_read_back(void **state)
{
	uint64_t bits = 88172645463325252;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		double number;
		struct buf text = BUF_INIT(64);

		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		/* half of them powers of two */
		uint64_t candidate = i % 2 ? bits : bits & UINT64_C(0xfff0000000000000);
		memcpy(&number, &candidate, sizeof number);
		json_t *value = json_real(number);
		if (value == NULL)
			continue; /* NaN or infinity */
		json_add_canonical(&text, value);
		assert_true(strtod(text.data, NULL) == number);
		assert_true(text.length <= 25);
		buf_release(&text);
		json_decref(value);
	}
}

static void test_canonical(void **state)
{
	(void)state;
	/* RFC 8785, section 3.2.2 and 3.2.3. */
	assert_canonical(
		"{\"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],"
		"\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\", \"literals\": "
		"[null, true, false]}",
		"{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
		"\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
	assert_canonical(
		"{\"\\u20ac\": \"Euro Sign\", \"\\r\": \"Carriage Return\", \"\\ufb33\": \"Hebrew Letter "
		"Dalet With Dagesh\","
		"\"1\": \"One\", \"\\ud83d\\ude00\": \"Emoji: Grinning Face\", \"\\u0080\": \"Control\","
		"\"\\u00f6\": \"Latin Small Letter O With Diaeresis\"}",
		"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"\xc3\xb6\":\"Latin "
		"Small Letter O With "
		"Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":\"Emoji: Grinning "
		"Face\",\"\xef\xac\xb3\":"
		"\"Hebrew Letter Dalet With Dagesh\"}");
	assert_canonical(" [ 56 , { \"d\" : true , \"10\" : null , \"1\" : [ ] } ] ",
		"[56,{\"1\":[],\"10\":null,\"d\":true}]");
	assert_canonical("{\"\": 1, \"a\": {}, \"A\": [1.0, -0.0, -0], \"aa\": 1e2}",
		"{\"\":1,\"A\":[1,0,0],\"a\":{},\"aa\":100}");
	assert_canonical("\"\\b\\t\\n\\f\\r\\u001f\\u007f\\u0000x\"",
		"\"\\b\\t\\n\\f\\r\\u001f\x7f\\u0000x\"");
	assert_canonical("9223372036854775807", "9223372036854775807");
	assert_canonical("-9007199254740993", "-9007199254740993");
	assert_form(NULL, json_add_canonical, "null");
}

static void test_text(void **state)
{
	json_t *value = parse("{\"b\": [1, 0.2, \"x\"], \"a\": {}, \"c\": [], \"d\": {\"e\": [{}]}}");
	char *text = json_to_text(value);

	(void)state;
	assert_string_equal(text, "{\"b\":[1,0.2,\"x\"],\"a\":{},\"c\":[],\"d\":{\"e\":[{}]}}");
	free(text);
	assert_form(value, json_add_text, "{\"b\":[1,0.2,\"x\"],\"a\":{},\"c\":[],\"d\":{\"e\":[{}]}}");
	assert_form(value, json_add_pretty,
		"{\n  \"b\": [\n    1,\n    0.2,\n    \"x\"\n  ],\n  \"a\": {},\n  \"c\": [],\n"
		"  \"d\": {\n    \"e\": [\n      {}\n    ]\n  }\n}");
	json_decref(value);
}

static void nest(char *text, char open, char close, size_t depth)
{
	memset(text, open, depth);
	memset(text + depth, close, depth);
	text[2 * depth] = '\0';
}

static void assert_text(const char *text, const char *expected)
{
	json_t *value = json_text(text);

	assert_form(value, json_add_text, expected);
	json_decref(value);
}

static void test_text_from_outside(void **state)
{
	(void)state;
	assert_text(NULL, "null");
	assert_text("", "\"\"");
	assert_text("caf\xc3\xa9 \\", "\"caf\xc3\xa9 \\\\\"");
	assert_text("\xff\xc3", "\"\\\\xff\\\\xc3\"");
}

static void test_depth(void **state)
{
	char text[2 * JSON_MAX_DEPTH + 16];
	struct err err = ERR_INIT;
	json_t *value = NULL;

	(void)state;
	nest(text, '[', ']', JSON_MAX_DEPTH);
	value = parse(text);
	json_decref(value);
	nest(text, '[', ']', JSON_MAX_DEPTH + 1);
	assert_int_equal(json_parse(text, strlen(text), "the answer", &value, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "TooDeep"));
	assert_string_equal(err.message, "the answer is nested deeper than 64 levels");
	/* Brackets in strings don't nest, whatever is escaped before them. */
	assert_int_equal(json_check_depth("\"[[[\\\"[[[\\\\\"", 13), 0);
	nest(text, '{', '}', JSON_MAX_DEPTH + 1);
	assert_int_equal(json_check_depth(text, JSON_MAX_DEPTH + 1), -1);
	/* An escape at the very end reads nothing beyond it. */
	assert_int_equal(json_check_depth("\"\\", 2), 0);
}

static void test_parse_refuses(void **state)
{
	static const char *const refused[] = { "", "{", "{\"a\":1,\"a\":2}", "nul", "[1,]", "1 2",
		"\"\xff\"", "\"\xed\xa0\x80\"", "99999999999999999999", "1e999", "NaN", "'a'",
		"{\"a\\u0000\":1}" };
	json_t *value;
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
		err_clear(&err);
		assert_int_equal(json_parse(refused[i], strlen(refused[i]), "the answer", &value, &err),
			-1);
		assert_true(err_is(&err, ERR_PROTOCOL, "InvalidJson"));
		assert_true(strncmp(err.message, "the answer is not valid JSON: line ", 35) == 0);
	}
}

/* Parses the text with jansson's own reader. NULL when it refuses the text. */
static json_t *theirs(const char *text, size_t length)
{
	json_error_t problem;

	return json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL,
		&problem);
}

/* Reads each text as it is, cut off at every byte, and with every byte in turn replaced. The
 * outcome must always be jansson's. */
static void test_reads_like_jansson(void **state)
{
	static const char *const texts[] = {
		(" {\"a\" : [ 1 , -0, 12.5e-3, 1E+2, true , false, null ] , \"\" : { } , \"b\\u00e9\": "
		 "\"x\" }\n"),
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u0041\\uD83D\\udE00\"",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"\"\\ud800\\u0041\"",
		"\"\\u12g4\"",
		"\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"",
		"\"\xed\x9f\xbf\"",
		"\"\xf4\x8f\xbf\xbf\"",
		"\"\xf4\x90\x80\x80\"",
		"\"\xe0\x9f\xbf\"",
		"\"\xc0\xaf\"",
		"[9223372036854775807,-9223372036854775808]",
		"9223372036854775808",
		"-9223372036854775809",
		"000",
		"-",
		"1.",
		"1e",
		".5",
		"[1.7976931348623157e308,4.9e-324,1e-400]",
		"1e309",
		"123456789012345678901234567890123456789012345678901234567890.25e10",
		"{\"a\":1,\"a\":1}",
		"{\"a\\u0062\":1,\"ab\":2}",
		"{\"a\":1,}",
		"[,]",
		"{,}",
		"[1 2]",
		"{\"a\" 1}",
		"truefalse",
		"\x7f",
		"\"\x7f\x1f\"",
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		size_t length = strlen(texts[i]);

		for (size_t at = 0; at <= length; at++) {
			for (int byte = 0; byte < 256; byte += at == length ? 256 : 1) {
				json_t *ours = NULL;

				memcpy(text, texts[i], length);
				if (byte > 0)
					text[at] = (char)byte;
				/* 0 cuts it off; jansson overlooks a NUL behind a number */
				size_t size = byte == 0 ? at : length;
				json_t *other = theirs(text, size);
				int result = json_parse(text, size, "the text", &ours, NULL);

				if ((result == 0) != (other != NULL) || (result == 0 && !json_equal(ours, other)))
					fail_msg("read differently: %.*s", (int)size, text);
				json_decref(ours);
				json_decref(other);
			}
		}
	}
}

static void test_place_of_an_error(void **state)
{
	struct err err = ERR_INIT;
	json_t *value;

	(void)state;
	assert_int_equal(json_parse("{\n  \"a\": tru }", 14, "the answer", &value, &err), -1);
	assert_string_equal(err.message,
		"the answer is not valid JSON: line 2, column 8: a value is due");
	err_clear(&err);
	assert_int_equal(json_parse("[1, ", 4, "the answer", &value, &err), -1);
	assert_string_equal(err.message,
		"the answer is not valid JSON: line 1, column 5: it ends too early");
	err_clear(&err);
	assert_int_equal(json_parse("{\"a\":1,\"a\":2}", 13, "the answer", &value, &err), -1);
	assert_string_equal(err.message,
		"the answer is not valid JSON: line 1, column 8: the object has this member twice");
}

static void test_few_keys_and_many(void **state)
{
	CLEANUP_JSON json_t *object = json_object();
	CLEANUP_BUF struct buf text = BUF_INIT(1 << 16);
	char key[16], last[16] = "";

	(void)state;
	/* Adds more keys than are sorted by insertion, in reverse order. */
	for (int i = 99; i >= 0; i--) {
		snprintf(key, sizeof key, "k%02d", i);
		json_object_set_new(object, key, json_integer(i));
		if (i != 90 && i != 0)
			continue;
		buf_reset(&text);
		json_add_canonical(&text, object);
		CLEANUP_JSON json_t *back = parse(text.data);
		const char *name;
		json_t *value;
		last[0] = '\0';
		json_object_foreach(back, name, value) {
			assert_true(strcmp(last, name) < 0);
			snprintf(last, sizeof last, "%s", name);
		}
		assert_true(json_equal(back, object));
	}
}

static void test_canonical_beyond_maximum(void **state)
{
	CLEANUP_JSON json_t *value = parse("{\"name\": \"a long enough value\"}");
	CLEANUP_BUF struct buf text = BUF_INIT(12);

	(void)state;
	json_add_canonical(&text, value);
	assert_false(buf_ok(&text));
	assert_string_equal(text.data, "{\"name\":");
}

static void test_ascii(void **state)
{
	json_t *value = parse("{\"\\u00e9\": \"\\u20ac \\ud83d\\ude00 \\n\"}");

	(void)state;
	assert_form(value, json_add_ascii, "{\"\\u00E9\":\"\\u20AC \\uD83D\\uDE00 \\n\"}");
	json_decref(value);
	assert_true(json_fits(NULL, 0));
}

static void test_get(void **state)
{
	json_t *value = parse("{\"s\": \"x\", \"t\": true, \"i\": 7, \"n\": null}");

	(void)state;
	assert_string_equal(json_get_string(value, "s"), "x");
	assert_null(json_get_string(value, "i"));
	assert_null(json_get_string(value, "none"));
	assert_null(json_get_string(NULL, "s"));
	assert_string_equal(json_get_string_or(value, "n", "y"), "y");
	assert_true(json_get_bool_or(value, "t", false));
	assert_true(json_get_bool_or(value, "s", true));
	assert_int_equal(json_get_integer_or(value, "i", 1), 7);
	assert_int_equal(json_get_integer_or(value, "s", 1), 1);
	json_decref(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_random_numbers_read_back),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_from_outside),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_reads_like_jansson),
		cmocka_unit_test(test_place_of_an_error),
		cmocka_unit_test(test_few_keys_and_many),
		cmocka_unit_test(test_canonical_beyond_maximum),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_get),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
