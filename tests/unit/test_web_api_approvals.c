/* Tests of approvals and denials over the API: only some people may give them, the change is made
 * once enough have approved, and the answer reports the outcome. */
#include "guards/pause_file.h"
#include "test_web_api_help.h"

#define S3 "s3.bucket-default-encryption"
/* The resource of most changes that change_of makes. */
#define BUCKET "arn:aws:s3:::bucket"

/* Makes a request that Ann asks for. */
static struct approval_request *ask(struct world *world, const char *resource)
{
	const struct approval_requester ann = { .name = "Ann", .user = "uid:61001", .run = RUN_OLD };
	CLEANUP_JSON json_t *change = change_of(resource, 0);
	struct err err = ERR_INIT;
	struct approval_request *request = request_change(world->engine.approvals, world->config,
		change, "it differs", &ann, clock_now_ms(), &err);

	if (request == NULL)
		fail_msg("%s", err.message);
	flush(world->store);
	return request;
}

static struct reply reply_as(struct world *world, const char *route,
	const struct approval_request *request, const char *person, const char *body)
{
	return call_route(world, route,
		(struct call){ .parameter = request->id, .person = person, .body = body });
}

static const char *member(const struct reply *reply, const char *key)
{
	return json_get_string_or(reply->json, key, "null");
}

static const char *state_now(struct world *world, const struct approval_request *request)
{
	static char state[32];
	CLEANUP_REPLY struct reply reply =
		call_route(world, "getApproval", (struct call){ .parameter = request->id });

	snprintf(state, sizeof state, "%s",
		json_get_string_or(json_object_get(reply.json, "approval"), "state", reply.err.code));
	return state;
}

/* The finding of the changed resource that the daemon's run leaves. */
static const char *made_status, *made_cause, *made_run;
static bool made_proposal;

static void leave_finding(struct world *world, const struct work *work)
{
	const struct work_item *item = work->first;
	struct err err = ERR_INIT;
	json_t *finding = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "account", item->account,
		"region", "eu-west-1", "baseline", item->baseline, "resource", item->resource, "status",
		made_status, "run", made_run, "change", "c-00000000000000aa");

	if (made_cause != NULL)
		json_object_set_new(finding, "cause",
			json_pack("{s:s, s:s}", "code", made_cause, "message", "why"));
	if (made_proposal)
		json_object_set_new(finding, "proposal", json_object());
	put_json(world, STORE_FINDINGS,
		STORE_KEY(item->account, item->cell_region, item->baseline, item->resource), finding);
	if (strcmp(made_status, "remediated") == 0)
		assert_ok(approvals_done(world->engine.approvals, item->hash, "c-00000000000000aa",
			clock_now_ms(), &err));
	flush(world->store);
}

static void test_list_and_one(void **state)
{
	struct world world;
	int pages;

	(void)state;
	world_open(&world, "", NULL);
	struct approval_request *first = ask(&world, BUCKET), *second = ask(&world, BUCKET "-2");
	CLEANUP_REPLY struct reply denied = reply_as(&world, "denyRequest", second, "Bob", NULL);
	assert_int_equal(denied.status, 200);
	for (int limit = 1; limit <= 3; limit++) {
		CLEANUP_JSON json_t *open =
			all_pages(&world, "listApprovals", "approvals", "{}", limit, &pages);
		CLEANUP_JSON json_t *all =
			all_pages(&world, "listApprovals", "approvals", "{\"all\": \"true\"}", limit, &pages);

		assert_int_equal(json_array_size(open), 1);
		assert_int_equal(json_array_size(all), 2);
	}
	assert_string_equal(state_now(&world, first), "waiting");
	assert_string_equal(state_now(&world, second), "denied");
	/* An id may be cut short while it stays unambiguous. */
	const char *id = first->id;
	char shorter[16];
	snprintf(shorter, sizeof shorter, "%.8s", id);
	CLEANUP_REPLY struct reply found =
		call_route(&world, "getApproval", (struct call){ .parameter = shorter });
	assert_string_equal(json_get_string_or(json_object_get(found.json, "approval"), "id", ""), id);
	CLEANUP_REPLY struct reply none =
		call_route(&world, "getApproval", (struct call){ .parameter = "a-00000000dead" });
	assert_true(err_is(&none.err, ERR_USAGE, "NotFound"));
	assert_string_equal(failure_of(&world, "getApproval", (struct call){ .parameter = "b-1" }),
		"InvalidId");
	assert_string_equal(failure_of(&world, "listApprovals",
							(struct call){ .query = "{\"after\": \"a-00000000dead\"}" }),
		"InvalidCursor");
	assert_string_equal(failure_of(&world, "listApprovals",
							(struct call){ .query = "{\"after\": \"?\"}" }),
		"InvalidId");
	request_free(first);
	request_free(second);
	world_close(&world);
}

static void test_ambiguous_id(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	for (int i = 0; i < 17; i++) { /* more requests than there are first digits */
		char resource[64];

		snprintf(resource, sizeof resource, BUCKET "-%d", i);
		request_free(ask(&world, resource));
	}
	int ambiguous = 0;
	for (char digit = '0'; digit <= '9'; digit++)
		ambiguous +=
			strcmp(failure_of(&world, "approveRequest",
					   (struct call){ .parameter = (char[]){ digit, '\0' }, .person = "Dan" }),
				"AmbiguousApproval") == 0;
	for (char digit = 'a'; digit <= 'f'; digit++)
		ambiguous +=
			strcmp(failure_of(&world, "approveRequest",
					   (struct call){ .parameter = (char[]){ digit, '\0' }, .person = "Dan" }),
				"AmbiguousApproval") == 0;
	assert_true(ambiguous > 0);
	world_close(&world);
}

/* The requester can't approve the change, whichever way they come. */
static void test_four_eyes(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, ", \"approvals\": {\"approvers\": [\"Ann\", \"Bob\", \"Cyd\"]}", NULL);
	struct approval_request *request = ask(&world, BUCKET);
	CLEANUP_REPLY struct reply own = reply_as(&world, "approveRequest", request, "Ann", NULL);
	assert_int_equal(own.err.kind, ERR_LIMIT);
	CLEANUP_REPLY struct reply no_approver =
		reply_as(&world, "approveRequest", request, "Dan", NULL);
	assert_int_equal(no_approver.err.kind, ERR_LIMIT);
	CLEANUP_REPLY struct reply nobody = reply_as(&world, "approveRequest", request, "Eve", NULL);
	assert_true(err_is(&nobody.err, ERR_LIMIT, "UnknownPerson"));
	assert_int_equal(world.works, 0);
	assert_int_equal(audited(&world, "approve", "refused", "Ann"), 1);
	assert_int_equal(audited(&world, "approve", "refused", "Dan"), 1);
	assert_string_equal(state_now(&world, request), "waiting");
	request_free(request);
	world_close(&world);
}

static void test_two_must_approve(void **state)
{
	struct world world;

	(void)state;
	made_status = "remediated";
	made_cause = NULL;
	made_run = RUN_NEW;
	made_proposal = false;
	world_open(&world, ", \"approvals\": {\"required\": 2}", NULL);
	world.during_work = leave_finding;
	struct approval_request *request = ask(&world, BUCKET);
	CLEANUP_REPLY struct reply first =
		reply_as(&world, "approveRequest", request, "Bob", "{\"note\": \"fine\"}");
	assert_string_equal(member(&first, "outcome"), "null");
	assert_true(json_is_null(json_object_get(first.json, "result")));
	assert_int_equal(world.works, 0);
	CLEANUP_REPLY struct reply again = reply_as(&world, "approveRequest", request, "Bob", NULL);
	assert_int_equal(again.err.kind, ERR_LIMIT);
	CLEANUP_REPLY struct reply second = reply_as(&world, "approveRequest", request, "Cyd", NULL);
	assert_string_equal(member(&second, "outcome"), "verified");
	assert_string_equal(json_get_string_or(json_object_get(second.json, "person"), "name", ""),
		"Cyd");
	assert_string_equal(json_get_string_or(json_object_get(second.json, "person"), "via", ""),
		"API token Cyd");
	assert_string_equal(json_get_string_or(json_object_get(second.json, "approval"), "state", ""),
		"done");
	assert_int_equal(world.works, 1);
	assert_int_equal(world.kind, RUN_APPLY);
	assert_int_equal(world.items, 1);
	assert_string_equal(world.asked_by, "Cyd");
	assert_int_equal(audited(&world, "approve", "accepted", NULL), 2);
	CLEANUP_REPLY struct reply late = reply_as(&world, "approveRequest", request, "Dan", NULL);
	assert_int_equal(late.err.kind, ERR_LIMIT);
	assert_int_equal(world.works, 1);
	request_free(request);
	world_close(&world);
}

static void test_outcomes(void **state)
{
	static const struct {
		const char *status, *cause;
		bool proposal;
		const char *run, *outcome;
	} cases[] = {
		{ "remediated", NULL, false, RUN_NEW, "verified" },
		{ "drifted", "Moved", false, RUN_NEW, "moved" },
		{ "unknown", "ResourceGone", false, RUN_NEW, "moved" },
		{ "compliant", NULL, false, RUN_NEW, "not needed" },
		{ "not_applicable", NULL, false, RUN_NEW, "not needed" },
		{ "drifted", "ChangesPerRun", true, RUN_NEW, "held" },
		{ "drifted", "RemedyFailed", false, RUN_NEW, "failed" },
		{ "unknown", "AccessDenied", false, RUN_NEW, "unknown" },
		{ "remediated", NULL, false, RUN_OLD, "unknown" },
	};
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	world.during_work = leave_finding;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char resource[64];

		made_status = cases[i].status;
		made_cause = cases[i].cause;
		made_run = cases[i].run;
		made_proposal = cases[i].proposal;
		snprintf(resource, sizeof resource, BUCKET "-%zu", i);
		struct approval_request *request = ask(&world, resource);
		CLEANUP_REPLY struct reply reply = reply_as(&world, "approveRequest", request, "Bob", NULL);
		assert_string_equal(member(&reply, "outcome"), cases[i].outcome);
		if (cases[i].cause != NULL && strcmp(cases[i].run, RUN_NEW) == 0)
			assert_string_equal(json_get_string_or(json_object_get(reply.json, "cause"), "code",
									""),
				cases[i].cause);
		assert_null(json_object_get(json_object_get(reply.json, "finding"), "proposal"));
		assert_int_equal(json_is_null(json_object_get(reply.json, "finding")),
			strcmp(cases[i].run, RUN_NEW) != 0);
		request_free(request);
	}
	world_close(&world);
}

static void test_deny(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	struct approval_request *request = ask(&world, BUCKET);
	CLEANUP_REPLY struct reply denied =
		reply_as(&world, "denyRequest", request, "Bob", "{\"note\": \"not now\"}");
	assert_string_equal(json_get_string_or(json_object_get(denied.json, "approval"), "state", ""),
		"denied");
	assert_string_equal(member(&denied, "outcome"), "null");
	assert_int_equal(world.works, 0);
	CLEANUP_REPLY struct reply late = reply_as(&world, "approveRequest", request, "Cyd", NULL);
	assert_int_equal(late.err.kind, ERR_LIMIT);
	assert_string_equal(failure_of(&world, "denyRequest",
							(struct call){ .parameter = "a-00000000dead" }),
		"NotFound");
	assert_string_equal(failure_of(&world, "denyRequest", (struct call){ .parameter = "" }),
		"InvalidId");
	assert_int_equal(audited(&world, "deny", "accepted", "Bob"), 1);
	request_free(request);
	world_close(&world);
}

/* During a pause the approval is kept, nothing is run, and the answer says why. */
static void test_paused(void **state)
{
	const struct pause_request account = {
		.account = ACCOUNT_ONE, .by = "Dan", .uid = 61004, .reason = "incident"
	};
	struct world world;
	struct err err = ERR_INIT;

	(void)state;
	world_open(&world, "", NULL);
	assert_ok(pause_add(test_state, &account, 1, &err));
	struct approval_request *request = ask(&world, BUCKET);
	CLEANUP_REPLY struct reply reply = reply_as(&world, "approveRequest", request, "Bob", NULL);
	assert_string_equal(member(&reply, "outcome"), "held");
	assert_string_equal(json_get_string_or(json_object_get(reply.json, "cause"), "code", ""),
		"Paused");
	assert_non_null(strstr(json_get_string_or(json_object_get(reply.json, "cause"), "message", ""),
		"Dan"));
	assert_string_equal(json_get_string_or(json_object_get(reply.json, "approval"), "state", ""),
		"approved");
	assert_int_equal(world.works, 0);
	request_free(request);
	world_close(&world);
}

/* The change window is never open now: it lasts one minute on 29 February. */
static void test_closed_window(void **state)
{
	struct world world;

	(void)state;
	made_status = "remediated";
	made_cause = NULL;
	made_run = RUN_NEW;
	made_proposal = false;
	world_open(&world,
		", \"windows\": [{\"targets\": [\"ou:Prod\"], \"cron\": \"0 0 29 2 *\", \"time_zone\": "
		"\"UTC\", \"duration_minutes\": 1}]",
		NULL);
	world.during_work = leave_finding;
	/* The account's organizational unit is not known yet, so the window is left to the run. */
	struct approval_request *unknown = ask(&world, BUCKET);
	CLEANUP_REPLY struct reply ran = reply_as(&world, "approveRequest", unknown, "Bob", NULL);
	assert_string_equal(member(&ran, "outcome"), "verified");
	put_json(&world, STORE_ACCOUNTS, STORE_KEY(ACCOUNT_ONE),
		json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}]}", "id", ACCOUNT_ONE, "name",
			"shop", "state", "ACTIVE", "path", "Root/Prod", "units", "id", "r-abcd", "name", "Root",
			"id", "ou-abcd-11111111", "name", "Prod"));
	flush(world.store);
	struct approval_request *request = ask(&world, BUCKET "-2");
	CLEANUP_REPLY struct reply reply = reply_as(&world, "approveRequest", request, "Bob", NULL);
	assert_string_equal(member(&reply, "outcome"), "held");
	assert_string_equal(json_get_string_or(json_object_get(reply.json, "cause"), "code", ""),
		"OutsideWindow");
	assert_non_null(strstr(json_get_string_or(json_object_get(reply.json, "cause"), "message", ""),
		"the next opens at 20"));
	assert_int_equal(world.works, 1);
	request_free(unknown);
	request_free(request);
	world_close(&world);
}

/* The approval is on record even when the change could not be made. */
static void test_a_run_that_fails(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "", NULL);
	world.fails = "Draining";
	struct approval_request *request = ask(&world, BUCKET);
	CLEANUP_REPLY struct reply reply = reply_as(&world, "approveRequest", request, "Bob", NULL);
	assert_true(err_is(&reply.err, ERR_SYSTEM, "Draining")); /* an error, not a refusal */
	assert_non_null(strstr(reply.err.message, "is approved and recorded"));
	assert_string_equal(state_now(&world, request), "approved");
	request_free(request);
	world_close(&world);
}

static void test_note_is_bounded(void **state)
{
	char note[1100], body[1200];
	struct world world;

	(void)state;
	memset(note, 'x', sizeof note - 1);
	note[sizeof note - 1] = '\0';
	snprintf(body, sizeof body, "{\"note\": \"%s\"}", note);
	world_open(&world, "", NULL);
	struct approval_request *request = ask(&world, BUCKET);
	CLEANUP_REPLY struct reply reply = reply_as(&world, "approveRequest", request, "Bob", body);
	assert_string_equal(reply.err.code, "TextTooLong");
	assert_string_equal(state_now(&world, request), "waiting");
	request_free(request);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_list_and_one),
		store_test(test_ambiguous_id),
		store_test(test_four_eyes),
		store_test(test_two_must_approve),
		store_test(test_outcomes),
		store_test(test_deny),
		store_test(test_paused),
		store_test(test_closed_window),
		store_test(test_a_run_that_fails),
		store_test(test_note_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
