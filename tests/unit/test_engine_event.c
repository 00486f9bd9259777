/* Tests of which cells a signal asks for. */
#include "test_config_help.h"

#include "base/mem.h"
#include "baselines_help.h"
#include "engine/event.h"
#include "engine/own_change.h"
#include "events/envelope.h"

#include "base/banned.h"

#define ACCOUNT "111122223333"

static struct config *parse(const char *routes)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;
	char *text = xasprintf("{" ORGANIZATION ", \"events\": {\"routes\": %s}}", routes);

	if (config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err) < 0)
		fail_msg("%s\n%s", err.message, text);
	free(text);
	return config;
}

struct planned {
	struct config *config;
	struct route_table *routes;
	struct signal_list signals;
	struct event_plan plan;
};

static struct event_plan *plan(const char *routes, const char *source, const char *detail_type,
	const char *detail, struct planned *out)
{
	struct err err = ERR_INIT;
	char *body = xasprintf("{\"version\": \"0\", \"id\": \"e-1\", \"detail-type\": \"%s\", "
						   "\"source\": \"%s\", \"account\": \"" ACCOUNT "\", "
						   "\"time\": \"2026-05-04T03:02:01Z\", \"region\": \"eu-west-1\", "
						   "\"resources\": [], \"detail\": %s}",
		detail_type, source, detail);

	memset(out, 0, sizeof *out);
	out->config = parse(routes);
	if (signals_decode(body, strlen(body), &out->signals, &err) < 0 || out->signals.count != 1)
		fail_msg("%s: %s", err.message, body);
	out->routes = event_routes(out->config);
	const struct engine engine = { .config = out->config, .routes = out->routes };
	event_plan(&engine, NULL, &out->signals.signals[0], &out->plan);
	free(body);
	return &out->plan;
}

static void release(struct planned *planned)
{
	signals_release(&planned->signals);
	route_table_free(planned->routes);
	config_free(planned->config);
}

#define CALL(service, name, region) \
	"{\"eventVersion\": \"1.09\", \"userIdentity\": {\"type\": \"IAMUser\", \"arn\": " \
	"\"arn:aws:iam::" ACCOUNT ":user/u\", " \
	"\"accountId\": \"" ACCOUNT "\", \"userName\": \"u\"}, \"eventTime\": " \
	"\"2026-05-04T03:02:01Z\", \"eventSource\": \"" service ".amazonaws.com\", " \
	"\"eventName\": \"" name "\", \"awsRegion\": \"" region \
	"\", \"requestParameters\": {\"bucketName\": \"b\", \"detectorId\": \"d\"}, \"eventID\": " \
	"\"i\", " \
	"\"readOnly\": false, \"eventType\": \"AwsApiCall\", \"recipientAccountId\": \"" ACCOUNT "\"}"
#define TRAIL "AWS API Call via CloudTrail"

static void expect_cell(const struct event_plan *got, size_t index, const char *baseline,
	const char *region)
{
	assert_true(index < got->count);
	assert_string_equal(got->cells[index].baseline->id, baseline);
	assert_string_equal(got->cells[index].region, region);
}

static void test_check(void **state)
{
	struct planned planned;
	struct event_plan *got = plan("[]", "aws.guardduty", TRAIL,
		CALL("guardduty", "DeleteDetector", "eu-central-1"), &planned);

	(void)state;
	assert_int_equal(got->outcome, HANDLED_NONE);
	assert_int_equal(got->count, 1);
	expect_cell(got, 0, "guardduty.detector", "eu-central-1");
	assert_false(got->look || got->retire);
	release(&planned);
	got = plan("[]", "aws.s3", TRAIL, CALL("s3", "DeleteAccountPublicAccessBlock", "eu-central-1"),
		&planned);
	assert_int_equal(got->outcome, HANDLED_NONE);
	/* a baseline of the whole account has no region */
	expect_cell(got, 0, "s3.account-public-access-block", REGION_GLOBAL);
	release(&planned);
}

/* Routes of the configuration come first. The baselines that they name are checked in the signal's
 * region, or in all regions when it has none. */
static void test_routes(void **state)
{
	struct planned planned;
	struct event_plan *got = plan(
		"[{\"name\": \"mine\", \"pattern\": {\"source\": [\"aws.iam\"]}, \"action\": \"check\", "
		"\"baselines\": [\"guardduty.detector\", \"iam.root-mfa\"]}]",
		"aws.iam", TRAIL, CALL("iam", "CreateUser", "us-east-1"), &planned);

	(void)state;
	assert_int_equal(got->outcome, HANDLED_NONE);
	assert_int_equal(got->count, 2);
	assert_null(planned.signals.signals[0].region);
	expect_cell(got, 0, "guardduty.detector", EVENT_EVERY_REGION);
	expect_cell(got, 1, "iam.root-mfa", REGION_GLOBAL);
	assert_non_null(strstr(got->route.rule, "mine"));
	release(&planned);
	got = plan(
		"[{\"name\": \"all\", \"pattern\": {\"source\": [\"aws.iam\"]}, \"action\": \"sweep\"}]",
		"aws.iam", TRAIL, CALL("iam", "CreateUser", "us-east-1"), &planned);
	assert_int_equal(got->outcome, HANDLED_NONE);
	assert_int_equal(got->count, baseline_set_count(all_baselines()));
	for (size_t i = 0; i < got->count; i++)
		assert_string_equal(got->cells[i].region,
			got->cells[i].baseline->scope == SCOPE_ACCOUNT ? REGION_GLOBAL : EVENT_EVERY_REGION);
	release(&planned);
	got = plan("[{\"name\": \"none\", \"pattern\": {\"source\": [\"aws.guardduty\"]}, \"action\": "
			   "\"ignore\"}]",
		"aws.guardduty", TRAIL, CALL("guardduty", "DeleteDetector", "eu-central-1"), &planned);
	assert_int_equal(got->outcome, HANDLED_IGNORED);
	assert_int_equal(got->count, 0);
	release(&planned);
}

static void test_nothing(void **state)
{
	struct planned planned;
	struct event_plan *got =
		plan("[]", "aws.ec2", TRAIL, CALL("ec2", "StartInstances", "eu-west-1"), &planned);

	(void)state;
	assert_int_equal(got->outcome, HANDLED_IGNORED);
	assert_true(got->why[0] != '\0');
	release(&planned);
	got = plan("[]", "aws.new", "Something New", "{}", &planned);
	assert_int_equal(got->outcome, HANDLED_IGNORED);
	release(&planned);
	/* The finding's account is not an account id. */
	got = plan("[]", "aws.securityhub", "Security Hub Findings - Imported",
		"{\"findings\": [{\"SchemaVersion\": \"2018-10-08\", \"Id\": \"i\", \"ProductArn\": "
		"\"arn:aws:securityhub:eu-west-1::product/aws/securityhub\", "
		"\"AwsAccountId\": \"12\", \"GeneratorId\": \"security-control/S3.1\", \"UpdatedAt\": "
		"\"2026-05-04T03:02:01Z\", \"Severity\": {\"Label\": \"HIGH\"}, "
		"\"Title\": \"t\", \"Compliance\": {\"Status\": \"FAILED\", \"SecurityControlId\": "
		"\"S3.1\"}, \"RecordState\": \"ACTIVE\", "
		"\"Workflow\": {\"Status\": \"NEW\"}, \"Resources\": [{\"Type\": \"AwsAccount\", \"Id\": "
		"\"x\"}]}]}",
		&planned);
	assert_int_equal(got->outcome, HANDLED_NO_ACCOUNT);
	release(&planned);
}

#define LIFE(name, details) \
	"{\"eventVersion\": \"1.11\", \"userIdentity\": {\"accountId\": \"" ACCOUNT \
	"\", \"invokedBy\": \"organizations.amazonaws.com\"}, " \
	"\"eventTime\": \"2026-05-04T03:02:01Z\", \"eventSource\": \"organizations.amazonaws.com\", " \
	"\"eventName\": \"" name "\", \"awsRegion\": \"us-east-1\", " \
	"\"requestParameters\": null, \"responseElements\": null, \"eventID\": \"i\", \"readOnly\": " \
	"false, \"eventType\": \"AwsServiceEvent\", " \
	"\"recipientAccountId\": \"" ACCOUNT "\", \"serviceEventDetails\": " details "}"
#define SERVICE "AWS Service Event via CloudTrail"

static void test_accounts(void **state)
{
	struct planned planned;
	struct event_plan *got = plan("[]", "aws.organizations", SERVICE,
		LIFE("CreateAccountResult",
			"{\"createAccountStatus\": {\"state\": \"SUCCEEDED\", \"accountId\": "
			"\"777788889999\"}}"),
		&planned);

	(void)state;
	assert_int_equal(got->outcome, HANDLED_NONE);
	assert_true(got->look);
	assert_false(got->retire);
	assert_int_equal(got->count, baseline_set_count(all_baselines()));
	assert_string_equal(planned.signals.signals[0].account, "777788889999");
	release(&planned);
	got = plan("[]", "aws.organizations", SERVICE,
		LIFE("CloseAccountResult",
			"{\"closeAccountStatus\": {\"state\": \"SUCCEEDED\", \"accountId\": "
			"\"777788889999\"}}"),
		&planned);
	assert_int_equal(got->outcome, HANDLED_NONE);
	assert_true(got->retire);
	assert_int_equal(got->count, 0);
	release(&planned);
}

/* A signal about a change of our own asks for no check, and the plan says why. */
static void test_own(void **state)
{
	struct planned planned;
	struct event_plan *got = plan("[]", "aws.securityhub", "Security Hub Findings - Imported",
		"{\"findings\": [{\"SchemaVersion\": \"2018-10-08\", \"Id\": \"i\", \"ProductArn\": \"p\", "
		"\"AwsAccountId\": \"" ACCOUNT "\", "
		"\"GeneratorId\": \"reeve/s3.account-public-access-block\", \"UpdatedAt\": "
		"\"2026-05-04T03:02:01Z\", \"Severity\": {\"Label\": \"HIGH\"}, "
		"\"Title\": \"t\", \"Compliance\": {\"Status\": \"FAILED\", \"SecurityControlId\": "
		"\"S3.1\"}, \"RecordState\": \"ACTIVE\", "
		"\"Workflow\": {\"Status\": \"NEW\"}, \"Region\": \"eu-west-1\", \"Resources\": "
		"[{\"Type\": \"AwsAccount\", \"Id\": \"x\"}]}]}",
		&planned);

	(void)state;
	assert_int_equal(got->outcome, HANDLED_OWN);
	json_t *told = event_plan_to_json(&planned.signals.signals[0], got);
	assert_string_equal(json_get_string_or(told, "outcome", ""), "own");
	assert_int_equal(json_array_size(json_object_get(told, "cells")), 0);
	json_decref(told);
	release(&planned);
}

static void test_told(void **state)
{
	struct planned planned;
	struct event_plan *got = plan("[]", "aws.guardduty", TRAIL,
		CALL("guardduty", "DeleteDetector", "eu-central-1"), &planned);
	json_t *told = event_plan_to_json(&planned.signals.signals[0], got);
	const json_t *cell = json_array_get(json_object_get(told, "cells"), 0);

	(void)state;
	assert_string_equal(json_get_string_or(told, "action", ""), "check");
	assert_null(json_object_get(told, "outcome"));
	assert_string_equal(json_get_string_or(cell, "baseline", ""), "guardduty.detector");
	assert_string_equal(json_get_string_or(cell, "region", ""), "eu-central-1");
	json_decref(told);
	release(&planned);
}

static void test_outcome(void **state)
{
	struct status_counts cells = { { 0 } };

	(void)state;
	assert_int_equal(handled_outcome_of(&cells), HANDLED_UNASSIGNED);
	cells.of[STATUS_COMPLIANT] = 3;
	assert_int_equal(handled_outcome_of(&cells), HANDLED_COMPLIANT);
	cells.of[STATUS_REMEDIATED] = 1;
	assert_int_equal(handled_outcome_of(&cells), HANDLED_REMEDIATED);
	cells.of[STATUS_AWAITING_APPROVAL] = 1;
	assert_int_equal(handled_outcome_of(&cells), HANDLED_AWAITING_APPROVAL);
	cells.of[STATUS_UNKNOWN] = 1;
	assert_int_equal(handled_outcome_of(&cells), HANDLED_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_outcome),
	};

	return cmocka_run_group_tests_name("engine event", tests, NULL, NULL);
}
