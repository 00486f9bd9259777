#include "permissions.h"

#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "session.h"

/* Exactly the actions that the five baselines and their rollbacks need. */
#define BASELINE_ACTIONS \
	"\"s3:GetAccountPublicAccessBlock\",\"s3:PutAccountPublicAccessBlock\"," \
	"\"s3:ListAllMyBuckets\",\"s3:GetBucketLocation\",\"s3:GetEncryptionConfiguration\"," \
	"\"s3:PutEncryptionConfiguration\",\"s3:GetBucketLogging\",\"s3:GetBucketPolicy\",\"s3:" \
	"GetBucketAcl\"," \
	"\"s3:GetBucketTagging\",\"s3:ListBucket\",\"kms:DescribeKey\",\"kms:ListAliases\"," \
	"\"iam:GetAccountSummary\",\"iam:ListUsers\",\"iam:GetUser\",\"iam:GetLoginProfile\",\"iam:" \
	"ListMFADevices\"," \
	"\"iam:ListUserPolicies\",\"iam:GetUserPolicy\",\"iam:PutUserPolicy\",\"iam:" \
	"DeleteUserPolicy\"," \
	"\"iam:GenerateCredentialReport\",\"iam:GetCredentialReport\"," \
	"\"guardduty:ListDetectors\",\"guardduty:GetDetector\",\"guardduty:CreateDetector\"," \
	"\"guardduty:UpdateDetector\",\"guardduty:DeleteDetector\",\"guardduty:" \
	"GetAdministratorAccount\"," \
	"\"iam:CreateServiceLinkedRole\",\"ec2:DescribeRegions\",\"account:ListRegions\",\"account:" \
	"GetRegionOptStatus\"," \
	"\"cloudtrail:LookupEvents\",\"securityhub:BatchImportFindings\""

static const char role_default[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
								   "\"Allow\",\"Resource\":\"*\",\"Action\":[" BASELINE_ACTIONS
								   "]}}";

static const char orchestrator_default[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Resource\":\"*\",\"Action\":"
	"["
	"\"organizations:Describe*\",\"organizations:List*\",\"sts:AssumeRole\",\"sts:TagSession\","
	"\"sts:SetSourceIdentity\",\"guardduty:ListMembers\",\"guardduty:GetMemberDetectors\","
	"\"guardduty:UpdateMemberDetectors\",\"sqs:ReceiveMessage\",\"sqs:DeleteMessage\","
	"\"sqs:ChangeMessageVisibility\",\"sqs:GetQueueAttributes\",\"sqs:GetQueueUrl\","
	"\"securityhub:DescribeHub\",\"securityhub:GetFindings\",\"securityhub:BatchUpdateFindings\","
	"\"securityhub:BatchUpdateFindingsV2\"," BASELINE_ACTIONS "]}}";

static const struct policy *role_policy, *orchestrator_policy;

void permissions_load(const struct options *options)
{
	const char *error = NULL;

	role_policy = options->role_policy ? policy_load(options->role_policy)
									   : policy_parse(role_default, &error);
	orchestrator_policy = options->orchestrator_policy ? policy_load(options->orchestrator_policy)
													   : policy_parse(orchestrator_default, &error);
	if (!role_policy || !orchestrator_policy)
		die("the built-in policies: %s", error);
}

/* Returns the ARN of the call's resource: "*" for actions without resources, NULL when it isn't
 * known. */
static const char *resource_of(const struct call *call)
{
	const char *name;

	switch (call->operation->resource) {
	case RESOURCE_NONE:
		return "*";
	case RESOURCE_BUCKET:
		return arena_printf(call->arena, "arn:aws:s3:::%.*s", (int)call->bucket.n, call->bucket.p);
	case RESOURCE_USER:
		name = call_form(call, "UserName");
		return arena_printf(call->arena, "arn:aws:iam::%s:user/%s", call->caller.account->id,
			name ? name : "");
	case RESOURCE_ROLE:
		return call_form(call, "RoleArn");
	case RESOURCE_DETECTOR:
		return arena_printf(call->arena, "arn:aws:guardduty:%.*s:%s:detector/%.*s",
			(int)call->region.n, call->region.p, call->caller.account->id, (int)call->detector.n,
			call->detector.p);
	case RESOURCE_KEY:
		return kms_key_arn(call);
	case RESOURCE_QUEUE:
		return sqs_queue_arn(call);
	default:
		return NULL;
	}
}

/* Returns the account that owns the call's resource, or NULL when it is none of this
 * organization. */
static const struct account *owner_of(const struct call *call)
{
	const char *arn = call_form(call, "RoleArn");
	struct account *owner = call->caller.account;

	if (call->operation->resource == RESOURCE_ROLE)
		return arn && strlen(arn) > 25 ? account_by_id((struct slice){ arn + 13, 12 }) : NULL;
	if (call->operation->resource == RESOURCE_BUCKET && !bucket_by_name(call->bucket, &owner))
		return NULL;
	return owner;
}

/* Returns AWS's words for the policy that denies the call, or NULL when none does. */
static const char *refused_by(const struct call *call, const char *action, const char *resource,
	const char *service_name)
{
	const struct account *account = call->caller.account;
	const struct session *session = call->caller.session;
	const struct account *owner = owner_of(call);
	const struct policy_context context = {
		.aws_service_name = service_name,
		.principal_account = account->id,
		.resource_account = owner ? owner->id : NULL,
		.principal_org = org.id,
		.resource_org = owner && !owner->removed ? org.id : NULL,
		.source_identity = session && session->source_identity[0] ? session->source_identity : NULL,
		.external_id = call->service == &services[SERVICE_sts] ? call_form(call, "ExternalId")
															   : NULL,
	};
	enum policy_decision decision, any = POLICY_SILENT;

	for (size_t i = 0; i < account->n_denied; i++)
		if (glob_match(account->denied[i], action, true))
			return "with an explicit deny in a service control policy";
	if (!session && account == org.management)
		return NULL;
	decision =
		policy_decide(session ? role_policy : orchestrator_policy, action, resource, &context);
	if (decision == POLICY_DENIES)
		return "with an explicit deny in an identity-based policy";
	if (decision == POLICY_SILENT)
		return "no identity-based policy allows the action";
	if (!session || !session->n_policies)
		return NULL;
	for (size_t i = 0; i < session->n_policies; i++) {
		decision = policy_decide(session->policies[i], action, resource, &context);
		if (decision == POLICY_DENIES)
			return "with an explicit deny in a session policy";
		if (decision == POLICY_ALLOWS)
			any = POLICY_ALLOWS;
	}
	return any == POLICY_ALLOWS ? NULL : "no session policy allows the action";
}

bool permissions_also(struct call *call, const char *action, const char *resource,
	const char *service_name)
{
	const char *why = refused_by(call, action, resource, service_name);

	if (!why)
		return true;
	call_deny(call, action, resource && strcmp(resource, "*") != 0 ? resource : NULL, why);
	return false;
}

bool permissions_check(struct call *call)
{
	/* GetCallerIdentity needs no permission. */
	if (call->operation == &operations[OP_sts_GetCallerIdentity])
		return true;
	return permissions_also(call, call->operation->action, resource_of(call), NULL);
}
