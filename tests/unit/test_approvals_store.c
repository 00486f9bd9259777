/* Tests of approvals in the store: there is one request for a change, a later one supersedes it,
 * and records that can't be read approve nothing. */
#include "test_approvals_help.h"

#include "audit/audit.h"
#include "baselines_help.h"
#include "ledger/held_change.h"
#include "ledger/journal.h"
#include "store/queue.h"
#include "store/read.h"

#define ANY "{}"
#define DAY_MS (24 * HOUR_MS)

static const struct approval_requester ann = { .name = "Ann", .user = "uid:61001", .run = "run-1" };

static struct approval_request *ask(struct approvals *approvals, const struct config *config,
	const char *resource, int before, int64_t now_ms)
{
	CLEANUP_JSON json_t *change = change_of(resource, before);
	struct err err = ERR_INIT;
	struct approval_request *request =
		request_change(approvals, config, change, "it differs", &ann, now_ms, &err);

	if (request == NULL)
		fail_msg("%s", err.message);
	return request;
}

/* Answers, and gives the state after the answer, or the code of its refusal. */
static const char *reply(struct approvals *approvals, const struct config *config,
	const struct approval_request *request, const char *name, bool approve, int64_t now_ms)
{
	static char result[96];
	struct person person = person_of(name, "token ");
	CLEANUP_REQUEST struct approval_request updated = { 0 };
	struct err err = ERR_INIT;

	if (approvals_answer(approvals, config, NULL, request, &person, approve, "because", now_ms,
			&updated, &err) < 0)
		snprintf(result, sizeof result, "%s", err.code);
	else
		snprintf(result, sizeof result, "%s", state_of(&updated));
	return result;
}

static bool valid(struct approvals *approvals, const char *hash, int64_t now_ms)
{
	CLEANUP_REQUEST struct approval_request request = { 0 };
	struct err err = ERR_INIT;
	bool found;

	assert_ok(approvals_valid_for(approvals, hash, now_ms, &request, &found, &err));
	assert_int_equal(found, request.source != NULL);
	return found;
}

static size_t listed(struct approvals *approvals, bool all, int64_t now_ms)
{
	CLEANUP_REQUEST_LIST struct request_list list = { 0 };
	struct err err = ERR_INIT;

	assert_ok(approvals_list(approvals, all, now_ms, &list, &err));
	return list.count;
}

/* A request is the same before and after it was committed, and in the next process. */
static void test_one_request_for_a_change(void **state)
{
	struct config *config = config_of(ANY);
	struct store *store = open_writer(NULL);
	struct approvals *approvals = approvals_new(store);
	CLEANUP_ASKED struct approval_request *first = ask(approvals, config, "r", 0, NOW);
	CLEANUP_ASKED struct approval_request *again = ask(approvals, config, "r", 0, NOW + HOUR_MS);
	struct err err = ERR_INIT;

	(void)state;
	assert_true(are_same(first, again));
	assert_int_equal(listed(approvals, false, NOW), 1);
	assert_false(valid(approvals, first->hash, NOW));
	assert_string_equal(reply(approvals, config, first, "Ann", true, NOW), "FourEyes");
	assert_string_equal(reply(approvals, config, first, "Bob", true, NOW), "approved");
	assert_true(valid(approvals, first->hash, NOW) &&
		valid(approvals, first->hash, NOW + 72 * HOUR_MS - 1));
	assert_false(valid(approvals, first->hash, NOW + 72 * HOUR_MS));
	CLEANUP_ASKED struct approval_request *approved = ask(approvals, config, "r", 0, NOW + HOUR_MS);
	assert_string_equal(state_of(approved), "approved");
	approvals_free(approvals);
	close_store(store);

	store = open_reader();
	approvals = approvals_new(store);
	assert_true(valid(approvals, first->hash, NOW));
	CLEANUP_REQUEST struct approval_request kept = { 0 };
	assert_ok(approvals_find(approvals, first->id, &kept, &err));
	assert_true(are_same(&kept, approved));
	assert_int_equal(listed(approvals, false, NOW), 1);
	approvals_free(approvals);
	close_store(store);
	config_free(config);
}

static void test_superseding(void **state)
{
	struct config *config = config_of(ANY);
	struct store *store = open_writer(NULL);
	struct approvals *approvals = approvals_new(store);
	int64_t late = NOW + 72 * HOUR_MS;
	CLEANUP_ASKED struct approval_request *first = ask(approvals, config, "r", 0, NOW);
	CLEANUP_ASKED struct approval_request *second = ask(approvals, config, "r", 0, late);
	struct err err = ERR_INIT;

	(void)state;
	assert_string_not_equal(first->id, second->id);
	assert_string_equal(state_of(second), "waiting");
	assert_string_equal(reply(approvals, config, first, "Bob", true, late), "Superseded");
	assert_string_equal(reply(approvals, config, second, "Bob", true, late), "approved");
	assert_ok(approvals_done(approvals, first->hash, "c-1", late, &err));
	assert_false(valid(approvals, first->hash, late));
	assert_ok(approvals_done(approvals, first->hash, "c-2", late, &err)); /* no effect */
	/* The same drift needs another request when it is found again. */
	CLEANUP_ASKED struct approval_request *third = ask(approvals, config, "r", 0, late);
	assert_string_equal(state_of(third), "waiting");
	assert_int_equal(third->round, 2);
	/* A denial stays. */
	assert_string_equal(reply(approvals, config, third, "Bob", false, late), "denied");
	CLEANUP_ASKED struct approval_request *fourth =
		ask(approvals, config, "r", 0, late + 100 * DAY_MS);
	assert_string_equal(state_of(fourth), "denied");
	assert_ok(approvals_void(approvals, first->hash, "moved", late, &err)); /* no effect */
	/* All requests are on record. */
	assert_int_equal(listed(approvals, false, late), 0);
	assert_int_equal(listed(approvals, true, late), 3);
	CLEANUP_REQUEST struct approval_request past = { 0 };
	assert_ok(approvals_find(approvals, first->id, &past, &err));
	assert_string_equal(state_of(&past), "expired");
	approvals_free(approvals);
	close_store(store);
	config_free(config);
}

static void test_moved_resource(void **state)
{
	struct config *config = config_of(ANY);
	struct store *store = open_writer(NULL);
	struct approvals *approvals = approvals_new(store);
	CLEANUP_ASKED struct approval_request *first = ask(approvals, config, "r", 0, NOW);
	CLEANUP_ASKED struct approval_request *elsewhere = ask(approvals, config, "s", 0, NOW);
	struct err err = ERR_INIT;

	(void)state;
	assert_string_equal(reply(approvals, config, first, "Bob", true, NOW), "approved");
	/* The resource has drifted further. */
	CLEANUP_ASKED struct approval_request *second = ask(approvals, config, "r", 7, NOW);
	assert_string_equal(state_of(second), "waiting");
	assert_false(valid(approvals, first->hash, NOW));
	assert_string_equal(reply(approvals, config, first, "Cyd", true, NOW), "Void");
	assert_int_equal(listed(approvals, false, NOW), 2);
	/* The resource is in its first state again, which nobody has approved since. */
	CLEANUP_ASKED struct approval_request *third = ask(approvals, config, "r", 0, NOW);
	assert_string_equal(state_of(third), "waiting");
	assert_int_equal(third->round, 1);
	assert_string_equal(reply(approvals, config, elsewhere, "Bob", true, NOW), "approved");
	assert_ok(approvals_void(approvals, elsewhere->hash, "gone", NOW, &err));
	assert_false(valid(approvals, elsewhere->hash, NOW));
	assert_ok(approvals_void(approvals, "no such hash", "gone", NOW, &err));
	/* A change that was made without an approval can't be approved any more. */
	assert_ok(approvals_done(approvals, third->hash, "c-9", NOW, &err));
	assert_string_equal(reply(approvals, config, third, "Bob", true, NOW), "Void");
	approvals_free(approvals);
	close_store(store);
	config_free(config);
}

static void put_raw(struct store *store, const char *hash, json_t *value)
{
	struct store_key key = STORE_KEY("request", hash);
	struct err err = ERR_INIT;

	assert_ok(store_put_json(store, STORE_APPROVALS, &key, value, &err));
	flush(store);
	json_decref(value);
}

static void expect_unreadable(struct approvals *approvals, const struct config *config,
	const char *hash, const char *code)
{
	CLEANUP_JSON json_t *change = change_of("r", 0);
	struct approval_request request;
	struct err err = ERR_INIT;
	bool found;

	assert_int_equal(approvals_valid_for(approvals, hash, NOW, &request, &found, &err), -1);
	assert_true(err_is(&err, ERR_STORE, code));
	err_clear(&err);
	assert_null(request_change(approvals, config, change, "", &ann, NOW, &err));
	assert_true(err_is(&err, ERR_STORE, code));
}

static void test_unreadable(void **state)
{
	struct config *config = config_of(ANY);
	struct store *store = open_writer(NULL);
	struct approvals *approvals = approvals_new(store);
	CLEANUP_JSON json_t *mine = change_of("r", 0);
	const char *hash = json_get_string(mine, "hash");
	CLEANUP_ASKED struct approval_request *approved = ask(approvals, config, "other", 0, NOW);
	CLEANUP_REQUEST_LIST struct request_list list = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_string_equal(reply(approvals, config, approved, "Bob", true, NOW), "approved");
	put_raw(store, hash, json_integer(1));
	expect_unreadable(approvals, config, hash, "InvalidRecord");
	put_raw(store, hash, json_pack("{s:s}", "state", "approved"));
	expect_unreadable(approvals, config, hash, "InvalidRecord");
	/* The key of this request has the record of another one. */
	CLEANUP_ASKED struct approval_request *other = request_now(approvals, approved->hash);
	put_raw(store, hash, approval_request_encode(other));
	expect_unreadable(approvals, config, hash, "InvalidRecord");
	/* A later version wrote the record. */
	json_t *newer = approval_request_encode(other);
	json_object_set_new(newer, "version", json_integer(2));
	put_raw(store, hash, newer);
	expect_unreadable(approvals, config, hash, "NewerRecord");
	newer = approval_request_encode(other);
	json_object_set_new(newer, "state", json_string("blessed"));
	put_raw(store, hash, newer);
	expect_unreadable(approvals, config, hash, "NewerRecord");
	put_raw(store, hash, json_pack("{s:s, s:s}", "id", "a-1", "state", "approved"));
	assert_ok(approvals_list(approvals, false, NOW, &list, &err));
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0].unreadable.id, "a-1");
	assert_string_equal(state_of(&list.items[1].request), "approved");
	CLEANUP_JSON json_t *document = request_list_document(&list, NOW);
	assert_string_equal(json_get_string(json_array_get(document, 0), "state"), "unreadable");
	assert_string_equal(json_get_string(json_array_get(document, 1), "state"), "approved");
	struct approval_request none;
	assert_int_equal(approvals_find(approvals, "a-1", &none, &err), -1);
	assert_true(err_is(&err, ERR_STORE, "InvalidRecord"));
	err_clear(&err);
	approvals_free(approvals);
	close_store(store);
	config_free(config);
}

static void test_find(void **state)
{
	struct config *config = config_of(ANY);
	struct store *store = open_writer(NULL);
	struct approvals *approvals = approvals_new(store);
	struct approval_request found;
	struct err err = ERR_INIT;
	char resource[16];

	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(resource, sizeof resource, "r%d", i);
		request_free(ask(approvals, config, resource, 0, NOW + i));
	}
	CLEANUP_ASKED struct approval_request *one = ask(approvals, config, "r7", 0, NOW);
	const char *id = one->id;
	assert_ok(approvals_find(approvals, id, &found, &err));
	assert_true(are_same(one, &found));
	approval_request_release(&found);
	assert_ok(approvals_find(approvals, id + 2, &found, &err));
	assert_true(are_same(one, &found));
	approval_request_release(&found);
	assert_int_equal(approvals_find(approvals, "a-", &found, &err), -1);
	assert_string_equal(err.code, "UnknownApproval");
	assert_int_equal(approvals_find(approvals, "", &found, &err), -1);
	assert_int_equal(approvals_find(approvals, "a-zz", &found, &err), -1);
	assert_string_equal(err.code, "UnknownApproval");
	/* 40 ids share 16 first digits. */
	int ambiguous = 0;
	for (const char *digit = "0123456789abcdef"; *digit != '\0'; digit++) {
		const char first[2] = { *digit, '\0' };

		if (approvals_find(approvals, first, &found, &err) < 0)
			ambiguous += strcmp(err.code, "AmbiguousApproval") == 0;
		else
			approval_request_release(&found);
	}
	assert_true(ambiguous > 0);
	approvals_free(approvals);
	close_store(store);
	config_free(config);
}

static int count_audited(void *argument, const struct store_key *key, const json_t *entry)
{
	int *counts = argument; /* of accepted and of refused answers */

	(void)key;
	if (strcmp(json_get_string_or(entry, "action", ""), "approve") == 0 ||
		strcmp(json_get_string_or(entry, "action", ""), "deny") == 0) {
		counts[strcmp(json_get_string_or(entry, "outcome", ""), "accepted") == 0 ? 0 : 1]++;
		assert_non_null(json_get_string(entry, "actor"));
		assert_string_equal(json_get_string(entry, "resource"), "r");
	}
	return 0;
}

static void test_answers_are_audited_and_denials_held(void **state)
{
	struct config *config =
		config_of("{\"required\": 2, \"approvers\": [\"Ann\", \"Bob\", \"Cyd\"]}");
	struct store *store = open_writer(NULL);
	struct approvals *approvals = approvals_new(store);
	struct audit *audit = NULL;
	CLEANUP_ASKED struct approval_request *request = ask(approvals, config, "r", 0, NOW);
	struct held_change held;
	bool found;
	struct err err = ERR_INIT;
	int counts[2] = { 0 };
	const struct {
		const char *name;
		bool approve;
		const char *code;
	} answers[] = { { "Ann", true, "FourEyes" }, { "Dan", true, "NotAnApprover" },
		{ "Bob", true, "" }, { "Bob", true, "AnsweredAlready" }, { "Eve", true, "UnknownPerson" },
		{ "Cyd", false, "" }, { "Cyd", true, "DeniedAlready" } };

	(void)state;
	assert_ok(audit_open(store, test_state, NULL, &audit, &err));
	for (size_t i = 0; i < ARRAY_LENGTH(answers); i++) {
		struct person person = person_of(answers[i].name, "token ");
		CLEANUP_REQUEST struct approval_request updated = { 0 };

		err_clear(&err);
		int result = approvals_answer(approvals, config, audit, request, &person,
			answers[i].approve, "x", NOW, &updated, &err);
		assert_string_equal(err.code, answers[i].code);
		assert_int_equal(result, answers[i].code[0] == '\0' ? 0 : -1);
	}
	flush(store);
	assert_ok(store_each_json(store, STORE_AUDIT, NULL, count_audited, counts, &err));
	assert_int_equal(counts[0], 2);
	assert_int_equal(counts[1], 4);
	assert_ok(held_change_read(store, request->hash, &held, &found, &err));
	assert_true(found);
	assert_int_equal(held.code, HELD_DENIED);
	held_change_release(&held);
	assert_ok(audit_close(audit, &err));
	approvals_free(approvals);
	close_store(store);
	config_free(config);
}

static void test_expire_and_drop(void **state)
{
	struct config *config = config_of("{\"expire_hours\": 1}");
	struct store *store = open_writer(NULL);
	struct approvals *approvals = approvals_new(store);
	CLEANUP_ASKED struct approval_request *first = ask(approvals, config, "r", 0, NOW);
	CLEANUP_ASKED struct approval_request *second =
		ask(approvals, config, "s", 0, NOW + HOUR_MS / 2);
	CLEANUP_ASKED struct approval_request *denied = ask(approvals, config, "t", 0, NOW);
	struct err err = ERR_INIT;
	size_t expired = 99;

	(void)state;
	assert_non_null(first);
	assert_string_equal(reply(approvals, config, second, "Bob", true, NOW + HOUR_MS / 2),
		"approved");
	assert_string_equal(reply(approvals, config, denied, "Bob", false, NOW), "denied");
	assert_ok(approvals_expire(approvals, NOW + HOUR_MS - 1, &expired, &err));
	assert_int_equal(expired, 0);
	assert_ok(approvals_expire(approvals, NOW + HOUR_MS, &expired, &err));
	assert_int_equal(expired, 1);
	assert_ok(approvals_expire(approvals, NOW + HOUR_MS, &expired, &err));
	assert_int_equal(expired, 0);
	assert_ok(approvals_expire(approvals, NOW + 2 * HOUR_MS, &expired, &err));
	assert_int_equal(expired, 1);
	request_free(ask(approvals, config, "r", 0, NOW + 2 * HOUR_MS));
	assert_int_equal(listed(approvals, true, NOW + 2 * HOUR_MS), 4);
	assert_ok(approvals_expire(approvals, NOW + 399 * DAY_MS, NULL, &err));
	assert_int_equal(listed(approvals, true, NOW + 399 * DAY_MS), 4);
	/* One of the requests waited until now. */
	assert_ok(approvals_expire(approvals, NOW + 401 * DAY_MS, &expired, &err));
	assert_int_equal(listed(approvals, true, NOW + 401 * DAY_MS), 1);
	flush(store);
	assert_int_equal(listed(approvals, true, NOW + 401 * DAY_MS), 1);
	assert_ok(approvals_expire(approvals, NOW + 900 * DAY_MS, &expired, &err));
	flush(store);
	assert_int_equal(count(store, STORE_APPROVALS, NULL), 0);
	approvals_free(approvals);
	close_store(store);
	config_free(config);
}

/* --- answers at the same time --- */

struct contest {
	struct approvals *approvals;
	struct config *config;
	struct audit *audit;
	const struct approval_request *request;
	const char *name;
	bool approve;
	int delay_ms;
	char outcome[96];
};

static MAY_YIELD void contend(void *argument)
{
	struct contest *contest = argument;
	struct person person = person_of(contest->name, "token ");
	CLEANUP_REQUEST struct approval_request updated = { 0 };
	struct err err = ERR_INIT;

	if (contest->delay_ms > 0 && fiber_sleep(contest->delay_ms) < 0)
		fail();
	int result = approvals_answer(contest->approvals, contest->config, contest->audit,
		contest->request, &person, contest->approve, NULL, NOW, &updated, &err);
	snprintf(contest->outcome, sizeof contest->outcome, "%s",
		result < 0 ? err.code : state_of(&updated));
}

/* While the first answer waits for a slow disk, the second person's answer counts after it. The
 * third person's answer comes when the first is on disk and the second is not. */
static void contest_of(int second_ms, int third_ms)
{
	struct loop *loop = new_loop(8);
	struct config *config = config_of("{\"required\": 3}");
	struct store *store =
		open_store((struct store_options){ .mode = STORE_WRITE, .test_fsync_ms = 30 }, loop);
	struct approvals *approvals = approvals_new(store);
	CLEANUP_ASKED struct approval_request *request = ask(approvals, config, "r", 0, NOW);
	struct audit *audit = NULL;
	struct err err = ERR_INIT;

	assert_ok(audit_open(store, test_state, NULL, &audit, &err));
	struct contest contests[] = {
		{ approvals, config, audit, request, "Bob", true, 0, "" },
		{ approvals, config, audit, request, "Cyd", false, second_ms, "" },
		{ approvals, config, audit, request, "Dan", true, third_ms, "" },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(contests); i++)
		spawn(loop, contend, &contests[i]);
	loop_run(loop);
	assert_string_equal(contests[0].outcome, "waiting");
	assert_string_equal(contests[1].outcome, "denied");
	assert_string_equal(contests[2].outcome, "DeniedAlready");
	CLEANUP_ASKED struct approval_request *now = request_now(approvals, request->hash);
	assert_string_equal(state_of(now), "denied");
	assert_int_equal(now->answers_count, 2);
	assert_ok(audit_close(audit, &err));
	approvals_free(approvals);
	close_store(store);
	loop_free(loop);
	config_free(config);
}

static void test_answers_at_once(void **state)
{
	(void)state;
	contest_of(0, 0);
}

static void test_answers_one_after_the_other(void **state)
{
	(void)state;
	contest_of(15, 45);
}

static int find_asker(const char *people, struct approvals_asker *asker, struct err *err)
{
	char text[1024];
	struct config *config = NULL;

	snprintf(text, sizeof text,
		"{\"organization\": {\"home_region\": \"eu-west-1\"}, \"people\": %s}", people);
	if (config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, err) < 0)
		fail_msg("%s", err->message);
	int result = approvals_find_asker(config, asker, err);
	config_free(config);
	return result;
}

/* The system user is mapped to no person, to one, or to two, which is an error. */
static void test_asker(void **state)
{
	struct approvals_asker asker = { .user = "" };
	struct err err = ERR_INIT;
	char user[PERSON_USER_SIZE], one[256], two[768];

	(void)state;
	people_user_name(getuid(), user);
	assert_ok(find_asker("[]", &asker, &err));
	assert_string_equal(asker.person.name, "");
	assert_string_equal(asker.user, user);
	snprintf(one, sizeof one, "[{\"name\": \"Ann\", \"system_users\": [\"uid:%u\"]}]",
		(unsigned)getuid());
	assert_ok(find_asker(one, &asker, &err));
	assert_string_equal(asker.person.name, "Ann");
	assert_string_equal(asker.user, user);
	if (strncmp(user, "uid:", 4) == 0)
		return; /* only a user who has a name can be listed in two ways */
	snprintf(two, sizeof two,
		"[{\"name\": \"Ann\", \"system_users\": [\"%s\"]}, {\"name\": \"Bob\", \"system_users\": "
		"[\"uid:%u\"]}]",
		user, (unsigned)getuid());
	assert_int_equal(find_asker(two, &asker, &err), -1);
	assert_string_equal(err.code, "AmbiguousPerson");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_one_request_for_a_change),
		cmocka_unit_test(test_asker),
		store_test(test_superseding),
		store_test(test_moved_resource),
		store_test(test_unreadable),
		store_test(test_find),
		store_test(test_answers_are_audited_and_denials_held),
		store_test(test_expire_and_drop),
		store_test(test_answers_at_once),
		store_test(test_answers_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
