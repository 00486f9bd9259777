/* Tests of how people are identified: an identity gives one person, or an error that says what to
 * do. */
#include "approvals/people.h"
#include "base/err.h"
#include "baselines_help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/banned.h"

static struct config *config_of(const char *people)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;
	char text[4096];

	snprintf(text, sizeof text,
		"{\"organization\": {\"home_region\": \"eu-west-1\"}, \"people\": %s}", people);
	if (config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err) < 0)
		fail_msg("%s", err.message);
	return config;
}

static void expect_person(int result, const struct person *person, const struct err *err,
	const char *name, const char *via)
{
	if (result < 0)
		fail_msg("%s", err->message);
	assert_string_equal(person->name, name);
	if (strstr(person->via, via) == NULL)
		fail_msg("%s is not %s", person->via, via);
}

static void expect_refusal(int result, const struct err *err, const char *code, const char *part)
{
	assert_int_equal(result, -1);
	assert_string_equal(err->code, code);
	if (strstr(err->message, part) == NULL)
		fail_msg("%s\ndoes not say %s", err->message, part);
}

/* root has the uid 0 wherever this runs; no user has the uid 61999. */
static void test_system_users(void **state)
{
	struct config *config =
		config_of("[{\"name\": \"Ann\", \"system_users\": [\"root\", \"no-such-user-here\"]},"
				  " {\"name\": \"Bob\", \"system_users\": [\"uid:61999\"]}]");
	struct person person;
	struct err err = ERR_INIT;

	(void)state;
	expect_person(people_by_uid(config, 0, &person, &err), &person, &err, "Ann",
		"system user root");
	expect_person(people_by_uid(config, 61999, &person, &err), &person, &err, "Bob",
		"system user uid:61999");
	expect_refusal(people_by_uid(config, 61998, &person, &err), &err, "UnknownPerson",
		"add it to \"system_users\" of one of the \"people\" in reeve.json");
	assert_true(people_has_user(config, "Ann", "root"));
	assert_true(people_has_user(config, "Ann", "uid:0"));
	assert_true(people_has_user(config, "Ann", "no-such-user-here"));
	assert_true(people_has_user(config, "Bob", "uid:61999"));
	assert_false(people_has_user(config, "Bob", "root"));
	assert_false(people_has_user(config, "Bob", ""));
	assert_false(people_has_user(config, "Nobody", "root"));
	assert_true(people_exists(config, "Bob") && !people_exists(config, "bob"));
	config_free(config);
}

/* Two names of one user are one user. */
static void test_aliased_user_is_ambiguous(void **state)
{
	struct config *config = config_of("[{\"name\": \"Ann\", \"system_users\": [\"root\"]}, "
									  "{\"name\": \"Bob\", \"system_users\": [\"uid:0\"]}]");
	struct person person;
	struct err err = ERR_INIT;

	(void)state;
	expect_refusal(people_by_uid(config, 0, &person, &err), &err, "AmbiguousPerson",
		"is mapped to both Ann and Bob");
	config_free(config);
}

static void test_tokens(void **state)
{
	struct config *config =
		config_of("[{\"name\": \"Ann\", \"tokens\": "
				  "[\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"]},"
				  " {\"name\": \"Bob\", \"tokens\": "
				  "[\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]}]");
	struct person person;
	struct err err = ERR_INIT;

	(void)state;
	expect_person(people_by_token(config, "abc", &person, &err), &person, &err, "Ann",
		"API token ba7816bf8f01cfea");
	expect_refusal(people_by_token(config, "abd", &person, &err), &err, "UnknownPerson",
		"the API token is not mapped");
	assert_null(strstr(err.message, "abd"));
	/* The configuration has the hash of an empty token by mistake. */
	expect_refusal(people_by_token(config, "", &person, &err), &err, "UnknownPerson", "empty");
	/* The hash of a token is not accepted as the token. */
	expect_refusal(people_by_token(config,
					   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", &person,
					   &err),
		&err, "UnknownPerson", "the API token is not mapped");
	config_free(config);
}

static const struct {
	const char *glob, *arn;
	bool matches;
} globs[] = {
	{ "arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:user/ann", true },
	{ "arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:user/anna", false },
	{ "arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223334:user/ann", false },
	{ "arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:user/Ann", false },
	{ "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Sec_*/ann@*",
		"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Sec_0a1b/ann@example.com", true },
	{ "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Sec_*/ann@*",
		"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Sec_/ann@", true },
	{ "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Sec_*/ann@*",
		"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Sec_0a1b/joann@example.com", false },
	{ "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Sec_*/ann@*",
		"arn:aws:sts::999922223333:assumed-role/AWSReservedSSO_Sec_0a1b/ann@example.com", false },
	{ "arn:aws:iam::111122223333:user/*", "arn:aws:iam::111122223333:user/ann", true },
	{ "arn:aws:iam::111122223333:user/*", "arn:aws:iam::111122223333:user/team/ann", false },
	{ "arn:aws:iam::111122223333:user/*/ann", "arn:aws:iam::111122223333:user/team/ann", true },
	{ "arn:aws:iam::111122223333:*", "arn:aws:iam::111122223333:root", true },
	{ "arn:aws:iam::111122223333:*", "arn:aws:iam::111122223333:user/ann", false },
	{ "arn:aws:iam::111122223333:user/a??", "arn:aws:iam::111122223333:user/ann", true },
	{ "arn:aws:iam::111122223333:user/a??", "arn:aws:iam::111122223333:user/an", false },
	{ "arn:aws:iam::111122223333:user?ann", "arn:aws:iam::111122223333:user/ann", false },
	{ "arn:aws:iam::111122223333:user/*a*b", "arn:aws:iam::111122223333:user/xaxbab", true },
	{ "arn:aws:iam::111122223333:user/*a*b", "arn:aws:iam::111122223333:user/xbxa", false },
	{ "arn:aws:iam::111122223333:user/*ann", "arn:aws:iam::111122223333:user/ann/ann", false },
};

static void test_aws_identities(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(globs); i++) {
		char people[512];
		struct person person;
		struct err err = ERR_INIT;

		snprintf(people, sizeof people, "[{\"name\": \"Ann\", \"aws\": [\"%s\"]}]", globs[i].glob);
		struct config *config = config_of(people);
		if ((people_by_aws_arn(config, globs[i].arn, &person, &err) == 0) != globs[i].matches)
			fail_msg("%s and %s", globs[i].glob, globs[i].arn);
		if (!globs[i].matches)
			assert_string_equal(err.code, "UnknownPerson");
		config_free(config);
	}
}

static void test_ambiguous_arn(void **state)
{
	struct config *config =
		config_of("[{\"name\": \"Ann\", \"aws\": [\"arn:aws:iam::111122223333:user/a*\", "
				  "\"arn:aws:iam::111122223333:user/an*\"]},"
				  " {\"name\": \"Bob\", \"aws\": [\"arn:aws:iam::111122223333:user/*n\"]}]");
	struct person person;
	struct err err = ERR_INIT;

	(void)state;
	expect_refusal(people_by_aws_arn(config, "arn:aws:iam::111122223333:user/ann", &person, &err),
		&err, "AmbiguousPerson", "both Ann and Bob");
	/* Two patterns of one person match. */
	expect_person(people_by_aws_arn(config, "arn:aws:iam::111122223333:user/anna", &person, &err),
		&person, &err, "Ann", "user/anna");
	expect_person(people_by_aws_arn(config, "arn:aws:iam::111122223333:user/ben", &person, &err),
		&person, &err, "Bob", "user/ben");
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_system_users),
		cmocka_unit_test(test_aliased_user_is_ambiguous),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_aws_identities),
		cmocka_unit_test(test_ambiguous_arn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
