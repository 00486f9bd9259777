/* Who undoes a remediation: what is asked of CloudTrail, which event is taken, and that failures
 * only mean "not known". */
#include "aws_client_help.h"

#include "base/clock.h"
#include "guards/attempts.h"
#include "guards/attempts_who.h"

#include "base/banned.h"

/* The server's answers, and the requests that it got. */
struct trail {
	const char *by_resource, *by_event; /* bodies; NULL: no events */
	int status;
	char asked[4096];
	const struct attempts_question *question;
	struct attempts_who who;
};

static void answer_lookup(void *argument, const struct fake_request *request,
	struct fake_answer *answer)
{
	struct bench *bench = argument;
	struct trail *trail = bench->data;
	char target[160];
	json_t *asked = json_loadb(request->body, request->body_length, 0, NULL);
	const json_t *attribute = json_array_get(json_object_get(asked, "LookupAttributes"), 0);
	const char *key = json_get_string_or(attribute, "AttributeKey", "");
	const char *body = strcmp(key, "ResourceName") == 0 ? trail->by_resource : trail->by_event;
	size_t used = strlen(trail->asked);

	MUST(strcmp(fake_header(request, "X-Amz-Target", target, sizeof target),
			 "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents") == 0);
	MUST(json_array_size(json_object_get(asked, "LookupAttributes")) == 1);
	MUST(json_integer_value(json_object_get(asked, "MaxResults")) == 50);
	snprintf(trail->asked + used, sizeof trail->asked - used, "%s=%s;", key,
		json_get_string_or(attribute, "AttributeValue", ""));
	answer->status = trail->status;
	snprintf(answer->headers, sizeof answer->headers,
		"Content-Type: application/x-amz-json-1.1\r\n");
	snprintf(answer->body, sizeof answer->body, "%s", body != NULL ? body : "{\"Events\": []}");
	json_decref(asked);
}

static void ask_on_fiber(struct bench *bench)
{
	struct trail *trail = bench->data;

	bench->reader.declared = attempts_permissions;
	attempts_who(&bench->reader, trail->question, &trail->who);
}

static void ask(struct trail *trail, const char *resource, const char *calls_json)
{
	const struct attempts_key key = { ACCOUNT, "eu-west-1", "s3.bucket-default-encryption",
		resource };
	struct bench bench;
	struct attempts_question question = {
		.key = &key, .role = "security/ReeveRemediation", .region = "eu-west-1"
	};
	json_t *calls = json_loads(calls_json, 0, NULL);
	struct aws_options options = { .max_attempts = 1 };

	assert_int_equal(clock_parse_rfc3339("2026-11-24T08:00:00.500Z", &question.since_ms), 0);
	question.calls = calls;
	trail->question = &question;
	trail->asked[0] = '\0';
	if (trail->status == 0)
		trail->status = 200;
	bench_start(&bench, answer_lookup);
	bench.data = trail;
	bench_run(&bench, &options, ask_on_fiber);
	bench_stop(&bench);
	json_decref(calls);
}

#define T(seconds) "1795507" #seconds ".0" /* 1795507200 is 2026-11-24T08:00:00Z */
#define EVENT(id, name, time, user, detail) \
	"{\"EventId\": \"" id "\", \"EventName\": \"" name \
	"\", \"ReadOnly\": \"false\", \"EventTime\": " time ", \"Username\": \"" user "\", " \
	"\"Resources\": [{\"ResourceType\": \"AWS::S3::Bucket\", \"ResourceName\": \"one\"}], " \
	"\"CloudTrailEvent\": \"" detail "\"}"
#define ROLE(arn) \
	"{\\\"userIdentity\\\": {\\\"type\\\": \\\"AssumedRole\\\", \\\"arn\\\": " \
	"\\\"arn:aws:sts::" ACCOUNT ":assumed-role/" arn "\\\"}}"
#define CALLS "[{\"service\": \"s3\", \"operation\": \"PutBucketEncryption\", \"params\": {}}]"

static void test_newest_of_others(void **state)
{
	struct trail trail = {
		.by_resource = "{\"Events\": [" EVENT("e9", "PutBucketEncryption", T(900), "reeve-20261124",
			ROLE("ReeveRemediation/reeve-20261124")) "," EVENT("e8", "DeleteBucketEncryption",
			T(800), "eve", "{\\\"errorCode\\\": \\\"AccessDenied\\\"}") "," EVENT("e7",
			"DeleteBucketEncryption", T(700), "pipeline", ROLE("Deployer/pipeline")) "," EVENT("e6",
			"DeleteBucketEncryption", T(600), "other", ROLE("Other/other")) "]}",
	};

	(void)state;
	ask(&trail, "arn:aws:s3:::one", CALLS);
	assert_true(trail.who.known);
	assert_string_equal(trail.who.principal,
		"arn:aws:sts::" ACCOUNT ":assumed-role/Deployer/pipeline");
	assert_string_equal(trail.who.event, "DeleteBucketEncryption");
	assert_string_equal(trail.who.event_id, "e7");
	assert_string_equal(trail.who.at, "2026-11-24T08:08:20Z");
	assert_string_equal(trail.asked, "ResourceName=one;");
	struct attempts_verdict verdict = { .message = "mended 3 times" };
	attempts_add_who(&verdict, &trail.who);
	assert_string_equal(verdict.message,
		"mended 3 times; last by arn:aws:sts::" ACCOUNT
		":assumed-role/Deployer/pipeline (DeleteBucketEncryption at 2026-11-24T08:08:20Z)");
}

/* A session that only has a name like ours is not ours. */
static void test_borrowed_name(void **state)
{
	struct trail trail = { .by_resource = "{\"Events\": [" EVENT("e1", "DeleteBucketEncryption",
							   T(700), "reeve-x", ROLE("Deployer/reeve-x")) "]}" };

	(void)state;
	ask(&trail, "arn:aws:s3:::one", CALLS);
	assert_true(trail.who.known);
	assert_non_null(strstr(trail.who.principal, "Deployer/reeve-x"));
}

/* When no event has the resource's name, the calls are looked up by name; events of other buckets
 * are passed over. */
static void test_by_event(void **state)
{
	struct trail trail = {
		.by_event =
			"{\"Events\": ["
			"{\"EventId\": \"e2\", \"EventName\": \"PutBucketEncryption\", \"EventTime\": " T(
				800) ", \"Username\": \"ann\", \"Resources\": "
					 "[{\"ResourceName\": \"another\"}]},"
					 "{\"EventId\": \"e1\", \"EventName\": \"PutBucketEncryption\", "
					 "\"EventTime\": " T(700) ", \"Username\": \"bob\", "
											  "\"CloudTrailEvent\": \"{\\\"requestParameters\\\": "
											  "{\\\"bucketName\\\": \\\"one\\\"}}\"}]}",
	};

	(void)state;
	ask(&trail, "arn:aws:s3:::one", CALLS);
	assert_true(trail.who.known);
	assert_string_equal(trail.who.principal, "bob");
	assert_string_equal(trail.asked,
		"ResourceName=one;EventName=DeleteBucketEncryption;EventName=PutBucketEncryption;"
		"EventName=DeleteEncryptionConfiguration;EventName=PutEncryptionConfiguration;");
	/* A finding about the account has no resource's name. */
	ask(&trail, ACCOUNT, "[{\"service\": \"s3control\", \"operation\": \"PutPublicAccessBlock\"}]");
	assert_true(trail.who.known);
	assert_string_equal(trail.who.principal, "ann");
	assert_string_equal(trail.asked,
		"EventName=DeletePublicAccessBlock;EventName=PutPublicAccessBlock;"
		"EventName=DeleteAccountPublicAccessBlock;EventName=PutAccountPublicAccessBlock;");
}

/* Events before the last remediation, reads, events without a time or a name, and answers that are
 * not JSON name nobody. */
static void test_nobody(void **state)
{
	struct trail trail = {
		.by_resource = "{\"Events\": [" EVENT("e1", "DeleteBucketEncryption", "1795507100", "ann",
			"{}") ","
				  "{\"EventName\": \"GetBucketEncryption\", \"ReadOnly\": \"true\", "
				  "\"EventTime\": " T(900) ", \"Username\": \"ann\", \"Resources\": "
										   "[{\"ResourceName\": \"one\"}]},"
										   "{\"EventName\": \"X\", \"Username\": \"ann\", "
										   "\"Resources\": [{\"ResourceName\": \"one\"}]},"
										   "{\"EventName\": \"X\", \"EventTime\": " T(
											   900) ", \"Resources\": [{\"ResourceName\": "
													"\"one\"}]}]}",
	};

	(void)state;
	ask(&trail, "arn:aws:s3:::one", "[]");
	assert_false(trail.who.known);
	assert_int_equal(trail.who.failure.kind, ERR_NONE);
	struct trail broken = { .by_resource = "{\"Events\": [" EVENT("e1", "DeleteBucketEncryption",
								T(700), "ann", "no JSON") "]}" };
	ask(&broken, "arn:aws:s3:::one", "[]");
	assert_true(broken.who.known);
	assert_string_equal(broken.who.principal, "ann");
}

static void test_failures(void **state)
{
	static const struct {
		int status;
		const char *body;
	} failures[] = {
		{ 400, "{\"__type\": \"AccessDeniedException\", \"Message\": \"not authorized\"}" },
		{ 501, "{\"__type\": \"NotImplemented\"}" },
		{ 200, "[]" },
		{ 200, "not JSON" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(failures); i++) {
		struct trail trail = { .status = failures[i].status,
			.by_resource = failures[i].body,
			.by_event = failures[i].body };

		ask(&trail, "arn:aws:s3:::one", CALLS);
		assert_false(trail.who.known);
		struct attempts_verdict verdict = { .message = "mended" };
		attempts_add_who(&verdict, &trail.who);
		assert_string_equal(verdict.message, "mended");
	}
}

/* An endless list of pages is not followed for long. */
static void test_pages(void **state)
{
	struct trail trail = { .by_resource = "{\"Events\": [], \"NextToken\": \"again\"}" };

	(void)state;
	ask(&trail, "arn:aws:s3:::one", "[]");
	assert_false(trail.who.known);
	assert_true(strlen(trail.asked) <= 4 * strlen("ResourceName=one;"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newest_of_others),
		cmocka_unit_test(test_borrowed_name),
		cmocka_unit_test(test_by_event),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
