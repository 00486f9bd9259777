/* Settings as data: settings_resolve, the consistency of the rows, and their checks next to the
 * schema's patterns. */
#include "test_config_help.h"

#include "base/banned.h"
#include "base/json_write.h"
#include "config/checks.h"
#include "config/checks_address.h"
#include "config/document/nearest.h"
#include "config/exception.h"
#include "config/internal.h"
#include "config/sections.h"

#include <regex.h>

static json_t *resolve(const struct setting *rows, const char *text)
{
	json_t *given = text != NULL ? json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL,
		   *out = NULL;
	struct err err = ERR_INIT;

	if (settings_resolve(rows, given, "/x", &out, &err) < 0)
		fail_msg("%s", err.message);
	json_decref(given);
	return out;
}

static void assert_refused(const struct setting *rows, const char *text, const char *message)
{
	json_t *given = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL), *out = NULL;
	struct err err = ERR_INIT;

	assert_non_null(given);
	assert_int_equal(settings_resolve(rows, given, "/x", &out, &err), -1);
	assert_null(out);
	assert_string_equal(err.message, message);
	assert_int_equal(settings_resolve(rows, given, "/x", &out, NULL), -1);
	json_decref(given);
}

static void assert_resolved(const struct setting *rows, const char *given, const char *expected)
{
	json_t *settings = resolve(rows, given);
	char *text = json_to_text(settings);

	assert_string_equal(text, expected);
	free(text);
	json_decref(settings);
}

static void test_resolve(void **state)
{
	(void)state;
	assert_resolved(fake_encryption, NULL, "{\"kms_key_id\":null,\"algorithm\":\"aws:kms\"}");
	assert_resolved(fake_encryption, "null", "{\"kms_key_id\":null,\"algorithm\":\"aws:kms\"}");
	assert_resolved(fake_encryption, "{\"algorithm\": null, \"kms_key_id\": \"k\"}",
		"{\"kms_key_id\":\"k\",\"algorithm\":\"aws:kms\"}");
	assert_resolved(fake_none, "{}", "{}");
	assert_resolved(fake_detector, "{\"trusted\": [\"a\", \"b\"]}",
		"{\"features\":[],\"trusted\":[\"a\",\"b\"]}");
}

static void test_refuse(void **state)
{
	(void)state;
	assert_refused(fake_encryption, "[]", "/x: must be an object, {…}, not a list");
	assert_refused(fake_encryption, "{\"key\": 1}",
		"/x/key: unknown key \"key\"; known here: kms_key_id, algorithm");
	assert_refused(fake_encryption, "{\"kms_key\": 1}",
		"/x/kms_key: unknown key \"kms_key\"; did you mean \"kms_key_id\"?");
	assert_refused(fake_encryption, "{\"kms_key_id\": \"a\\u0000b\"}",
		"/x/kms_key_id: holds a NUL character (\\u0000), which no setting can have");
	assert_refused(fake_trail, "{}", "/x: the key \"bucket\" is missing: The bucket of the trail.");
	assert_refused(fake_password, "{\"minimum_length\": 9007199254740993.0}",
		"/x/minimum_length: must be between 6 and 128, not 9007199254740992");
}

static int check_short(const char *value, const char **reason)
{
	*reason = "must have 3 letters";
	return strlen(value) == 3 ? 0 : -1;
}

static void test_check(void **state)
{
	static const struct setting rows[] = {
		{ .name = "one",
			.type = SETTING_STRING,
			.default_json = "null",
			.check = check_short,
			.help = "h" },
		{ .name = "many",
			.type = SETTING_STRING_LIST,
			.default_json = "[]",
			.check = check_short,
			.help = "h" },
		{ .name = NULL },
	};

	(void)state;
	assert_resolved(rows, "{\"one\": \"abc\", \"many\": [\"abc\", \"def\"]}",
		"{\"one\":\"abc\",\"many\":[\"abc\",\"def\"]}");
	assert_refused(rows, "{\"one\": \"abcd\"}", "/x/one: \"abcd\" must have 3 letters");
	assert_refused(rows, "{\"many\": [\"abc\", \"x\"]}", "/x/many/1: \"x\" must have 3 letters");
}

static void test_rows_are_sound(void **state)
{
	static const char *const none[] = { NULL };
	static const struct setting bad[][2] = {
		{ { .name = "a", .type = SETTING_BOOLEAN, .default_json = "true" } },
		{ { .name = "a", .type = SETTING_CHOICE, .default_json = "null", .help = "h" } },
		{ { .name = "a",
			.type = SETTING_CHOICE,
			.default_json = "null",
			.help = "h",
			.choices = none } },
		{ { .name = "a", .type = SETTING_INTEGER, .default_json = "1", .help = "h" } },
		{ { .name = "a",
			.type = SETTING_INTEGER,
			.default_json = "9",
			.minimum = 1,
			.maximum = 5,
			.help = "h" } },
		{ { .name = "a", .type = SETTING_STRING, .default_json = "x", .help = "h" } },
		{ { .name = "a", .type = SETTING_STRING, .default_json = "1", .help = "h" } },
		{ { .name = "a",
			.type = SETTING_CHOICE,
			.default_json = "\"x\"",
			.help = "h",
			.choices = fake_features } },
	};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		assert_int_equal(settings_check_rows(bad[i], "bad", &err), -1);
	assert_string_equal(err.message,
		"the default: bad/a: must be one of \"S3_DATA_EVENTS\", \"EKS_AUDIT_LOGS\", "
		"\"EBS_MALWARE_PROTECTION\", not \"x\"");
	for (size_t i = 0; i < ARRAY_LENGTH(fake_entries); i++)
		assert_int_equal(settings_check_rows(fake_entries[i].settings, fake_entries[i].id, &err),
			0);
	for (const struct config_section *section = config_sections(); section->name != NULL; section++)
		if (settings_check_rows(section->rows, section->name, &err) < 0)
			fail_msg("%s", err.message);
	assert_int_equal(settings_check_rows(region_list_rows, "regions", &err), 0);
}

/* For each row with a check and a pattern, the pattern must accept every sample that the check
 * accepts. */
static const char *const samples[] = {
	"",
	"*",
	" ",
	"a",
	"root",
	"ou:A",
	"ou:Workloads/Prod",
	"ou:A\\/B",
	"ou:ou-ab12-cd34ef56",
	"tag:a",
	"tag:a=b",
	"tag:a=",
	"account:111122223333",
	"111122223333",
	"11112222333",
	"eu-west-1",
	"us-gov-east-1",
	"ap-southeast-10",
	"us-east-1a",
	"global",
	"ReeveRemediation",
	"path/Role",
	"a/b/c",
	"/a",
	"a/",
	"arn:aws:iam::111122223333:role/x",
	"arn:aws-cn:iam::111122223333:role/p/x",
	"arn:aws:iam::111122223333:user/x",
	"x-1",
	"a:b/c",
	"https://sqs.eu-west-1.amazonaws.com/1/q",
	"http://127.0.0.1:5000/q",
	"https:///x",
	"127.0.0.1:8443",
	"[::1]:0",
	"[::1]:",
	"localhost:80",
	"localhost:65536",
	"0 */6 * * *",
	"canary",
	"wave 1",
	"2027-01-31",
	"2027-01-31T18:00:00Z",
	"2027-01-31 18:00:00.5+01:00",
	"2027-01-31t18:00:00z",
	"2027-13-01",
};

static void compare_row(const struct setting *row)
{
	regex_t pattern;
	const char *reason;

	if (row->check == NULL || row->pattern == NULL)
		return;
	assert_int_equal(regcomp(&pattern, row->pattern, REG_EXTENDED | REG_NOSUB), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(samples); i++)
		if (row->check(samples[i], &reason) == 0 && regexec(&pattern, samples[i], 0, NULL, 0) != 0)
			fail_msg("%s: the pattern %s does not match %s", row->name, row->pattern, samples[i]);
	regfree(&pattern);
}

static void test_patterns(void **state)
{
	(void)state;
	for (const struct config_section *section = config_sections(); section->name != NULL; section++)
		for (const struct setting *row = section->rows; row->name != NULL; row++)
			compare_row(row);
}

struct verdict {
	int (*check)(const char *value, const char **reason);
	const char *value;
	bool accepted;
};

static const struct verdict verdicts[] = {
	{ check_region, "eu-west-1", true },
	{ check_region, "us-gov-east-1", true },
	{ check_region, "us-iso-east-1", true },
	{ check_region, "ap-southeast-10", true },
	{ check_region, "eu-west-100", false },
	{ check_region, "eu-1", false },
	{ check_region, "EU-west-1", false },
	{ check_region, "eu-west-1a", false },
	{ check_region, "eu-west-1-", false },
	{ check_region, "e-west-1", false },
	{ check_region, "", false },
	{ check_role_name, "A", true },
	{ check_role_name, "a/b/Role+=,.@_-1", true },
	{ check_role_name, "a//b", false },
	{ check_role_name, "/a", false },
	{ check_role_name, "a/", false },
	{ check_role_name, "a b", false },
	{ check_role_name, "0123456789012345678901234567890123456789012345678901234567890123", true },
	{ check_role_name, "01234567890123456789012345678901234567890123456789012345678901234", false },
	{ check_role_arn, "arn:aws-us-gov:iam::111122223333:role/p/x", true },
	{ check_role_arn, "arn:aws:iam::1111:role/x", false },
	{ check_role_arn, "arn:aws:iam::111122223333:role/", false },
	{ check_role_arn, "arn:aws:iam::11112222333", false },
	{ check_external_id, "ab", true },
	{ check_external_id, "a", false },
	{ check_external_id, "a:b/c=d", true },
	{ check_external_id, "a b", false },
	{ check_url, "https://x", true },
	{ check_url, "http://127.0.0.1:1/queue?a=b", true },
	{ check_url, "https://", false },
	{ check_url, "https:///path", false },
	{ check_url, "ftp://x", false },
	{ check_url, "https://x/a b", false },
	{ check_url, "https://x/\xc3\xa9", false },
	{ check_listen, "0.0.0.0:0", true },
	{ check_listen, "localhost:65535", true },
	{ check_listen, "[::1]:8443", true },
	{ check_listen, "[::]:8443", true },
	{ check_listen, "::1:8443", false },
	{ check_listen, "[::1]", false },
	{ check_listen, "[]:1", false },
	{ check_listen, "127.0.0.1:", false },
	{ check_listen, "127.0.0.1:00080x", false },
	{ check_listen, "127.0.0.1:+80", false },
	{ check_account_or_any, "*", true },
	{ check_account_or_any, "**", false },
	{ check_wave, "a.b-c_1", true },
	{ check_wave, "", false },
	{ check_expiry, "2028-02-29", true },
	{ check_expiry, "2027-02-29", false },
	{ check_expiry, "2027-2-9", false },
	{ check_expiry, "2027-01-31T18:00:00Z", true },
	{ check_expiry, "2027-01-31T18:00:00", false },
	{ check_expiry, "never", false },
};

static void test_checks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(verdicts); i++) {
		const char *reason = NULL;

		if ((verdicts[i].check(verdicts[i].value, &reason) == 0) != verdicts[i].accepted)
			fail_msg("%s", verdicts[i].value);
		assert_true(verdicts[i].accepted || reason != NULL);
	}
}

struct likeness {
	const char *given, *best;
};

static void test_nearest(void **state)
{
	static const char *const known[] = { "in_flight", "changes_per_run",
		"s3.bucket-default-encryption", "iam.user-mfa" };
	static const struct likeness likenesses[] = {
		{ "inflight", "in_flight" },
		{ "IN-FLIGHT", "in_flight" },
		{ "in_flihgt", "in_flight" },
		{ "changes_run", "changes_per_run" },
		{ "default-encryption", "s3.bucket-default-encryption" },
		{ "s3.bucket-encryption", "s3.bucket-default-encryption" },
		{ "iam.mfa", "iam.user-mfa" },
		{ "per", NULL },
		{ "", NULL },
		{ "completely different", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(likenesses); i++) {
		struct nearest nearest;

		nearest_init(&nearest, likenesses[i].given);
		for (size_t j = 0; j < ARRAY_LENGTH(known); j++)
			nearest_offer(&nearest, known[j]);
		if (likenesses[i].best == NULL) {
			assert_null(nearest.best);
		} else {
			assert_non_null(nearest.best);
			assert_string_equal(nearest.best, likenesses[i].best);
		}
	}
}

static void test_glob(void **state)
{
	(void)state;
	assert_true(glob_matches("*", ""));
	assert_true(glob_matches("", ""));
	assert_false(glob_matches("", "a"));
	assert_true(glob_matches("a*b*c", "aXbXbc"));
	assert_false(glob_matches("a*b*c", "aXbXb"));
	assert_true(glob_matches("??", "ab"));
	assert_false(glob_matches("??", "a"));
	assert_true(glob_matches("**a", "bca"));
	assert_false(glob_matches("[a]", "a"));
	char text[4097];
	memset(text, 'a', 4096);
	text[4096] = '\0';
	assert_false(glob_matches("*a*a*a*a*a*a*a*a*b", text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_rows_are_sound),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_glob),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
