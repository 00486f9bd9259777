/* Tests of patterns that are refused: the error names the wrong place and says what to write
 * instead. */
#include "base/buf.h"
#include "base/json.h"
#include "config/pattern/check.h"
#include "config/pattern/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *pattern, *pointer, *message;
} refused[] = {
	{ "5", "", "must be an object, {…}, not a number" },
	{ "[]", "", "must be an object, {…}, not a list" },
	{ "{}", "", "must not be an empty object; name a field" },
	{ "{\"detail\": {}}", "/detail", "must not be an empty object" },
	{ "{\"source\": \"aws.s3\"}", "/source",
		"must be a list of values, such as [\"aws.s3\"], or an object of fields, not a string" },
	{ "{\"a\": {\"b/c\": null}}", "/a/b~1c", "must be a list of values, such as [null]" },
	{ "{\"a\": []}", "/a", "must not be an empty list" },
	{ "{\"a\": [1, [2]]}", "/a/1", "not a list in the list" },
	{ "{\"a\": [{}]}", "/a/0",
		"must have exactly one operator, such as {\"prefix\": \"aws.\"}, not 0" },
	{ "{\"a\": [{\"prefix\": \"x\", \"suffix\": \"y\"}]}", "/a/0",
		"not 2; alternatives are items of the list around it" },
	{ "{\"a\": [{\"prefex\": \"x\"}]}", "/a/0/prefex",
		"unknown operator \"prefex\"; did you mean \"prefix\"?" },
	{ "{\"a\": [{\"matches\": \"x\"}]}", "/a/0/matches",
		"unknown operator \"matches\"; known: prefix, suffix, equals-ignore-case" },
	{ "{\"a\": [\"x\\u0000\"]}", "/a/0", "holds a NUL character" },

	{ "{\"a\": [{\"prefix\": 5}]}", "/a/0/prefix", "must be a string, not a number" },
	{ "{\"a\": [{\"prefix\": [\"x\", \"y\"]}]}", "/a/0/prefix",
		"must be one string; for several, write one {\"prefix\": …} for each" },
	{ "{\"a\": [{\"prefix\": {\"wildcard\": \"x\"}}]}", "/a/0/prefix/wildcard",
		"\"prefix\" takes a string, or {\"equals-ignore-case\": …}" },
	{ "{\"a\": [{\"prefix\": {}}]}", "/a/0/prefix", "must have exactly one operator" },
	{ "{\"a\": [{\"prefix\": {\"equals-ignore-case\": 1}}]}", "/a/0/prefix/equals-ignore-case",
		"must be a string, not a number" },
	{ "{\"a\": [{\"suffix\": null}]}", "/a/0/suffix", "must be a string, not null" },
	{ "{\"a\": [{\"suffix\": {\"equals-ignore-case\": [\"x\"]}}]}",
		"/a/0/suffix/equals-ignore-case", "must be one string" },
	{ "{\"a\": [{\"equals-ignore-case\": true}]}", "/a/0/equals-ignore-case",
		"must be a string, not true or false" },
	{ "{\"a\": [{\"wildcard\": \"a**b\"}]}", "/a/0/wildcard",
		"\"a**b\" must not have two wildcards side by side" },
	{ "{\"a\": [{\"wildcard\": \"a\\\\b\"}]}", "/a/0/wildcard",
		"must have a backslash only before" },
	{ "{\"a\": [{\"wildcard\": \"a\\\\\"}]}", "/a/0/wildcard",
		"must have a backslash only before" },
	{ "{\"a\": [{\"wildcard\": [\"a*\"]}]}", "/a/0/wildcard", "must be one string" },

	{ "{\"a\": [{\"anything-but\": true}]}", "/a/0/anything-but",
		"must be a string or a number, not true or false" },
	{ "{\"a\": [{\"anything-but\": null}]}", "/a/0/anything-but",
		"must be a string or a number, not null" },
	{ "{\"a\": [{\"anything-but\": []}]}", "/a/0/anything-but", "must not be an empty list" },
	{ "{\"a\": [{\"anything-but\": [\"x\", 5]}]}", "/a/0/anything-but",
		"must have either strings or numbers, not both" },
	{ "{\"a\": [{\"anything-but\": [\"x\", null]}]}", "/a/0/anything-but/1",
		"must be a string or a number, not null" },
	{ "{\"a\": [{\"anything-but\": 5000000001}]}", "/a/0/anything-but",
		"must be between -5e9 and 5e9" },
	{ "{\"a\": [{\"anything-but\": {\"prefix\": \"\"}}]}", "/a/0/anything-but/prefix",
		"must not be empty here" },
	{ "{\"a\": [{\"anything-but\": {\"suffix\": [\"x\", \"\"]}}]}", "/a/0/anything-but/suffix/1",
		"must not be empty here" },
	{ "{\"a\": [{\"anything-but\": {\"suffix\": []}}]}", "/a/0/anything-but/suffix",
		"must not be an empty list" },
	{ "{\"a\": [{\"anything-but\": {\"wildcard\": [\"x\", \"**\"]}}]}",
		"/a/0/anything-but/wildcard/1", "two wildcards" },
	{ "{\"a\": [{\"anything-but\": {\"equals-ignore-case\": 5}}]}",
		"/a/0/anything-but/equals-ignore-case", "must be a string" },
	{ "{\"a\": [{\"anything-but\": {\"numeric\": [\"<\", 5]}}]}", "/a/0/anything-but/numeric",
		"\"anything-but\" takes values, \"prefix\"" },
	{ "{\"a\": [{\"anything-but\": {}}]}", "/a/0/anything-but", "must have exactly one operator" },

	{ "{\"a\": [{\"numeric\": 5}]}", "/a/0/numeric",
		"must be [OPERATOR, NUMBER] with one of = < <= > >=" },
	{ "{\"a\": [{\"numeric\": [\"!=\", 5]}]}", "/a/0/numeric", "must be [OPERATOR, NUMBER]" },
	{ "{\"a\": [{\"numeric\": [\"<\", 5, \">\", 0]}]}", "/a/0/numeric",
		"with its lower bound first" },
	{ "{\"a\": [{\"numeric\": [\"=\", 5, \"<\", 6]}]}", "/a/0/numeric",
		"must be [OPERATOR, NUMBER]" },
	{ "{\"a\": [{\"numeric\": [\">\", 0, \"<\"]}]}", "/a/0/numeric", "must be [OPERATOR, NUMBER]" },
	{ "{\"a\": [{\"numeric\": [5, \"<\"]}]}", "/a/0/numeric", "must be [OPERATOR, NUMBER]" },
	{ "{\"a\": [{\"numeric\": [\"<\", \"5\"]}]}", "/a/0/numeric/1",
		"must be a number, not a string" },
	{ "{\"a\": [{\"numeric\": [\"<\", 6e9]}]}", "/a/0/numeric/1", "must be between -5e9 and 5e9" },
	{ "{\"a\": [{\"numeric\": [\">\", 5, \"<\", 5]}]}", "/a/0/numeric", "is an empty range" },

	{ "{\"a\": [{\"cidr\": 10}]}", "/a/0/cidr", "must be a string" },
	{ "{\"a\": [{\"cidr\": \"10.0.0.1\"}]}", "/a/0/cidr",
		"\"10.0.0.1\" must be a network, such as \"10.0.0.0/8\"" },
	{ "{\"a\": [{\"cidr\": \"10.0.0/8\"}]}", "/a/0/cidr", "must be a network" },
	{ "{\"a\": [{\"cidr\": \"10.0.0.0/\"}]}", "/a/0/cidr", "must be a network" },
	{ "{\"a\": [{\"cidr\": \"10.0.0.0/8/9\"}]}", "/a/0/cidr", "must be a network" },
	{ "{\"a\": [{\"cidr\": \"10.0.0.0/-1\"}]}", "/a/0/cidr", "must be a network" },
	{ "{\"a\": [{\"cidr\": \"10.0.0.0/32\"}]}", "/a/0/cidr", "must have 0 to 31 bits" },
	{ "{\"a\": [{\"cidr\": \"2001:db8::/128\"}]}", "/a/0/cidr", "0 to 127 for IPv6" },
	{ "{\"a\": [{\"cidr\": \"2001:db8::1::/64\"}]}", "/a/0/cidr", "must be a network" },
	{ "{\"a\": [{\"cidr\": \"10.0.0.0/8\\u0000\"}]}", "/a/0/cidr", "must be a network" },
	{ "{\"a\": [{\"exists\": \"true\"}]}", "/a/0/exists", "must be true or false, not a string" },

	{ "{\"$or\": 5}", "/$or", "must be a list of at least two objects" },
	{ "{\"$or\": [{\"a\": [1]}]}", "/$or", "must be a list of at least two objects" },
	{ "{\"$or\": [{\"a\": [1]}, \"b\"]}", "/$or/1",
		"must be an object, {…}, not a string: \"$or\" is about fields" },
	{ "{\"$or\": [{\"a\": [1]}, {}]}", "/$or/1", "must not be an empty object" },
	{ "{\"$or\": [{\"prefix\": \"x\"}, {\"a\": [1]}]}", "/$or/0/prefix",
		"can be named \"prefix\"" },
	{ "{\"$or\": [{\"a\": {\"regex\": [1]}}, {\"a\": [1]}]}", "/$or/0/a/regex",
		"can be named \"regex\"" },
};

static void test_refused_patterns(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
		CLEANUP_JSON json_t *pattern =
			json_loads(refused[i].pattern, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		char pointer[PATTERN_POINTER_SIZE] = "?";
		struct err err = ERR_INIT;

		assert_non_null(pattern);
		if (pattern_check(pattern, pointer, &err) == 0)
			fail_msg("%s is accepted", refused[i].pattern);
		if (strcmp(pointer, refused[i].pointer) != 0 ||
			strstr(err.message, refused[i].message) == NULL)
			fail_msg("%s: at '%s': %s", refused[i].pattern, pointer, err.message);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_true(err.code[0] != '\0');
	}
}

static void test_accepted_patterns(void **unused)
{
	static const char *const patterns[] = {
		"{\"source\": [\"aws.guardduty\"], \"detail\": {\"severity\": [{\"numeric\": [\">=\", "
		"4]}]}}",
		"{\"a\": [null, true, 111122223333, {\"exists\": false}, {\"prefix\": \"\"}]}",
		"{\"a\": {\"prefix\": [1], \"$or\": [{\"b\": [1]}, {\"c\": [2]}]}}",
		"{\"a\": [{\"numeric\": [\"=\", -5e9]}, {\"numeric\": [\">=\", 0, \"<\", 5e9]}, "
		"{\"anything-but\": [1, 2.5]}]}",
	};
	char pointer[PATTERN_POINTER_SIZE] = "?";

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(patterns); i++) {
		CLEANUP_JSON json_t *pattern = json_loads(patterns[i], 0, NULL);
		struct err err = ERR_INIT;

		if (pattern_check(pattern, pointer, &err) < 0)
			fail_msg("%s: %s", patterns[i], err.message);
		assert_string_equal(pointer, "");
	}
}

static int check(json_t *pattern, char *pointer, struct err *err)
{
	CLEANUP_JSON json_t *owned = pattern;

	assert_non_null(owned);
	return pattern_check(owned, pointer, err);
}

static json_t *nested(int levels)
{
	json_t *value = json_pack("[i]", 1);

	for (int i = 1; i < levels; i++)
		value = json_pack("{s:o}", "a", value);
	return value;
}

static void test_depth(void **unused)
{
	char pointer[PATTERN_POINTER_SIZE];
	struct err err = ERR_INIT;

	(void)unused;
	assert_int_equal(check(nested(PATTERN_MAX_LEVELS), pointer, &err), 0);
	assert_int_equal(check(nested(PATTERN_MAX_LEVELS + 1), pointer, &err), -1);
	assert_string_equal(err.code, "TooDeep");
	assert_string_equal(pointer, "");
}

/* Returns {"a":["é…"]} with that many characters, each of two bytes. */
static json_t *sized(size_t characters)
{
	CLEANUP_BUF struct buf text = BUF_INIT(3 * PATTERN_MAX_CHARACTERS);

	for (size_t i = strlen("{\"a\":[\"\"]}"); i < characters; i++)
		buf_add_string(&text, "é");
	return json_pack("{s:[s]}", "a", text.data);
}

static void test_size(void **unused)
{
	char pointer[PATTERN_POINTER_SIZE];
	struct err err = ERR_INIT;

	(void)unused;
	assert_int_equal(check(sized(PATTERN_MAX_CHARACTERS), pointer, &err), 0);
	assert_int_equal(check(sized(PATTERN_MAX_CHARACTERS + 1), pointer, &err), -1);
	assert_string_equal(err.code, "TooLarge");
	assert_non_null(strstr(err.message, "has 4097 characters"));
}

/* Returns a pattern with `count` members "$or" of two branches each, which makes 2^count
 * combinations. */
static json_t *doubled(size_t count)
{
	json_t *pattern = json_object();

	for (size_t i = 0; i < count; i++) {
		char name[24];

		snprintf(name, sizeof name, "f%zu", i);
		json_object_set_new(pattern, name,
			json_pack("{s:[{s:[i]},{s:[i]}]}", "$or", "a", 1, "b", 1));
	}
	return pattern;
}

static void test_combinations(void **unused)
{
	char pointer[PATTERN_POINTER_SIZE];
	struct err err = ERR_INIT;

	(void)unused;
	assert_int_equal(check(doubled(9), pointer, &err), 0);
	assert_int_equal(check(doubled(10), pointer, &err), -1);
	assert_string_equal(err.code, "TooMany");
	/* 2^60 combinations must not overflow */
	assert_int_equal(check(doubled(60), pointer, &err), -1);
	/* The branches of a nested "$or" are added up and not multiplied. */
	json_t *chain = json_pack("{s:[i]}", "a", 1);
	for (int i = 0; i < 10; i++)
		chain = json_pack("{s:[{s:[i]},o]}", "$or", "b", 1, chain);
	assert_int_equal(check(chain, pointer, &err), 0);
}

static void test_long_pointers(void **unused)
{
	char key[61] = "", pointer[PATTERN_POINTER_SIZE];
	struct err err = ERR_INIT;
	json_t *value = json_null();

	(void)unused;
	for (int i = 0; i < 30; i++)
		snprintf(key + 2 * i, sizeof key - 2 * (size_t)i, "é");
	for (int i = 0; i < 9; i++)
		value = json_pack("{s:o}", key, value);
	assert_int_equal(check(value, pointer, &err), -1);
	assert_in_range(strlen(pointer), PATTERN_POINTER_SIZE - 3, PATTERN_POINTER_SIZE - 1);
	CLEANUP_JSON json_t *valid = json_string(pointer);
	assert_non_null(valid);
}

static void test_without_err(void **unused)
{
	char pointer[PATTERN_POINTER_SIZE];

	(void)unused;
	assert_int_equal(check(json_integer(5), pointer, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_patterns),
		cmocka_unit_test(test_accepted_patterns),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_combinations),
		cmocka_unit_test(test_long_pointers),
		cmocka_unit_test(test_without_err),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
