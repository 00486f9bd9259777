/* A small catalogue, and configurations from text, for the tests of the configuration. */
#ifndef REEVE_TESTS_CONFIG_HELP_H
#define REEVE_TESTS_CONFIG_HELP_H

#include "base/json.h"
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct setting fake_none[] = { { .name = NULL } };

static const struct setting fake_block[] = {
	{ .name = "block_public_acls",
		.type = SETTING_BOOLEAN,
		.default_json = "true",
		.help = "Refuse public ACLs." },
	{ .name = "block_public_policy",
		.type = SETTING_BOOLEAN,
		.default_json = "true",
		.help = "Refuse public policies." },
	{ .name = NULL },
};

static const char *const fake_algorithms[] = { "AES256", "aws:kms", NULL };
static const struct setting fake_encryption[] = {
	{ .name = "kms_key_id",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 64,
		.help = "The key." },
	{ .name = "algorithm",
		.type = SETTING_CHOICE,
		.default_json = "\"aws:kms\"",
		.choices = fake_algorithms,
		.help = "The algorithm." },
	{ .name = NULL },
};

static const char *const fake_features[] = { "S3_DATA_EVENTS", "EKS_AUDIT_LOGS",
	"EBS_MALWARE_PROTECTION", NULL };
static const struct setting fake_detector[] = {
	{ .name = "features",
		.type = SETTING_CHOICE_LIST,
		.default_json = "[]",
		.choices = fake_features,
		.help = "The features that are on." },
	{ .name = "trusted",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.minimum = 0,
		.maximum = 3,
		.help = "Trusted names." },
	{ .name = NULL },
};

static const struct setting fake_password[] = {
	{ .name = "minimum_length",
		.type = SETTING_INTEGER,
		.default_json = "14",
		.minimum = 6,
		.maximum = 128,
		.help = "The least length." },
	{ .name = "strength",
		.type = SETTING_NUMBER,
		.default_json = "0.5",
		.minimum = 0,
		.maximum = 1,
		.help = "The strength." },
	{ .name = NULL },
};

static const struct setting fake_trail[] = {
	{ .name = "bucket", .type = SETTING_STRING, .help = "The bucket of the trail." },
	{ .name = NULL },
};

static const struct catalogue_entry fake_entries[] = {
	{ "s3.account-public-access-block", fake_block, TIER_AUTO },
	{ "s3.bucket-default-encryption", fake_encryption, TIER_AUTO },
	{ "guardduty.detector", fake_detector, TIER_APPROVAL },
	{ "iam.password-policy", fake_password, TIER_APPROVAL },
	{ "cloudtrail.trail", fake_trail, TIER_ALERT },
	{ "iam.user-mfa", fake_none, TIER_ALERT },
};

static const struct catalogue fake_catalogue = { fake_entries, ARRAY_LENGTH(fake_entries) };

/* The part that every configuration needs, so that a test shows only its own. */
#define ORGANIZATION "\"organization\": {\"home_region\": \"eu-west-1\"}"

/* Parses a configuration with the given sections; the test fails when it is refused. */
static inline struct config *config_of(const char *sections)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;
	char *text = NULL;

	assert_true(asprintf(&text, "{%s%s%s}", ORGANIZATION, sections[0] != '\0' ? ", " : "",
					sections) > 0);
	if (config_parse(text, strlen(text), "reeve.json", &fake_catalogue, &config, &err) < 0)
		fail_msg("%s\n%s", err.message, text);
	free(text);
	return config;
}

/* An account in Root > Workloads > Prod/EU, with two tags. */
static const struct org_unit fake_units[] = {
	{ "r-ab12", "Root" },
	{ "ou-ab12-11111111", "Workloads" },
	{ "ou-ab12-22222222", "Prod/EU" },
};
static const struct org_tag fake_tags[] = { { "env", "prod" }, { "cost=center", "a=b" } };
static const struct org_place fake_place = { "111122223333", fake_units, 3, fake_tags, 2 };

#endif
