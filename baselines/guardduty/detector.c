/*
 * Each region has one enabled GuardDuty detector, with the features and the publishing frequency of
 * the settings. Features that the settings don't name are left as they are.
 *
 * A member of an organization can't change its own protection plans. Where the administrator is the
 * orchestrator's account, or the one in the settings, the member is changed from there
 * (UpdateMemberDetectors). Otherwise it is reported as managed centrally.
 * https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_accounts.html
 */
#include "aws/client_view.h"
#include "baselines/baseline.h"
#include "baselines/guardduty/calls.h"
#include "baselines/guardduty/features.h"
#include "baselines/verdict.h"

#include "base/banned.h"
#include "base/json.h"

#define DETECTOR_ARN "arn:${Partition}:guardduty:*:*:detector/*"

static const struct aws_permission reads[] = {
	{ .action = "guardduty:ListDetectors", .why = "the region's detector" },
	{ .action = "guardduty:GetDetector",
		.resource = DETECTOR_ARN,
		.why = "its status, features and frequency" },
	{ .action = "guardduty:GetAdministratorAccount",
		.why = "to find out whether an administrator owns it" },
	AWS_PERMISSIONS_END,
};

static const struct aws_permission writes[] = {
	{ .action = "guardduty:CreateDetector", .why = "to enable GuardDuty in a region" },
	{ .action = "guardduty:UpdateDetector",
		.resource = DETECTOR_ARN,
		.condition_json = CONDITION_OWN_ACCOUNT,
		.why = "to enable the detector and its features" },
	{ .action = "guardduty:DeleteDetector",
		.resource = DETECTOR_ARN,
		.condition_json = CONDITION_OWN_ACCOUNT,
		.why = "to undo a creation" },
	{ .action = "iam:CreateServiceLinkedRole",
		.implied = true,
		.resource = "arn:${Partition}:iam::*:role/aws-service-role/guardduty.amazonaws.com/"
					"AWSServiceRoleForAmazonGuardDuty",
		.condition_json =
			"{\"StringEquals\": {\"iam:AWSServiceName\": \"guardduty.amazonaws.com\"}}",
		.why = "GuardDuty's own role, which creating a detector makes" },
	{ .action = "iam:CreateServiceLinkedRole",
		.implied = true,
		.resource = "arn:${Partition}:iam::*:role/aws-service-role/"
					"malware-protection.guardduty.amazonaws.com/"
					"AWSServiceRoleForAmazonGuardDutyMalwareProtection",
		.condition_json = "{\"StringEquals\": {\"iam:AWSServiceName\": "
						  "\"malware-protection.guardduty.amazonaws.com\"}}",
		.why = "the same for malware protection" },
	AWS_PERMISSIONS_END,
};

static const struct aws_permission administrator_reads[] = {
	{ .action = "guardduty:ListDetectors",
		.reused = true, /* for each member */
		.why = "the administrator's detector in the region" },
	AWS_PERMISSIONS_END,
};

static const struct aws_permission administrator_writes[] = {
	{ .action = "guardduty:UpdateMemberDetectors",
		.why = "to enable features of a member's detector" },
	AWS_PERMISSIONS_END,
};

static const struct control controls[] = {
	{ FRAMEWORK_FSBP,
		"GuardDuty.1, GuardDuty.5, GuardDuty.6, GuardDuty.8, GuardDuty.9, GuardDuty.10, "
		"GuardDuty.11" },
	{ FRAMEWORK_NIST_800_53_R5,
		"AC-2(12), AU-6(1), AU-6(5), CA-7, CM-8(3), RA-3(4), SC-5, SC-5(1), SC-5(3), SI-3(8), "
		"SI-4, SI-20" },
	{ FRAMEWORK_PCI_DSS_4_0_1, "11.5.1" },
	CONTROLS_END,
};

static const struct trigger triggers[] = {
	{ SIGNAL_SECURITY_HUB, "GuardDuty.1", NULL, "GuardDuty must be on" },
	{ SIGNAL_SECURITY_HUB, "GuardDuty.5", NULL, "a feature of GuardDuty: EKS audit logs" },
	{ SIGNAL_SECURITY_HUB, "GuardDuty.6", NULL, "a feature of GuardDuty: Lambda" },
	{ SIGNAL_SECURITY_HUB, "GuardDuty.7", NULL, "a feature of GuardDuty: EKS runtime" },
	{ SIGNAL_SECURITY_HUB, "GuardDuty.8", NULL,
		"a feature of GuardDuty: malware protection for EC2" },
	{ SIGNAL_SECURITY_HUB, "GuardDuty.9", NULL, "a feature of GuardDuty: RDS" },
	{ SIGNAL_SECURITY_HUB, "GuardDuty.10", NULL, "a feature of GuardDuty: S3" },
	{ SIGNAL_SECURITY_HUB, "GuardDuty.11", NULL, "a feature of GuardDuty: runtime monitoring" },
	{ SIGNAL_SECURITY_HUB, "GuardDuty.12", NULL, "a feature of GuardDuty: ECS runtime" },
	{ SIGNAL_SECURITY_HUB, "GuardDuty.13", NULL, "a feature of GuardDuty: EC2 runtime" },
	{ SIGNAL_SECURITY_HUB, "PCI.GuardDuty.1", NULL, "GuardDuty must be on" },
	{ SIGNAL_CONFIG, "guardduty-*", NULL, "GuardDuty must be on, with its features" },
	{ SIGNAL_CONFIG, "AWS::GuardDuty::Detector", NULL, "a detector is new or has changed" },
	{ SIGNAL_CLOUDTRAIL, "CreateDetector", "guardduty.amazonaws.com", "a new detector" },
	{ SIGNAL_CLOUDTRAIL, "UpdateDetector", "guardduty.amazonaws.com", "a detector was changed" },
	{ SIGNAL_CLOUDTRAIL, "DeleteDetector", "guardduty.amazonaws.com", "a detector was deleted" },
	{ SIGNAL_CLOUDTRAIL, "UpdateMemberDetectors", "guardduty.amazonaws.com",
		"detectors of members were changed" },
	{ SIGNAL_CLOUDTRAIL, "CreateMembers", "guardduty.amazonaws.com",
		"members came under an administrator" },
	{ SIGNAL_CLOUDTRAIL, "DeleteMembers", "guardduty.amazonaws.com",
		"members left their administrator" },
	{ SIGNAL_CLOUDTRAIL, "DisassociateMembers", "guardduty.amazonaws.com",
		"members were separated from their administrator" },
	{ SIGNAL_CLOUDTRAIL, "StartMonitoringMembers", "guardduty.amazonaws.com",
		"monitoring of members was started" },
	{ SIGNAL_CLOUDTRAIL, "StopMonitoringMembers", "guardduty.amazonaws.com",
		"monitoring of members was stopped" },
	{ SIGNAL_CLOUDTRAIL, "DisassociateFromAdministratorAccount", "guardduty.amazonaws.com",
		"the account left its administrator" },
	{ SIGNAL_CLOUDTRAIL, "DisassociateFromMasterAccount", "guardduty.amazonaws.com",
		"the account left its administrator" },
	{ SIGNAL_CLOUDTRAIL, "AcceptAdministratorInvitation", "guardduty.amazonaws.com",
		"the account came under an administrator" },
	{ SIGNAL_CLOUDTRAIL, "AcceptInvitation", "guardduty.amazonaws.com",
		"the account came under an administrator" },
	{ SIGNAL_CLOUDTRAIL, "UpdateOrganizationConfiguration", "guardduty.amazonaws.com",
		"the settings for new member accounts were changed" },
	{ SIGNAL_CLOUDTRAIL, "EnableOrganizationAdminAccount", "guardduty.amazonaws.com",
		"the organization has another administrator" },
	{ SIGNAL_CLOUDTRAIL, "DisableOrganizationAdminAccount", "guardduty.amazonaws.com",
		"the organization's administrator was removed" },
	{ SIGNAL_GUARDDUTY, "DefenseEvasion:IAMUser/*", NULL,
		"somebody turns off monitoring, perhaps GuardDuty, too" },
	TRIGGERS_END,
};

static const char *const frequencies[] = { "FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS", NULL };

static int check_account(const char *value, const char **reason)
{
	*reason = "must be an account id of 12 digits";
	return strlen(value) == 12 && strspn(value, "0123456789") == 12 ? 0 : -1;
}

static const struct setting settings[] = {
	{ .name = "features",
		.type = SETTING_CHOICE_LIST,
		.default_json = "[]",
		.choices = guardduty_feature_names,
		.help = "the protection plans that must be enabled; others are left as they are" },
	{ .name = "finding_publishing_frequency",
		.type = SETTING_CHOICE,
		.default_json = "null",
		.choices = frequencies,
		.help = "how often updated findings are published; null leaves it as it is" },
	{ .name = "administrator_account",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_account,
		.help = "the GuardDuty administrator's account, when it is not the orchestrator's own" },
	{ .name = NULL },
};
static const char *const image_fields[] = { "detector", "status", "finding_publishing_frequency",
	"features", NULL };

/* --- observing --- */

static bool frequency_differs(const json_t *state, const json_t *wanted)
{
	const char *frequency = json_get_string(wanted, "finding_publishing_frequency");

	/* The administrator decides how often a member publishes. */
	return frequency != NULL && json_get_string(state, "administrator") == NULL &&
		strcmp(json_get_string_or(state, "finding_publishing_frequency", ""), frequency) != 0;
}

/* Returns whether the state satisfies the settings. `missing` is the result of
 * guardduty_missing_features for the two. */
static bool satisfied(const json_t *state, const json_t *wanted, const json_t *missing)
{
	return strcmp(json_get_string_or(state, "status", ""), "ENABLED") == 0 &&
		json_array_size(missing) == 0 && !frequency_differs(state, wanted);
}

/* Returns the parameters of a call that takes only the detector's id. */
static json_t *detector_params(json_t *id)
{
	json_t *params = json_object();

	json_object_set_nocheck(params, "DetectorId", id);
	return params;
}

/* Sets state["administrator"] to the account that owns the detector, and, where Reeve may act in
 * that account, state["administrator_detector"] to the id of its own detector. */
static MAY_YIELD int read_administrator(struct baseline_context *context, struct aws_trace *trace,
	json_t *state, struct err *err)
{
	CLEANUP_JSON json_t *output = NULL;
	struct aws_call call = { &aws_guardduty_GetAdministratorAccount, context->place.region,
		detector_params(json_object_get(state, "detector")), trace };

	if (aws_read(context->reader, &call, &output, err) < 0)
		return -1;
	const char *administrator =
		json_get_string(json_object_get(output, "Administrator"), "AccountId");
	if (administrator == NULL || administrator[0] == '\0')
		return 0;
	json_object_set_new(state, "administrator", json_string(administrator));
	const char *ours = json_get_string_or(context->settings, "administrator_account",
		context->place.orchestrator_account);
	if (strcmp(administrator, ours) != 0)
		return 0;
	struct aws_reader *reader = context->reader_in(context, administrator, err);
	json_t *id = NULL;
	if (reader == NULL ||
		guardduty_list_detector(reader, context->place.region, trace, &id, err) < 0)
		return err_prefix(err, "the detector of the administrator's account %s can't be read",
			administrator);
	json_object_set_new(state, "administrator_detector", id);
	return 0;
}

static MAY_YIELD int read_state(struct baseline_context *context, struct aws_trace *trace,
	json_t *state, struct err *err)
{
	CLEANUP_JSON json_t *id = NULL;
	CLEANUP_JSON json_t *output = NULL;

	if (guardduty_list_detector(context->reader, context->place.region, trace, &id, err) < 0)
		return -1;
	json_object_set_nocheck(state, "detector", id);
	if (json_is_null(id)) {
		json_object_set_new_nocheck(state, "status", json_string_nocheck("ABSENT"));
		return 0;
	}
	struct aws_call get = { &aws_guardduty_GetDetector, context->place.region, detector_params(id),
		trace };
	if (aws_read(context->reader, &get, &output, err) < 0)
		return -1;
	json_object_set_new_nocheck(state, "status",
		json_string_nocheck(json_get_string_or(output, "Status", "UNKNOWN")));
	json_object_set_new_nocheck(state, "finding_publishing_frequency",
		json_string_nocheck(json_get_string_or(output, "FindingPublishingFrequency", "")));
	json_object_set_new_nocheck(state, "features", guardduty_features_of(output));
	CLEANUP_JSON json_t *missing = guardduty_missing_features(state, context->settings);
	return satisfied(state, context->settings, missing)
		? 0
		: read_administrator(context, trace, state, err);
}

static MAY_YIELD int observe(struct baseline_context *context, const char *resource,
	struct err *err)
{
	CLEANUP_JSON json_t *state = json_object();
	struct aws_trace trace = { 0 };
	int result = read_state(context, &trace, state, err);

	(void)resource;
	if (result == 0)
		context->emit(context, &(struct observation){ .state = state, .trace = &trace });
	aws_trace_release(&trace);
	return result;
}

/* --- comparing --- */

static json_t *after_image(const json_t *state, const json_t *wanted, const json_t *missing)
{
	json_t *after = json_pack("{s:s, s:o}", "status", "ENABLED", "features",
		guardduty_feature_statuses(missing, NULL));

	if (frequency_differs(state, wanted))
		json_object_set(after, "finding_publishing_frequency",
			json_object_get(wanted, "finding_publishing_frequency"));
	return after;
}

/* Compares the detector of a member. It can be changed when its administrator is the orchestrator's
 * account or the one in the settings; otherwise it is managed centrally. */
static void diff_managed(const struct cell_place *place, const json_t *state, const json_t *wanted,
	const json_t *missing, struct verdict *verdict)
{
	const char *administrator = json_get_string_or(state, "administrator", "");
	const char *detector = json_get_string(state, "administrator_detector");

	if (detector == NULL || strcmp(json_get_string_or(state, "status", ""), "ENABLED") != 0) {
		verdict->outcome = OUTCOME_MANAGED_CENTRALLY;
		verdict_cause(verdict, CAUSE_MANAGED_CENTRALLY,
			"GuardDuty administrator %s owns this detector%s", administrator,
			detector != NULL
				? ", and only that account can resume the monitoring of a suspended member"
				: "; change it there");
		return;
	}
	verdict->after = after_image(state, wanted, missing);
	verdict->calls = json_pack("[{s:s, s:s, s:s, s:s, s:{s:s, s:[s], s:o}}]", "service",
		"guardduty", "operation", "UpdateMemberDetectors", "region", place->region, "account",
		administrator, "params", "DetectorId", detector, "AccountIds", place->account_id,
		"Features", guardduty_feature_configurations(missing, NULL));
	verdict_cause(verdict, "MendedByAdministrator",
		"the detector of a member account is changed from the administrator's account %s",
		administrator);
}

static void diff(const struct cell_place *place, const char *resource, const char *region,
	const json_t *state, const json_t *wanted, struct verdict *verdict)
{
	const char *frequency = json_get_string(wanted, "finding_publishing_frequency");
	CLEANUP_JSON json_t *missing = guardduty_missing_features(state, wanted);
	bool absent = json_is_null(json_object_get(state, "detector"));

	(void)resource;
	(void)region;
	verdict->desired = json_object();
	json_object_set_new_nocheck(verdict->desired, "status", json_string_nocheck("ENABLED"));
	if (frequency_differs(state, wanted))
		json_object_set_new(verdict->desired, "finding_publishing_frequency",
			json_string(frequency));
	if (json_array_size(missing) > 0)
		json_object_set_new(verdict->desired, "features",
			guardduty_feature_statuses(missing, NULL));
	if (satisfied(state, wanted, missing)) {
		verdict->outcome = OUTCOME_COMPLIANT;
		return;
	}
	verdict->outcome = OUTCOME_DRIFTED;
	if (json_get_string(state, "administrator") != NULL) {
		diff_managed(place, state, wanted, missing, verdict);
		return;
	}
	verdict->after = after_image(state, wanted, missing);
	json_t *params = json_pack("{s:b}", "Enable", 1);
	if (!absent)
		json_object_set(params, "DetectorId", json_object_get(state, "detector"));
	if (frequency_differs(state, wanted))
		json_object_set_new(params, "FindingPublishingFrequency", json_string(frequency));
	if (json_array_size(missing) > 0)
		json_object_set_new(params, "Features", guardduty_feature_configurations(missing, NULL));
	verdict_add_call(verdict,
		absent ? &aws_guardduty_CreateDetector : &aws_guardduty_UpdateDetector, place->region,
		params);
}

/* --- changing --- */

static MAY_YIELD json_t *current_detector(struct baseline_context *context, struct err *err)
{
	json_t *id = NULL;

	return guardduty_list_detector(context->reader, context->place.region, NULL, &id, err) < 0
		? NULL
		: id;
}

static MAY_YIELD int rollback(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, struct err *err)
{
	const json_t *before = change->before, *call = json_array_get(change->calls, 0);
	/* Only the features that the change touched are restored. */
	CLEANUP_JSON json_t *names = json_array();
	const char *name;
	json_t *unused;

	json_object_foreach(json_object_get(change->after, "features"), name, unused)
		json_array_append_new(names, json_string(name));
	CLEANUP_JSON json_t *statuses =
		guardduty_feature_statuses(names, json_object_get(before, "features"));
	if (json_get_string(call, "account") != NULL) {
		json_t *params = json_deep_copy(json_object_get(call, "params"));

		json_object_set_new(params, "Features", guardduty_feature_configurations(names, statuses));
		return guardduty_make_call(context, writer, change, call, params, err);
	}
	CLEANUP_JSON json_t *detector = current_detector(context, err);
	if (detector == NULL)
		return -1;
	if (json_is_null(json_object_get(before, "detector"))) {
		if (json_is_null(detector))
			return 0;
		return aws_write(writer,
			&(struct aws_call){
				&aws_guardduty_DeleteDetector, change->region, detector_params(detector), NULL },
			NULL, err);
	}
	json_t *params = json_pack("{s:O, s:b}", "DetectorId", detector, "Enable",
		strcmp(json_get_string_or(before, "status", ""), "ENABLED") == 0);
	if (json_object_get(change->after, "finding_publishing_frequency") != NULL)
		json_object_set(params, "FindingPublishingFrequency",
			json_object_get(before, "finding_publishing_frequency"));
	if (json_array_size(names) > 0)
		json_object_set_new(params, "Features", guardduty_feature_configurations(names, statuses));
	return aws_write(writer,
		&(struct aws_call){ &aws_guardduty_UpdateDetector, change->region, params, NULL }, NULL,
		err);
}

const struct baseline baseline_guardduty_detector = {
	.id = "guardduty.detector",
	.title = "GuardDuty watches the region",
	.rationale = "GuardDuty detects attacks under way, such as the use of stolen credentials, "
				 "cryptocurrency mining and the exfiltration of data. AWS bills it by volume. "
				 "Features that the settings do not name are left as AWS or the account set them.",
	.severity = SEVERITY_HIGH,
	.tier = TIER_AUTO,
	.scope = SCOPE_REGION,
	.service = "guardduty",
	.reads = reads,
	.writes = writes,
	.administrator_reads = administrator_reads,
	.administrator_writes = administrator_writes,
	.controls = controls,
	.triggers = triggers,
	.settings = settings,
	.image_fields = image_fields,
	.inconsistency_ms = 30000,
	.observe = observe,
	.diff = diff,
	.remediate = guardduty_make_change,
	.rollback = rollback,
};
