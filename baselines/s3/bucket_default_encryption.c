/*
 * Every bucket has default encryption: SSE-KMS or DSSE-KMS, with any KMS key or the one in the
 * settings, and with an S3 Bucket Key. There is a finding for each bucket, in the bucket's region.
 *
 * Other members of the configuration (BlockedEncryptionTypes, ...) are written back unchanged. A
 * wrong key would break writes, so the key is checked first. Existing objects stay as they are.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
 */
#include "aws/client_view.h"
#include "aws/errors.h"
#include "baselines/baseline.h"
#include "baselines/s3/bucket.h"
#include "baselines/s3/log_delivery.h"
#include "baselines/verdict.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

static const struct aws_permission reads[] = {
	{ .action = "s3:ListAllMyBuckets", .why = "the buckets" },
	{ .action = "s3:GetBucketLocation", .resource = S3_BUCKET_ARN, .why = "a bucket's region" },
	{ .action = "s3:GetEncryptionConfiguration",
		.resource = S3_BUCKET_ARN,
		.why = "a bucket's default encryption" },
	{ .action = "s3:GetBucketPolicy",
		.resource = S3_BUCKET_ARN,
		.why = "to find out whether logs are delivered to the bucket" },
	{ .action = "s3:GetBucketAcl",
		.resource = S3_BUCKET_ARN,
		.why = "to find out whether logs are delivered to the bucket" },
	{ .action = "kms:DescribeKey",
		.resource = "arn:${Partition}:kms:*:*:key/*",
		.reused = true, /* for each bucket */
		.why = "to find out whether the key that is set can be used" },
	AWS_PERMISSIONS_END,
};

static const struct aws_permission writes[] = {
	{ .action = "s3:PutEncryptionConfiguration",
		.resource = S3_BUCKET_ARN,
		.condition_json = CONDITION_OWN_ACCOUNT,
		.why = "to set a bucket's default encryption, and to undo that" },
	AWS_PERMISSIONS_END,
};

static const struct control controls[] = {
	{ FRAMEWORK_FSBP, "S3.17" },
	{ FRAMEWORK_NIST_800_53_R5,
		"AU-9, CA-9(1), CM-3(6), SC-7(10), SC-12(2), SC-13, SC-28, SC-28(1), SI-7(6)" },
	{ FRAMEWORK_PCI_DSS_4_0_1, "3.5.1" },
	CONTROLS_END,
};

static const struct trigger triggers[] = {
	{ SIGNAL_SECURITY_HUB, "S3.4", NULL, "default encryption of a bucket" },
	{ SIGNAL_SECURITY_HUB, "S3.17", NULL, "default encryption of a bucket with a KMS key" },
	{ SIGNAL_SECURITY_HUB, "PCI.S3.4", NULL, "default encryption of a bucket" },
	{ SIGNAL_CONFIG, "s3-default-encryption-kms*", NULL,
		"default encryption of a bucket with a KMS key" },
	{ SIGNAL_CONFIG, "s3-bucket-server-side-encryption-enabled*", NULL,
		"default encryption of a bucket" },
	{ SIGNAL_CONFIG, "AWS::S3::Bucket", NULL, "a bucket is new or has changed" },
	{ SIGNAL_CLOUDTRAIL, "CreateBucket", "s3.amazonaws.com", "a new bucket" },
	{ SIGNAL_CLOUDTRAIL, "PutBucketEncryption", "s3.amazonaws.com",
		"default encryption of a bucket was set" },
	{ SIGNAL_CLOUDTRAIL, "DeleteBucketEncryption", "s3.amazonaws.com",
		"default encryption of a bucket was removed" },
	{ SIGNAL_CLOUDTRAIL, "PutBucketLogging", "s3.amazonaws.com",
		"a bucket may receive access logs now, which decides how it may be encrypted" },
	{ SIGNAL_MACIE, "Policy:IAMUser/S3BucketEncryptionDisabled", NULL,
		"default encryption of a bucket was reset" },
	TRIGGERS_END,
};

static int check_key_id(const char *value, const char **reason)
{
	*reason = "must be a KMS key id, key ARN, alias (alias/NAME) or alias ARN";
	if (strncmp(value, "alias/", 6) == 0)
		return value[6] != '\0' ? 0 : -1;
	if (strncmp(value, "arn:", 4) == 0)
		return strstr(value, ":kms:") != NULL ? 0 : -1;
	return strspn(value, "0123456789abcdef-") == strlen(value) && strlen(value) == 36 ? 0
		: strncmp(value, "mrk-", 4) == 0                                              ? 0
																					  : -1;
}

static const struct setting settings[] = {
	{ .name = "kms_key_id",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_key_id,
		.help = "the KMS key: null takes any; an alias is resolved in each account and region" },
	{ .name = "bucket_key",
		.type = SETTING_BOOLEAN,
		.default_json = "true",
		.help = "whether SSE-KMS must use an S3 Bucket Key, which saves most KMS requests" },
	{ .name = NULL },
};
static const char *const image_fields[] = { "configuration", NULL };

/* --- reading an encryption configuration --- */

static const json_t *first_rule(const json_t *configuration)
{
	return json_array_get(json_object_get(configuration, "Rules"), 0);
}

static bool is_kms(const char *algorithm)
{
	return strcmp(algorithm, "aws:kms") == 0 || strcmp(algorithm, "aws:kms:dsse") == 0;
}

/* Returns whether the bucket uses the wanted key. A bucket without a key id uses the AWS managed
 * key. */
static bool same_key(const char *bucket_key_id, const char *wanted, const json_t *key)
{
	const char *arn = json_get_string_or(key, "arn", "");
	const char *id = strrchr(arn, '/');

	if (bucket_key_id == NULL)
		return strcmp(wanted, "alias/aws/s3") == 0;
	if (strcmp(bucket_key_id, wanted) == 0 || strcmp(bucket_key_id, arn) == 0)
		return true;
	if (id != NULL && strcmp(bucket_key_id, id + 1) == 0)
		return true;
	/* An alias ARN ends with the alias. */
	size_t length = strlen(bucket_key_id), wanted_length = strlen(wanted);
	return length > wanted_length && strncmp(bucket_key_id, "arn:", 4) == 0 &&
		bucket_key_id[length - wanted_length - 1] == ':' &&
		strcmp(bucket_key_id + length - wanted_length, wanted) == 0;
}

static bool satisfied(const json_t *state, const json_t *wanted)
{
	const char *algorithm = json_get_string_or(state, "SSEAlgorithm", "");
	const char *key = json_get_string(wanted, "kms_key_id");

	if (!is_kms(algorithm))
		return false;
	if (key != NULL &&
		!same_key(json_get_string(state, "KMSMasterKeyID"), key, json_object_get(state, "key")))
		return false;
	/* Bucket keys do not exist for DSSE-KMS. */
	return !json_get_bool_or(wanted, "bucket_key", true) || strcmp(algorithm, "aws:kms") != 0 ||
		json_get_bool_or(state, "BucketKeyEnabled", false);
}

/* Returns the configuration in the form that S3 returns after it was put, so that it can be
 * compared with a before-image: a missing configuration is SSE-S3, which every bucket has at least,
 * and each rule says whether it uses a bucket key. */
static json_t *normal_form(const json_t *configuration)
{
	json_t *normal = json_is_object(configuration)
		? json_deep_copy(configuration)
		: json_pack("{s:[{s:{s:s}}]}", "Rules", "ApplyServerSideEncryptionByDefault",
			  "SSEAlgorithm", "AES256");
	size_t index;
	json_t *rule;

	json_array_foreach(json_object_get(normal, "Rules"), index, rule)
		if (json_object_get(rule, "BucketKeyEnabled") == NULL)
			json_object_set_new(rule, "BucketKeyEnabled", json_false());
	return normal;
}

/* --- observing --- */

static MAY_YIELD int read_configuration(struct baseline_context *context, const char *bucket,
	const char *region, struct aws_trace *trace, json_t **state, struct err *err)
{
	CLEANUP_JSON json_t *output = NULL;
	struct aws_call call = {
		.operation = &aws_s3_GetBucketEncryption,
		.region = region,
		.params = s3_bucket_params(&context->place, bucket),
		.trace = trace,
	};

	/* Every bucket has at least SSE-S3 since January 2023; the error is older, but still defined.
	 */
	if (aws_read(context->reader, &call, &output, err) < 0 &&
		!aws_error_is_not_found(err, "ServerSideEncryptionConfigurationNotFoundError"))
		return -1;
	CLEANUP_JSON json_t *configuration =
		normal_form(json_object_get(output, "ServerSideEncryptionConfiguration"));
	const json_t *rule = first_rule(json_object_get(output, "ServerSideEncryptionConfiguration"));
	const json_t *by_default = json_object_get(rule, "ApplyServerSideEncryptionByDefault");
	*state = json_pack("{s:O?, s:O?, s:b, s:O?}", "SSEAlgorithm",
		json_object_get(by_default, "SSEAlgorithm"), "KMSMasterKeyID",
		json_object_get(by_default, "KMSMasterKeyID"), "BucketKeyEnabled",
		json_get_bool_or(rule, "BucketKeyEnabled", false), "configuration", configuration);
	return 0;
}

/* Sets state["key"] to {"arn", "state", "spec"} of the key in the settings. A key that does not
 * exist has the state "NotFound". */
static MAY_YIELD int read_key(struct baseline_context *context, const char *region,
	struct aws_trace *trace, json_t *state, struct err *err)
{
	const char *wanted = json_get_string(context->settings, "kms_key_id");
	CLEANUP_JSON json_t *output = NULL;

	if (wanted == NULL)
		return 0;
	struct aws_call call = { &aws_kms_DescribeKey, region, json_pack("{s:s}", "KeyId", wanted),
		trace };
	if (aws_read(context->reader, &call, &output, err) < 0) {
		if (!aws_error_is_not_found(err, "NotFoundException"))
			return -1;
		json_object_set_new(state, "key", json_pack("{s:s}", "state", "NotFound"));
		return 0;
	}
	const json_t *metadata = json_object_get(output, "KeyMetadata");
	json_object_set_new(state, "key",
		json_pack("{s:s, s:s, s:s}", "arn", json_get_string_or(metadata, "Arn", ""), "state",
			json_get_string_or(metadata, "KeyState", "Unknown"), "spec",
			json_get_string_or(metadata, "KeySpec", "SYMMETRIC_DEFAULT")));
	return 0;
}

/* Sets state["log_delivery"] to the principal that delivers logs into the bucket, or null. It is
 * read only where the algorithm would change. */
static MAY_YIELD int read_log_delivery(struct baseline_context *context, const char *bucket,
	const char *region, struct aws_trace *trace, json_t *state, struct err *err)
{
	const char *principal;

	if (is_kms(json_get_string_or(state, "SSEAlgorithm", "")))
		return 0;
	if (s3_log_delivery_read(context, bucket, region, trace, &principal, err) < 0)
		return -1;
	json_object_set_new(state, "log_delivery",
		principal != NULL ? json_string(principal) : json_null());
	return 0;
}

static MAY_YIELD void observe_bucket(struct baseline_context *context, const char *bucket,
	const char *known_region)
{
	CLEANUP_FREE char *arn = xasprintf("arn:%s:s3:::%s", context->place.partition, bucket);
	CLEANUP_JSON json_t *state = NULL;
	struct aws_trace trace = { 0 };
	struct err err = ERR_INIT;
	char region[S3_REGION_SIZE];

	snprintf(region, sizeof region, "%s", known_region != NULL ? known_region : "");
	if ((region[0] == '\0' && s3_bucket_region(context, bucket, &trace, region, &err) < 0) ||
		read_configuration(context, bucket, region, &trace, &state, &err) < 0 ||
		read_key(context, region, &trace, state, &err) < 0 ||
		(!satisfied(state, context->settings) &&
			read_log_delivery(context, bucket, region, &trace, state, &err) < 0)) {
		/* There is no finding for a bucket that was deleted after it was listed. */
		if (!aws_error_is_not_found(&err, "NoSuchBucket"))
			baseline_emit_failure(context, arn, region[0] != '\0' ? region : NULL, &err, &trace);
	} else {
		context->emit(context,
			&(struct observation){
				.resource = arn, .region = region, .state = state, .trace = &trace });
	}
	aws_trace_release(&trace);
}

static MAY_YIELD int observe(struct baseline_context *context, const char *resource,
	struct err *err)
{
	return s3_observe_buckets(context, resource, observe_bucket, err);
}

/* --- comparing --- */

/* Returns why the key in the settings can't be used for the bucket, or NULL. */
static const char *key_problem(const json_t *key, const char *region)
{
	const char *state = json_get_string_or(key, "state", ""),
			   *arn = json_get_string_or(key, "arn", "");
	char in_region[48];

	snprintf(in_region, sizeof in_region, ":kms:%s:", region);
	if (strcmp(state, "NotFound") == 0)
		return "does not exist in this account and region";
	if (strcmp(state, "Enabled") != 0)
		return "is not enabled";
	if (strstr(arn, in_region) == NULL)
		return "is not in the bucket's region";
	if (strcmp(json_get_string_or(key, "spec", ""), "SYMMETRIC_DEFAULT") != 0)
		return "is not a symmetric encryption key";
	return NULL;
}

/* Returns the configuration with the wanted default; everything else stays as it was. */
static json_t *wanted_configuration(const json_t *state, const json_t *wanted)
{
	json_t *configuration = json_is_object(json_object_get(state, "configuration"))
		? json_deep_copy(json_object_get(state, "configuration"))
		: json_pack("{s:[{}]}", "Rules");
	json_t *rule = json_array_get(json_object_get(configuration, "Rules"), 0);
	const char *algorithm = json_get_string_or(state, "SSEAlgorithm", "");
	json_t *by_default =
		json_pack("{s:s}", "SSEAlgorithm", is_kms(algorithm) ? algorithm : "aws:kms");

	if (rule == NULL) {
		json_object_set_new(configuration, "Rules", json_pack("[{}]"));
		rule = json_array_get(json_object_get(configuration, "Rules"), 0);
	}
	if (json_get_string(wanted, "kms_key_id") != NULL)
		json_object_set(by_default, "KMSMasterKeyID",
			json_object_get(json_object_get(state, "key"), "arn"));
	else if (is_kms(algorithm) && json_is_string(json_object_get(state, "KMSMasterKeyID")))
		json_object_set(by_default, "KMSMasterKeyID", json_object_get(state, "KMSMasterKeyID"));
	json_object_set_new(rule, "ApplyServerSideEncryptionByDefault", by_default);
	if (json_get_bool_or(wanted, "bucket_key", true) && strcmp(algorithm, "aws:kms:dsse") != 0)
		json_object_set_new(rule, "BucketKeyEnabled", json_true());
	return configuration;
}

static void describe_wanted(const json_t *state, const json_t *wanted, struct verdict *verdict)
{
	const char *algorithm = json_get_string_or(state, "SSEAlgorithm", "");

	verdict->desired =
		json_pack("{s:s}", "SSEAlgorithm", is_kms(algorithm) ? algorithm : "aws:kms");
	if (json_get_string(wanted, "kms_key_id") != NULL) {
		const char *arn = json_get_string(json_object_get(state, "key"), "arn");

		json_object_set_new(verdict->desired, "KMSMasterKeyID",
			json_string(arn != NULL ? arn : json_get_string(wanted, "kms_key_id")));
	}
	if (json_get_bool_or(wanted, "bucket_key", true) && strcmp(algorithm, "aws:kms:dsse") != 0)
		json_object_set_new(verdict->desired, "BucketKeyEnabled", json_true());
}

static void diff(const struct cell_place *place, const char *resource, const char *region,
	const json_t *state, const json_t *wanted, struct verdict *verdict)
{
	const char *problem = json_get_string(wanted, "kms_key_id") != NULL
		? key_problem(json_object_get(state, "key"), region)
		: NULL;
	const char *deliverer = json_get_string(state, "log_delivery");

	if (satisfied(state, wanted)) {
		verdict->outcome = OUTCOME_COMPLIANT;
		return;
	}
	verdict->outcome = OUTCOME_DRIFTED;
	describe_wanted(state, wanted, verdict);
	if (problem != NULL) {
		verdict_cause(verdict, "KeyUnusable",
			"the KMS key %s of the settings %s, so the bucket can't be encrypted with it",
			json_get_string(wanted, "kms_key_id"), problem);
		return;
	}
	if (deliverer != NULL) {
		verdict->raise_tier = true;
		verdict->tier = TIER_APPROVAL;
		/* The message is the same for every bucket, so that a report shows it once. The state has
		 * the principal that delivers the logs. */
		verdict_cause(verdict, "ReceivesLogs",
			"the bucket receives access logs, which AWS delivers only to buckets with SSE-S3; a "
			"person must approve the change");
	}
	verdict->after = json_pack("{s:o}", "configuration", wanted_configuration(state, wanted));
	json_t *params = s3_bucket_params(place, s3_bucket_name(resource));
	json_object_set(params, "ServerSideEncryptionConfiguration",
		json_object_get(verdict->after, "configuration"));
	verdict_add_call(verdict, &aws_s3_PutBucketEncryption, region, params);
}

static MAY_YIELD int rollback(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, struct err *err)
{
	json_t *before = json_object_get(change->before, "configuration");
	struct aws_call call = {
		.operation = json_is_object(before) ? &aws_s3_PutBucketEncryption
											: &aws_s3_DeleteBucketEncryption,
		.region = change->region,
		.params = s3_bucket_params(&context->place, s3_bucket_name(change->resource)),
	};

	if (json_is_object(before))
		json_object_set(call.params, "ServerSideEncryptionConfiguration", before);
	return aws_write(writer, &call, NULL, err);
}

const struct baseline baseline_s3_bucket_default_encryption = {
	.id = "s3.bucket-default-encryption",
	.title = "Buckets encrypt new objects with a KMS key",
	.rationale = "With SSE-KMS, reading an object also needs permission to use the KMS key, and "
				 "CloudTrail logs each use. Existing objects stay as they are. Principals that "
				 "write objects need permission to use the key, too; the AWS managed key grants it "
				 "to those of its own account only.",
	.severity = SEVERITY_MEDIUM,
	.tier = TIER_AUTO,
	.scope = SCOPE_ACCOUNT,
	.service = "s3",
	.reads = reads,
	.writes = writes,
	.controls = controls,
	.triggers = triggers,
	.settings = settings,
	.image_fields = image_fields,
	.inconsistency_ms = 30000,
	.observe = observe,
	.diff = diff,
	.remediate = baseline_make_calls,
	.rollback = rollback,
};
