/* Tests of signals: their names, their JSON, and the bodies that are accepted. */
#include "test_events_signal_help.h"

#include "base/banned.h"
#include "base/json_write.h"

#define GUARDDUTY \
	"{\"schemaVersion\":\"2.0\",\"accountId\":\"111122223333\",\"region\":\"us-east-1\",\"id\":" \
	"\"f1\",\"type\":\"Recon:EC2/Portscan\"," \
	"\"resource\":{\"resourceType\":\"Instance\",\"instanceDetails\":{\"instanceId\":\"i-1\"}}," \
	"\"service\":{\"count\":1,\"archived\":false}," \
	"\"severity\":7.5,\"updatedAt\":\"2026-05-04T03:02:01.500Z\",\"title\":\"A port scan\"}"
#define ASFF(id) \
	"{\"SchemaVersion\":\"2018-10-08\",\"Id\":\"" id \
	"\",\"ProductArn\":\"arn:aws:securityhub:us-east-1::product/aws/securityhub\"," \
	"\"AwsAccountId\":\"111122223333\",\"Resources\":[{\"Type\":\"AwsS3Bucket\",\"Id\":\"arn:aws:" \
	"s3:::b\",\"Region\":\"us-east-1\"}]," \
	"\"Compliance\":{\"Status\":\"FAILED\",\"SecurityControlId\":\"S3.1\"},\"UpdatedAt\":\"2026-" \
	"05-04T03:02:01Z\"}"
#define OCSF \
	"{\"class_uid\":2003,\"cloud\":{\"account\":{\"uid\":\"111122223333\"},\"region\":\"us-east-" \
	"1\"},\"finding_info\":{\"uid\":\"f\",\"types\":[]}," \
	"\"metadata\":{\"uid\":\"m\"},\"compliance\":{\"control\":\"S3.1\"},\"time\":1777863721000}"
#define TRAIL \
	"{\"eventVersion\":\"1.09\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":" \
	"\"PutBucketAcl\",\"awsRegion\":\"eu-west-1\"," \
	"\"eventType\":\"AwsApiCall\",\"eventID\":\"t-1\",\"recipientAccountId\":\"111122223333\"," \
	"\"requestParameters\":{\"bucketName\":\"b\"}}"

static void test_names(void **state)
{
	(void)state;
	for (int i = 0; i < SIGNAL_SOURCE_COUNT; i++) {
		assert_non_null(signal_source_name((enum signal_source)i));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(signal_source_name((enum signal_source)i),
				signal_source_name((enum signal_source)k));
	}
	assert_string_equal(signal_source_name(SIGNAL_SECURITY_HUB), "security-hub");
	assert_string_equal(signal_source_name(SIGNAL_SOURCE_COUNT), "other");
}

static void test_json(void **state)
{
	struct signal_list list;

	(void)state;
	struct signal *signal = decode_single(GUARDDUTY, &list);
	json_t *out = signal_to_json(signal);
	char *text = json_to_text(out);

	assert_string_equal(text,
		"{\"source\":\"guardduty\",\"type\":\"Recon:EC2/"
		"Portscan\",\"service\":null,\"account\":\"111122223333\",\"region\":\"us-east-1\","
		"\"resource\":\"i-1\",\"resource_type\":\"Instance\",\"severity\":\"high\",\"title\":\"A "
		"port scan\",\"time\":\"2026-05-04T03:02:01.500Z\","
		"\"state\":\"open\",\"identity\":\"guardduty|111122223333|us-east-1|f1|2026-05-04T03:02:01."
		"500Z|1|false|7.5\",\"event_id\":null,"
		"\"account_change\":null,\"actor\":null}");
	free(text);
	json_decref(out);
	signals_release(&list);
	signals_release(&list);
}

/* A finding without an envelope gets one, so that EventBridge patterns can be compared with it. */
static void test_made_envelope(void **state)
{
	static const struct {
		const char *body, *source, *detail_type;
	} forms[] = {
		{ GUARDDUTY, "aws.guardduty", "GuardDuty Finding" },
		{ ASFF("f"), "aws.securityhub", "Security Hub Findings - Imported" },
		{ OCSF, "aws.securityhub", "Findings Imported V2" },
		{ TRAIL, "aws.s3", "AWS API Call via CloudTrail" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
		struct signal_list list;
		json_t *event = decode_single(forms[i].body, &list)->event;

		assert_string_equal(json_get_string(event, "source"), forms[i].source);
		assert_string_equal(json_get_string(event, "detail-type"), forms[i].detail_type);
		assert_string_equal(json_get_string(event, "account"), "111122223333");
		assert_string_equal(json_get_string(event, "region"), list.signals[0].region);
		if (list.signals[0].time_ms != 0)
			assert_non_null(json_get_string(event, "time"));
		assert_true(json_is_object(json_object_get(event, "detail")));
		signals_release(&list);
	}
}

/* Decodes the same finding alone, in lists, and as the API gives it. */
static void test_lists(void **state)
{
	static const char *const bodies[] = {
		"[" ASFF("f1") "," ASFF("f2") "]",
		"{\"Findings\":[" ASFF("f1") "," ASFF("f2") "]}",
		"{\"findings\":[" ASFF("f1") "," ASFF("f2") "]}",
		"{\"source\":\"aws.securityhub\",\"detail-type\":\"Security Hub Findings - "
		"Imported\",\"detail\":{\"findings\":[" ASFF("f1") "," ASFF("f2") "]}}",
		"[{\"source\":\"aws.securityhub\",\"detail-type\":\"Security Hub Findings - "
		"Imported\",\"detail\":{\"findings\":[" ASFF("f1") "]}}," ASFF("f2") "]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bodies); i++) {
		struct signal_list list;

		decode_text(bodies[i], &list);
		assert_int_equal(list.count, 2);
		for (size_t k = 0; k < 2; k++) {
			const json_t *findings =
				json_object_get(json_object_get(list.signals[k].event, "detail"), "findings");

			assert_int_equal(json_array_size(findings), 1);
			expect_text(json_get_string(json_array_get(findings, 0), "Id"), k == 0 ? "f1" : "f2");
			expect_text(list.signals[k].finding_id, k == 0 ? "f1" : "f2");
		}
		assert_string_not_equal(list.signals[0].identity, list.signals[1].identity);
		signals_release(&list);
	}
}

static void test_other_containers(void **state)
{
	struct signal_list list;

	(void)state;
	expect_signal(decode_single("{\"Records\":[" TRAIL "]}", &list),
		"{'source': 'cloudtrail', 'type': 'PutBucketAcl'}");
	signals_release(&list);
	expect_signal(decode_single("{\"Finding\":" ASFF("f") ",\"Notification\":{}}", &list),
		"{'source': 'security-hub', 'type': 'S3.1'}");
	signals_release(&list);
	expect_signal(decode_single("{\"Findings\":[" OCSF "]}", &list),
		"{'source': 'ocsf', 'type': 'S3.1'}");
	signals_release(&list);
}

/* GuardDuty's API begins the names of its members with capitals; names of resource types stay. */
static void test_api_names(void **state)
{
	struct signal_list list;

	(void)state;
	struct signal *signal = decode_single(
		"{\"SchemaVersion\":\"2.0\",\"AccountId\":\"111122223333\",\"Region\":\"us-east-1\",\"Id\":"
		"\"f1\",\"Type\":\"Recon:EC2/Portscan\","
		"\"Service\":{\"Count\":1,\"Archived\":true,\"Action\":{\"AffectedResources\":{\"AWS::S3::"
		"Bucket\":\"b\"}}},\"Severity\":2,"
		"\"Resource\":{\"ResourceType\":\"S3Bucket\",\"S3BucketDetails\":[{\"Name\":\"b\"}]}}",
		&list);
	expect_signal(signal,
		"{'account': '111122223333', 'state': 'closed', 'severity': 'low', 'resource': 'b', "
		"'type': 'Recon:EC2/Portscan'}");
	const json_t *detail = json_object_get(signal->event, "detail");
	const json_t *action = json_object_get(json_object_get(detail, "service"), "action");
	assert_string_equal(
		json_get_string(json_object_get(action, "affectedResources"), "AWS::S3::Bucket"), "b");
	signals_release(&list);
}

/* Somebody who may send to the event bus can't pose as AWS: only AWS's events have sources that
 * begin with "aws.". */
static void test_foreign_source(void **state)
{
	static const char *const sources[] = { "com.example", "aws", "AWS.guardduty", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(sources); i++) {
		struct signal_list list;

		expect_signal(decode_detail(sources[i], "GuardDuty Finding", GUARDDUTY, &list),
			"{'source': 'other', 'type': 'GuardDuty Finding', 'account': '999988887777', 'region': "
			"'eu-west-1', 'severity': null}");
		signals_release(&list);
		expect_signal(decode_detail(sources[i], "AWS API Call via CloudTrail", TRAIL, &list),
			"{'source': 'other', 'account': '999988887777'}");
		signals_release(&list);
	}
}

/* The event source of the record, not that of the envelope, says which service was called. */
static void test_event_ids(void **state)
{
	struct signal_list list;

	(void)state;
	expect_text(decode_detail("aws.s3", "AWS API Call via CloudTrail", TRAIL, &list)->event_id,
		"e-1");
	signals_release(&list);
	expect_text(decode_single(TRAIL, &list)->event_id, "t-1");
	signals_release(&list);
	expect_text(decode_single(GUARDDUTY, &list)->event_id, NULL);
	signals_release(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_made_envelope),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_other_containers),
		cmocka_unit_test(test_api_names),
		cmocka_unit_test(test_foreign_source),
		cmocka_unit_test(test_event_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
