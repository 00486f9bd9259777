/* Helpers for the tests of approvals: they make changes, requests, people and a configuration. */
#ifndef REEVE_UNIT_TEST_APPROVALS_HELP_H
#define REEVE_UNIT_TEST_APPROVALS_HELP_H

#include "change_help.h"
#include "test_store_help.h"

#include "approvals/answer.h"
#include "approvals/approvals.h"
#include "approvals/check.h"
#include "approvals/expire.h"
#include "approvals/list.h"
#include "approvals/people.h"
#include "approvals/rules.h"
#include "approvals/seen.h"
#include "base/json.h"
#include "base/mem.h"
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

/* Makes the record of a change of a resource from that value to true. */
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

/* Requests in these tests are on the heap, so that they can be handed around. */
static inline void request_free(struct approval_request *request)
{
	if (request != NULL)
		approval_request_release(request);
	free(request);
}
static inline void cleanup_asked(struct approval_request **request)
{
	request_free(*request);
}
#define CLEANUP_ASKED __attribute__((cleanup(cleanup_asked)))

/* Requests an approval of the change; NULL, with *err, when that fails. */
static inline struct approval_request *request_change(struct approvals *approvals,
	const struct config *config, const json_t *change, const char *reason,
	const struct approval_requester *requester, int64_t now_ms, struct err *err)
{
	struct approval_request *request = xcalloc(1, sizeof *request);
	struct change_record record;

	assert_int_equal(change_record_decode(change, &record, err), 0);
	int result =
		approvals_request(approvals, config, &record, reason, requester, now_ms, request, err);
	change_record_release(&record);
	if (result == 0)
		return request;
	request_free(request);
	return NULL;
}

/* Reads the current request for the change; NULL when there is none. */
static inline struct approval_request *request_now(struct approvals *approvals, const char *hash)
{
	struct approval_request *request = xcalloc(1, sizeof *request);
	struct err err = ERR_INIT;
	bool found;

	assert_ok(approvals_by_hash(approvals, hash, request, &found, &err));
	if (found)
		return request;
	request_free(request);
	return NULL;
}

static inline const char *state_of(const struct approval_request *request)
{
	return approval_state_name(request->state);
}

static inline bool are_same(const struct approval_request *left,
	const struct approval_request *right)
{
	CLEANUP_JSON json_t *a = approval_request_encode(left);
	CLEANUP_JSON json_t *b = approval_request_encode(right);

	return json_equal(a, b);
}

static inline struct person person_of(const char *name, const char *via)
{
	struct person person = { .name = "" };

	snprintf(person.name, sizeof person.name, "%s", name);
	snprintf(person.via, sizeof person.via, "%s%s", via, name);
	return person;
}

#endif
