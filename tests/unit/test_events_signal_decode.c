/* Tests of each service's decoder, beyond the published samples. */
#include "test_events_signal_help.h"

#include "base/banned.h"
#include "base/json_write.h"

struct reading {
	const char *source, *detail_type, *detail; /* apostrophes for quotes */
	const char *wanted;                        /* of signal_to_json */
};

#define GUARDDUTY "aws.guardduty", "GuardDuty Finding"
#define GD(more) \
	"{'id': 'f', 'type': 'T', 'accountId': '111122223333', 'region': 'us-east-1'" more "}"
#define IMPORTED "aws.securityhub", "Security Hub Findings - Imported"
#define ASFF(more) \
	"{'findings': [{'Id': 'f', 'ProductArn': " \
	"'arn:aws:securityhub:ap-south-1::product/aws/securityhub', 'AwsAccountId': " \
	"'111122223333'" more "}]}"
#define V2 "aws.securityhub", "Findings Imported V2"
#define OCSF(more) \
	"{'findings': [{'class_uid': 2003, 'finding_info': {'uid': 'f'}, 'cloud': {'account': " \
	"{'uid': '111122223333'}, 'region': 'us-east-1'}" more "}]}"
#define COMPLIANCE "aws.config", "Config Rules Compliance Change"
#define RULE(more) \
	"{'configRuleName': 'r', 'awsAccountId': '111122223333', 'awsRegion': 'us-east-1'" more "}"
#define ITEM "aws.config", "Config Configuration Item Change"
#define ANALYZER "aws.access-analyzer", "Access Analyzer Finding"
#define AA(more) "{'id': 'f', 'accountId': '111122223333', 'region': 'us-east-1'" more "}"
#define INSPECTOR "aws.inspector2", "Inspector2 Finding"
#define MACIE "aws.macie", "Macie Finding"
#define MC(more) \
	"{'id': 'f', 'type': 'T', 'accountId': '111122223333', 'region': 'us-east-1'" more "}"
#define HEALTH "aws.health", "AWS Health Event"

static const struct reading readings[] = {
	/* Account and region are the finding's; those of the envelope (999988887777, eu-west-1) are the
	   administrator's. */
	{ GUARDDUTY, GD(""),
		"{'account': '111122223333', 'region': 'us-east-1', 'state': 'open', 'severity': null, "
		"'resource': null, 'time': '2026-05-04T03:02:01Z'}" },
	{ GUARDDUTY, "{'id': 'f', 'type': 'T'}", "{'account': null, 'region': null}" },
	{ GUARDDUTY, GD(", 'service': {'archived': true}"), "{'state': 'closed'}" },
	{ GUARDDUTY, GD(", 'severity': 0.5"), "{'severity': 'informational'}" },
	{ GUARDDUTY, GD(", 'severity': 1"), "{'severity': 'low'}" },
	{ GUARDDUTY, GD(", 'severity': 3.9"), "{'severity': 'low'}" },
	{ GUARDDUTY, GD(", 'severity': 6.9"), "{'severity': 'medium'}" },
	{ GUARDDUTY, GD(", 'severity': 8.9"), "{'severity': 'high'}" },
	{ GUARDDUTY, GD(", 'severity': 10"), "{'severity': 'critical'}" },
	{ GUARDDUTY, GD(", 'severity': 10.1"), "{'severity': null}" },
	{ GUARDDUTY, GD(", 'severity': -1e300"), "{'severity': null}" },
	{ GUARDDUTY,
		GD(", 'resource': {'resourceType': 'Lambda', 'lambdaDetails': {'functionName': 'fn'}}"),
		"{'resource': 'fn', 'resource_type': 'Lambda'}" },
	{ GUARDDUTY, GD(", 'resource': {'resourceType': 'Unheard'}"),
		"{'resource': null, 'resource_type': 'Unheard'}" },
	/* ASFF: type, severity, and whether the finding is closed. */
	{ IMPORTED,
		ASFF(", 'Compliance': {'SecurityControlId': 'S3.1'}, 'ProductFields': {'ControlId': "
			 "'X.1'}, 'Types': ['t']"),
		"{'type': 'S3.1'}" },
	{ IMPORTED, ASFF(", 'ProductFields': {'ControlId': 'S3.4'}, 'Types': ['t']"),
		"{'type': 'S3.4'}" },
	{ IMPORTED, ASFF(", 'GeneratorId': 'security-control/EC2.7', 'Types': ['t']"),
		"{'type': 'EC2.7'}" },
	{ IMPORTED,
		ASFF(", 'GeneratorId': 'cis-aws-foundations-benchmark/v/1.4.0/1.5', 'Types': ['t']"),
		"{'type': 'cis-aws-foundations-benchmark/v/1.4.0/1.5'}" },
	{ IMPORTED, ASFF(", 'Types': ['TTPs/Discovery/Recon:EC2-PortProbe'], 'GeneratorId': 'g'"),
		"{'type': 'TTPs/Discovery/Recon:EC2-PortProbe'}" },
	{ IMPORTED, ASFF(", 'FindingProviderFields': {'Types': ['Effects/x']}"),
		"{'type': 'Effects/x'}" },
	{ IMPORTED, ASFF(", 'GeneratorId': 'security-control/'"), "{'type': 'security-control/'}" },
	{ IMPORTED, ASFF(", 'Title': 'T'"), "{'type': 'T'}" },
	{ IMPORTED, ASFF(""),
		"{'type': 'finding', 'region': 'ap-south-1', 'account': '111122223333', 'state': 'open'}" },
	{ IMPORTED, ASFF(", 'Region': 'eu-north-1'"), "{'region': 'eu-north-1'}" },
	{ IMPORTED,
		ASFF(", 'Region': 'eu-north-1', 'Resources': [{'Region': 'us-gov-west-1', 'Id': 'i', "
			 "'Type': 't'}]"),
		"{'region': 'us-gov-west-1', 'resource': 'i', 'resource_type': 't'}" },
	{ IMPORTED, ASFF(", 'Region': 'global'"), "{'region': null}" },
	{ IMPORTED, ASFF(", 'Workflow': {'Status': 'NOTIFIED'}"), "{'state': 'open'}" },
	{ IMPORTED, ASFF(", 'Workflow': {'Status': 'RESOLVED'}"), "{'state': 'closed'}" },
	{ IMPORTED, ASFF(", 'Workflow': {'Status': 'SUPPRESSED'}"), "{'state': 'closed'}" },
	{ IMPORTED, ASFF(", 'Compliance': {'Status': 'PASSED'}"), "{'state': 'closed'}" },
	{ IMPORTED, ASFF(", 'Compliance': {'Status': 'NOT_AVAILABLE'}"), "{'state': 'open'}" },
	{ IMPORTED, ASFF(", 'RecordState': 'ARCHIVED'"), "{'state': 'closed'}" },
	{ IMPORTED, ASFF(", 'Severity': {'Label': 'HIGH', 'Normalized': 0}"), "{'severity': 'high'}" },
	{ IMPORTED, ASFF(", 'FindingProviderFields': {'Severity': {'Label': 'LOW'}}"),
		"{'severity': 'low'}" },
	{ IMPORTED, ASFF(", 'Severity': {'Normalized': 70}"), "{'severity': 'high'}" },
	{ IMPORTED, ASFF(", 'Severity': {'Normalized': 39}"), "{'severity': 'low'}" },
	{ IMPORTED, ASFF(", 'Severity': {'Normalized': 101}"), "{'severity': null}" },
	{ IMPORTED, ASFF(", 'Severity': {'Label': 'WORST'}"), "{'severity': null}" },
	/* OCSF. */
	{ V2, OCSF(", 'severity_id': 6"),
		"{'source': 'ocsf', 'severity': 'critical', 'account': '111122223333', 'region': "
		"'us-east-1', 'type': 'finding'}" },
	{ V2, OCSF(", 'severity_id': 99"), "{'severity': null}" },
	{ V2, OCSF(", 'status_id': 2"), "{'state': 'open'}" },
	{ V2, OCSF(", 'status_id': 3"), "{'state': 'closed'}" },
	{ V2, OCSF(", 'status_id': 6"), "{'state': 'closed'}" },
	{ V2, OCSF(", 'status_id': 99"), "{'state': 'open'}" },
	{ V2, OCSF(", 'activity_id': 3"), "{'state': 'closed'}" },
	{ V2, OCSF(", 'compliance': {'status_id': 1, 'control': 'IAM.6'}"),
		"{'state': 'closed', 'type': 'IAM.6'}" },
	{ V2, OCSF(", 'compliance': {'status_id': 3}"), "{'state': 'open'}" },
	{ V2, OCSF(", 'time': 1777863721000"), "{'time': '2026-05-04T03:02:01Z'}" },
	{ V2, OCSF(", 'time': 9223372036854775807"), "{'time': '2026-05-04T03:02:01Z'}" },
	{ V2,
		"{'findings': [{'class_uid': 2004, 'metadata': {'uid': 'm'}, 'resources': [{'uid': 'r', "
		"'type': 't', 'region': 'eu-central-1', 'owner': {'account': {'uid': '444455556666'}}}]}]}",
		"{'source': 'ocsf', 'account': '444455556666', 'region': 'eu-central-1', 'resource': 'r', "
		"'resource_type': 't'}" },
	{ V2,
		"{'findings': [{'class_uid': 6003, 'metadata': {'uid': 'm'}, 'class_name': 'API "
		"Activity'}]}",
		"{'source': 'other', 'type': 'API Activity'}" },
	{ V2, "{'findings': [{}]}",
		"{'source': 'other', 'type': 'Findings Imported V2', 'account': '999988887777'}" },
	/* Config. */
	{ COMPLIANCE, RULE(", 'newEvaluationResult': {'complianceType': 'NON_COMPLIANT'}"),
		"{'state': 'open', 'type': 'r', 'account': '111122223333', 'region': 'us-east-1'}" },
	{ COMPLIANCE, RULE(", 'newEvaluationResult': {'complianceType': 'COMPLIANT'}"),
		"{'state': 'closed'}" },
	{ COMPLIANCE, RULE(", 'newEvaluationResult': {'complianceType': 'NOT_APPLICABLE'}"),
		"{'state': 'closed'}" },
	{ COMPLIANCE, RULE(", 'newEvaluationResult': {'complianceType': 'INSUFFICIENT_DATA'}"),
		"{'state': 'open'}" },
	{ COMPLIANCE, RULE(", 'newEvaluationResult': null"), "{'state': 'open'}" },
	{ ITEM,
		"{'configurationItem': {'resourceType': 'AWS::IAM::User', 'awsAccountId': '111122223333', "
		"'awsRegion': 'global', 'resourceId': 'AIDA'}}",
		"{'source': 'config', 'type': 'AWS::IAM::User', 'region': null, 'account': '111122223333', "
		"'resource': 'AIDA'}" },
	{ ITEM,
		"{'configurationItemSummary': {'resourceType': 'AWS::S3::Bucket', 'awsAccountId': "
		"'111122223333', 'awsRegion': 'us-east-1', 'ARN': 'arn:aws:s3:::b', 'resourceId': 'b', "
		"'configurationItemStatus': 'ResourceDeleted'}}",
		"{'type': 'AWS::S3::Bucket', 'resource': 'arn:aws:s3:::b', 'resource_type': "
		"'AWS::S3::Bucket', 'state': 'open'}" },
	/* Access Analyzer. */
	{ ANALYZER, AA(""),
		"{'type': 'ExternalAccess', 'account': '111122223333', 'region': 'us-east-1', 'state': "
		"'open'}" },
	{ ANALYZER, AA(", 'resourceOwnerAccount': '444455556666'"), "{'account': '444455556666'}" },
	{ ANALYZER, AA(", 'resourceOwnerAccount': 'unknown'"), "{'account': null}" },
	{ ANALYZER, AA(", 'status': 'RESOLVED'"), "{'state': 'closed'}" },
	{ ANALYZER, AA(", 'status': 'ARCHIVED'"), "{'state': 'closed'}" },
	{ ANALYZER, AA(", 'status': 'ACTIVE', 'isDeleted': true"), "{'state': 'closed'}" },
	{ "aws.access-analyzer", "Unused Access Finding for IAM entities",
		"{'findingId': 'f', 'accountId': '111122223333', 'findingType': 'UnusedIAMRole', "
		"'resource': 'r'}",
		"{'source': 'access-analyzer', 'type': 'UnusedIAMRole', 'region': 'eu-west-1', 'resource': "
		"'r'}" },
	/* Inspector, Macie. */
	{ INSPECTOR,
		"{'type': 'PACKAGE_VULNERABILITY', 'findingArn': "
		"'arn:aws:inspector2:us-west-2:111122223333:finding/x', 'awsAccountId': '111122223333', "
		"'status': 'CLOSED', 'severity': 'UNTRIAGED'}",
		"{'region': 'us-west-2', 'state': 'closed', 'severity': null}" },
	{ INSPECTOR,
		"{'type': 'T', 'findingArn': 'x', 'status': 'SUPPRESSED', 'resources': [{'region': "
		"'eu-west-3', 'id': 'i', 'type': 't'}]}",
		"{'region': 'eu-west-3', 'state': 'closed', 'account': null}" },
	{ INSPECTOR,
		"{'type': 'T', 'findingArn': 'x', 'updatedAt': 'Thu Sep 05 13:06:56.334 UTC 2024'}",
		"{'time': '2024-09-05T13:06:56Z', 'region': null}" },
	{ INSPECTOR,
		"{'type': 'T', 'findingArn': 'x', 'updatedAt': 'Thu Sep 05 13:06:56.334 UTC 2024 or so'}",
		"{'time': '2026-05-04T03:02:01Z'}" },
	{ MACIE, MC(", 'archived': true, 'severity': {'description': 'Medium'}"),
		"{'state': 'closed', 'severity': 'medium', 'resource': null, 'resource_type': null}" },
	{ MACIE, MC(", 'resourcesAffected': {'s3Bucket': {'name': 'b'}}"),
		"{'resource': 'b', 'resource_type': 'AWS::S3::Bucket', 'state': 'open'}" },
	/* Health: newer events name the affected account and region in their detail. */
	{ HEALTH,
		"{'eventTypeCode': 'AWS_RISK_CREDENTIALS_EXPOSED', 'affectedAccount': '111122223333', "
		"'eventRegion': 'us-east-1', 'statusCode': 'closed', 'affectedEntities': [{'entityValue': "
		"'AKIA'}]}",
		"{'type': 'AWS_RISK_CREDENTIALS_EXPOSED', 'account': '111122223333', 'region': "
		"'us-east-1', 'state': 'closed', 'resource': 'AKIA'}" },
	{ HEALTH,
		"{'eventTypeCode': 'X', 'eventRegion': 'global', 'lastUpdatedTime': 'Fri, 27 Jan 2023 "
		"09:01:22 GMT'}",
		"{'account': '999988887777', 'region': null, 'state': 'open', 'time': "
		"'2023-01-27T09:01:22Z'}" },
	{ "aws.health", "AWS Health Abuse Event", "{'eventTypeCode': 'AWS_ABUSE_X'}",
		"{'source': 'health', 'account': '999988887777', 'region': 'eu-west-1'}" },
	/* Events of services that are not known here, and other events of known services. */
	{ "aws.guardduty", "GuardDuty Malware Protection Object Scan Result",
		"{'accountId': '111122223333'}", "{'source': 'other', 'account': '999988887777'}" },
};

static void test_readings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(readings); i++) {
		struct signal_list list;
		char *detail = quoted(readings[i].detail);

		expect_signal(decode_detail(readings[i].source, readings[i].detail_type, detail, &list),
			readings[i].wanted);
		signals_release(&list);
		free(detail);
	}
}

/* Events that a decoder refuses; the message names the event and the member. */
static void test_refusals(void **state)
{
	static const struct {
		const char *source, *detail_type, *detail, *code, *message;
	} refusals[] = {
		{ GUARDDUTY, "{'type': 'T'}", "MissingField", "GuardDuty Finding: id is missing" },
		{ GUARDDUTY, "{'id': 'f'}", "MissingField", "GuardDuty Finding: type is missing" },
		{ GUARDDUTY, "{'id': 'f', 'type': ''}", "MissingField", "type is missing" },
		{ GUARDDUTY, "{'id': 'f', 'type': 7}", "WrongType", "type is not a string" },
		{ GUARDDUTY, "{'id': 'f', 'type': 'T', 'accountId': 111122223333}", "WrongType",
			"accountId is not a string" },
		{ GUARDDUTY, "{'id': 'f', 'type': 'T', 'severity': 'high'}", "WrongType",
			"severity is not a number" },
		{ GUARDDUTY, "{'id': 'f', 'type': 'T', 'service': {'archived': 'no'}}", "WrongType",
			"service.archived is not true or false" },
		{ IMPORTED, "{}", "MissingField", "detail.findings is missing" },
		{ IMPORTED, "{'findings': []}", "MissingField", "detail.findings is missing" },
		{ IMPORTED, "{'findings': {}}", "WrongType", "detail.findings is not an array" },
		{ IMPORTED, "{'findings': [7]}", "WrongType", "detail.findings[0] is not an object" },
		{ IMPORTED, "{'findings': [{'ProductArn': 'p'}]}", "MissingField",
			"finding 1 of 1: Security Hub Findings - Imported: Id is missing" },
		{ IMPORTED, "{'findings': [{'Id': 'f'}]}", "MissingField", "ProductArn is missing" },
		{ IMPORTED, ASFF(", 'Workflow': 'RESOLVED'"), "WrongType", "Workflow is not an object" },
		{ IMPORTED, ASFF(", 'Compliance': []"), "WrongType", "Compliance is not an object" },
		{ IMPORTED, ASFF(", 'Resources': {}"), "WrongType", "Resources is not an array" },
		{ IMPORTED, ASFF(", 'UpdatedAt': 7"), "WrongType", "UpdatedAt is not a string" },
		{ V2, "{'findings': [{'class_uid': 2003}]}", "MissingField",
			"finding_info.uid is missing" },
		{ V2, "{'findings': [{'class_uid': '2003'}]}", "WrongType", "class_uid is not an integer" },
		{ V2, OCSF(", 'status_id': 1.5"), "WrongType", "status_id is not an integer" },
		{ V2, OCSF(", 'metadata': {'uid': 7}"), "WrongType", "metadata.uid is not a string" },
		{ V2, OCSF(", 'metadata': []"), "WrongType", "metadata is not an object" },
		{ COMPLIANCE, "{}", "MissingField", "configRuleName is missing" },
		{ COMPLIANCE, RULE(", 'newEvaluationResult': 'COMPLIANT'"), "WrongType",
			"newEvaluationResult is not an object" },
		{ COMPLIANCE, RULE(", 'newEvaluationResult': {'complianceType': 1}"), "WrongType",
			"complianceType is not a string" },
		{ ITEM, "{}", "MissingField", "configurationItem.resourceType" },
		{ ANALYZER, "{}", "MissingField", "id is missing" },
		{ ANALYZER, AA(", 'isDeleted': 1"), "WrongType", "isDeleted is not true or false" },
		{ INSPECTOR, "{'type': 'T'}", "MissingField", "findingArn is missing" },
		{ INSPECTOR, "{'type': 7, 'findingArn': 'a'}", "WrongType", "type is not a string" },
		{ MACIE, "{'type': 'T'}", "MissingField", "id is missing" },
		{ MACIE, MC(", 'severity': 3"), "WrongType", "severity is not an object" },
		{ HEALTH, "{}", "MissingField", "eventTypeCode is missing" },
		{ HEALTH, "{'eventTypeCode': 'X', 'statusCode': {}}", "WrongType",
			"statusCode is not a string" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
		char *detail = quoted(refusals[i].detail),
			 *body = event_text(refusals[i].source, refusals[i].detail_type, detail);

		expect_refusal(body, strlen(body), ERR_PROTOCOL, refusals[i].code, refusals[i].message);
		free(body);
		free(detail);
	}
}

/* The envelope's account and region are used for a detail that has none, with the same checks. */
static void test_envelope_refusals(void **state)
{
	static const struct {
		const char *body, *message;
	} refusals[] = {
		{ "{'source': 'aws.access-analyzer', 'detail-type': 'Access Analyzer Finding', 'region': "
		  "7, 'detail': {'id': 'f'}}",
			"region is not a string" },
		{ "{'source': 'aws.health', 'detail-type': 'AWS Health Event', 'account': 7, 'detail': "
		  "{'eventTypeCode': 'X'}}",
			"account is not a string" },
		{ "{'source': 'aws.health', 'detail-type': 'AWS Health Event', 'region': 7, 'detail': "
		  "{'eventTypeCode': 'X'}}",
			"region is not a string" },
		{ "{'source': 'aws.health', 'detail-type': 'AWS Health Event', 'detail': {'eventTypeCode': "
		  "'X', 'eventRegion': 7}}",
			"eventRegion is not a string" },
		{ "{'source': 'aws.securityhub', 'detail-type': 'Security Hub Insight Results', 'account': "
		  "[], 'detail': {}}",
			"account is not a string" },
		{ "{'source': 'aws.s3', 'detail-type': 'AWS API Call via CloudTrail', 'account': 7, "
		  "'detail': {'eventName': 'X', 'eventSource': 's'}}",
			"account is not a string" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
		char *body = quoted(refusals[i].body);

		expect_refusal(body, strlen(body), ERR_PROTOCOL, "WrongType", refusals[i].message);
		free(body);
	}
}

/* Config sends such bodies to an SNS topic, and passes them to a rule's Lambda function. */
static void test_config_without_envelope(void **state)
{
	static const struct {
		const char *body, *wanted;
	} bodies[] = {
		{ "{'messageType': 'ComplianceChangeNotification', 'configRuleName': 'r', 'awsAccountId': "
		  "'111122223333', 'awsRegion': 'us-east-1'}",
			"{'source': 'config', 'type': 'r'}" },
		{ "{'messageType': 'OversizedConfigurationItemChangeNotification', "
		  "'configurationItemSummary': {'resourceType': 't'}}",
			"{'source': 'config', 'type': 't'}" },
		{ "{'messageType': 'ConfigurationSnapshotDeliveryCompleted'}",
			"{'source': 'other', 'type': 'ConfigurationSnapshotDeliveryCompleted'}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bodies); i++) {
		struct signal_list list;
		char *body = quoted(bodies[i].body);
		json_t *string = json_string(body);
		char *wrapped = json_to_text(string);
		char *invoking = xasprintf("{\"invokingEvent\":%s,\"ruleParameters\":\"{}\"}", wrapped);

		expect_signal(decode_single(body, &list), bodies[i].wanted);
		signals_release(&list);
		expect_signal(decode_single(invoking, &list), bodies[i].wanted);
		signals_release(&list);
		free(body);
		json_decref(string);
		free(wrapped);
		free(invoking);
	}
}

/* The identifiers for updates in Security Hub are kept: ids of ASFF, or the uid of OCSF. */
static void test_update_ids(void **state)
{
	struct signal_list list;
	char *asff = quoted(ASFF("")),
		 *ocsf = quoted(OCSF(", 'metadata': {'uid': 'm', 'product': {'uid': 'p'}}"));
	struct signal *signal = decode_detail(IMPORTED, asff, &list);

	(void)state;
	expect_text(signal->finding_id, "f");
	expect_text(signal->product_arn, "arn:aws:securityhub:ap-south-1::product/aws/securityhub");
	expect_text(signal->metadata_uid, NULL);
	signals_release(&list);
	signal = decode_detail(V2, ocsf, &list);
	expect_text(signal->finding_id, NULL);
	expect_text(signal->product_arn, NULL);
	expect_text(signal->metadata_uid, "m");
	signals_release(&list);
	free(asff);
	free(ocsf);
}

/* A title is one line, and is cut between characters. */
static void test_title(void **state)
{
	struct signal_list list;
	char long_title[2000] = "a\\n\\u001b[31mb ";

	(void)state;
	while (strlen(long_title) < 1500)
		memcpy(long_title + strlen(long_title), "\xc3\xa4", 3);
	char *detail = xasprintf("{\"id\":\"f\",\"type\":\"T\",\"title\":\"%s\"}", long_title);
	const char *title = decode_detail(GUARDDUTY, detail, &list)->title;

	assert_memory_equal(title, "a  [31mb \xc3\xa4", 11);
	assert_true(strlen(title) > 500 && strlen(title) <= 512);
	json_t *whole = json_string(title);
	assert_non_null(whole);
	json_decref(whole);
	signals_release(&list);
	free(detail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readings),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_envelope_refusals),
		cmocka_unit_test(test_config_without_envelope),
		cmocka_unit_test(test_update_ids),
		cmocka_unit_test(test_title),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
