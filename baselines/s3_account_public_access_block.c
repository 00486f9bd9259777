/*
 * S3 Block Public Access of the account: all four settings on.
 *
 * GetPublicAccessBlock answers what is in effect, an organization's S3 policy included.
 * The setting spreads over all regions, but not at once, so that it is read again with backoff.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
#include "baselines/baseline.h"

#include "base/banned.h"
#include "base/json.h"

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
	{ "CIS AWS Foundations 3.0", "2.1.4" },
	{ "CIS AWS Foundations 5.0", "2.1.4" },
	{ "AWS Security Hub", "S3.1" },
	{ "NIST SP 800-53 r5",
		"AC-3, AC-3(7), AC-4, AC-4(21), AC-6, AC-21, SC-7, SC-7(3), SC-7(4), SC-7(9), SC-7(11), "
		"SC-7(16), SC-7(20), SC-7(21)" },
	{ "PCI DSS 4.0.1", "1.4.4" },
	{ NULL, NULL },
};

static const struct setting settings[] = { { .name = NULL } };
static const char *const image_fields[] = { "configured", "BlockPublicAcls", "IgnorePublicAcls",
	"BlockPublicPolicy", "RestrictPublicBuckets", NULL };

/* The image of a configuration as AWS answers it; what is missing is off. */
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

/* The four settings alone, as PutPublicAccessBlock takes them. */
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
				 "say. A website served from a public "
				 "bucket stops working: give its account an exception first.",
	.severity = SEVERITY_MEDIUM,
	.tier = TIER_AUTO,
	.scope = SCOPE_ACCOUNT,
	.service = "s3control",
	.reads = reads,
	.writes = writes,
	.controls = controls,
	.settings = settings,
	.image_fields = image_fields,
	.inconsistency_ms = 60000,
	.observe = observe,
	.diff = diff,
	.remediate = baseline_make_calls,
	.rollback = rollback,
};
