/* Tests of exceptions: which resources they cover, and until when. */
#include "test_config_help.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "config/exception.h"
#include "config/values.h"

#define ARN "arn:aws:s3:::logs-2026"

struct coverage {
	const char *keys; /* further keys of the exception */
	const char *expires, *now;
	bool covers;
};

/* The tests ask for this account, eu-west-1, iam.user-mfa and ARN. */
static const struct coverage coverages[] = {
	{ "\"account\": \"*\"", "2027-01-31", "2027-01-01T00:00:00Z", true },
	{ "\"account\": \"*\"", "2027-01-31", "2027-01-31T23:59:59.999Z", true },
	{ "\"account\": \"*\"", "2027-01-31", "2027-02-01T00:00:00Z", false },
	{ "\"account\": \"*\"", "2027-01-31T18:00:00Z", "2027-01-31T17:59:59Z", true },
	{ "\"account\": \"*\"", "2027-01-31T18:00:00Z", "2027-01-31T18:00:00Z", false },
	{ "\"account\": \"*\"", "2027-01-31T18:00:00+02:00", "2027-01-31T15:59:59Z", true },
	{ "\"account\": \"*\"", "2027-01-31T18:00:00+02:00", "2027-01-31T16:00:00Z", false },
	{ "\"account\": \"111122223333\"", "2027-01-31", "2027-01-01T00:00:00Z", true },
	{ "\"account\": \"111122223334\"", "2027-01-31", "2027-01-01T00:00:00Z", false },
	{ "\"ou\": \"Workloads\"", "2027-01-31", "2027-01-01T00:00:00Z", true },
	{ "\"ou\": \"ou-ab12-22222222\"", "2027-01-31", "2027-01-01T00:00:00Z", true },
	{ "\"ou\": \"Sandbox\"", "2027-01-31", "2027-01-01T00:00:00Z", false },
	{ "\"ou\": \"Workloads\", \"account\": \"111122223334\"", "2027-01-31", "2027-01-01T00:00:00Z",
		false },
	{ "\"tag\": \"env=prod\"", "2027-01-31", "2027-01-01T00:00:00Z", true },
	{ "\"tag\": \"env=test\"", "2027-01-31", "2027-01-01T00:00:00Z", false },
	{ "\"tag\": \"env\", \"ou\": \"Sandbox\"", "2027-01-31", "2027-01-01T00:00:00Z", false },
	{ "\"account\": \"*\", \"region\": \"eu-*\"", "2027-01-31", "2027-01-01T00:00:00Z", true },
	{ "\"account\": \"*\", \"region\": \"eu-west-?\"", "2027-01-31", "2027-01-01T00:00:00Z", true },
	{ "\"account\": \"*\", \"region\": \"us-*\"", "2027-01-31", "2027-01-01T00:00:00Z", false },
	{ "\"account\": \"*\", \"resource\": \"arn:aws:s3:::logs-*\"", "2027-01-31",
		"2027-01-01T00:00:00Z", true },
	{ "\"account\": \"*\", \"resource\": \"*:::logs-20?6\"", "2027-01-31", "2027-01-01T00:00:00Z",
		true },
	{ "\"account\": \"*\", \"resource\": \"arn:aws:s3:::logs\"", "2027-01-31",
		"2027-01-01T00:00:00Z", false },
	{ "\"account\": \"*\", \"resource\": null, \"region\": null", "2027-01-31",
		"2027-01-01T00:00:00Z", true },
};

static void check_coverage(const struct coverage *coverage)
{
	char text[512];
	int64_t now_ms;
	json_t *given, *resolved = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(clock_parse_rfc3339(coverage->now, &now_ms), 0);
	snprintf(text, sizeof text,
		"{%s, \"baseline\": \"iam.*\", \"reason\": \"r\", \"owner\": \"o\", \"expires\": \"%s\"}",
		coverage->keys, coverage->expires);
	given = json_loads(text, 0, NULL);
	snprintf(text, sizeof text,
		"\"exceptions\": [{\"account\": \"*\", \"baseline\": \"s3.*\", \"reason\": \"r\", "
		"\"owner\": \"o\", "
		"\"expires\": \"2030-01-01\"}]");
	assert_int_equal(config_exception_resolve(&fake_catalogue, given, &resolved, &err), 0);
	assert_int_equal(config_exception_covers(resolved, &fake_place, "eu-west-1", "iam.user-mfa",
						 ARN, now_ms),
		coverage->covers);
	assert_false(config_exception_covers(resolved, &fake_place, "eu-west-1",
		"s3.account-public-access-block", ARN, now_ms));
	char *item = json_to_text(given);
	snprintf(text, sizeof text, "\"exceptions\": [%s]", item);
	free(item);
	struct config *config = config_of(text);
	const json_t *found =
		config_exception(config, &fake_place, "eu-west-1", "iam.user-mfa", ARN, now_ms);
	if ((found != NULL) != coverage->covers)
		fail_msg("%s", text);
	if (found != NULL)
		assert_true(json_equal(found, resolved));
	assert_null(config_exception(config, &fake_place, "eu-west-1", "guardduty.detector", ARN,
		now_ms));
	assert_null(config_exception(config, &fake_place, "eu-west-1", "no.such-baseline", ARN,
		now_ms));
	/* An exception that has expired stays in the configuration, for reports. */
	assert_int_equal(json_array_size(config_get(config, "exceptions")), 1);
	config_free(config);
	json_decref(given);
	json_decref(resolved);
}

static void test_coverage(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(coverages); i++)
		check_coverage(&coverages[i]);
}

static void test_the_one_in_force_is_found_behind_an_expired_one(void **state)
{
	struct config *config =
		config_of("\"exceptions\": [{\"account\": \"*\", \"baseline\": \"iam.user-mfa\", "
				  "\"reason\": \"old\", \"owner\": \"o\", \"expires\": "
				  "\"2020-01-01\"}, {\"account\": \"*\", \"baseline\": \"iam.user-mfa\", "
				  "\"reason\": \"new\", \"owner\": \"o\", \"expires\": "
				  "\"2030-01-01\", \"ticket\": \"SEC-1\"}]");
	const json_t *found = config_exception(config, &fake_place, "global", "iam.user-mfa",
		"111122223333", INT64_C(1800000000000));
	char *text = json_to_text(found);

	(void)state;
	assert_string_equal(text,
		"{\"account\":\"*\",\"ou\":null,\"tag\":null,\"region\":\"*\",\"baseline\":\"iam.user-"
		"mfa\","
		"\"resource\":\"*\",\"reason\":\"new\",\"owner\":\"o\",\"ticket\":\"SEC-1\",\"expires\":"
		"\"2030-01-01\"}");
	assert_int_equal(config_exception_expires_ms(found), INT64_C(1893542400000));
	free(text);
	config_free(config);
}

static void test_resolve_refuses(void **state)
{
	json_t *given = json_loads(
			   "{\"account\": \"*\", \"baseline\": \"iam.user-mfa\", \"reason\": \"r\"}", 0, NULL),
		   *resolved = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(config_exception_resolve(&fake_catalogue, given, &resolved, &err), -1);
	assert_string_equal(err.message, "the key \"owner\" is missing: Who answers for it.");
	json_object_set_new(given, "owner", json_string("o"));
	json_object_set_new(given, "expires", json_string("soon"));
	assert_int_equal(config_exception_resolve(&fake_catalogue, given, &resolved, &err), -1);
	assert_string_equal(err.message,
		"/expires: \"soon\" must be a date that exists, such as \"2027-01-31\" (to its end, in "
		"UTC) "
		"or \"2027-01-31T18:00:00Z\"");
	json_object_set_new(given, "expires", json_string("2030-01-01"));
	json_object_del(given, "account");
	assert_int_equal(config_exception_resolve(&fake_catalogue, given, &resolved, &err), -1);
	assert_string_equal(err.code, "MissingKey");
	assert_null(resolved);
	json_decref(given);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_the_one_in_force_is_found_behind_an_expired_one),
		cmocka_unit_test(test_resolve_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
