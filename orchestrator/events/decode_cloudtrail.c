/*
 * CloudTrail records: API calls, service events, and sign-ins to the console.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
#include "base/banned.h"
#include "base/mem.h"
#include "events/decode.h"
#include "events/decode_organization.h"
#include "events/fields.h"
#include "events/identity.h"

static const struct field_rule rules[] = {
	FIELD("eventName", FIELD_NEEDED, type),
	FIELD("eventSource", FIELD_NEEDED, service),
	FIELD("eventTime", FIELD_TIME, time_ms),
	FIELD("eventID", FIELD_STRICT, event_id),
	FIELD("requestID", FIELD_LOOSE, request_id),
	FIELD("userIdentity.type", FIELD_STRICT, actor.type),
	FIELD("userIdentity.arn", FIELD_LOOSE, actor.arn),
	FIELD("userIdentity.sessionContext.sourceIdentity", FIELD_LOOSE, actor.source_identity),
};

/* Global services, whose resources have no region. Their records carry the region in which
 * CloudTrail keeps them, mostly us-east-1. */
static const char *const global_services[] = {
	"iam.",
	"organizations.",
	"account.",
	"cloudfront.",
	"route53.",
	"route53domains.",
	"globalaccelerator.",
	"shield.",
	"waf.",
	"signin.",
	"controltower.",
	"billing.",
	"budgets.",
	"support.",
};

/* Request parameters that name the resource of a call, for records that list no resources. The most
 * specific come first. */
static const char *const parameters[] = {
	"bucketName",
	"roleArn",
	"roleName",
	"userName",
	"policyArn",
	"instanceId",
	"instancesSet.items.0.instanceId",
	"groupId",
	"groupName",
	"detectorId",
	"functionName",
	"keyId",
	"secretId",
	"dBInstanceIdentifier",
	"dBClusterIdentifier",
	"dBSnapshotIdentifier",
	"snapshotId",
	"imageId",
	"vpcId",
	"subnetId",
	"networkAclId",
	"routeTableId",
	"volumeId",
	"configurationRecorderName",
	"configRuleName",
	"analyzerName",
	"trailName",
	"targetId",
	"resourceArn",
	"resourceId",
	"arn",
	"topicArn",
	"queueUrl",
	"repositoryName",
	"tableName",
	"clusterName",
	"stackName",
	"keyName",
	"name",
};

/* STS has an endpoint in every region, and a global one whose calls any region may serve. */
static bool is_global_sts(const json_t *record)
{
	const char *endpoint = field_text(record, "additionalEventData.RequestDetails.endpointType");
	const char *host = field_text(record, "tlsDetails.clientProvidedHostHeader");

	if (endpoint != NULL)
		return strcmp(endpoint, "global") == 0;
	if (host != NULL)
		return strcmp(host, "sts.amazonaws.com") == 0;
	return field_is(record, "awsRegion", "us-east-1");
}

static bool is_global(const json_t *record, const char *service)
{
	for (size_t i = 0; i < ARRAY_LENGTH(global_services); i++) {
		if (strncmp(service, global_services[i], strlen(global_services[i])) == 0)
			return true;
	}
	return strncmp(service, "sts.", 4) == 0 && is_global_sts(record);
}

static void place_resource(const json_t *record, struct signal *signal)
{
	const json_t *resources = field_at(record, "resources"),
				 *request = field_at(record, "requestParameters");
	const char *text = NULL;

	for (size_t i = 0; text == NULL && i < json_array_size(resources) && i < 16; i++) {
		const json_t *resource = json_array_get(resources, i);
		const char *type = field_text(resource, "type");

		text = field_text(resource, "ARN");
		if (text != NULL && type != NULL)
			signal->resource_type = xstrdup(type);
	}
	for (size_t i = 0; text == NULL && i < ARRAY_LENGTH(parameters); i++)
		text = field_text(request, parameters[i]);
	if (text == NULL)
		text = field_text(record, "serviceEventDetails.keyId");
	if (text != NULL)
		signal->resource = xstrdup(text);
}

/* Returns the account that owns all listed resources; NULL where they belong to several accounts,
 * or no account is named. */
static const char *owner_of(const json_t *record)
{
	const json_t *resources = field_at(record, "resources");
	const char *owner = NULL;

	for (size_t i = 0; i < json_array_size(resources); i++) {
		const char *account = field_text(json_array_get(resources, i), "accountId");

		if (account == NULL)
			continue;
		if (!is_account(account) || (owner != NULL && strcmp(owner, account) != 0))
			return NULL;
		owner = account;
	}
	return owner;
}

/* Returns whether the caller is a principal of the account that userIdentity names: only then is
 * that the account of the call. */
static bool is_own_principal(const json_t *record)
{
	return field_is(record, "userIdentity.type", "Root") ||
		field_is(record, "userIdentity.type", "IAMUser") ||
		field_is(record, "userIdentity.type", "AssumedRole");
}

/* Finds the account of the resource. A call across accounts is recorded in both accounts, and
 * userIdentity names the caller in each record. Records before version 1.02 don't name their
 * account. */
static int place_account(const struct decoding *in, struct signal *signal, struct err *err)
{
	static const struct field_rule recipient = FIELD("recipientAccountId", FIELD_ACCOUNT, account);
	static const struct field_rule envelope = FIELD("account", FIELD_ACCOUNT, account);
	static const struct field_rule caller = FIELD("userIdentity.accountId", FIELD_ACCOUNT, account);
	const struct decoding event = {
		.event = in->event, .detail_type = in->detail_type, .finding = in->event
	};
	const char *owner = owner_of(in->finding);

	if (owner != NULL)
		signal->account = xstrdup(owner);
	if (fields_take(in, &recipient, 1, signal, err) < 0)
		return -1;
	if (signal->account != NULL || field_at(in->finding, "recipientAccountId") != NULL)
		return 0;
	if (fields_take(&event, &envelope, 1, signal, err) < 0)
		return -1;
	if (signal->account != NULL || field_at(in->event, "account") != NULL)
		return 0;
	signal->account = arn_account(signal->resource);
	return signal->account == NULL && is_own_principal(in->finding)
		? fields_take(in, &caller, 1, signal, err)
		: 0;
}

/* Reads "arn:aws:sts::111122223333:assumed-role/ROLE/SESSION"; neither name can have a '/'. */
static void read_session(const json_t *record, struct signal_actor *actor)
{
	const char *role = actor->arn != NULL ? strstr(actor->arn, ":assumed-role/") : NULL;
	const char *issuer = field_text(record, "userIdentity.sessionContext.sessionIssuer.userName");

	if (role != NULL) {
		role += strlen(":assumed-role/");
		size_t length = strcspn(role, "/");

		actor->role = xstrndup(role, length);
		if (role[length] == '/' && role[length + 1] != '\0')
			actor->session_name = xstrdup(role + length + 1);
	} else if (issuer != NULL &&
		field_is(record, "userIdentity.sessionContext.sessionIssuer.type", "Role")) {
		actor->role = xstrdup(issuer);
	}
	/* Events that a service makes by itself have the service as their only actor. */
	if (actor->type == NULL && field_text(record, "userIdentity.invokedBy") != NULL)
		actor->type = xstrdup("AWSService");
}

static bool has_failed(const json_t *record, const struct signal *signal)
{
	const char *outcome = NULL;

	if (field_text(record, "errorCode") != NULL)
		return true;
	/* A sign-in has no error code but {"ConsoleLogin": "Failure"}. The event's name is used as a
	 * path only when it consists of letters. */
	if (signal->source == SIGNAL_SIGN_IN && strpbrk(signal->type, ".| ") == NULL)
		outcome = field_text(field_at(record, "responseElements"), signal->type);
	return outcome != NULL && strcmp(outcome, "Failure") == 0;
}

int decode_cloudtrail(const struct decoding *in, struct signal *signal, struct err *err)
{
	static const struct field_rule region = FIELD("awsRegion", FIELD_REGION, region);

	if (field_expect(in, "userIdentity", JSON_OBJECT, err) < 0 ||
		field_expect(in, "errorCode", JSON_STRING, err) < 0 ||
		fields_take(in, rules, ARRAY_LENGTH(rules), signal, err) < 0)
		return -1;
	signal->source = strncmp(signal->service, "signin.", 7) == 0 ? SIGNAL_SIGN_IN
																 : SIGNAL_CLOUDTRAIL;
	if (!is_global(in->finding, signal->service) && fields_take(in, &region, 1, signal, err) < 0)
		return -1;
	read_session(in->finding, &signal->actor);
	place_resource(in->finding, signal);
	if (place_account(in, signal, err) < 0)
		return -1;
	if (has_failed(in->finding, signal))
		signal->state = SIGNAL_FAILED_CALL;
	decode_organization(in, signal);
	/* The two records of a call across accounts share an id, sharedEventID, beside their own. */
	if (field_text(in->finding, "sharedEventID|eventID") != NULL)
		signal->identity = identity_of(in->finding, "cloudtrail", "sharedEventID|eventID");
	else
		signal->identity = identity_of_whole("cloudtrail", in->finding);
	return 0;
}
