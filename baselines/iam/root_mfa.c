/*
 * The root user has MFA, or no password at all.
 *
 * Nobody but the root user can enrol its MFA device, so drift is only reported. An account whose
 * root credentials were deleted (centralized root access) passes, as in Security Hub's IAM.9.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-9
 */
#include "baselines/baseline.h"

#include "aws/client_view.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "baselines/verdict.h"

static const struct aws_permission reads[] = {
	{ .action = "iam:GetAccountSummary",
		.why = "to find out whether the root user has a password and MFA" },
	AWS_PERMISSIONS_END,
};
static const struct aws_permission writes[] = { AWS_PERMISSIONS_END };

static const struct control controls[] = {
	{ FRAMEWORK_CIS_AWS_3_0, "1.5" },
	{ FRAMEWORK_CIS_AWS_5_0, "1.4" },
	{ FRAMEWORK_FSBP, "IAM.9" },
	{ FRAMEWORK_NIST_800_53_R5, "AC-2(1), AC-3(15), IA-2(1), IA-2(2), IA-2(6), IA-2(8)" },
	{ FRAMEWORK_PCI_DSS_4_0_1, "8.4.2" },
	CONTROLS_END,
};

static const struct trigger triggers[] = {
	{ SIGNAL_SECURITY_HUB, "IAM.6", NULL, "hardware MFA of the root user" },
	{ SIGNAL_SECURITY_HUB, "IAM.9", NULL, "MFA of the root user" },
	{ SIGNAL_SECURITY_HUB, "PCI.IAM.4", NULL, "hardware MFA of the root user" },
	{ SIGNAL_SECURITY_HUB, "PCI.IAM.5", NULL, "MFA of the root user" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/1.2.0/rule/1.13", NULL,
		"CIS: MFA of the root user" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/1.2.0/rule/1.14", NULL,
		"CIS: hardware MFA of the root user" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/1.4.0/1.5", NULL,
		"CIS: MFA of the root user" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/1.4.0/1.6", NULL,
		"CIS: hardware MFA of the root user" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/3.0.0/1.5", NULL,
		"CIS: MFA of the root user" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/3.0.0/1.6", NULL,
		"CIS: hardware MFA of the root user" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/5.0.0/1.4", NULL,
		"CIS: MFA of the root user" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/5.0.0/1.5", NULL,
		"CIS: hardware MFA of the root user" },
	{ SIGNAL_CONFIG, "root-account-mfa-enabled*", NULL, "MFA of the root user" },
	{ SIGNAL_CONFIG, "root-account-hardware-mfa-enabled*", NULL, "hardware MFA of the root user" },
	{ SIGNAL_CLOUDTRAIL, "EnableMFADevice", "iam.amazonaws.com", "an MFA device was enrolled" },
	{ SIGNAL_CLOUDTRAIL, "DeactivateMFADevice", "iam.amazonaws.com",
		"an MFA device was deactivated" },
	{ SIGNAL_CLOUDTRAIL, "DeleteVirtualMFADevice", "iam.amazonaws.com",
		"an MFA device was deleted" },
	{ SIGNAL_SIGN_IN, "Root ConsoleLogin", NULL, "the root user signed in without MFA" },
	{ SIGNAL_SIGN_IN, "Root PasswordUpdated", NULL, "the root user's password was set" },
	{ SIGNAL_SIGN_IN, "Root PasswordRecoveryCompleted", NULL,
		"the root user's password was recovered" },
	{ SIGNAL_GUARDDUTY, "Policy:IAMUser/RootCredentialUsage", NULL, "the root user was used" },
	{ SIGNAL_GUARDDUTY, "Policy:IAMUser/ShortTermRootCredentialUsage", NULL,
		"the root user was used" },
	TRIGGERS_END,
};

static const struct setting settings[] = { { .name = NULL } };
static const char *const image_fields[] = { NULL };
static const char *const fields[] = { "AccountMFAEnabled", "AccountPasswordPresent" };

static MAY_YIELD int observe(struct baseline_context *context, const char *resource,
	struct err *err)
{
	struct aws_trace trace = { 0 };
	CLEANUP_JSON json_t *output = NULL;
	CLEANUP_JSON json_t *state = json_object();
	CLEANUP_FREE char *root =
		xasprintf("arn:%s:iam::%s:root", context->place.partition, context->place.account_id);
	int result = aws_read(context->reader,
		&(struct aws_call){ .operation = &aws_iam_GetAccountSummary, .trace = &trace }, &output,
		err);

	(void)resource;
	if (result == 0) {
		const json_t *summary = json_object_get(output, "SummaryMap");

		for (size_t i = 0; i < ARRAY_LENGTH(fields); i++)
			if (json_is_integer(json_object_get(summary, fields[i])))
				json_object_set(state, fields[i], json_object_get(summary, fields[i]));
		context->emit(context,
			&(struct observation){ .resource = root, .state = state, .trace = &trace });
	}
	aws_trace_release(&trace);
	return result;
}

static void diff(const struct cell_place *place, const char *resource, const char *region,
	const json_t *state, const json_t *wanted, struct verdict *verdict)
{
	json_int_t mfa = json_get_integer_or(state, "AccountMFAEnabled", -1);
	json_int_t password = json_get_integer_or(state, "AccountPasswordPresent", -1);

	(void)place;
	(void)resource;
	(void)region;
	(void)wanted;
	if (mfa == 1 || password == 0) {
		verdict->outcome = OUTCOME_COMPLIANT;
		return;
	}
	if (mfa < 0 || password < 0) {
		verdict->outcome = OUTCOME_UNKNOWN;
		verdict_cause(verdict, "FieldMissing", "iam GetAccountSummary did not return %s",
			mfa < 0 ? "AccountMFAEnabled" : "AccountPasswordPresent");
		return;
	}
	verdict->outcome = OUTCOME_DRIFTED;
	verdict->desired = json_pack("{s:i}", "AccountMFAEnabled", 1);
	verdict_cause(verdict, "RootWithoutMfa",
		"the root user has a password and no MFA; the owner of the account must enrol an MFA "
		"device, or delete the root credentials by centralized root access");
}

const struct baseline baseline_iam_root_mfa = {
	.id = "iam.root-mfa",
	.title = "The root user has MFA, or no password",
	.rationale = "The root user can do everything, and IAM policies can't restrict it. No API can "
				 "enrol its MFA device: the owner of the account must do that, or the root "
				 "credentials are deleted by centralized root access.",
	.severity = SEVERITY_CRITICAL,
	.tier = TIER_ALERT,
	.scope = SCOPE_ACCOUNT,
	.service = "iam",
	.reads = reads,
	.writes = writes,
	.controls = controls,
	.triggers = triggers,
	.settings = settings,
	.image_fields = image_fields,
	.observe = observe,
	.diff = diff,
};
