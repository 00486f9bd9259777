/* Tests of identities: they are equal for copies of one state of one finding, and differ for
 * everything else. */
#include "test_events_signal_help.h"

#include "base/banned.h"

static char *identity(const char *body)
{
	struct signal_list list;
	char *text = xstrdup(decode_single(body, &list)->identity);

	signals_release(&list);
	return text;
}

/* The body with its first `old` replaced; it must have one. */
static char *changed(const char *body, const char *old, const char *new)
{
	const char *at = strstr(body, old);

	if (at == NULL)
		fail_msg("no %s in %s", old, body);
	return xasprintf("%.*s%s%s", (int)(at - body), body, new, at + strlen(old));
}

struct finding {
	const char *source, *detail_type, *detail;
	/* Pairs of a text in the body and its replacement that make the body an update. */
	const char *updates[12][2];
	/* Pairs that make it a copy. */
	const char *copies[4][2];
};

static const struct finding findings[] = {
	{ "aws.guardduty", "GuardDuty Finding",
		"{'id': 'f', 'type': 'T', 'accountId': '111122223333', 'region': 'us-east-1', 'updatedAt': "
		"'2026-05-04T03:02:01Z', 'service': {'count': 1, 'archived': false}}",
		{ { "'count': 1", "'count': 2" }, { "'archived': false", "'archived': true" },
			{ "T03:02:01Z", "T03:02:02Z" }, { "'id': 'f'", "'id': 'g'" },
			{ "111122223333", "111122223334" }, { "us-east-1", "us-east-2" } },
		{ { "'type'", "'title': 'x', 'type'" } } },
	{ "aws.securityhub", "Security Hub Findings - Imported",
		"{'findings': [{'Id': 'f', 'ProductArn': "
		"'arn:aws:securityhub:us-east-1::product/aws/guardduty', 'AwsAccountId': '111122223333', "
		"'UpdatedAt': '2026-05-04T03:02:01Z', "
		"'Workflow': {'Status': 'NEW'}, 'RecordState': 'ACTIVE', 'Compliance': {'Status': "
		"'FAILED'}, 'Note': {'UpdatedAt': 'x'}, 'ProcessedAt': 'a'}]}",
		{ { "T03:02:01Z", "T03:02:02Z" }, { "'NEW'", "'RESOLVED'" }, { "'ACTIVE'", "'ARCHIVED'" },
			{ "'FAILED'", "'PASSED'" }, { "'UpdatedAt': 'x'", "'UpdatedAt': 'y'" },
			{ "'Id': 'f'", "'Id': 'g'" }, { "111122223333", "111122223334" },
			{ "product/aws/guardduty", "product/111122223333/default" } },
		{ { "'ProcessedAt': 'a'", "'ProcessedAt': 'b'" } } },
	{ "aws.securityhub", "Findings Imported V2",
		"{'findings': [{'class_uid': 2004, 'cloud': {'account': {'uid': '111122223333'}}, "
		"'finding_info': {'uid': 'f', 'modified_time': 5}, 'metadata': {'uid': 'm', 'product': "
		"{'uid': 'p'}}, "
		"'status_id': 1, 'activity_id': 1, 'severity_id': 2, 'compliance': {'status_id': 3}}]}",
		{ { "'modified_time': 5", "'modified_time': 6" }, { "'status_id': 1", "'status_id': 4" },
			{ "'activity_id': 1", "'activity_id': 2" }, { "'severity_id': 2", "'severity_id': 3" },
			{ "'compliance': {'status_id': 3}", "'compliance': {'status_id': 1}" },
			{ "'uid': 'f'", "'uid': 'g'" }, { "'uid': 'p'", "'uid': 'q'" } },
		{ { "'class_uid'", "'class_name': 'x', 'class_uid'" } } },
	{ "aws.config", "Config Rules Compliance Change",
		"{'configRuleName': 'r', 'configRuleARN': 'arn', 'awsAccountId': '111122223333', "
		"'awsRegion': 'us-east-1', 'resourceId': 'i', 'resourceType': 't', "
		"'notificationCreationTime': 'n', "
		"'newEvaluationResult': {'complianceType': 'NON_COMPLIANT', 'resultRecordedTime': "
		"'2026-05-04T03:02:01Z'}}",
		{ { "'configRuleARN': 'arn'", "'configRuleARN': 'arm'" },
			{ "111122223333", "111122223334" }, { "us-east-1", "us-east-2" },
			{ "'resourceId': 'i'", "'resourceId': 'j'" }, { "NON_COMPLIANT", "COMPLIANT" },
			{ "T03:02:01Z", "T03:02:02Z" } },
		{ { "'notificationCreationTime': 'n'", "'notificationCreationTime': 'm'" } } },
	{ "aws.config", "Config Configuration Item Change",
		"{'configurationItem': {'resourceType': 't', 'resourceId': 'i', 'awsAccountId': "
		"'111122223333', 'awsRegion': 'us-east-1', 'configurationItemCaptureTime': 'c', "
		"'configurationStateId': 1, "
		"'configurationItemStatus': 'OK'}}",
		{ { "'resourceType': 't'", "'resourceType': 'u'" },
			{ "'resourceId': 'i'", "'resourceId': 'j'" },
			{ "'configurationItemCaptureTime': 'c'", "'configurationItemCaptureTime': 'd'" },
			{ "'OK'", "'ResourceDeleted'" }, { "StateId': 1", "StateId': 2" } },
		{ { "'configurationItem':", "'configurationItemSummary':" } } },
	{ "aws.access-analyzer", "Access Analyzer Finding",
		"{'id': 'f', 'accountId': '111122223333', 'status': 'ACTIVE', 'isDeleted': false, "
		"'updatedAt': '2026-05-04T03:02:01Z', 'analyzedAt': 'a'}",
		{ { "'ACTIVE'", "'RESOLVED'" }, { "false", "true" }, { "T03:02:01Z", "T03:02:02Z" },
			{ "'id': 'f'", "'id': 'g'" } },
		{ { "'analyzedAt': 'a'", "'analyzedAt': 'b'" } } },
	{ "aws.s3", "AWS API Call via CloudTrail",
		"{'eventName': 'X', 'eventSource': 's3.amazonaws.com', 'eventID': 'e', "
		"'recipientAccountId': '111122223333'}",
		{ { "'eventID': 'e'", "'eventID': 'f'" } },
		{ { "'eventName': 'X'", "'eventName': 'X', 'userAgent': 'a'" } } },
	{ "aws.s3", "AWS API Call via CloudTrail",
		"{'eventName': 'X', 'eventSource': 's3.amazonaws.com', 'eventID': 'e', 'sharedEventID': "
		"'s', 'recipientAccountId': '111122223333'}",
		{ { "'sharedEventID': 's'", "'sharedEventID': 't'" } },
		{ { "'eventID': 'e'", "'eventID': 'f'" },
			{ "'recipientAccountId': '111122223333'", "'recipientAccountId': '444455556666'" } } },
	{ "aws.s3", "AWS API Call via CloudTrail",
		"{'eventName': 'X', 'eventSource': 's3.amazonaws.com', 'eventTime': 'a', 'userAgent': 'b'}",
		{ { "'eventTime': 'a'", "'eventTime': 'b'" }, { "'userAgent': 'b'", "'userAgent': 'c'" } },
		{ { "'eventTime': 'a', 'userAgent': 'b'", "'userAgent': 'b', 'eventTime': 'a'" } } },
	{ "aws.inspector2", "Inspector2 Finding",
		"{'type': 'T', 'findingArn': 'a', 'awsAccountId': '111122223333', 'status': 'ACTIVE', "
		"'severity': 'LOW', 'updatedAt': 'u'}",
		{ { "'findingArn': 'a'", "'findingArn': 'b'" }, { "ACTIVE", "CLOSED" }, { "LOW", "HIGH" },
			{ "'updatedAt': 'u'", "'updatedAt': 'v'" } },
		{ { "'type': 'T'", "'type': 'T', 'lastObservedAt': 'l'" } } },
	{ "aws.macie", "Macie Finding",
		"{'type': 'T', 'id': 'f', 'accountId': '111122223333', 'region': 'us-east-1', 'updatedAt': "
		"'u', 'count': 1, 'archived': false}",
		{ { "'id': 'f'", "'id': 'g'" }, { "'count': 1", "'count': 2" }, { "false", "true" },
			{ "'updatedAt': 'u'", "'updatedAt': 'v'" } },
		{ { "'type': 'T'", "'type': 'T', 'title': 'x'" } } },
	{ "aws.health", "AWS Health Event",
		"{'eventTypeCode': 'X', 'eventArn': 'a', 'affectedAccount': '111122223333', "
		"'communicationId': 'c-1', 'statusCode': 'open', 'page': '1', 'backupEvent': 'false'}",
		{ { "c-1", "c-2" }, { "'eventArn': 'a'", "'eventArn': 'b'" }, { "open", "closed" },
			{ "111122223333", "111122223334" } },
		{ { "'backupEvent': 'false'", "'backupEvent': 'true'" } } },
	{ "aws.securityhub", "Security Hub Insight Results",
		"{'actionName': 'a', 'insightArn': 'i', 'insightResults': [{'x': 1}]}",
		{ { "'insightArn': 'i'", "'insightArn': 'j'" }, { "'x': 1", "'x': 2" } },
		{ { "'actionName'", "'insightName': 'n', 'actionName'" } } },
};

static void expect_relation(const struct finding *finding, const char *const pair[2],
	const char *original, bool equal)
{
	char *altered = changed(finding->detail, pair[0], pair[1]), *detail = quoted(altered);
	char *body = event_text(finding->source, finding->detail_type, detail), *other = identity(body);

	if ((strcmp(original, other) == 0) != equal)
		fail_msg("%s: %s is %s: %s", finding->detail_type, pair[1], equal ? "a copy" : "an update",
			other);
	free(other);
	free(body);
	free(detail);
	free(altered);
}

/* Delivers the finding again in an envelope with another id, account, region and time, as a replay
 * does. */
static void expect_redelivery(const struct finding *finding, const char *body, const char *original)
{
	static const char *const envelope[][2] = {
		{ "\"id\":\"e-1\"", "\"id\":\"e-2\",\"replay-name\":\"r\"" },
		{ "999988887777", "999988887778" },
		{ "\"region\":\"eu-west-1\"", "\"region\":\"us-west-2\"" },
	};
	bool insight = strstr(finding->detail_type, "Insight") != NULL,
		 whole = strstr(finding->detail_type, "CloudTrail") != NULL;

	for (size_t i = 0; i < ARRAY_LENGTH(envelope); i++) {
		char *again, *other;

		if (i > 0 && (insight || whole))
			continue; /* events of these kinds keep their account, region and time */
		again = changed(body, envelope[i][0], envelope[i][1]);
		other = identity(again);
		if (strcmp(other, original) != 0)
			fail_msg("%s: %s instead of %s", finding->detail_type, other, original);
		free(other);
		free(again);
	}
}

static void test_copies_and_updates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(findings); i++) {
		char *detail = quoted(findings[i].detail),
			 *body = event_text(findings[i].source, findings[i].detail_type, detail);
		char *original = identity(body);

		assert_true(strlen(original) > 0 && strlen(original) < 256);
		for (size_t k = 0; findings[i].updates[k][0] != NULL; k++)
			expect_relation(&findings[i], findings[i].updates[k], original, false);
		for (size_t k = 0; k < 4 && findings[i].copies[k][0] != NULL; k++)
			expect_relation(&findings[i], findings[i].copies[k], original, true);
		expect_redelivery(&findings[i], body, original);
		free(original);
		free(body);
		free(detail);
	}
}

/* A custom action that a person chooses again counts again, although the finding has not changed
 * and has been imported before. */
static void test_custom_action(void **state)
{
	char *finding = quoted("{'actionName': 'fix', 'findings': [{'Id': 'f', 'ProductArn': 'p', "
						   "'AwsAccountId': '111122223333', 'UpdatedAt': 'u'}]}");
	char *imported = event_text("aws.securityhub", "Security Hub Findings - Imported", finding);
	char *asked = event_text("aws.securityhub", "Security Hub Findings - Custom Action", finding);
	char *later = changed(asked, "03:02:01", "03:02:02"),
		 *other_action = changed(asked, "\"fix\"", "\"tell\"");
	char *delivered_again = changed(asked, "e-1", "e-2");
	char *identities[] = { identity(imported), identity(asked), identity(later),
		identity(other_action), identity(delivered_again) };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(identities[i], identities[k]);
	assert_string_equal(identities[1], identities[4]);
	for (size_t i = 0; i < ARRAY_LENGTH(identities); i++)
		free(identities[i]);
	free(finding);
	free(imported);
	free(asked);
	free(later);
	free(other_action);
	free(delivered_again);
}

/* Another division of the same characters into two values gives another identity, whatever the
 * characters are. */
static void test_borders(void **state)
{
	static const char *const pairs[][2] = {
		{ "a|b", "c" },
		{ "a", "b|c" },
		{ "a|b|c", "" },
		{ "a ", "b" },
		{ "a", " b" },
		{ "1:a", "b" },
		{ "a\\u0000", "b" },
		{ "a", "\\u0000b" },
		{ "\\u00e4", "b" },
		{ "", "" },
		{ "a#", "" },
	};
	char *identities[ARRAY_LENGTH(pairs)];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++) {
		char *body = xasprintf("{\"source\":\"aws.macie\",\"detail-type\":\"Macie "
							   "Finding\",\"detail\":{\"id\":\"f\",\"type\":\"T\",\"updatedAt\":\"%"
							   "s\",\"count\":\"%s\"}}",
			pairs[i][0], pairs[i][1]);

		identities[i] = identity(body);
		free(body);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(identities[i], identities[k]);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++)
		free(identities[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies_and_updates),
		cmocka_unit_test(test_custom_action),
		cmocka_unit_test(test_borders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
