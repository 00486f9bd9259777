/*
 * All four settings of the account's S3 Block Public Access are on.
 *
 * GetPublicAccessBlock returns the settings in effect, including those of an organization's S3
 * policy. AWS applies a new setting to all regions, but not at once, so it is read again with
 * backoff.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
#include "baselines/baseline.h"

#include "aws/client_view.h"
#include "aws/errors.h"
#include "base/banned.h"
#include "base/json.h"
#include "baselines/verdict.h"

static const char *const names[] = { "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
	"RestrictPublicBuckets" };

static const struct aws_permission reads[] = {
	{ .action = "s3:GetAccountPublicAccessBlock", .why = "the account's four settings" },
	AWS_PERMISSIONS_END,
};

static const struct aws_permission writes[] = {
	{ .action = "s3:PutAccountPublicAccessBlock",
		.why = "to turn the four settings on, and to undo that" },
	AWS_PERMISSIONS_END,
};

static const struct control controls[] = {
	{ FRAMEWORK_CIS_AWS_3_0, "2.1.4" },
	{ FRAMEWORK_CIS_AWS_5_0, "2.1.4" },
	{ FRAMEWORK_FSBP, "S3.1" },
	{ FRAMEWORK_NIST_800_53_R5,
		"AC-3, AC-3(7), AC-4, AC-4(21), AC-6, AC-21, SC-7, SC-7(3), SC-7(4), SC-7(9), SC-7(11), "
		"SC-7(16), SC-7(20), SC-7(21)" },
	{ FRAMEWORK_PCI_DSS_4_0_1, "1.4.4" },
	CONTROLS_END,
};

#define BUCKET_MAY_BE_PUBLIC \
	"a bucket may be public: the account's Block Public Access, which overrides each bucket's " \
	"own " \
	"settings, is checked"

static const struct trigger triggers[] = {
	{ SIGNAL_SECURITY_HUB, "S3.1", NULL, "the account's Block Public Access" },
	{ SIGNAL_SECURITY_HUB, "S3.2", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_SECURITY_HUB, "S3.3", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_SECURITY_HUB, "S3.8", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_SECURITY_HUB, "PCI.S3.1", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_SECURITY_HUB, "PCI.S3.2", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_SECURITY_HUB, "PCI.S3.6", NULL, "the account's Block Public Access" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/1.4.0/2.1.5*", NULL,
		"CIS: Block Public Access" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/3.0.0/2.1.4*", NULL,
		"CIS: Block Public Access" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/5.0.0/2.1.4*", NULL,
		"CIS: Block Public Access" },
	{ SIGNAL_CONFIG, "s3-account-level-public-access-blocks*", NULL,
		"the account's Block Public Access" },
	{ SIGNAL_CONFIG, "s3-bucket-level-public-access-prohibited*", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_CONFIG, "s3-bucket-public-read-prohibited*", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_CONFIG, "s3-bucket-public-write-prohibited*", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_CONFIG, "AWS::S3::AccountPublicAccessBlock", NULL,
		"the account's Block Public Access has changed" },
	{ SIGNAL_CLOUDTRAIL, "PutAccountPublicAccessBlock", "s3.amazonaws.com",
		"the account's Block Public Access was set" },
	{ SIGNAL_CLOUDTRAIL, "DeleteAccountPublicAccessBlock", "s3.amazonaws.com",
		"the account's Block Public Access was removed" },
	{ SIGNAL_CLOUDTRAIL, "PutBucketPublicAccessBlock", "s3.amazonaws.com", BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_CLOUDTRAIL, "DeleteBucketPublicAccessBlock", "s3.amazonaws.com",
		BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_GUARDDUTY, "Policy:S3/AccountBlockPublicAccessDisabled", NULL,
		"the account's Block Public Access was turned off" },
	{ SIGNAL_GUARDDUTY, "Policy:S3/BucketBlockPublicAccessDisabled", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_GUARDDUTY, "Policy:S3/BucketPublicAccessGranted", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_GUARDDUTY, "Policy:S3/BucketAnonymousAccessGranted", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_GUARDDUTY, "Policy:IAMUser/S3BlockPublicAccessDisabled", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_MACIE, "Policy:IAMUser/S3BlockPublicAccessDisabled", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_MACIE, "Policy:IAMUser/S3BucketPublic", NULL, BUCKET_MAY_BE_PUBLIC },
	{ SIGNAL_ACCESS_ANALYZER, "AWS::S3::Bucket", NULL, BUCKET_MAY_BE_PUBLIC },
	TRIGGERS_END,
};

static const struct setting settings[] = { { .name = NULL } };
static const char *const image_fields[] = { "configured", "BlockPublicAcls", "IgnorePublicAcls",
	"BlockPublicPolicy", "RestrictPublicBuckets", NULL };

/* Returns the image of a configuration as AWS returned it; a setting that is missing is off. */
static json_t *image(const json_t *configuration, bool configured)
{
	json_t *result = json_pack("{s:b}", "configured", configured);

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		json_object_set_new(result, names[i],
			json_boolean(json_get_bool_or(configuration, names[i], false)));
	return result;
}

static json_t *all_on(void)
{
	json_t *result = json_pack("{s:b}", "configured", 1);

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		json_object_set_new(result, names[i], json_true());
	return result;
}

/* Returns only the four settings, in the form of the parameter of PutPublicAccessBlock. */
static json_t *configuration_of(const json_t *from)
{
	json_t *result = json_object();

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		json_object_set(result, names[i], json_object_get(from, names[i]));
	return result;
}

static MAY_YIELD int observe(struct baseline_context *context, const char *resource,
	struct err *err)
{
	struct aws_trace trace = { 0 };
	struct aws_call call = {
		.operation = &aws_s3control_GetPublicAccessBlock,
		.region = context->place.home_region,
		.params = json_pack("{s:s}", "AccountId", context->place.account_id),
		.trace = &trace,
	};
	CLEANUP_JSON json_t *output = NULL;
	CLEANUP_JSON json_t *state = NULL;
	int result = aws_read(context->reader, &call, &output, err);

	(void)resource;
	if (result == 0)
		state = image(json_object_get(output, "PublicAccessBlockConfiguration"), true);
	else if (aws_error_is_not_found(err, "NoSuchPublicAccessBlockConfiguration"))
		state = image(NULL, false);
	if (state != NULL)
		context->emit(context, &(struct observation){ .state = state, .trace = &trace });
	aws_trace_release(&trace);
	return state != NULL ? 0 : -1;
}

static void diff(const struct cell_place *place, const char *resource, const char *region,
	const json_t *state, const json_t *wanted, struct verdict *verdict)
{
	(void)resource;
	(void)region;
	(void)wanted;
	verdict->desired = all_on();
	if (json_equal(state, verdict->desired)) {
		verdict->outcome = OUTCOME_COMPLIANT;
		return;
	}
	verdict->outcome = OUTCOME_DRIFTED;
	verdict->after = all_on();
	verdict_add_call(verdict, &aws_s3control_PutPublicAccessBlock, place->home_region,
		json_pack("{s:s, s:o}", "AccountId", place->account_id, "PublicAccessBlockConfiguration",
			configuration_of(verdict->after)));
}

static MAY_YIELD int rollback(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, struct err *err)
{
	bool configured = json_get_bool_or(change->before, "configured", false);
	struct aws_call call = {
		.operation = configured ? &aws_s3control_PutPublicAccessBlock
								: &aws_s3control_DeletePublicAccessBlock,
		.region = context->place.home_region,
		.params = json_pack("{s:s}", "AccountId", context->place.account_id),
	};

	if (configured)
		json_object_set_new(call.params, "PublicAccessBlockConfiguration",
			configuration_of(change->before));
	return aws_write(writer, &call, NULL, err);
}

const struct baseline baseline_s3_account_public_access_block = {
	.id = "s3.account-public-access-block",
	.title = "S3 Block Public Access is on for the account",
	.rationale = "No bucket of the account can be made public, whatever its own policy or ACLs "
				 "say. A website that is served from a public bucket stops working: give its "
				 "account an exception first.",
	.severity = SEVERITY_MEDIUM,
	.tier = TIER_AUTO,
	.scope = SCOPE_ACCOUNT,
	.service = "s3control",
	.reads = reads,
	.writes = writes,
	.controls = controls,
	.triggers = triggers,
	.settings = settings,
	.image_fields = image_fields,
	.inconsistency_ms = 60000,
	.observe = observe,
	.diff = diff,
	.remediate = baseline_make_calls,
	.rollback = rollback,
};
