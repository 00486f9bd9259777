/* For the tests of approvals: changes, people and a configuration in short form. */
#ifndef REEVE_UNIT_TEST_APPROVALS_HELP_H
#define REEVE_UNIT_TEST_APPROVALS_HELP_H

#include "test_store_help.h"

#include "approvals/approvals.h"
#include "base/json.h"
#include "baselines_help.h"

#define NOW INT64_C(1800000000000)
#define HOUR_MS (INT64_C(3600) * 1000)

/* Four people; Dan is no approver. Their system users are numbers that no system has. */
#define PEOPLE \
	"\"people\": [{\"name\": \"Ann\", \"system_users\": [\"uid:61001\"]}, {\"name\": \"Bob\", " \
	"\"system_users\": [\"uid:61002\"]}, " \
	"{\"name\": \"Cyd\", \"system_users\": [\"uid:61003\"]}, {\"name\": \"Dan\", " \
	"\"system_users\": [\"uid:61004\"]}]"

static inline struct config *config_of(const char *approvals)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;
	char text[2048];

	snprintf(text, sizeof text,
		"{\"organization\": {\"home_region\": \"eu-west-1\"}, %s, \"approvals\": %s}", PEOPLE,
		approvals);
	assert_ok(config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err));
	return config;
}

/* The change of a resource from a value to true. */
static inline json_t *change_of(const char *resource, int before)
{
	char hash[65];
	json_t *change =
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:i}, s:{s:b}, s:[{s:s, s:s, s:{}}]}", "id",
			"c-0123456789abcdef", "account", "111122223333", "region", "eu-west-1", "cell_region",
			"eu-west-1", "baseline", "s3.bucket-default-encryption", "resource", resource, "before",
			"on", before, "after", "on", 1, "calls", "service", "s3", "operation",
			"PutBucketEncryption", "params");

	approval_change_hash(change, hash);
	json_object_set_new(change, "hash", json_string(hash));
	return change;
}

static inline const char *hash_of(const json_t *request)
{
	return json_get_string_or(request, "hash", "");
}

static inline const char *state_of(const json_t *request)
{
	return json_get_string_or(request, "state", "");
}

static inline struct person person_of(const char *name, const char *via)
{
	struct person person = { .name = "" };

	snprintf(person.name, sizeof person.name, "%s", name);
	snprintf(person.via, sizeof person.via, "%s%s", via, name);
	return person;
}

#endif
