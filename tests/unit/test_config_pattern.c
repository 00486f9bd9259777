/* Tests of matching events with patterns: each operator, arrays, $or, and events that are crafted
 * to be slow to match. */
#include "base/json.h"
#include "base/mem.h"
#include "config/pattern/check.h"
#include "config/pattern/match.h"
#include "config/pattern/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	if (value == NULL)
		fail_msg("not JSON: %s", text);
	return value;
}

static bool matches(const char *pattern_text, const char *event_text)
{
	CLEANUP_JSON json_t *pattern = parse(pattern_text);
	CLEANUP_JSON json_t *event = parse(event_text);
	char pointer[PATTERN_POINTER_SIZE];
	struct err err = ERR_INIT;

	if (pattern_check(pattern, pointer, &err) < 0)
		fail_msg("%s: refused at '%s': %s", pattern_text, pointer, err.message);
	return pattern_matches(pattern, event);
}

struct match_case {
	const char *pattern, *event;
	bool expected;
};

static void try_all(const struct match_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (matches(cases[i].pattern, cases[i].event) != cases[i].expected)
			fail_msg("%s %s %s", cases[i].pattern,
				cases[i].expected ? "must match" : "must not match", cases[i].event);
}

/* Tries each list of operators for field "a" against a value of it. */
static void try_values(const struct match_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CLEANUP_FREE char *pattern = xasprintf("{\"a\": %s}", cases[i].pattern);
		CLEANUP_FREE char *event = xasprintf("{\"a\": %s}", cases[i].event);
		const struct match_case one = { pattern, event, cases[i].expected };

		try_all(&one, 1);
	}
}

static void test_values(void **unused)
{
	static const struct match_case cases[] = {
		{ "[\"x\"]", "\"x\"", true },
		{ "[\"x\"]", "\"X\"", false },
		{ "[\"x\"]", "\"xx\"", false },
		{ "[\"y\", \"x\"]", "\"x\"", true },
		{ "[\"\"]", "\"\"", true },
		{ "[\"\"]", "null", false },
		{ "[\"x\"]", "\"x\\u0000y\"", false },
		{ "[5]", "5", true },
		{ "[5]", "5.0", true },
		{ "[5.5]", "5.5", true },
		{ "[5]", "\"5\"", false },
		{ "[\"5\"]", "5", false },
		{ "[111122223333]", "111122223333", true },
		{ "[9007199254740993]", "9007199254740992", false },
		{ "[true]", "true", true },
		{ "[true]", "false", false },
		{ "[false]", "false", true },
		{ "[true]", "1", false },
		{ "[1]", "true", false },
		{ "[true]", "\"true\"", false },
		{ "[null]", "null", true },
		{ "[null]", "\"\"", false },
		{ "[null]", "0", false },
		{ "[\"x\"]", "{\"x\": 1}", false },
	};

	(void)unused;
	try_values(cases, ARRAY_LENGTH(cases));
	assert_false(matches("{\"a\": [null]}", "{}"));
}

static void test_text_operators(void **unused)
{
	static const struct match_case cases[] = {
		{ "[{\"prefix\": \"eu-\"}]", "\"eu-west-1\"", true },
		{ "[{\"prefix\": \"eu-\"}]", "\"us-east-1\"", false },
		{ "[{\"prefix\": \"eu-\"}]", "\"eu\"", false },
		{ "[{\"prefix\": \"\"}]", "\"x\"", true },
		{ "[{\"prefix\": \"1\"}]", "12", false },
		{ "[{\"prefix\": {\"equals-ignore-case\": \"EventB\"}}]", "\"eVENTbridge\"", true },
		{ "[{\"prefix\": {\"equals-ignore-case\": \"EventB\"}}]", "\"event\"", false },
		{ "[{\"prefix\": {\"equals-ignore-case\": \"x\"}}]", "7", false },
		{ "[{\"suffix\": \".png\"}]", "\"a.png\"", true },
		{ "[{\"suffix\": \".png\"}]", "\"a.PNG\"", false },
		{ "[{\"suffix\": \".png\"}]", "\"png\"", false },
		{ "[{\"suffix\": {\"equals-ignore-case\": \".png\"}}]", "\"a.PnG\"", true },
		{ "[{\"suffix\": {\"equals-ignore-case\": \".png\"}}]", "\"png\"", false },
		{ "[{\"suffix\": {\"equals-ignore-case\": \"é\"}}]", "\"caf\\u00c9\"", true },
		{ "[{\"suffix\": {\"equals-ignore-case\": \"x\"}}]", "null", false },
		/* A Kelvin sign has three bytes, its small letter one. */
		{ "[{\"suffix\": {\"equals-ignore-case\": \"k\"}}]", "\"30\\u212a\"", true },
		{ "[{\"equals-ignore-case\": \"alice\"}]", "\"ALICE\"", true },
		{ "[{\"equals-ignore-case\": \"alice\"}]", "\"alic\"", false },
		{ "[{\"equals-ignore-case\": \"alice\"}]", "\"alices\"", false },
		{ "[{\"equals-ignore-case\": \"ÄÖß\"}]", "\"äöß\"", true },
		{ "[{\"equals-ignore-case\": \"\\ud835\\udd38x\"}]", "\"\\ud835\\udd38X\"", true },
		{ "[{\"equals-ignore-case\": \"a\"}]", "true", false },
		{ "[{\"wildcard\": \"*\"}]", "\"\"", true },
		{ "[{\"wildcard\": \"dir/*.png\"}]", "\"dir/a/b.png\"", true },
		{ "[{\"wildcard\": \"dir/*.png\"}]", "\"dir/a.jpg\"", false },
		{ "[{\"wildcard\": \"a*a\"}]", "\"a\"", false },
		{ "[{\"wildcard\": \"a*a\"}]", "\"aa\"", true },
		{ "[{\"wildcard\": \"*ab*ba*\"}]", "\"aba\"", false },
		{ "[{\"wildcard\": \"*ab*ba*\"}]", "\"xabxbax\"", true },
		{ "[{\"wildcard\": \"*b\"}]", "\"abb\"", true },
		{ "[{\"wildcard\": \"plain\"}]", "\"plain\"", true },
		{ "[{\"wildcard\": \"plain\"}]", "\"plains\"", false },
		{ "[{\"wildcard\": \"a\\\\*b*\"}]", "\"a*bc\"", true },
		{ "[{\"wildcard\": \"a\\\\*b*\"}]", "\"axbc\"", false },
		{ "[{\"wildcard\": \"a\\\\\\\\*\"}]", "\"a\\\\x\"", true },
		{ "[{\"wildcard\": \"\\\\**\"}]", "\"*x\"", true },
		{ "[{\"wildcard\": \"*x*\"}]", "\"a\\u0000x\\u0000b\"", true },
		{ "[{\"wildcard\": \"5*\"}]", "55", false },
	};

	(void)unused;
	try_values(cases, ARRAY_LENGTH(cases));
}

static void test_anything_but(void **unused)
{
	static const struct match_case cases[] = {
		{ "[{\"anything-but\": \"x\"}]", "\"y\"", true },
		{ "[{\"anything-but\": \"x\"}]", "\"x\"", false },
		{ "[{\"anything-but\": \"x\"}]", "7", true },
		{ "[{\"anything-but\": \"x\"}]", "null", true },
		{ "[{\"anything-but\": \"x\"}]", "[\"x\", \"y\"]", true },
		{ "[{\"anything-but\": \"x\"}]", "[\"x\"]", false },
		{ "[{\"anything-but\": \"x\"}]", "[]", false },
		{ "[{\"anything-but\": \"x\"}]", "{\"b\": 1}", false },
		{ "[{\"anything-but\": 123}]", "123.0", false },
		{ "[{\"anything-but\": 123}]", "124", true },
		{ "[{\"anything-but\": 123}]", "\"123\"", true },
		{ "[{\"anything-but\": [\"x\", \"y\"]}]", "\"y\"", false },
		{ "[{\"anything-but\": [\"x\", \"y\"]}]", "\"z\"", true },
		{ "[{\"anything-but\": [100, 200]}]", "200", false },
		{ "[{\"anything-but\": [100, 200]}]", "300", true },
		{ "[{\"anything-but\": {\"prefix\": \"us-\"}}]", "\"us-east-1\"", false },
		{ "[{\"anything-but\": {\"prefix\": \"us-\"}}]", "\"eu-west-1\"", true },
		{ "[{\"anything-but\": {\"prefix\": \"us-\"}}]", "5", true },
		{ "[{\"anything-but\": {\"prefix\": [\"us-\", \"eu-\"]}}]", "\"eu-west-1\"", false },
		{ "[{\"anything-but\": {\"suffix\": \".png\"}}]", "\"a.png\"", false },
		{ "[{\"anything-but\": {\"suffix\": [\".png\", \".gif\"]}}]", "\"a.jpg\"", true },
		{ "[{\"anything-but\": {\"equals-ignore-case\": \"on\"}}]", "\"ON\"", false },
		{ "[{\"anything-but\": {\"equals-ignore-case\": [\"on\", \"off\"]}}]", "\"Off\"", false },
		{ "[{\"anything-but\": {\"equals-ignore-case\": [\"on\", \"off\"]}}]", "\"idle\"", true },
		{ "[{\"anything-but\": {\"wildcard\": \"*/lib/*\"}}]", "\"/a/lib/b\"", false },
		{ "[{\"anything-but\": {\"wildcard\": [\"*/lib/*\", \"*/bin/*\"]}}]", "\"/a/bin/b\"",
			false },
		{ "[{\"anything-but\": {\"wildcard\": [\"*/lib/*\", \"*/bin/*\"]}}]", "\"/a/b\"", true },
	};

	(void)unused;
	try_values(cases, ARRAY_LENGTH(cases));
	/* "anything-but" needs a value, so it does not match an absent field. */
	assert_false(matches("{\"a\": [{\"anything-but\": \"x\"}]}", "{}"));
}

static void test_numbers(void **unused)
{
	static const struct match_case cases[] = {
		{ "[{\"numeric\": [\"=\", 3.018e2]}]", "301.8", true },
		{ "[{\"numeric\": [\"=\", 5]}]", "5.0", true },
		{ "[{\"numeric\": [\"<\", 5]}]", "5", false },
		{ "[{\"numeric\": [\"<\", 5]}]", "4.9", true },
		{ "[{\"numeric\": [\"<=\", 5]}]", "5", true },
		{ "[{\"numeric\": [\">\", 5]}]", "5", false },
		{ "[{\"numeric\": [\">\", -5]}]", "-4", true },
		{ "[{\"numeric\": [\">=\", 4]}]", "8", true },
		{ "[{\"numeric\": [\">=\", 4]}]", "\"8\"", false },
		{ "[{\"numeric\": [\">=\", 4]}]", "true", false },
		{ "[{\"numeric\": [\">\", 0, \"<=\", 5]}]", "5", true },
		{ "[{\"numeric\": [\">\", 0, \"<=\", 5]}]", "0", false },
		{ "[{\"numeric\": [\">\", 0, \"<=\", 5]}]", "6", false },
		{ "[{\"numeric\": [\">=\", 0, \"<\", 5]}]", "[9, 3]", true },
		/* AWS compares numbers up to 5 billion only. */
		{ "[{\"numeric\": [\">\", 0]}]", "5000000000", true },
		{ "[{\"numeric\": [\">\", 0]}]", "5000000001", false },
		{ "[{\"numeric\": [\"<\", 0]}]", "-1e300", false },
	};

	(void)unused;
	try_values(cases, ARRAY_LENGTH(cases));
}

static void test_networks(void **unused)
{
	static const struct match_case cases[] = {
		{ "[{\"cidr\": \"10.0.0.0/24\"}]", "\"10.0.0.255\"", true },
		{ "[{\"cidr\": \"10.0.0.0/24\"}]", "\"10.0.1.0\"", false },
		{ "[{\"cidr\": \"10.0.0.77/24\"}]", "\"10.0.0.1\"", true },
		{ "[{\"cidr\": \"172.16.0.0/12\"}]", "\"172.31.255.255\"", true },
		{ "[{\"cidr\": \"172.16.0.0/12\"}]", "\"172.32.0.0\"", false },
		{ "[{\"cidr\": \"0.0.0.0/0\"}]", "\"8.8.8.8\"", true },
		{ "[{\"cidr\": \"0.0.0.0/0\"}]", "\"::1\"", false },
		{ "[{\"cidr\": \"10.0.0.0/31\"}]", "\"10.0.0.1\"", true },
		{ "[{\"cidr\": \"2001:db8::/32\"}]", "\"2001:DB8:ffff::1\"", true },
		{ "[{\"cidr\": \"2001:db8::/33\"}]", "\"2001:db8:8000::\"", false },
		{ "[{\"cidr\": \"::/0\"}]", "\"::1\"", true },
		{ "[{\"cidr\": \"10.0.0.0/8\"}]", "\"10.0.0.1/32\"", false },
		{ "[{\"cidr\": \"10.0.0.0/8\"}]", "\"ec2.amazonaws.com\"", false },
		{ "[{\"cidr\": \"10.0.0.0/8\"}]", "\"10.0.0.1\\u0000\"", false },
		{ "[{\"cidr\": \"10.0.0.0/8\"}]", "10", false },
	};

	(void)unused;
	try_values(cases, ARRAY_LENGTH(cases));
}

static void test_existence(void **unused)
{
	static const struct match_case cases[] = {
		{ "{\"a\": [{\"exists\": true}]}", "{\"a\": 1}", true },
		{ "{\"a\": [{\"exists\": true}]}", "{\"a\": null}", true },
		{ "{\"a\": [{\"exists\": true}]}", "{\"a\": \"\"}", true },
		{ "{\"a\": [{\"exists\": true}]}", "{\"a\": [1]}", true },
		{ "{\"a\": [{\"exists\": true}]}", "{\"b\": 1}", false },
		/* Only a member with a value exists. */
		{ "{\"a\": [{\"exists\": true}]}", "{\"a\": {\"b\": 1}}", false },
		{ "{\"a\": [{\"exists\": true}]}", "{\"a\": []}", false },
		{ "{\"a\": [{\"exists\": false}]}", "{\"a\": 1}", false },
		{ "{\"a\": [{\"exists\": false}]}", "{}", true },
		{ "{\"a\": [{\"exists\": false}]}", "{\"a\": {\"b\": 1}}", true },
		{ "{\"a\": [{\"exists\": false}, \"x\"]}", "{\"a\": \"x\"}", true },
		{ "{\"a\": [{\"exists\": false}, \"x\"]}", "{\"a\": \"y\"}", false },
		{ "{\"a\": {\"b\": [{\"exists\": false}]}}", "{}", true },
		{ "{\"a\": {\"b\": [{\"exists\": false}]}}", "{\"a\": \"text\"}", true },
		{ "{\"a\": {\"b\": [{\"exists\": false}]}}", "{\"a\": []}", true },
		{ "{\"a\": {\"b\": [{\"exists\": false}]}}", "{\"a\": [{\"b\": 1}]}", false },
		{ "{\"a\": {\"b\": [{\"exists\": false}], \"c\": [1]}}",
			"{\"a\": [{\"b\": 1, \"c\": 1}, {\"c\": 2}]}", false },
		{ "{\"a\": {\"b\": [{\"exists\": false}], \"c\": [1]}}",
			"{\"a\": [{\"b\": 1, \"c\": 2}, {\"c\": 1}]}", true },
		{ "{\"a\": {\"b\": [{\"exists\": false}], \"c\": [1]}}", "{}", false },
	};

	(void)unused;
	try_all(cases, ARRAY_LENGTH(cases));
}

static void test_nesting_and_arrays(void **unused)
{
	static const struct match_case cases[] = {
		{ "{\"a\": [1], \"b\": [2]}", "{\"a\": 1, \"b\": 2, \"c\": 3}", true },
		{ "{\"a\": [1], \"b\": [2]}", "{\"a\": 1}", false },
		{ "{\"a\": [1, 2]}", "{\"a\": [3, 2]}", true },
		{ "{\"a\": [1, 2]}", "{\"a\": [[3], [4, [2]]]}", true },
		{ "{\"a\": [1, 2]}", "{\"a\": [3]}", false },
		{ "{\"a\": {\"b\": {\"c\": [1]}}}", "{\"a\": {\"b\": {\"c\": 1}}}", true },
		{ "{\"a\": {\"b\": [1]}}", "{\"a\": [{\"b\": 2}, {\"b\": 1}]}", true },
		{ "{\"a\": {\"b\": [1]}}", "{\"a\": [[{\"b\": 1}]]}", true },
		{ "{\"a\": {\"b\": [1]}}", "{\"a\": [1, \"b\"]}", false },
		/* The elements of an array stay together. */
		{ "{\"a\": {\"b\": [1], \"c\": [2]}}",
			"{\"a\": [{\"b\": 1, \"c\": 3}, {\"b\": 3, \"c\": 2}]}", false },
		{ "{\"a\": {\"b\": [1], \"c\": [2]}}",
			"{\"a\": [{\"b\": 1, \"c\": 3}, {\"b\": 1, \"c\": 2}]}", true },
		{ "{\"a\": {\"b\": {\"c\": [1]}, \"d\": [2]}}",
			"{\"a\": [{\"b\": [{\"c\": 0}, {\"c\": 1}], \"d\": 2}]}", true },
		{ "{\"a\": {\"b\": {\"c\": [1]}, \"d\": [2]}}",
			"{\"a\": [{\"b\": [{\"c\": 1}], \"d\": 1}, {\"b\": {\"c\": 0}, \"d\": 2}]}", false },
		/* A dot in a name is an ordinary character. */
		{ "{\"a.b\": [1]}", "{\"a\": {\"b\": 1}}", false },
		{ "{\"a\": [1]}", "[]", false },
	};

	(void)unused;
	try_all(cases, ARRAY_LENGTH(cases));
}

static void test_or(void **unused)
{
	static const char either[] = "{\"s\": [1], \"$or\": [{\"a\": [1]}, {\"b\": [2], \"c\": [3]}]}";
	/* Two parts of the pattern are about members of one array: one element has to satisfy both. */
	static const char together[] =
		"{\"x\": {\"a\": [1]}, \"$or\": [{\"x\": {\"b\": [2]}}, {\"x\": {\"c\": [3]}}]}";
	static const char nested[] =
		"{\"$or\": [{\"a\": [1]}, {\"b\": [1], \"$or\": [{\"c\": [1]}, {\"d\": [1]}]}]}";
	const struct match_case cases[] = {
		{ either, "{\"s\": 1, \"a\": 1}", true },
		{ either, "{\"s\": 1, \"b\": 2, \"c\": 3}", true },
		{ either, "{\"s\": 1, \"b\": 2}", false },
		{ either, "{\"a\": 1}", false },
		{ together, "{\"x\": [{\"a\": 1, \"b\": 2}]}", true },
		{ together, "{\"x\": [{\"a\": 1}, {\"b\": 2}]}", false },
		{ together, "{\"x\": [{\"b\": 2}, {\"a\": 1, \"c\": 3}]}", true },
		{ nested, "{\"a\": 1}", true },
		{ nested, "{\"b\": 1, \"d\": 1}", true },
		{ nested, "{\"b\": 1}", false },
		{ nested, "{\"d\": 1}", false },
		{ "{\"d\": {\"$or\": [{\"a\": [1]}, {\"b\": [1]}]}, \"$or\": [{\"s\": [1]}, {\"t\": [1]}]}",
			"{\"d\": {\"b\": 1}, \"t\": 1}", true },
		{ "{\"d\": {\"$or\": [{\"a\": [1]}, {\"b\": [1]}]}, \"$or\": [{\"s\": [1]}, {\"t\": [1]}]}",
			"{\"d\": {\"b\": 1}}", false },
		{ "{\"$or\": [{\"a\": [1]}, {\"b\": [{\"exists\": false}]}]}", "{\"a\": 2}", true },
	};

	(void)unused;
	try_all(cases, ARRAY_LENGTH(cases));
}

/* Arrays nested deeper than the bound are ignored: an event must not decide how deep we recurse. */
static void test_deep_arrays(void **unused)
{
	CLEANUP_JSON json_t *pattern = parse("{\"a\": {\"b\": [1]}}");
	CLEANUP_JSON json_t *leaf = parse("{\"a\": [1]}");
	json_t *value = parse("[1, {\"b\": 1}]");

	(void)unused;
	for (int i = 0; i < 1000; i++)
		value = json_pack("[o]", value);
	CLEANUP_JSON json_t *event = json_pack("{s:o}", "a", value);
	assert_false(pattern_matches(pattern, event));
	assert_false(pattern_matches(leaf, event));
}

static json_t *many(size_t count, const char *text)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, parse(text));
	return list;
}

/* These events would take hours if each combination were tried with each element, or if wildcards
 * backtracked. */
static void test_hostile_events(void **unused)
{
	CLEANUP_FREE char *letters = xcalloc(1, 1000001);
	struct buf or ;

	(void)unused;
	memset(letters, 'a', 1000000);
	CLEANUP_JSON json_t *slow =
		parse("{\"a\": [{\"wildcard\": \"*aaaaaaaaab*aaaaaaaaab*aaaaaaaaab*c\"}, {\"wildcard\": "
			  "\"*aab*aab*aab*\"}]}");
	CLEANUP_JSON json_t *text = json_pack("{s:s}", "a", letters);
	assert_false(pattern_matches(slow, text));

	buf_init(&or, 100000);
	buf_add_string(&or, "{\"a\": {\"z\": [1]}");
	buf_add_string(&or, ", \"$or\": [{\"q\":[0]}");
	for (int i = 0; i < 200; i++)
		buf_add_format(&or, ",{\"a\":{\"b%d\":[1]}}", i);
	buf_add_string(&or, "]}");
	CLEANUP_JSON json_t *pattern = parse(or.data);
	buf_release(&or);
	CLEANUP_JSON json_t *event = json_pack("{s:o}", "a", many(100000, "{\"z\": 1, \"y\": 2}"));
	assert_false(pattern_matches(pattern, event));
	/* An event that is undecided when the bound of work is reached does not match, in any case. */
	json_object_set_new(event, "q", json_integer(0));
	CLEANUP_JSON json_t *but = parse("{\"a\": [{\"exists\": false}]}");
	json_object_set_new(event, "a",
		many(5000000 / 100,
			"[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],["
			"],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]"));
	assert_false(pattern_matches(but, event));
}

/* A pattern that was never checked is harmless. */
static void test_unchecked_patterns(void **unused)
{
	static const char *const patterns[] = {
		"5",
		"[]",
		"null",
		"{\"a\": 5}",
		"{\"a\": [{\"prefix\": 5}]}",
		"{\"a\": [{\"prefix\": {\"equals-ignore-case\": 5}}]}",
		"{\"a\": [{\"suffix\": {\"equals-ignore-case\": []}}]}",
		"{\"a\": [{\"numeric\": \"x\"}]}",
		"{\"a\": [{\"numeric\": [1, \"=\"]}]}",
		"{\"a\": [{\"numeric\": [\"\", 5]}]}",
		"{\"a\": [{\"cidr\": \"x\"}]}",
		"{\"a\": [{\"cidr\": 5}]}",
		"{\"a\": [{\"exists\": 5}]}",
		"{\"a\": [{\"wildcard\": [5, \"**\\\\\"]}]}",
		"{\"a\": [{\"regex\": \".*\"}]}",
		"{\"a\": [[\"text\"]]}",
		"{\"$or\": 5, \"a\": [1]}",
		"{\"$or\": []}",
		"{\"$or\": [5, \"x\"], \"a\": [1]}",
	};
	CLEANUP_JSON json_t *event = parse("{\"a\": \"text\"}");

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(patterns); i++) {
		CLEANUP_JSON json_t *pattern = parse(patterns[i]);

		if (pattern_matches(pattern, event))
			fail_msg("%s matches", patterns[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_text_operators),
		cmocka_unit_test(test_anything_but),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_existence),
		cmocka_unit_test(test_nesting_and_arrays),
		cmocka_unit_test(test_or),
		cmocka_unit_test(test_deep_arrays),
		cmocka_unit_test(test_hostile_events),
		cmocka_unit_test(test_unchecked_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
