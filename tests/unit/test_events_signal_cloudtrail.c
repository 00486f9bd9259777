/* Tests of records of CloudTrail: their account, region and actor, the outcome of the call, and
 * records about accounts themselves. */
#include "test_events_signal_help.h"

#include "base/banned.h"

#define API "AWS API Call via CloudTrail"
#define SERVICE_EVENT "AWS Service Event via CloudTrail"
#define SIGN_IN "AWS Console Sign In via CloudTrail"
#define RECORD(service, name, more) \
	"{'eventVersion': '1.09', 'eventSource': '" service ".amazonaws.com', 'eventName': '" name \
	"', 'awsRegion': 'us-east-1', " \
	"'eventID': 't-1', 'eventTime': '2026-05-04T03:02:00Z'" more "}"
#define OWN ", 'recipientAccountId': '111122223333'"
#define ORGANIZATION(name, more) \
	RECORD("organizations", name, ", 'recipientAccountId': '111122223333'" more)
#define ASKED(parameters) ", 'requestParameters': {" parameters "}"
#define RESULT(status, state) \
	", 'serviceEventDetails': {'" status "': {'accountId': '444455556666', 'state': '" state "'}}"
#define HANDSHAKE(action) \
	", 'responseElements': {'handshake': {'action': '" action \
	"', 'parties': [{'type': 'ORGANIZATION', 'id': 'o-1'}, {'type': 'ACCOUNT', 'id': " \
	"'444455556666'}]}}"
#define MANAGED(status, state) \
	", 'serviceEventDetails': {'" status \
	"': {'account': {'accountId': '444455556666'}, 'state': '" state "'}}"

static const struct {
	const char *source, *detail_type, *record, *wanted;
} readings[] = {
	/* The account: the resources' owner, else the recipient, else the envelope's account
	   (999988887777), and the caller's only as the last resort. */
	{ "aws.s3", API,
		RECORD("s3", "PutBucketPolicy",
			OWN ", 'userIdentity': {'type': 'IAMUser', 'accountId': '444455556666'}"),
		"{'source': 'cloudtrail', 'service': 's3.amazonaws.com', 'account': '111122223333', "
		"'region': 'us-east-1', 'state': 'open', 'time': '2026-05-04T03:02:00Z'}" },
	{ "aws.s3", API,
		RECORD("s3", "PutBucketPolicy",
			OWN ", 'resources': [{'accountId': '444455556666', 'ARN': 'arn:aws:s3:::b', 'type': "
				"'AWS::S3::Bucket'}]"),
		"{'account': '444455556666', 'resource': 'arn:aws:s3:::b', 'resource_type': "
		"'AWS::S3::Bucket'}" },
	{ "aws.s3", API,
		RECORD("s3", "CopyObject",
			OWN ", 'resources': [{'accountId': '444455556666', 'ARN': 'a'}, {'accountId': "
				"'777788889999', 'ARN': 'b'}]"),
		"{'account': '111122223333'}" },
	{ "aws.s3", API,
		RECORD("s3", "GetObject",
			OWN ", 'resources': [{'ARNPrefix': 'arn:aws:s3:::b/'}, {'accountId': '444455556666', "
				"'ARN': 'arn:aws:s3:::b'}]"),
		"{'account': '444455556666', 'resource': 'arn:aws:s3:::b'}" },
	{ "aws.s3", API,
		RECORD("s3", "CopyObject", OWN ", 'resources': [{'accountId': 'HIDDEN', 'ARN': 'a'}]"),
		"{'account': '111122223333'}" },
	{ "aws.s3", API,
		RECORD("s3", "CopyObject",
			", 'userIdentity': {'type': 'IAMUser', 'accountId': '444455556666'}"),
		"{'account': '999988887777'}" },
	{ "aws.s3", API,
		RECORD("s3", "CopyObject",
			", 'recipientAccountId': '1234567890123', 'userIdentity': {'type': 'IAMUser', "
			"'accountId': '444455556666'}"),
		"{'account': null}" },
	/* The region: global services have none. */
	{ "aws.iam", API, RECORD("iam", "CreateUser", OWN), "{'region': null}" },
	{ "aws.route53", API, RECORD("route53", "CreateHostedZone", OWN), "{'region': null}" },
	{ "aws.cloudfront", API, RECORD("cloudfront", "CreateDistribution", OWN), "{'region': null}" },
	{ "aws.organizations", API, RECORD("organizations", "CreatePolicy", OWN),
		"{'source': 'cloudtrail', 'region': null}" },
	{ "aws.route53resolver", API, RECORD("route53resolver", "CreateResolverRule", OWN),
		"{'region': 'us-east-1'}" },
	{ "aws.sts", API, RECORD("sts", "AssumeRole", OWN), "{'region': null}" },
	{ "aws.sts", API,
		RECORD("sts", "AssumeRole",
			OWN ", 'tlsDetails': {'clientProvidedHostHeader': 'sts.us-east-1.amazonaws.com'}"),
		"{'region': 'us-east-1'}" },
	{ "aws.sts", API,
		RECORD("sts", "AssumeRole",
			OWN ", 'tlsDetails': {'clientProvidedHostHeader': 'sts.amazonaws.com'}"),
		"{'region': null}" },
	{ "aws.sts", API,
		RECORD("sts", "AssumeRole",
			OWN ", 'additionalEventData': {'RequestDetails': {'endpointType': 'global'}}"),
		"{'region': null}" },
	{ "aws.sts", API,
		RECORD("sts", "AssumeRole",
			OWN ", 'additionalEventData': {'RequestDetails': {'endpointType': 'regional'}}"),
		"{'region': 'us-east-1'}" },
	/* The resource: a record without resources names it in its parameters; unusable values are left
	   out. */
	{ "aws.guardduty", API, RECORD("guardduty", "DeleteDetector", OWN ASKED("'detectorId': 'd'")),
		"{'resource': 'd', 'resource_type': null}" },
	{ "aws.ec2", API,
		RECORD("ec2", "StopInstances",
			OWN ASKED("'instancesSet': {'items': [{'instanceId': 'i-1'}]}")),
		"{'resource': 'i-1'}" },
	{ "aws.s3", API, RECORD("s3", "PutBucketAcl", OWN ASKED("'bucketName': {'a': 1}, 'name': ''")),
		"{'resource': null}" },
	{ "aws.s3", API, RECORD("s3", "PutBucketAcl", OWN ASKED("'bucketName': 'b\\u0000c'")),
		"{'resource': null}" },
	{ "aws.kms", SERVICE_EVENT,
		RECORD("kms", "RotateKey", OWN ", 'serviceEventDetails': {'keyId': 'k'}"),
		"{'resource': 'k'}" },
	/* The actor. */
	{ "aws.s3", API,
		RECORD("s3", "X",
			OWN ", 'userIdentity': {'type': 'AssumedRole', 'arn': "
				"'arn:aws:sts::1:assumed-role/Reeve/run-1', 'sessionContext': {'sourceIdentity': "
				"'run-1', "
				"'sessionIssuer': {'type': 'Role', 'userName': 'Other'}}}"),
		"{'actor': {'type': 'AssumedRole', 'arn': 'arn:aws:sts::1:assumed-role/Reeve/run-1', "
		"'role': 'Reeve', 'session_name': 'run-1', 'source_identity': 'run-1'}}" },
	{ "aws.s3", API,
		RECORD("s3", "X",
			OWN ", 'userIdentity': {'type': 'AssumedRole', 'sessionContext': {'sessionIssuer': "
				"{'type': 'Role', 'userName': 'Reeve'}}}"),
		"{'actor': {'type': 'AssumedRole', 'arn': null, 'role': 'Reeve', 'session_name': null, "
		"'source_identity': null}}" },
	{ "aws.s3", API,
		RECORD("s3", "X",
			OWN ", 'userIdentity': {'type': 'AssumedRole', 'arn': 'arn:aws:sts::1:assumed-role/'}"),
		"{'actor': {'type': 'AssumedRole', 'arn': 'arn:aws:sts::1:assumed-role/', 'role': '', "
		"'session_name': null, 'source_identity': null}}" },
	{ "aws.s3", API, RECORD("s3", "X", OWN ", 'userIdentity': {'invokedBy': 'AWS Internal'}"),
		"{'actor': {'type': 'AWSService', 'arn': null, 'role': null, 'session_name': null, "
		"'source_identity': null}}" },
	{ "aws.s3", API, RECORD("s3", "X", OWN), "{'actor': null}" },
	/* The outcome of the call. */
	{ "aws.s3", API, RECORD("s3", "X", OWN ", 'errorCode': 'AccessDenied'"),
		"{'state': 'failed-call'}" },
	{ "aws.s3", API, RECORD("s3", "X", OWN ", 'errorCode': null"), "{'state': 'open'}" },
	{ "aws.signin", SIGN_IN,
		RECORD("signin", "ConsoleLogin", OWN ", 'responseElements': {'ConsoleLogin': 'Failure'}"),
		"{'source': 'sign-in', 'state': 'failed-call', 'region': null}" },
	{ "aws.signin", "AWS Console Signin via CloudTrail",
		RECORD("signin", "ConsoleLogin", OWN ", 'responseElements': {'ConsoleLogin': 'Success'}"),
		"{'source': 'sign-in', 'state': 'open'}" },
	{ "aws.signin", SIGN_IN,
		RECORD("signin", "a.b|c",
			OWN ", 'responseElements': {'a': {'b': 'Failure'}, 'c': 'Failure'}"),
		"{'state': 'open'}" },
	/* Records about the creation, move and end of accounts. */
	{ "aws.organizations", SERVICE_EVENT,
		ORGANIZATION("CreateAccountResult", RESULT("createAccountStatus", "SUCCEEDED")),
		"{'source': 'organization', 'account_change': 'new', 'account': '444455556666', 'region': "
		"null, 'resource': '444455556666', 'state': 'open'}" },
	{ "aws.organizations", API,
		ORGANIZATION("CreateAccountResult", RESULT("createAccountStatus", "SUCCEEDED")),
		"{'account_change': 'new', 'account': '444455556666'}" },
	{ "aws.organizations", SERVICE_EVENT,
		ORGANIZATION("CreateAccountResult", RESULT("createAccountStatus", "FAILED")),
		"{'account_change': null, 'state': 'failed-call'}" },
	{ "aws.organizations", SERVICE_EVENT, ORGANIZATION("CreateAccountResult", ""),
		"{'account_change': null, 'state': 'failed-call', 'account': null}" },
	{ "aws.organizations", SERVICE_EVENT,
		ORGANIZATION("CloseAccountResult", RESULT("closeAccountStatus", "SUCCEEDED")),
		"{'account_change': 'closed', 'account': '444455556666'}" },
	{ "aws.organizations", API, ORGANIZATION("CloseAccount", ASKED("'accountId': '444455556666'")),
		"{'account_change': null, 'account': '444455556666'}" },
	{ "aws.organizations", API, ORGANIZATION("MoveAccount", ASKED("'accountId': '444455556666'")),
		"{'account_change': 'moved', 'account': '444455556666'}" },
	{ "aws.organizations", API, ORGANIZATION("MoveAccount", ASKED("'accountId': '4444'")),
		"{'account_change': 'moved', 'account': null}" },
	{ "aws.organizations", API,
		ORGANIZATION("MoveAccount",
			ASKED("'accountId': '444455556666'") ", 'errorCode': 'AccessDeniedException'"),
		"{'account_change': null, 'state': 'failed-call'}" },
	{ "aws.organizations", API,
		ORGANIZATION("RemoveAccountFromOrganization", ASKED("'accountId': '444455556666'")),
		"{'account_change': 'closed', 'account': '444455556666'}" },
	{ "aws.organizations", API, ORGANIZATION("LeaveOrganization", ""),
		"{'account_change': 'closed', 'account': '111122223333'}" },
	{ "aws.organizations", API, ORGANIZATION("AcceptHandshake", HANDSHAKE("INVITE")),
		"{'account_change': 'new', 'account': '444455556666'}" },
	{ "aws.organizations", API, ORGANIZATION("AcceptHandshake", HANDSHAKE("ENABLE_ALL_FEATURES")),
		"{'account_change': null}" },
	{ "aws.organizations", API, ORGANIZATION("AcceptHandshake", ""),
		"{'account_change': 'new', 'account': '111122223333'}" },
	{ "aws.organizations", API, ORGANIZATION("TagResource", ASKED("'resourceId': '444455556666'")),
		"{'account_change': 'moved', 'account': '444455556666'}" },
	{ "aws.organizations", API, ORGANIZATION("UntagResource", ASKED("'resourceId': 'p-12345678'")),
		"{'account_change': null, 'account': '111122223333', 'resource': 'p-12345678'}" },
	{ "aws.organizations", API,
		ORGANIZATION("AttachPolicy", ASKED("'policyId': 'p-1', 'targetId': '444455556666'")),
		"{'account_change': 'moved', 'account': '444455556666'}" },
	{ "aws.organizations", API,
		ORGANIZATION("DetachPolicy", ASKED("'policyId': 'p-1', 'targetId': 'ou-ab12-11111111'")),
		"{'source': 'organization', 'account_change': null, 'resource': 'ou-ab12-11111111'}" },
	{ "aws.controltower", SERVICE_EVENT,
		RECORD("controltower", "CreateManagedAccount",
			OWN MANAGED("createManagedAccountStatus", "SUCCEEDED")),
		"{'account_change': 'new', 'account': '444455556666'}" },
	{ "aws.controltower", SERVICE_EVENT,
		RECORD("controltower", "CreateManagedAccount",
			OWN MANAGED("createManagedAccountStatus", "FAILED")),
		"{'account_change': null, 'state': 'failed-call'}" },
	{ "aws.controltower", SERVICE_EVENT,
		RECORD("controltower", "UpdateManagedAccount",
			OWN MANAGED("updateManagedAccountStatus", "SUCCEEDED")),
		"{'account_change': 'moved', 'account': '444455556666'}" },
	/* A call of the same name to another service does not count. */
	{ "aws.ram", API, RECORD("ram", "TagResource", OWN ASKED("'resourceId': '444455556666'")),
		"{'source': 'cloudtrail', 'account_change': null, 'account': '111122223333'}" },
};

static void test_readings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(readings); i++) {
		struct signal_list list;
		char *record = quoted(readings[i].record);

		expect_signal(decode_detail(readings[i].source, readings[i].detail_type, record, &list),
			readings[i].wanted);
		signals_release(&list);
		free(record);
	}
}

/* Without an envelope, the account is that of the resource's ARN, else the caller's. */
static void test_account_of_old_records(void **state)
{
	static const struct {
		const char *record, *account;
	} cases[] = {
		{ RECORD("s3", "X", ", 'userIdentity': {'type': 'IAMUser', 'accountId': '444455556666'}"),
			"444455556666" },
		{ RECORD("s3", "X", ", 'userIdentity': {'type': 'Root', 'accountId': '444455556666'}"),
			"444455556666" },
		{ RECORD("s3", "X",
			  ", 'userIdentity': {'type': 'AWSAccount', 'accountId': '444455556666'}"),
			NULL },
		{ RECORD("s3", "X", ", 'userIdentity': {'type': 'IAMUser', 'accountId': '4444555566660'}"),
			NULL },
		{ RECORD("s3", "X",
			  ", 'userIdentity': {'type': 'IAMUser', 'accountId': '444455556666'}, "
			  "'requestParameters': {'roleArn': 'arn:aws:iam::777788889999:role/r'}"),
			"777788889999" },
		{ RECORD("s3", "X", ", 'requestParameters': {'roleArn': 'arn:aws:iam::1:role/r'}"), NULL },
		{ RECORD("s3", "X", ", 'requestParameters': {'roleArn': 'arn:aws'}"), NULL },
		{ RECORD("s3", "X", ", 'requestParameters': {'roleArn': 'arn:aws:iam::777788889999'}"),
			NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct signal_list list;
		char *record = quoted(cases[i].record);

		expect_text(decode_single(record, &list)->account, cases[i].account);
		signals_release(&list);
		free(record);
	}
}

static void test_raw_kinds(void **state)
{
	static const struct {
		const char *event_type, *event_source, *detail_type;
	} kinds[] = {
		{ "AwsApiCall", "s3.amazonaws.com", API },
		{ "AwsServiceEvent", "kms.amazonaws.com", SERVICE_EVENT },
		{ "AwsConsoleSignIn", "signin.amazonaws.com", SIGN_IN },
		{ "AwsConsoleAction", "ec2.amazonaws.com", "AWS Console Action via CloudTrail" },
		{ "", "signin.amazonaws.com", SIGN_IN },
		{ "", "s3.amazonaws.com.cn", API },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		struct signal_list list;
		char *record = xasprintf("{\"eventSource\":\"%s\",\"eventName\":\"X\",\"awsRegion\":\"us-"
								 "east-1\",\"eventType\":\"%s\"}",
			kinds[i].event_source, kinds[i].event_type);

		expect_text(json_get_string(decode_single(record, &list)->event, "detail-type"),
			kinds[i].detail_type);
		signals_release(&list);
		free(record);
	}
}

static void test_refusals(void **state)
{
	static const struct {
		const char *record, *code, *message;
	} cases[] = {
		{ "{'eventSource': 's3.amazonaws.com', 'awsRegion': 'x'}", "MissingField",
			"eventName is missing" },
		{ "{'eventName': 'X'}", "MissingField", "eventSource is missing" },
		{ "{'eventName': 'X', 'eventSource': 's', 'userIdentity': 'me'}", "WrongType",
			"userIdentity is not an object" },
		{ "{'eventName': 'X', 'eventSource': 's', 'errorCode': 5}", "WrongType",
			"errorCode is not a string" },
		{ "{'eventName': 'X', 'eventSource': 's', 'awsRegion': 5}", "WrongType",
			"awsRegion is not a string" },
		{ "{'eventName': 'X', 'eventSource': 's', 'recipientAccountId': 5}", "WrongType",
			"recipientAccountId is not a string" },
		{ "{'eventName': 'X\\u0000Y', 'eventSource': 's'}", "WrongType",
			"eventName has a NUL character" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char *record = quoted(cases[i].record), *body = event_text("aws.s3", API, record);

		expect_refusal(body, strlen(body), ERR_PROTOCOL, cases[i].code, cases[i].message);
		free(body);
		free(record);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readings),
		cmocka_unit_test(test_account_of_old_records),
		cmocka_unit_test(test_raw_kinds),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
