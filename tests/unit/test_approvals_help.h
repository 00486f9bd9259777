/* For the tests of approvals: changes, people and a configuration in short form. */
#ifndef REEVE_UNIT_TEST_APPROVALS_HELP_H
#define REEVE_UNIT_TEST_APPROVALS_HELP_H

#include "change_help.h"
#include "test_store_help.h"

#include "approvals/approvals.h"
#include "base/json.h"
#include "baselines_help.h"
#include "ledger/change.h"

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
	struct change_record record;
	struct err err = ERR_INIT;
	char hash[CHANGE_HASH_SIZE];
	json_t *change = change_json("c-0123456789abcdef", "run-1");

	set_text(change, "resource", resource);
	json_object_set_new(change, "before", json_pack("{s:i}", "on", before));
	json_object_set_new(change, "after", json_pack("{s:b}", "on", 1));
	json_object_set_new(change, "calls",
		json_pack("[{s:s, s:s, s:{}}]", "service", "s3", "operation", "PutBucketEncryption",
			"params"));
	assert_ok(change_record_decode(change, &record, &err));
	change_hash(&record, hash);
	change_record_release(&record);
	set_text(change, "hash", hash);
	return change;
}

static inline int request_change(struct approvals *approvals, const struct config *config,
	const json_t *change, const char *reason, const struct approval_requester *requester,
	int64_t now_ms, json_t **request, struct err *err)
{
	struct change_record record;

	assert_int_equal(change_record_decode(change, &record, err), 0);
	int result =
		approvals_request(approvals, config, &record, reason, requester, now_ms, request, err);
	change_record_release(&record);
	return result;
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
