/*
 * Every IAM user with a console password has an MFA device, or the named inline policy that
 * denies everything but enrolling one until MFA is present.
 *
 * Users are read live, never from the credential report, which may be four hours old. The
 * policy's condition is BoolIfExists, so that it holds for the user's access keys too.
 */
#include "aws/client_pages.h"
#include "aws/client_view.h"
#include "aws/errors.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "baselines/baseline.h"
#include "baselines/iam/mfa_policy.h"
#include "baselines/iam/policy_document.h"
#include "baselines/observe.h"
#include "baselines/verdict.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

static const struct aws_permission reads[] = {
	{ .action = "iam:ListUsers", .why = "the users" },
	{ .action = "iam:GetLoginProfile",
		.resource = "arn:${Partition}:iam::*:user/*",
		.why = "to find out whether a user has a console password" },
	{ .action = "iam:ListMFADevices",
		.resource = "arn:${Partition}:iam::*:user/*",
		.why = "to find out whether a user has MFA" },
	{ .action = "iam:GetUserPolicy",
		.resource = "arn:${Partition}:iam::*:user/*",
		.why = "to find out whether a user has the policy" },
	AWS_PERMISSIONS_END,
};

static const struct aws_permission writes[] = {
	{ .action = "iam:PutUserPolicy",
		.resource = "arn:${Partition}:iam::*:user/*",
		.condition_json = CONDITION_OWN_ACCOUNT,
		.why = "to attach the policy to a user without MFA" },
	{ .action = "iam:DeleteUserPolicy",
		.resource = "arn:${Partition}:iam::*:user/*",
		.condition_json = CONDITION_OWN_ACCOUNT,
		.why = "to undo that" },
	AWS_PERMISSIONS_END,
};

static const struct control controls[] = {
	{ FRAMEWORK_CIS_AWS_3_0, "1.10" },
	{ FRAMEWORK_CIS_AWS_5_0, "1.9" },
	{ FRAMEWORK_FSBP, "IAM.5" },
	{ FRAMEWORK_NIST_800_53_R5, "AC-2(1), AC-3(15), IA-2(1), IA-2(2), IA-2(6), IA-2(8)" },
	{ FRAMEWORK_PCI_DSS_4_0_1, "8.4.2" },
	CONTROLS_END,
};

static const struct trigger triggers[] = {
	{ SIGNAL_SECURITY_HUB, "IAM.5", NULL, "MFA of users with a console password" },
	{ SIGNAL_SECURITY_HUB, "IAM.19", NULL, "MFA of all users" },
	{ SIGNAL_SECURITY_HUB, "PCI.IAM.6", NULL, "MFA of all users" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/1.2.0/rule/1.2", NULL,
		"CIS: MFA of users with a console password" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/1.4.0/1.10", NULL,
		"CIS: MFA of users with a console password" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/3.0.0/1.10", NULL,
		"CIS: MFA of users with a console password" },
	{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/5.0.0/1.9", NULL,
		"CIS: MFA of users with a console password" },
	{ SIGNAL_CONFIG, "mfa-enabled-for-iam-console-access*", NULL,
		"MFA of users with a console password" },
	{ SIGNAL_CONFIG, "iam-user-mfa-enabled*", NULL, "MFA of all users" },
	{ SIGNAL_CONFIG, "AWS::IAM::User", NULL, "a user is new or has changed" },
	{ SIGNAL_CLOUDTRAIL, "CreateLoginProfile", "iam.amazonaws.com",
		"a user was given a console password" },
	{ SIGNAL_CLOUDTRAIL, "DeleteLoginProfile", "iam.amazonaws.com",
		"a user's console password was removed" },
	{ SIGNAL_CLOUDTRAIL, "EnableMFADevice", "iam.amazonaws.com", "an MFA device was enrolled" },
	{ SIGNAL_CLOUDTRAIL, "DeactivateMFADevice", "iam.amazonaws.com",
		"an MFA device was deactivated" },
	{ SIGNAL_CLOUDTRAIL, "DeleteVirtualMFADevice", "iam.amazonaws.com",
		"an MFA device was deleted" },
	{ SIGNAL_CLOUDTRAIL, "PutUserPolicy", "iam.amazonaws.com",
		"the policy that asks for MFA may have been replaced" },
	{ SIGNAL_CLOUDTRAIL, "DeleteUserPolicy", "iam.amazonaws.com",
		"the policy that asks for MFA may have been removed" },
	{ SIGNAL_SIGN_IN, "IAMUser ConsoleLogin", NULL, "a user signed in without MFA" },
	{ SIGNAL_GUARDDUTY, "UnauthorizedAccess:IAMUser/ConsoleLogin*", NULL,
		"a user signed in from an unusual place, perhaps without MFA" },
	{ SIGNAL_GUARDDUTY, "Persistence:IAMUser/*", NULL,
		"users or their credentials may have been changed to keep access" },
	{ SIGNAL_GUARDDUTY, "PrivilegeEscalation:IAMUser/*", NULL,
		"a user's policies may have been changed" },
	{ SIGNAL_HEALTH, "AWS_RISK_CREDENTIALS_EXPOSED", NULL, "credentials of a user are public" },
	{ SIGNAL_HEALTH, "AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED", NULL,
		"credentials of a user may be public" },
	{ SIGNAL_HEALTH, "AWS_RISK_IAM_QUARANTINE", NULL, "AWS has put a user into quarantine" },
	TRIGGERS_END,
};

static int check_policy_name(const char *value, const char **reason)
{
	*reason = "must be 1 to 128 letters, digits or any of +=,.@-_";
	size_t length = strlen(value);
	return length >= 1 && length <= 128 &&
			strspn(value,
				"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@-_") == length
		? 0
		: -1;
}

static const struct setting settings[] = {
	{ .name = "policy_name",
		.type = SETTING_STRING,
		.default_json = "\"ReeveDenyWithoutMFA\"",
		.check = check_policy_name,
		.help = "name of the inline policy that is attached to a user without MFA" },
	{ .name = NULL },
};
static const char *const image_fields[] = { "policy", NULL };

/* Returns the document of the user's policy, its text when it is not JSON, or null when there is
 * none. NULL with err when it can't be read. */
static MAY_YIELD json_t *read_policy(struct baseline_context *context, const char *user,
	struct aws_trace *trace, struct err *err)
{
	const char *name = json_get_string_or(context->settings, "policy_name", "");
	CLEANUP_JSON json_t *output = NULL;
	struct aws_call get = { &aws_iam_GetUserPolicy, NULL,
		json_pack("{s:s, s:s}", "UserName", user, "PolicyName", name), trace };

	if (aws_read(context->reader, &get, &output, err) < 0)
		return aws_error_is_not_found(err, "NoSuchEntity") ? json_null() : NULL;
	json_t *policy = iam_policy_decode(json_get_string_or(output, "PolicyDocument", ""));
	return policy != NULL ? policy : json_text(json_get_string_or(output, "PolicyDocument", ""));
}

/* Returns {"console_password", "mfa_devices", "policy": document, text or null, "protected"}. When
 * all users are read, only the calls that decide are made: users without a console password are
 * left out (*reported is false), and the policy of a user with a device is not read. A single user
 * is read whole, so that a change can be undone whatever the user has now. */
static MAY_YIELD json_t *read_user(struct baseline_context *context, const char *user, bool single,
	struct aws_trace *trace, bool *reported, struct err *err)
{
	CLEANUP_JSON json_t *devices = NULL;
	struct aws_call profile = { &aws_iam_GetLoginProfile, NULL,
		json_pack("{s:s}", "UserName", user), trace };
	struct aws_call list = { &aws_iam_ListMFADevices, NULL, json_pack("{s:s}", "UserName", user),
		trace };
	bool console = aws_read(context->reader, &profile, NULL, err) == 0;

	*reported = console || single || !aws_error_is_not_found(err, "NoSuchEntity");
	if (!console && (!single || !aws_error_is_not_found(err, "NoSuchEntity"))) {
		json_decref(list.params);
		return NULL;
	}
	if (aws_read_all(context->reader, &list, 64, &devices, err) < 0)
		return NULL;
	bool has_device = json_array_size(devices) > 0;
	CLEANUP_JSON json_t *policy = has_device && !single ? json_null()
														: read_policy(context, user, trace, err);
	if (policy == NULL)
		return NULL;
	return json_pack("{s:b, s:I, s:O, s:b}", "console_password", console, "mfa_devices",
		(json_int_t)json_array_size(devices), "policy", policy, "protected",
		has_device || iam_mfa_policy_holds(policy));
}

static MAY_YIELD void observe_user(struct baseline_context *context, const char *user,
	const char *arn, bool single)
{
	struct aws_trace trace = { 0 };
	struct err err = ERR_INIT;
	bool reported;
	CLEANUP_JSON json_t *state = read_user(context, user, single, &trace, &reported, &err);

	if (state != NULL)
		context->emit(context,
			&(struct observation){ .resource = arn, .state = state, .trace = &trace });
	else if (reported)
		baseline_emit_failure(context, arn, NULL, &err, &trace);
	aws_trace_release(&trace);
}

static MAY_YIELD void observe_listed(void *argument, const json_t *user)
{
	observe_user(argument, json_get_string_or(user, "UserName", ""),
		json_get_string_or(user, "Arn", ""), false);
}

static const char *user_of(const char *arn)
{
	const char *slash = strrchr(arn, '/');

	return slash != NULL ? slash + 1 : arn;
}

static MAY_YIELD int observe(struct baseline_context *context, const char *resource,
	struct err *err)
{
	if (resource == NULL)
		return baseline_observe_each(context, &(struct aws_call){ .operation = &aws_iam_ListUsers },
			observe_listed, context, err);
	observe_user(context, user_of(resource), resource, true);
	return 0;
}

static void diff(const struct cell_place *place, const char *resource, const char *region,
	const json_t *state, const json_t *wanted, struct verdict *verdict)
{
	const char *policy_name = json_get_string_or(wanted, "policy_name", "");

	(void)place;
	(void)region;
	verdict->desired = json_pack("{s:b}", "protected", 1);
	if (!json_get_bool_or(state, "console_password", true)) {
		verdict->outcome = OUTCOME_NOT_APPLICABLE;
		return;
	}
	if (json_get_bool_or(state, "protected", false)) {
		verdict->outcome = OUTCOME_COMPLIANT;
		return;
	}
	verdict->outcome = OUTCOME_DRIFTED;
	verdict_cause(verdict, "UserWithoutMfa",
		"the user has a console password, but neither an MFA device nor the policy %s; when a "
		"person approves, Reeve attaches that policy, which denies everything but enrolling MFA, "
		"also for the user's access keys",
		policy_name);
	json_t *policy = iam_mfa_policy();
	verdict->after = json_pack("{s:o}", "policy", policy);
	CLEANUP_FREE char *text = json_to_text(policy);
	verdict_add_call(verdict, &aws_iam_PutUserPolicy, NULL,
		json_pack("{s:s, s:s, s:s}", "UserName", user_of(resource), "PolicyName", policy_name,
			"PolicyDocument", text));
}

static MAY_YIELD int rollback(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, struct err *err)
{
	const json_t *before = json_object_get(change->before, "policy");
	struct aws_call call = {
		.operation = json_is_null(before) ? &aws_iam_DeleteUserPolicy : &aws_iam_PutUserPolicy,
		.params = json_pack("{s:s, s:s}", "UserName", user_of(change->resource), "PolicyName",
			json_get_string_or(context->settings, "policy_name", "")),
	};

	if (!json_is_null(before)) {
		CLEANUP_FREE char *text = json_is_string(before) ? xstrdup(json_string_value(before))
														 : json_to_text(before);

		json_object_set_new(call.params, "PolicyDocument", json_text(text));
	}
	int result = aws_write(writer, &call, NULL, err);
	/* A rollback wants the policy to be gone, so it succeeds when there is none. */
	return result < 0 && json_is_null(before) && aws_error_is_not_found(err, "NoSuchEntity")
		? 0
		: result;
}

const struct baseline baseline_iam_user_mfa = {
	.id = "iam.user-mfa",
	.title = "Console users have MFA, or may do nothing without it",
	.rationale =
		"A password alone can be stolen by phishing. The remediation attaches an inline policy "
		"that denies everything but enrolling MFA until MFA is present. It enrols nobody, and it "
		"also applies to the user's access keys, so a person must approve it.",
	.severity = SEVERITY_MEDIUM,
	.tier = TIER_APPROVAL,
	.scope = SCOPE_ACCOUNT,
	.service = "iam",
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
