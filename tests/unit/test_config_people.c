/* Tests of the sections `people` and `approvals`: accepted values, and the errors for the
 * others. */
#include "test_config_help.h"

#include "base/banned.h"
#include "config/internal.h"
#include "config/values.h"

struct mistake {
	const char *sections, *code, *message; /* message: a part of the error's message */
};

#define ANN "{\"name\": \"Ann\"}"
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct mistake mistakes[] = {
	{ "\"people\": [{}]", "MissingKey", "/people/0: the key \"name\" is missing" },
	{ "\"people\": [{\"name\": \"\"}]", "BadValue", "/people/0/name: \"\" must be a name" },
	{ "\"people\": [{\"name\": \" Ann\"}]", "BadValue", "/people/0/name" },
	{ "\"people\": [{\"name\": \"A\\u001b[31m\"}]", "BadValue", "/people/0/name" },
	{ "\"people\": [{\"name\": \"system user root\"}]", "BadValue",
		"/people/0/name: \"system user root\" must be another name" },
	{ "\"people\": [{\"name\": \"nobody\"}]", "BadValue",
		"/people/0/name: \"nobody\" must be another name" },
	{ "\"people\": [" ANN ", " ANN "]", "Duplicate",
		"/people/1/name: there is a person \"Ann\" already" },
	{ "\"people\": [{\"name\": \"A\", \"system_users\": [\"a b\"]}]", "BadValue",
		"/people/0/system_users/0" },
	{ "\"people\": [{\"name\": \"A\", \"system_users\": [\"uid:x\"]}]", "BadValue",
		"/people/0/system_users/0" },
	{ "\"people\": [{\"name\": \"A\", \"system_users\": [\"uid:4294967295\"]}]", "BadValue",
		"/people/0/system_users/0" },
	{ "\"people\": [{\"name\": \"A\", \"system_users\": [\"a\", \"a\"]}]", "Duplicate",
		"/people/0/system_users/1" },
	{ "\"people\": [{\"name\": \"A\", \"system_users\": [\"a\"]}, {\"name\": \"B\", "
	  "\"system_users\": [\"a\"]}]",
		"Duplicate",
		"/people/1/system_users/0: \"a\" is known as /people/0 already: it must stand for one "
		"person" },
	{ "\"people\": [{\"name\": \"A\", \"tokens\": [\"" HEX
	  "\"]}, {\"name\": \"B\", \"tokens\": [\"" HEX "\"]}]",
		"Duplicate", "/people/1/tokens/0" },
	{ "\"people\": [{\"name\": \"A\", \"tokens\": [\"secret\"]}]", "BadValue",
		"/people/0/tokens/0: \"secret\" must be the SHA-256" },
	{ "\"people\": [{\"name\": \"A\", \"aws\": [\"arn:aws:sts::*:assumed-role/x/ann\"]}]",
		"BadValue", "/people/0/aws/0" },
	{ "\"people\": [{\"name\": \"A\", \"aws\": [\"*\"]}]", "BadValue", "its account written out" },
	{ "\"people\": [{\"name\": \"A\", \"aws\": [\"arn:aws:s3::111122223333:x\"]}]", "BadValue",
		"/people/0/aws/0" },
	{ "\"people\": [" ANN "], \"approvals\": {\"approvers\": [\"Anne\"]}", "UnknownPerson",
		"/approvals/approvers/0: there is no \"Anne\" in \"people\"; did you mean \"Ann\"?" },
	{ "\"approvals\": {\"approvers\": [\"Ann\"]}", "UnknownPerson",
		"/approvals/approvers/0: there is no \"Ann\" in \"people\"" },
	{ "\"people\": [" ANN "], \"approvals\": {\"required\": 2}", "OutOfRange",
		"/approvals/required: is 2, but only 1 can approve" },
	{ "\"people\": [" ANN
	  ", {\"name\": \"B\"}], \"approvals\": {\"required\": 2, \"approvers\": [\"B\"]}",
		"OutOfRange", "/approvals/required: is 2, but only 1" },
	{ "\"approvals\": {\"required\": 2}", "OutOfRange", "/approvals/required: is 2, but only 0" },
	{ "\"approvals\": {\"required\": 0}", "OutOfRange",
		"/approvals/required: must be between 1 and 10" },
	{ "\"approvals\": {\"required\": 11}", "OutOfRange", "/approvals/required" },
	{ "\"approvals\": {\"expire_hours\": 0}", "OutOfRange", "/approvals/expire_hours" },
	{ "\"approvals\": {\"four_eye\": false}", "UnknownKey", "did you mean \"four_eyes\"" },
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(mistakes); i++) {
		struct config *config = NULL;
		struct err err = ERR_INIT;
		char *text = NULL;

		assert_true(asprintf(&text, "{%s, %s}", ORGANIZATION, mistakes[i].sections) > 0);
		if (config_parse(text, strlen(text), "reeve.json", &fake_catalogue, &config, &err) == 0)
			fail_msg("accepted: %s", text);
		if (strcmp(err.code, mistakes[i].code) != 0 ||
			strstr(err.message, mistakes[i].message) == NULL)
			fail_msg("%s\nnot: %s %s\n%s", err.message, mistakes[i].code, mistakes[i].message,
				text);
		free(text);
	}
}

static void test_accepted(void **state)
{
	struct config *config = config_of("");

	(void)state;
	assert_int_equal(json_array_size(config_get(config, "people")), 0);
	assert_int_equal(config_integer(config, "approvals", "required"), 1);
	assert_int_equal(config_integer(config, "approvals", "expire_hours"), 72);
	assert_true(json_get_bool_or(config_get(config, "approvals"), "four_eyes", false));
	config_free(config);
	config = config_of(
		"\"people\": [{\"name\": \"Ann Example\", \"system_users\": [\"ann\", \"uid:1000\", "
		"\"CORP\\\\ann\"], "
		"\"aws\": [\"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Sec_*/ann@*\"], "
		"\"tokens\": [\"" HEX "\"]}, "
		"{\"name\": \"\xc3\x89va\"}], \"approvals\": {\"approvers\": [\"Ann Example\", "
		"\"\xc3\x89va\"], \"required\": 2}");
	assert_int_equal(json_array_size(config_get(config, "people")), 2);
	config_free(config);
}

/* People don't change the desired state, so a sweep that was cut off can be resumed after they
 * change. */
static void test_generation(void **state)
{
	struct config *without = config_of(""), *with = config_of("\"people\": [" ANN "]");

	(void)state;
	assert_string_equal(config_generation(without), config_generation(with));
	config_free(without);
	config_free(with);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_generation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
