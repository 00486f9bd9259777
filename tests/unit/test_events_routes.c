/* Tests of which baselines a signal leads to, by the configuration's routes and then by the table
 * of routes. */
#include "base/json.h"
#include "base/mem.h"
#include "baselines_help.h"
#include "events/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOCK "s3.account-public-access-block"
#define ENCRYPTION "s3.bucket-default-encryption"

static struct route_table *table; /* as a process makes it at start */

static struct config *configured(const char *routes)
{
	CLEANUP_FREE char *text = xasprintf(
		"{\"organization\": {\"home_region\": \"eu-west-1\"}, \"events\": {\"routes\": [%s]}}",
		routes);
	struct config *config = NULL;
	struct err err = ERR_INIT;

	if (config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err) < 0)
		fail_msg("%s", err.message);
	return config;
}

/* Makes a signal of borrowed texts, with the event that patterns are compared with. */
static struct signal signal_of(enum signal_source source, const char *type, json_t *event)
{
	return (
		struct signal){ .source = source, .type = (char *)type, .severity = -1, .event = event };
}

static char *joined(const struct route *route)
{
	char *ids = xstrdup("");

	for (size_t i = 0; i < route->baseline_count; i++) {
		char *longer = xasprintf("%s%s%s", ids, i > 0 ? " " : "", route->baselines[i]);

		free(ids);
		ids = longer;
	}
	return ids;
}

struct expectation {
	enum signal_source source;
	const char *type, *service, *resource_type, *event, *baselines;
};

static void expect(const struct config *config, const struct expectation *one)
{
	CLEANUP_JSON json_t *event = json_loads(one->event != NULL ? one->event : "{}", 0, NULL);
	struct signal signal = signal_of(one->source, one->type, event);
	struct route route;

	assert_non_null(event);
	signal.service = (char *)one->service;
	signal.resource_type = (char *)one->resource_type;
	if (one->source == SIGNAL_SIGN_IN)
		signal.actor.type = (char *)json_get_string(
			json_object_get(json_object_get(event, "detail"), "userIdentity"), "type");
	route_signal(table, config, &signal, &route);
	CLEANUP_FREE char *ids = joined(&route);
	if (strcmp(ids, one->baselines) != 0 ||
		route.action != (ids[0] != '\0' ? ROUTE_CHECK : ROUTE_IGNORE))
		fail_msg("%s %s: %s (%s), not %s", signal_source_name(one->source), one->type, ids,
			route.rule, one->baselines);
	if (route.why[0] == '\0' || strncmp(route.rule, "built-in: ", 10) != 0)
		fail_msg("%s: rule '%s', why '%s'", one->type, route.rule, route.why);
}

#define DETAIL(type, mfa) "{\"detail\": {\"userIdentity\": {\"type\": \"" type "\"}" mfa "}}"
#define MFA(used) ", \"additionalEventData\": {\"MFAUsed\": \"" used "\"}"
#define ITEM "{\"detail-type\": \"Config Configuration Item Change\"}"

static void test_built_in(void **unused)
{
	static const struct expectation cases[] = {
		{ SIGNAL_SECURITY_HUB, "S3.1", NULL, NULL, NULL, BLOCK },
		{ SIGNAL_SECURITY_HUB, "S3.17", NULL, NULL, NULL, ENCRYPTION },
		{ SIGNAL_SECURITY_HUB, "S3.10", NULL, NULL, NULL, "" },
		{ SIGNAL_SECURITY_HUB, "IAM.5", NULL, NULL, NULL, "iam.user-mfa" },
		{ SIGNAL_SECURITY_HUB, "IAM.9", NULL, NULL, NULL, "iam.root-mfa" },
		{ SIGNAL_SECURITY_HUB, "GuardDuty.1", NULL, NULL, NULL, "guardduty.detector" },
		{ SIGNAL_SECURITY_HUB, "GuardDuty.2", NULL, NULL, NULL, "" },
		{ SIGNAL_SECURITY_HUB, "aws-foundational-security-best-practices/v/1.0.0/S3.1", NULL, NULL,
			NULL, BLOCK },
		{ SIGNAL_SECURITY_HUB, "security-control/IAM.6", NULL, NULL, NULL, "iam.root-mfa" },
		{ SIGNAL_SECURITY_HUB, "pci-dss/v/3.2.1/PCI.S3.6", NULL, NULL, NULL, BLOCK },
		{ SIGNAL_SECURITY_HUB,
			"arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/1.13", NULL,
			NULL, NULL, "iam.root-mfa" },
		{ SIGNAL_SECURITY_HUB,
			"arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/1.3", NULL,
			NULL, NULL, "" },
		{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/1.4.0/2.1.5.1", NULL, NULL, NULL,
			BLOCK },
		{ SIGNAL_SECURITY_HUB, "cis-aws-foundations-benchmark/v/3.0.0/1.10", NULL, NULL, NULL,
			"iam.user-mfa" },
		{ SIGNAL_SECURITY_HUB, "TTPs/Data Exposure/Policy:S3-BucketPublicAccessGranted", NULL, NULL,
			NULL, BLOCK },
		{ SIGNAL_SECURITY_HUB, "Effects/Policy:IAMUser-S3BucketEncryptionDisabled", NULL, NULL,
			NULL, ENCRYPTION },
		{ SIGNAL_SECURITY_HUB, "TTPs/Discovery/Recon:EC2-Portscan", NULL, NULL, NULL, "" },
		{ SIGNAL_SECURITY_HUB, "Effects/Data Exposure/External Access Granted", NULL, "AwsS3Bucket",
			NULL, BLOCK },
		{ SIGNAL_SECURITY_HUB, "Effects/Data Exposure/External Access Granted", NULL, "AwsIamRole",
			NULL, "" },
		{ SIGNAL_SECURITY_HUB, "", NULL, NULL, NULL, "" },
		{ SIGNAL_SECURITY_HUB, ":", NULL, NULL, NULL, "" },
		{ SIGNAL_OCSF, "S3.1", NULL, NULL, NULL, BLOCK },
		{ SIGNAL_OCSF, "Policy:S3/AccountBlockPublicAccessDisabled", NULL, NULL, NULL, BLOCK },
		{ SIGNAL_OCSF, "CVE-2026-1", NULL, NULL, NULL, "" },

		{ SIGNAL_CONFIG, "s3-account-level-public-access-blocks-periodic", NULL, "AWS::::Account",
			NULL, BLOCK },
		{ SIGNAL_CONFIG, "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS", NULL, NULL, NULL, BLOCK },
		{ SIGNAL_CONFIG, "securityhub-mfa-enabled-for-iam-console-access-12ab", NULL,
			"AWS::IAM::User", NULL, "iam.user-mfa" },
		{ SIGNAL_CONFIG, "OrgConfigRule-root-account-mfa-enabled-x1", NULL, NULL, NULL,
			"iam.root-mfa" },
		{ SIGNAL_CONFIG, "s3-default-encryption-kms-conformance-pack-abc", NULL, "AWS::S3::Bucket",
			NULL, ENCRYPTION },
		{ SIGNAL_CONFIG, "guardduty-enabled-centralized", NULL, NULL, NULL, "guardduty.detector" },
		{ SIGNAL_CONFIG, "guardduty-non-archived-findings", NULL, NULL, NULL, "" },
		{ SIGNAL_CONFIG, "s3-bucket-versioning-enabled", NULL, "AWS::S3::Bucket", NULL, "" },
		{ SIGNAL_CONFIG, "AWS::S3::Bucket", NULL, "AWS::S3::Bucket", ITEM, ENCRYPTION },
		{ SIGNAL_CONFIG, "ConfigurationItemChangeNotification", NULL, "AWS::IAM::User", ITEM,
			"iam.user-mfa" },
		{ SIGNAL_CONFIG, "AWS::S3::AccountPublicAccessBlock", NULL, NULL, ITEM, BLOCK },
		{ SIGNAL_CONFIG, "AWS::EC2::Instance", NULL, "AWS::EC2::Instance", ITEM, "" },

		{ SIGNAL_CLOUDTRAIL, "DeleteAccountPublicAccessBlock", "s3.amazonaws.com", NULL, NULL,
			BLOCK },
		{ SIGNAL_CLOUDTRAIL, "DeleteBucketEncryption", "s3.amazonaws.com", NULL, NULL, ENCRYPTION },
		{ SIGNAL_CLOUDTRAIL, "CreateBucket", "s3.amazonaws.com", NULL, NULL, ENCRYPTION },
		{ SIGNAL_CLOUDTRAIL, "CreateBucket", "lightsail.amazonaws.com", NULL, NULL, "" },
		{ SIGNAL_CLOUDTRAIL, "CreateBucket", NULL, NULL, NULL, "" },
		{ SIGNAL_CLOUDTRAIL, "PutBucketPolicy", "s3.amazonaws.com", NULL, NULL, "" },
		{ SIGNAL_CLOUDTRAIL, "CreateLoginProfile", "iam.amazonaws.com", NULL, NULL,
			"iam.user-mfa" },
		{ SIGNAL_CLOUDTRAIL, "UpdateLoginProfile", "iam.amazonaws.com", NULL, NULL, "" },
		{ SIGNAL_CLOUDTRAIL, "DeactivateMFADevice", "iam.amazonaws.com", NULL, NULL,
			"iam.root-mfa iam.user-mfa" },
		{ SIGNAL_CLOUDTRAIL, "DeleteUserPolicy", "iam.amazonaws.com", NULL, NULL, "iam.user-mfa" },
		{ SIGNAL_CLOUDTRAIL, "DeleteDetector", "guardduty.amazonaws.com", NULL, NULL,
			"guardduty.detector" },
		{ SIGNAL_CLOUDTRAIL, "StopMonitoringMembers", "guardduty.amazonaws.com", NULL, NULL,
			"guardduty.detector" },
		{ SIGNAL_CLOUDTRAIL, "RunInstances", "ec2.amazonaws.com", NULL, NULL, "" },

		{ SIGNAL_SIGN_IN, "ConsoleLogin", NULL, NULL, DETAIL("Root", MFA("No")), "iam.root-mfa" },
		{ SIGNAL_SIGN_IN, "ConsoleLogin", NULL, NULL, DETAIL("Root", MFA("Yes")), "" },
		{ SIGNAL_SIGN_IN, "ConsoleLogin", NULL, NULL, DETAIL("Root", ""), "iam.root-mfa" },
		{ SIGNAL_SIGN_IN, "PasswordUpdated", NULL, NULL, DETAIL("Root", ""), "iam.root-mfa" },
		{ SIGNAL_SIGN_IN, "ConsoleLogin", NULL, NULL, DETAIL("IAMUser", MFA("No")),
			"iam.user-mfa" },
		{ SIGNAL_SIGN_IN, "ConsoleLogin", NULL, NULL, DETAIL("IAMUser", MFA("Yes")), "" },
		{ SIGNAL_SIGN_IN, "ConsoleLogin", NULL, NULL, DETAIL("AssumedRole", MFA("No")), "" },
		{ SIGNAL_SIGN_IN, "ConsoleLogin", NULL, NULL, NULL, "" },

		{ SIGNAL_GUARDDUTY, "Policy:S3/AccountBlockPublicAccessDisabled", NULL, NULL, NULL, BLOCK },
		{ SIGNAL_GUARDDUTY, "Policy:S3/BucketBlockPublicAccessDisabled", NULL, NULL, NULL, BLOCK },
		{ SIGNAL_GUARDDUTY, "Policy:IAMUser/RootCredentialUsage", NULL, NULL, NULL,
			"iam.root-mfa" },
		{ SIGNAL_GUARDDUTY, "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B", NULL, NULL, NULL,
			"iam.user-mfa" },
		{ SIGNAL_GUARDDUTY, "Stealth:S3/ServerAccessLoggingDisabled", NULL, NULL, NULL, "" },
		{ SIGNAL_GUARDDUTY, "CryptoCurrency:EC2/BitcoinTool.B!DNS", NULL, NULL, NULL, "" },
		{ SIGNAL_MACIE, "Policy:IAMUser/S3BucketPublic", NULL, NULL, NULL, BLOCK },
		{ SIGNAL_MACIE, "Policy:IAMUser/S3BucketEncryptionDisabled", NULL, NULL, NULL, ENCRYPTION },
		{ SIGNAL_MACIE, "Policy:IAMUser/S3BucketSharedExternally", NULL, NULL, NULL, "" },
		{ SIGNAL_MACIE, "SensitiveData:S3Object/Personal", NULL, NULL, NULL, "" },
		{ SIGNAL_ACCESS_ANALYZER, "ExternalAccess", NULL, "AWS::S3::Bucket", NULL, BLOCK },
		{ SIGNAL_ACCESS_ANALYZER, "InternalAccess", NULL, "AWS::S3::Bucket", NULL, "" },
		{ SIGNAL_ACCESS_ANALYZER, "ExternalAccess", NULL, "AWS::IAM::Role", NULL, "" },
		{ SIGNAL_ACCESS_ANALYZER, "ExternalAccess", NULL, NULL, NULL, "" },
		{ SIGNAL_HEALTH, "AWS_RISK_CREDENTIALS_EXPOSED", NULL, NULL, NULL, "iam.user-mfa" },
		{ SIGNAL_HEALTH, "AWS_EC2_OPERATIONAL_ISSUE", NULL, NULL, NULL, "" },
		{ SIGNAL_INSPECTOR, "PACKAGE_VULNERABILITY", NULL, NULL, NULL, "" },
		{ SIGNAL_ORGANIZATION, "CreateOrganizationalUnit", NULL, NULL, NULL, "" },
		{ SIGNAL_OTHER, "anything", NULL, NULL, NULL, "" },
		{ SIGNAL_SOURCE_COUNT, "anything", NULL, NULL, NULL, "" },
	};
	struct config *config = configured("");

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		expect(config, &cases[i]);
	config_free(config);
}

static void test_names_of_rules(void **unused)
{
	struct config *config = configured("");
	struct signal signal = signal_of(SIGNAL_CLOUDTRAIL, "DeleteDetector", NULL);
	struct route route;

	(void)unused;
	signal.service = "guardduty.amazonaws.com";
	route_signal(table, config, &signal, &route);
	assert_string_equal(route.rule, "built-in: cloudtrail DeleteDetector");
	assert_string_equal(route.why, "a detector was deleted");
	config_free(config);
}

static void test_state_and_account_life(void **unused)
{
	static const struct {
		enum signal_state state;
		enum signal_account_change change;
		enum route_action action;
	} cases[] = {
		{ SIGNAL_CLOSED, SIGNAL_NO_ACCOUNT_CHANGE, ROUTE_IGNORE },
		{ SIGNAL_FAILED_CALL, SIGNAL_NO_ACCOUNT_CHANGE, ROUTE_IGNORE },
		{ SIGNAL_OPEN, SIGNAL_NO_ACCOUNT_CHANGE, ROUTE_CHECK },
		{ SIGNAL_OPEN, SIGNAL_ACCOUNT_NEW, ROUTE_SWEEP },
		{ SIGNAL_OPEN, SIGNAL_ACCOUNT_MOVED, ROUTE_SWEEP },
		{ SIGNAL_OPEN, SIGNAL_ACCOUNT_CLOSED, ROUTE_RETIRE },
		{ SIGNAL_CLOSED, SIGNAL_ACCOUNT_CLOSED, ROUTE_RETIRE },
		{ SIGNAL_FAILED_CALL, SIGNAL_ACCOUNT_CLOSED, ROUTE_IGNORE },
	};
	struct config *config = configured("");

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct signal signal = signal_of(SIGNAL_SECURITY_HUB, "S3.1", NULL);
		struct route route;

		signal.state = cases[i].state;
		signal.account_change = cases[i].change;
		route_signal(table, config, &signal, &route);
		assert_int_equal(route.action, cases[i].action);
		assert_int_equal(route.baseline_count, cases[i].action == ROUTE_CHECK ? 1 : 0);
		assert_true(route.why[0] != '\0' && route.rule[0] != '\0');
	}
	config_free(config);
}

/* The routes of the configuration decide first, in their order, also about closed findings and
 * failed calls. */
static void test_configured(void **unused)
{
	struct config *config = configured(
		"{\"name\": \"quiet\", \"action\": \"ignore\", \"pattern\": {\"detail\": "
		"{\"userIdentity\": {\"arn\": [{\"suffix\": \":role/ci\"}]}}}},"
		"{\"name\": \"mine\", \"baselines\": [\"iam.root-mfa\", \"" BLOCK
		"\"], \"pattern\": {\"source\": [\"aws.s3\"]}},"
		"{\"name\": \"all\", \"action\": \"sweep\", \"pattern\": {\"source\": [{\"prefix\": "
		"\"aws.s\"}]}},"
		"{\"name\": \"gone\", \"action\": \"retire\", \"pattern\": {\"source\": [\"left\"]}}");
	static const struct {
		const char *event;
		enum route_action action;
		const char *rule, *baselines;
	} cases[] = {
		{ "{\"source\": \"aws.s3\", \"detail\": {\"userIdentity\": {\"arn\": "
		  "\"arn:aws:iam::111122223333:role/ci\"}}}",
			ROUTE_IGNORE, "events.routes/0 (quiet)", "" },
		{ "{\"source\": \"aws.s3\"}", ROUTE_CHECK, "events.routes/1 (mine)",
			"iam.root-mfa " BLOCK },
		{ "{\"source\": \"aws.sqs\"}", ROUTE_SWEEP, "events.routes/2 (all)", "" },
		{ "{\"source\": \"left\"}", ROUTE_RETIRE, "events.routes/3 (gone)", "" },
		{ "{\"source\": \"aws.ec2\"}", ROUTE_IGNORE, "built-in: closed findings", "" },
		{ "{}", ROUTE_IGNORE, "built-in: closed findings", "" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *event = json_loads(cases[i].event, 0, NULL);
		struct signal signal = signal_of(SIGNAL_SECURITY_HUB, "S3.1", event);
		struct route route;

		signal.state = SIGNAL_CLOSED;
		route_signal(table, config, &signal, &route);
		CLEANUP_FREE char *ids = joined(&route);
		assert_int_equal(route.action, cases[i].action);
		assert_string_equal(route.rule, cases[i].rule);
		assert_string_equal(ids, cases[i].baselines);
	}
	config_free(config);
}

/* Each row is complete and is there once for its baseline. Each source has a row of no baseline for
 * all other signals. */
static void test_table(void **unused)
{
	const struct route_rule *rule;
	bool catch_all[SIGNAL_SOURCE_COUNT] = { false };

	(void)unused;
	for (size_t i = 0; (rule = route_table_at(table, i)) != NULL; i++) {
		const struct trigger *trigger = &rule->trigger;
		const char *star = strchr(trigger->type, '*');

		assert_true(trigger->source < SIGNAL_SOURCE_COUNT);
		assert_true(trigger->why[0] != '\0' && strlen(trigger->why) <= TRIGGER_WHY_MAX);
		assert_true(trigger->type[0] != '\0' && strlen(trigger->type) <= TRIGGER_TYPE_MAX);
		assert_true(star == NULL || star[1] == '\0');
		assert_true(rule->baseline == NULL || baseline_named(rule->baseline) != NULL);
		if (star == trigger->type) {
			assert_null(rule->baseline);
			assert_false(catch_all[trigger->source]);
			catch_all[trigger->source] = true;
		}
		for (size_t j = 0; j < i; j++) {
			const struct route_rule *before = route_table_at(table, j);

			if (before->baseline == rule->baseline && before->trigger.source == trigger->source &&
				strcmp(before->trigger.type, trigger->type) == 0 &&
				(before->trigger.service == NULL || trigger->service == NULL ||
					strcmp(before->trigger.service, trigger->service) == 0))
				fail_msg("%s is there twice", trigger->type);
		}
	}
	for (size_t source = 0; source < SIGNAL_SOURCE_COUNT; source++)
		if (!catch_all[source])
			fail_msg("%s has no row for all other signals",
				signal_source_name((enum signal_source)source));
}

static void test_each_baseline_has_a_route(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < baseline_set_count(all_baselines()); i++) {
		const char *wanted = baseline_set_at(all_baselines(), i)->id;
		const struct route_rule *rule;
		bool found = false;

		for (size_t j = 0; (rule = route_table_at(table, j)) != NULL; j++)
			found = found || (rule->baseline != NULL && strcmp(rule->baseline, wanted) == 0);
		if (!found)
			fail_msg("no event leads to %s", wanted);
	}
}

/* route_signal does what each row says, also where other baselines have the same trigger. */
static void test_rules_are_kept(void **unused)
{
	struct config *config = configured("");
	const struct route_rule *rule;

	(void)unused;
	for (size_t i = 0; (rule = route_table_at(table, i)) != NULL; i++) {
		CLEANUP_FREE char *type = xstrdup(rule->trigger.type);
		const char *blank = strchr(type, ' ');
		CLEANUP_JSON json_t *event = json_pack("{s:{s:{s:s}}}", "detail", "additionalEventData",
			"MFAUsed", strstr(type, "with MFA") ? "Yes" : "No");
		struct signal signal = signal_of(rule->trigger.source, type, event);
		struct route route;
		char who[32] = "";
		bool named = false;

		if (strchr(type, '*') != NULL)
			*strchr(type, '*') = '\0';
		signal.service = (char *)rule->trigger.service;
		if (rule->trigger.source == SIGNAL_SIGN_IN && blank != NULL) {
			/* "Root ConsoleLogin with MFA" */
			snprintf(who, sizeof who, "%.*s", (int)(blank - type), type);
			signal.actor.type = who;
			signal.type = type + strlen(who) + 1;
			signal.type[strcspn(signal.type, " ")] = '\0';
		} else if (rule->trigger.source == SIGNAL_ACCESS_ANALYZER) {
			signal.resource_type = type;
			signal.type = "ExternalAccess";
		}
		route_signal(table, config, &signal, &route);
		for (size_t j = 0; rule->baseline != NULL && j < route.baseline_count; j++)
			named = named || strcmp(route.baselines[j], rule->baseline) == 0;
		if (rule->baseline != NULL ? !named : route.action != ROUTE_IGNORE)
			fail_msg("%s does not lead to %s (%s)", rule->trigger.type, rule->baseline, route.rule);
		if (strstr(route.why, rule->trigger.why) == NULL)
			fail_msg("%s: '%s', not '%s'", rule->trigger.type, route.why, rule->trigger.why);
	}
	config_free(config);
}

/* Baselines add up: none takes a signal from another, and only a row that ignores a signal more
 * precisely holds one back. */
static void test_several_baselines(void **unused)
{
	static const struct trigger one[] = {
		{ SIGNAL_CONFIG, "guardduty-*", NULL, "about GuardDuty" },
		{ SIGNAL_GUARDDUTY, "Policy:S3/*", NULL, "about buckets" },
		{ SIGNAL_CLOUDTRAIL, "PutBucketPolicy", "s3.amazonaws.com", "a policy was set" },
		TRIGGERS_END,
	};
	static const struct trigger two[] = {
		{ SIGNAL_GUARDDUTY, "Policy:S3/BucketPublicAccessGranted", NULL, "a bucket is public" },
		{ SIGNAL_GUARDDUTY, "Policy:S3/*", NULL, "about buckets" },
		{ SIGNAL_CONFIG, "guardduty-non-archived-findings-*", NULL, "about findings" },
		TRIGGERS_END,
	};
	static const struct {
		enum signal_source source;
		const char *type, *baselines, *rule, *why;
	} cases[] = {
		/* Both baselines, in their order; the most precise rule is named. */
		{ SIGNAL_GUARDDUTY, "Policy:S3/BucketPublicAccessGranted", "user.one user.two",
			"built-in: guardduty Policy:S3/BucketPublicAccessGranted",
			"about buckets; a bucket is public" },
		{ SIGNAL_GUARDDUTY, "Policy:S3/Other", "user.one user.two",
			"built-in: guardduty Policy:S3/*", "about buckets" },
		/* A row of routes.def of the same type gives way. */
		{ SIGNAL_CLOUDTRAIL, "PutBucketPolicy", "user.one", "built-in: cloudtrail PutBucketPolicy",
			"a policy was set" },
		/* A more precise row of routes.def doesn't, except for a baseline whose row is more precise
		 * still. */
		{ SIGNAL_CONFIG, "guardduty-enabled-centralized", "user.one",
			"built-in: config guardduty-*", "about GuardDuty" },
		{ SIGNAL_CONFIG, "guardduty-non-archived-findings", "",
			"built-in: config guardduty-non-archived-findings*", NULL },
		{ SIGNAL_CONFIG, "guardduty-non-archived-findings-x", "user.two",
			"built-in: config guardduty-non-archived-findings-*", "about findings" },
	};
	struct route_table *two_of_them = route_table_new();
	struct config *config = configured("");

	(void)unused;
	route_table_add(two_of_them, "user.one", one);
	route_table_add(two_of_them, "user.two", two);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct signal signal = signal_of(cases[i].source, cases[i].type, NULL);
		struct route route;

		signal.service = "s3.amazonaws.com";
		route_signal(two_of_them, config, &signal, &route);
		CLEANUP_FREE char *ids = joined(&route);
		assert_string_equal(ids, cases[i].baselines);
		assert_string_equal(route.rule, cases[i].rule);
		if (cases[i].why != NULL)
			assert_string_equal(route.why, cases[i].why);
	}
	config_free(config);
	route_table_free(two_of_them);
}

static int make_table(void **unused)
{
	(void)unused;
	table = route_table_new();
	for (size_t i = 0; i < baseline_set_count(all_baselines()); i++) {
		const struct baseline *baseline = baseline_set_at(all_baselines(), i);

		route_table_add(table, baseline->id, baseline->triggers);
	}
	return 0;
}

static int free_table(void **unused)
{
	(void)unused;
	route_table_free(table);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_built_in),
		cmocka_unit_test(test_names_of_rules),
		cmocka_unit_test(test_state_and_account_life),
		cmocka_unit_test(test_configured),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_each_baseline_has_a_route),
		cmocka_unit_test(test_rules_are_kept),
		cmocka_unit_test(test_several_baselines),
	};

	return cmocka_run_group_tests(tests, make_table, free_table);
}
