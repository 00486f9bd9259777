/*
 * Tests the diff of each baseline with tables: each row gives a state and settings, and expects an
 * outcome, tier, desired state and calls. Also checks that every remedy satisfies its own baseline.
 */
#include "base/json.h"
#include "base/json_write.h"
#include "baselines/iam/mfa_policy.h"
#include "baselines/names.h"
#include "baselines/s3/log_delivery.h"
#include "baselines/verdict.h"
#include "baselines_help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

struct diff_case {
	const char *name, *baseline, *resource, *region, *state, *settings;
	enum outcome outcome;
	const char *cause;   /* code; NULL: not compared */
	const char *desired; /* JSON; NULL: not compared */
	const char *calls;   /* JSON; NULL: none */
};

static const struct cell_place place = {
	.account_id = "111122223333",
	.partition = "aws",
	.region = "eu-west-1",
	.home_region = "eu-central-1",
	.orchestrator_account = "999988887777",
};

#define ALL_ON \
	"{\"configured\":true,\"BlockPublicAcls\":true,\"IgnorePublicAcls\":true," \
	"\"BlockPublicPolicy\":true,\"RestrictPublicBuckets\":true}"
#define FOUR_ON \
	"{\"BlockPublicAcls\":true,\"IgnorePublicAcls\":true,\"BlockPublicPolicy\":true," \
	"\"RestrictPublicBuckets\":true}"
#define PUT_BLOCK \
	"[{\"service\":\"s3control\",\"operation\":\"PutPublicAccessBlock\",\"region\":\"eu-central-" \
	"1\",\"params\":{\"AccountId\":\"111122223333\",\"PublicAccessBlockConfiguration\":" FOUR_ON \
	"}}]"
#define BUCKET "arn:aws:s3:::logs.example"
#define KEY "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define PUT_ENCRYPTION(rule) \
	"[{\"service\":\"s3\",\"operation\":\"PutBucketEncryption\",\"region\":\"eu-west-1\"," \
	"\"params\":{\"Bucket\":\"logs.example\",\"ExpectedBucketOwner\":\"111122223333\"," \
	"\"ServerSideEncryptionConfiguration\":{\"Rules\":[" rule "]}}}]"
#define SSE_S3 \
	"{\"SSEAlgorithm\":\"AES256\",\"BucketKeyEnabled\":false,\"configuration\":{\"Rules\":[{" \
	"\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"AES256\"},\"BucketKeyEnabled\":" \
	"false}]}"
#define GD_CALL(operation, params) \
	"[{\"service\":\"guardduty\",\"operation\":\"" operation \
	"\",\"region\":\"eu-west-1\",\"params\":" params "}]"

static const struct diff_case cases[] = {
	/* --- s3.account-public-access-block --- */
	{ "block on", "s3.account-public-access-block", NULL, NULL, ALL_ON, "{}", OUTCOME_COMPLIANT,
		NULL, ALL_ON, NULL },
	{ "block absent", "s3.account-public-access-block", NULL, NULL,
		"{\"configured\":false,\"BlockPublicAcls\":false,\"IgnorePublicAcls\":false,"
		"\"BlockPublicPolicy\":false,\"RestrictPublicBuckets\":false}",
		"{}", OUTCOME_DRIFTED, NULL, ALL_ON, PUT_BLOCK },
	{ "one setting off", "s3.account-public-access-block", NULL, NULL,
		"{\"configured\":true,\"BlockPublicAcls\":true,\"IgnorePublicAcls\":true,"
		"\"BlockPublicPolicy\":true,\"RestrictPublicBuckets\":false}",
		"{}", OUTCOME_DRIFTED, NULL, ALL_ON, PUT_BLOCK },

	/* --- s3.bucket-default-encryption --- */
	{ "SSE-KMS with any key", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		"{\"SSEAlgorithm\":\"aws:kms\",\"BucketKeyEnabled\":true}", "{}", OUTCOME_COMPLIANT, NULL,
		NULL, NULL },
	{ "DSSE-KMS needs no bucket key", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		"{\"SSEAlgorithm\":\"aws:kms:dsse\",\"BucketKeyEnabled\":false}", "{}", OUTCOME_COMPLIANT,
		NULL, NULL, NULL },
	{ "SSE-S3", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		SSE_S3 ",\"log_delivery\":null}", "{}", OUTCOME_DRIFTED, NULL,
		"{\"SSEAlgorithm\":\"aws:kms\",\"BucketKeyEnabled\":true}",
		PUT_ENCRYPTION("{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\"},"
					   "\"BucketKeyEnabled\":true}") },
	{ "no configuration at all", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		"{\"BucketKeyEnabled\":false,\"log_delivery\":null}", "{}", OUTCOME_DRIFTED, NULL, NULL,
		PUT_ENCRYPTION("{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\"},"
					   "\"BucketKeyEnabled\":true}") },
	{ "bucket key off keeps the key", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		"{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"" KEY
		"\",\"BucketKeyEnabled\":false,\"configuration\":{\"Rules\":[{"
		"\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":"
		"\"" KEY "\"},\"BucketKeyEnabled\":false}]}}",
		"{}", OUTCOME_DRIFTED, NULL, NULL,
		PUT_ENCRYPTION("{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\","
					   "\"KMSMasterKeyID\":\"" KEY "\"},\"BucketKeyEnabled\":true}") },
	{ "bucket key not asked for", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		"{\"SSEAlgorithm\":\"aws:kms\",\"BucketKeyEnabled\":false}", "{\"bucket_key\":false}",
		OUTCOME_COMPLIANT, NULL, NULL, NULL },
	{ "the rule's other members are written back", "s3.bucket-default-encryption", BUCKET,
		"eu-west-1",
		"{\"SSEAlgorithm\":\"AES256\",\"BucketKeyEnabled\":false,\"log_delivery\":null,"
		"\"configuration\":{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":"
		"\"AES256\"},\"BlockedEncryptionTypes\":{\"EncryptionType\":[\"SSE-C\"]}}]}}",
		"{}", OUTCOME_DRIFTED, NULL, NULL,
		PUT_ENCRYPTION("{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\"},"
					   "\"BlockedEncryptionTypes\":{\"EncryptionType\":[\"SSE-C\"]},"
					   "\"BucketKeyEnabled\":true}") },
	{ "the set key by alias, bucket has its ARN", "s3.bucket-default-encryption", BUCKET,
		"eu-west-1",
		"{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"" KEY
		"\",\"BucketKeyEnabled\":true,\"key\":{\"arn\":\"" KEY
		"\",\"state\":\"Enabled\",\"spec\":\"SYMMETRIC_DEFAULT\"}}",
		"{\"kms_key_id\":\"alias/data\"}", OUTCOME_COMPLIANT, NULL, NULL, NULL },
	{ "the set key by alias, bucket has its id", "s3.bucket-default-encryption", BUCKET,
		"eu-west-1",
		"{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"1234abcd-12ab-34cd-56ef-1234567890ab\","
		"\"BucketKeyEnabled\":true,\"key\":{\"arn\":\"" KEY
		"\",\"state\":\"Enabled\",\"spec\":\"SYMMETRIC_DEFAULT\"}}",
		"{\"kms_key_id\":\"alias/data\"}", OUTCOME_COMPLIANT, NULL, NULL, NULL },
	{ "the set key by alias, bucket has the alias ARN", "s3.bucket-default-encryption", BUCKET,
		"eu-west-1",
		"{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"arn:aws:kms:eu-west-1:111122223333:"
		"alias/data\",\"BucketKeyEnabled\":true,\"key\":{\"arn\":\"" KEY
		"\",\"state\":\"Enabled\",\"spec\":\"SYMMETRIC_DEFAULT\"}}",
		"{\"kms_key_id\":\"alias/data\"}", OUTCOME_COMPLIANT, NULL, NULL, NULL },
	{ "no key id is the AWS managed key", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		"{\"SSEAlgorithm\":\"aws:kms\",\"BucketKeyEnabled\":true,\"key\":{\"arn\":\"" KEY
		"\",\"state\":\"Enabled\",\"spec\":\"SYMMETRIC_DEFAULT\"}}",
		"{\"kms_key_id\":\"alias/aws/s3\"}", OUTCOME_COMPLIANT, NULL, NULL, NULL },
	{ "another key than the set one", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		"{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"alias/"
		"other\",\"BucketKeyEnabled\":true,\"configuration\":{\"Rules\":[{"
		"\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":"
		"\"alias/other\"},\"BucketKeyEnabled\":true}]},\"key\":{\"arn\":\"" KEY
		"\",\"state\":\"Enabled\",\"spec\":\"SYMMETRIC_DEFAULT\"}}",
		"{\"kms_key_id\":\"alias/data\"}", OUTCOME_DRIFTED, NULL, NULL,
		PUT_ENCRYPTION("{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\","
					   "\"KMSMasterKeyID\":\"" KEY "\"},\"BucketKeyEnabled\":true}") },
	{ "the set key is disabled", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		SSE_S3 ",\"log_delivery\":null,\"key\":{\"arn\":\"" KEY
			   "\",\"state\":\"Disabled\",\"spec\":\"SYMMETRIC_DEFAULT\"}}",
		"{\"kms_key_id\":\"alias/data\"}", OUTCOME_DRIFTED, "KeyUnusable", NULL, NULL },
	{ "the set key is not there", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		SSE_S3 ",\"log_delivery\":null,\"key\":{\"state\":\"NotFound\"}}",
		"{\"kms_key_id\":\"alias/data\"}", OUTCOME_DRIFTED, "KeyUnusable", NULL, NULL },
	{ "the set key is in another region", "s3.bucket-default-encryption", BUCKET, "eu-west-2",
		SSE_S3 ",\"log_delivery\":null,\"key\":{\"arn\":\"" KEY
			   "\",\"state\":\"Enabled\",\"spec\":\"SYMMETRIC_DEFAULT\"}}",
		"{\"kms_key_id\":\"" KEY "\"}", OUTCOME_DRIFTED, "KeyUnusable", NULL, NULL },
	{ "the set key is asymmetric", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		SSE_S3 ",\"log_delivery\":null,\"key\":{\"arn\":\"" KEY
			   "\",\"state\":\"Enabled\",\"spec\":\"RSA_2048\"}}",
		"{\"kms_key_id\":\"alias/data\"}", OUTCOME_DRIFTED, "KeyUnusable", NULL, NULL },
	{ "receives logs: a person approves", "s3.bucket-default-encryption", BUCKET, "eu-west-1",
		SSE_S3 ",\"log_delivery\":\"logging.s3.amazonaws.com\"}", "{}", OUTCOME_DRIFTED,
		"ReceivesLogs", NULL,
		PUT_ENCRYPTION("{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\"},"
					   "\"BucketKeyEnabled\":true}") },

	/* --- iam.root-mfa --- */
	{ "root with MFA", "iam.root-mfa", NULL, NULL,
		"{\"AccountMFAEnabled\":1,\"AccountPasswordPresent\":1}", "{}", OUTCOME_COMPLIANT, NULL,
		NULL, NULL },
	{ "root without password", "iam.root-mfa", NULL, NULL,
		"{\"AccountMFAEnabled\":0,\"AccountPasswordPresent\":0}", "{}", OUTCOME_COMPLIANT, NULL,
		NULL, NULL },
	{ "root without MFA", "iam.root-mfa", NULL, NULL,
		"{\"AccountMFAEnabled\":0,\"AccountPasswordPresent\":1}", "{}", OUTCOME_DRIFTED,
		"RootWithoutMfa", NULL, NULL },
	{ "a field is missing", "iam.root-mfa", NULL, NULL, "{\"AccountMFAEnabled\":0}", "{}",
		OUTCOME_UNKNOWN, "FieldMissing", NULL, NULL },
	{ "MFA alone is enough to know", "iam.root-mfa", NULL, NULL, "{\"AccountMFAEnabled\":1}", "{}",
		OUTCOME_COMPLIANT, NULL, NULL, NULL },

	/* --- iam.user-mfa --- */
	{ "user with a device", "iam.user-mfa", "arn:aws:iam::111122223333:user/team/ann", NULL,
		"{\"mfa_devices\":1,\"policy\":null,\"protected\":true}", "{}", OUTCOME_COMPLIANT, NULL,
		NULL, NULL },
	{ "user without", "iam.user-mfa", "arn:aws:iam::111122223333:user/team/ann", NULL,
		"{\"mfa_devices\":0,\"policy\":null,\"protected\":false}", "{}", OUTCOME_DRIFTED,
		"UserWithoutMfa", "{\"protected\":true}",
		"[{\"service\":\"iam\",\"operation\":\"PutUserPolicy\",\"region\":null,\"params\":{"
		"\"UserName\":\"ann\",\"PolicyName\":\"ReeveDenyWithoutMFA\",\"PolicyDocument\":\"*\"}}]" },

	/* --- guardduty.detector --- */
	{ "enabled", "guardduty.detector", NULL, NULL,
		"{\"detector\":\"d1\",\"status\":\"ENABLED\",\"features\":{}}", "{}", OUTCOME_COMPLIANT,
		NULL, NULL, NULL },
	{ "absent", "guardduty.detector", NULL, NULL, "{\"detector\":null,\"status\":\"ABSENT\"}", "{}",
		OUTCOME_DRIFTED, NULL, "{\"status\":\"ENABLED\"}",
		GD_CALL("CreateDetector", "{\"Enable\":true}") },
	{ "absent, with features and frequency", "guardduty.detector", NULL, NULL,
		"{\"detector\":null,\"status\":\"ABSENT\"}",
		"{\"features\":[\"S3_DATA_EVENTS\"],\"finding_publishing_frequency\":\"ONE_HOUR\"}",
		OUTCOME_DRIFTED, NULL, NULL,
		GD_CALL("CreateDetector",
			"{\"Enable\":true,\"FindingPublishingFrequency\":\"ONE_HOUR\",\"Features\":[{\"Name\":"
			"\"S3_DATA_EVENTS\",\"Status\":\"ENABLED\"}]}") },
	{ "disabled", "guardduty.detector", NULL, NULL,
		"{\"detector\":\"d1\",\"status\":\"DISABLED\",\"features\":{}}", "{}", OUTCOME_DRIFTED,
		NULL, NULL, GD_CALL("UpdateDetector", "{\"Enable\":true,\"DetectorId\":\"d1\"}") },
	{ "a feature is off", "guardduty.detector", NULL, NULL,
		"{\"detector\":\"d1\",\"status\":\"ENABLED\",\"features\":{\"S3_DATA_EVENTS\":\"DISABLED\","
		"\"EKS_AUDIT_LOGS\":\"ENABLED\"}}",
		"{\"features\":[\"S3_DATA_EVENTS\",\"EKS_AUDIT_LOGS\"]}", OUTCOME_DRIFTED, NULL,
		"{\"status\":\"ENABLED\",\"features\":{\"S3_DATA_EVENTS\":\"ENABLED\"}}",
		GD_CALL("UpdateDetector",
			"{\"Enable\":true,\"DetectorId\":\"d1\",\"Features\":[{\"Name\":\"S3_DATA_EVENTS\","
			"\"Status\":\"ENABLED\"}]}") },
	{ "an additional configuration names its feature", "guardduty.detector", NULL, NULL,
		"{\"detector\":\"d1\",\"status\":\"ENABLED\",\"features\":{\"RUNTIME_MONITORING\":"
		"\"ENABLED\",\"EC2_AGENT_MANAGEMENT\":\"DISABLED\"}}",
		"{\"features\":[\"RUNTIME_MONITORING\",\"EC2_AGENT_MANAGEMENT\"]}", OUTCOME_DRIFTED, NULL,
		NULL,
		GD_CALL("UpdateDetector",
			"{\"Enable\":true,\"DetectorId\":\"d1\",\"Features\":[{\"Name\":\"RUNTIME_MONITORING\","
			"\"Status\":\"ENABLED\",\"AdditionalConfiguration\":[{\"Name\":\"EC2_AGENT_"
			"MANAGEMENT\",\"Status\":\"ENABLED\"}]}]}") },
	{ "another account owns it", "guardduty.detector", NULL, NULL,
		"{\"detector\":\"d1\",\"status\":\"ENABLED\",\"features\":{},\"administrator\":"
		"\"444455556666\"}",
		"{\"features\":[\"S3_DATA_EVENTS\"]}", OUTCOME_MANAGED_CENTRALLY, "ManagedCentrally", NULL,
		NULL },
	{ "ours owns it: mended from there", "guardduty.detector", NULL, NULL,
		"{\"detector\":\"d1\",\"status\":\"ENABLED\",\"features\":{},\"administrator\":"
		"\"999988887777\",\"administrator_detector\":\"a1\"}",
		"{\"features\":[\"S3_DATA_EVENTS\"]}", OUTCOME_DRIFTED, "MendedByAdministrator", NULL,
		"[{\"service\":\"guardduty\",\"operation\":\"UpdateMemberDetectors\",\"region\":\"eu-west-"
		"1\",\"account\":\"999988887777\",\"params\":{\"DetectorId\":\"a1\",\"AccountIds\":["
		"\"111122223333\"],\"Features\":[{\"Name\":\"S3_DATA_EVENTS\",\"Status\":\"ENABLED\"}]}}"
		"]" },
	{ "a suspended member", "guardduty.detector", NULL, NULL,
		"{\"detector\":\"d1\",\"status\":\"DISABLED\",\"features\":{},\"administrator\":"
		"\"999988887777\",\"administrator_detector\":\"a1\"}",
		"{}", OUTCOME_MANAGED_CENTRALLY, "ManagedCentrally", NULL, NULL },
	{ "a member's frequency is its administrator's", "guardduty.detector", NULL, NULL,
		"{\"detector\":\"d1\",\"status\":\"ENABLED\",\"features\":{},\"finding_publishing_"
		"frequency\":\"SIX_HOURS\",\"administrator\":\"444455556666\"}",
		"{\"finding_publishing_frequency\":\"ONE_HOUR\"}", OUTCOME_COMPLIANT, NULL, NULL, NULL },
};

static json_t *load(const char *text)
{
	json_error_t problem;
	json_t *value = json_loads(text, JSON_DECODE_ANY, &problem);

	if (value == NULL)
		print_error("in %s: %s\n", text, problem.text);
	assert_non_null(value);
	return value;
}

static json_t *settings_of(const struct baseline *baseline, const char *text)
{
	struct err err = ERR_INIT;
	json_t *given = load(text), *settings = NULL;

	if (settings_resolve(baseline->settings, given, "/test", &settings, &err) < 0)
		print_error("%s\n", err.message);
	assert_non_null(settings);
	json_decref(given);
	return settings;
}

/* Blanks the policy document, which is too long for the table. */
static void blank_policy(json_t *calls)
{
	json_t *params = json_object_get(json_array_get(calls, 0), "params");

	if (json_object_get(params, "PolicyDocument") != NULL)
		json_object_set_new(params, "PolicyDocument", json_string("*"));
}

static void expect_json(const char *name, const char *what, const json_t *actual,
	const char *expected)
{
	json_t *wanted = load(expected);

	if (!json_equal(actual, wanted)) {
		char *text = actual != NULL ? json_to_text(actual) : NULL;

		print_error("%s: %s is %s\n  expected %s\n", name, what, text != NULL ? text : "absent",
			expected);
		free(text);
		fail();
	}
	json_decref(wanted);
}

static void test_tables(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct diff_case *c = &cases[i];
		const struct baseline *baseline = baseline_named(c->baseline);
		struct verdict verdict = { 0 };
		json_t *state = load(c->state), *settings = settings_of(baseline, c->settings),
			   *before = json_deep_copy(state);

		baseline->diff(&place, c->resource != NULL ? c->resource : place.account_id,
			c->region != NULL ? c->region : place.region, state, settings, &verdict);
		if (verdict.outcome != c->outcome)
			fail_msg("%s: %s instead of %s", c->name, outcome_name(verdict.outcome),
				outcome_name(c->outcome));
		if (c->cause != NULL)
			assert_string_equal(verdict.cause_code, c->cause);
		if (c->desired != NULL)
			expect_json(c->name, "desired", verdict.desired, c->desired);
		if (c->calls != NULL) {
			blank_policy(verdict.calls);
			expect_json(c->name, "calls", verdict.calls, c->calls);
			assert_non_null(verdict.after);
		} else if (verdict.calls != NULL) {
			fail_msg("%s: calls where none were expected", c->name);
		}
		assert_true(json_equal(state, before)); /* diff is pure */
		verdict_release(&verdict);
		json_decref(state);
		json_decref(before);
		json_decref(settings);
	}
}

static void test_tier_is_raised_for_log_buckets(void **unused)
{
	const struct baseline *baseline = baseline_named("s3.bucket-default-encryption");
	json_t *state = load(SSE_S3 ",\"log_delivery\":\"delivery.logs.amazonaws.com\"}"),
		   *settings = settings_of(baseline, "{}");
	struct verdict verdict = { 0 };

	(void)unused;
	baseline->diff(&place, BUCKET, "eu-west-1", state, settings, &verdict);
	assert_true(verdict.raise_tier);
	assert_int_equal(verdict.tier, TIER_APPROVAL);
	verdict_release(&verdict);
	json_decref(state);
	json_decref(settings);
}

static void test_user_policy_denies_all_but_enrolling(void **unused)
{
	const struct baseline *baseline = baseline_named("iam.user-mfa");
	json_t *state = load("{\"mfa_devices\":0,\"policy\":null,\"protected\":false}"),
		   *settings = settings_of(baseline, "{\"policy_name\":\"X\"}");
	struct verdict verdict = { 0 };

	(void)unused;
	baseline->diff(&place, "arn:aws:iam::111122223333:user/ann", "global", state, settings,
		&verdict);
	const json_t *statement =
		json_array_get(json_object_get(json_object_get(verdict.after, "policy"), "Statement"), 0);
	assert_string_equal(json_get_string(statement, "Effect"), "Deny");
	assert_null(json_object_get(statement, "Action"));
	assert_string_equal(
		json_get_string(json_object_get(json_object_get(statement, "Condition"), "BoolIfExists"),
			"aws:MultiFactorAuthPresent"),
		"false");
	assert_string_equal(json_get_string(json_object_get(json_array_get(verdict.calls, 0), "params"),
							"PolicyName"),
		"X");
	verdict_release(&verdict);
	json_decref(state);
	json_decref(settings);
}

#define MFA_STATEMENT(effect, spared, resource, condition) \
	"{\"Statement\":[{\"Effect\":\"" effect "\",\"NotAction\":" spared ",\"Resource\":" resource \
	",\"Condition\":" condition "}]}"
#define WITHOUT_MFA "{\"BoolIfExists\":{\"aws:MultiFactorAuthPresent\":\"false\"}}"

static void test_mfa_policy_by_its_effect(void **unused)
{
	static const struct {
		bool holds;
		const char *policy;
	} policies[] = {
		{ true,
			MFA_STATEMENT("Deny", "[\"iam:EnableMFADevice\",\"iam:CreateVirtualMFADevice\"]",
				"\"*\"", WITHOUT_MFA) },
		{ true,
			MFA_STATEMENT("Deny", "\"IAM:enablemfadevice\"", "[\"*\"]",
				"{\"boolifexists\":{\"AWS:multifactorauthpresent\":[\"False\"]}}") },
		{ true,
			MFA_STATEMENT("Deny", "[\"iam:EnableMFADevice\",\"iam:ChangePassword\"]", "\"*\"",
				"{\"BoolIfExists\":{\"aws:MultiFactorAuthPresent\":false}}") },
		{ false, MFA_STATEMENT("Allow", "[\"iam:EnableMFADevice\"]", "\"*\"", WITHOUT_MFA) },
		{ false,
			MFA_STATEMENT("Deny", "[\"iam:EnableMFADevice\",\"s3:*\"]", "\"*\"", WITHOUT_MFA) },
		{ false, MFA_STATEMENT("Deny", "[\"*\"]", "\"*\"", WITHOUT_MFA) },
		{ false, MFA_STATEMENT("Deny", "[]", "\"*\"", WITHOUT_MFA) },
		{ false,
			MFA_STATEMENT("Deny", "[\"iam:EnableMFADevice\"]", "\"arn:aws:s3:::one\"",
				WITHOUT_MFA) },
		{ false,
			MFA_STATEMENT("Deny", "[\"iam:EnableMFADevice\"]", "\"*\"",
				"{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"false\"}}") },
		{ false,
			MFA_STATEMENT("Deny", "[\"iam:EnableMFADevice\"]", "\"*\"",
				"{\"BoolIfExists\":{\"aws:MultiFactorAuthPresent\":\"true\"}}") },
		{ false,
			MFA_STATEMENT("Deny", "[\"iam:EnableMFADevice\"]", "\"*\"",
				"{\"BoolIfExists\":{\"aws:MultiFactorAuthPresent\":\"false\"},\"StringEquals\":{"
				"\"a\":\"b\"}}") },
		{ false,
			"{\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\","
			"\"Condition\":" WITHOUT_MFA "}]}" },
		{ false, "{}" },
		{ false, "[]" },
	};
	json_t *own = iam_mfa_policy();

	(void)unused;
	assert_true(iam_mfa_policy_holds(own));
	json_decref(own);
	for (size_t i = 0; i < ARRAY_LENGTH(policies); i++) {
		json_t *policy = load(policies[i].policy);

		if (iam_mfa_policy_holds(policy) != policies[i].holds)
			fail_msg("%s", policies[i].policy);
		json_decref(policy);
	}
}

static void test_log_delivery(void **unused)
{
	(void)unused;
	assert_null(s3_log_delivery_by_policy("{\"Statement\":[]}"));
	assert_null(s3_log_delivery_by_policy("{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":{"
										  "\"Service\":\"logging.s3.amazonaws.com\"}}]}"));
	assert_null(
		s3_log_delivery_by_policy("{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\"}]}"));
	assert_non_null(s3_log_delivery_by_policy("{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{"
											  "\"Service\":\"logging.s3.amazonaws.com\"}}}"));
	assert_non_null(s3_log_delivery_by_policy("{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
											  "{\"Service\":[\"x\",\"logdelivery."
											  "elasticloadbalancing.amazonaws.com\"]}}]}"));
	assert_non_null(s3_log_delivery_by_policy("{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
											  "{\"AWS\":\"arn:aws:iam::127311923021:root\"}}]}"));
	assert_string_equal(s3_log_delivery_by_policy("not json"), "an unreadable policy");
	assert_string_equal(s3_log_delivery_by_policy("[]"), "an unreadable policy");

	json_t *grants = load("[{\"Grantee\":{\"URI\":\"http://acs.amazonaws.com/groups/s3/"
						  "LogDelivery\"},\"Permission\":\"WRITE\"}]");
	assert_non_null(s3_log_delivery_by_acl(grants));
	json_decref(grants);
	grants = load("[{\"Grantee\":{\"ID\":\"abc\"},\"Permission\":\"FULL_CONTROL\"}]");
	assert_null(s3_log_delivery_by_acl(grants));
	json_decref(grants);
}

/* Every baseline has all of its parts: the policy, the documentation and the gate rely on them. */
static void test_registry(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < baseline_set_count(all_baselines()); i++) {
		const struct baseline *baseline = baseline_set_at(all_baselines(), i);

		assert_ptr_equal(baseline_named(baseline->id), baseline);
		assert_non_null(baseline->title);
		assert_non_null(baseline->rationale);
		assert_non_null(baseline->reads);
		assert_non_null(baseline->writes);
		assert_non_null(baseline->controls[0].id);
		assert_non_null(baseline->observe);
		assert_non_null(baseline->diff);
		assert_true((baseline->remediate == NULL) == (baseline->rollback == NULL));
		assert_true((baseline->remediate == NULL) == (baseline->writes[0].action == NULL));
		json_t *settings = settings_of(baseline, "{}");
		json_decref(settings);
	}
	assert_null(baseline_named("no.such"));
	assert_int_equal(all_catalogue()->count, baseline_set_count(all_baselines()));
}

static bool reads(const struct baseline *baseline, const char *action, bool *reused)
{
	for (const struct aws_permission *read = baseline->reads; read->action != NULL; read++)
		if (strcmp(read->action, action) == 0) {
			*reused = read->reused;
			return true;
		}
	return false;
}

/* A read that two baselines share must be marked as reused in both, or the call would be made
 * twice. */
static void test_shared_reads_are_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < baseline_set_count(all_baselines()); i++)
		for (const struct aws_permission *read = baseline_set_at(all_baselines(), i)->reads;
			read->action != NULL; read++)
			for (size_t j = i + 1; j < baseline_set_count(all_baselines()); j++) {
				bool reused = true;

				if (reads(baseline_set_at(all_baselines(), j), read->action, &reused) &&
					!(read->reused && reused))
					fail_msg("%s and %s both read %s: it is to be .reused in both",
						baseline_set_at(all_baselines(), i)->id,
						baseline_set_at(all_baselines(), j)->id, read->action);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_tier_is_raised_for_log_buckets),
		cmocka_unit_test(test_user_policy_denies_all_but_enrolling),
		cmocka_unit_test(test_mfa_policy_by_its_effect),
		cmocka_unit_test(test_log_delivery),
		cmocka_unit_test(test_registry),
		cmocka_unit_test(test_shared_reads_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
