/* Tests of the rules of approvals (approvals/rules.h), one by one, without a store. */
#include "test_approvals_help.h"

#define STEPS_MOST 8

/* One thing that happens to a request. */
struct move {
	enum { NONE, APPROVE, DENY, CLOCK, VOID, DONE } kind;
	const char *name; /* of the person who answers; NULL: it is no answer */
	double hours;     /* since the request was made */
	const char *code; /* of the refusal; NULL: it is not refused */
	const char *via;  /* the beginning of the identity; NULL: "system user " */
};

struct rule {
	const char *what;
	const char *approvers; /* JSON */
	int required;
	bool four_eyes;
	const char *requester;
	struct move moves[STEPS_MOST];
	const char *state; /* of the request after the moves */
};

static const struct rule rules[] = {
	{ "one approval is enough", "[]", 1, true, "Ann", { { APPROVE, "Bob", 1, NULL, NULL } },
		"approved" },
	{ "an approved change is made", "[]", 1, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { DONE, NULL, 2, NULL, NULL } }, "done" },
	{ "no change is made without an approval", "[]", 1, true, "Ann",
		{ { DONE, NULL, 1, "NotApproved", NULL } }, "waiting" },
	{ "the requester can't approve", "[]", 1, true, "Ann",
		{ { APPROVE, "Ann", 1, "FourEyes", NULL } }, "waiting" },
	{ "the requester can approve without four eyes", "[]", 1, false, "Ann",
		{ { APPROVE, "Ann", 1, NULL, NULL } }, "approved" },
	{ "the requester can't approve by another identity", "[]", 1, true, "Ann",
		{ { APPROVE, "Ann", 1, "FourEyes", "arn:aws:iam::1:user/" } }, "waiting" },
	{ "anyone may approve when the requester is no person", "[]", 1, true, NULL,
		{ { APPROVE, "Ann", 1, NULL, NULL } }, "approved" },
	{ "the requester may withdraw", "[]", 1, true, "Ann", { { DENY, "Ann", 1, NULL, NULL } },
		"denied" },
	{ "a person who is no approver can't answer", "[\"Bob\"]", 1, true, "Ann",
		{ { APPROVE, "Cyd", 1, "NotAnApprover", NULL }, { DENY, "Cyd", 1, "NotAnApprover", NULL } },
		"waiting" },
	{ "names are exact", "[\"Bob\"]", 1, true, "Ann",
		{ { APPROVE, "bob", 1, "NotAnApprover", NULL },
			{ APPROVE, "Bo", 1, "NotAnApprover", NULL } },
		"waiting" },
	{ "two people approve", "[]", 2, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { APPROVE, "Cyd", 2, NULL, NULL } }, "approved" },
	{ "one approval of two is too few", "[]", 2, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { DONE, NULL, 1, "NotApproved", NULL } }, "waiting" },
	{ "a person who approves twice counts once", "[]", 2, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { APPROVE, "Bob", 2, "AnsweredAlready", NULL } },
		"waiting" },
	{ "another identity of the same person doesn't count", "[]", 2, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { APPROVE, "Bob", 2, "AnsweredAlready", "token " } },
		"waiting" },
	{ "an approval that isn't needed is refused", "[]", 1, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { APPROVE, "Cyd", 2, "ApprovedAlready", NULL } },
		"approved" },
	{ "one denial denies", "[]", 2, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { DENY, "Cyd", 2, NULL, NULL },
			{ APPROVE, "Dan", 3, "DeniedAlready", NULL } },
		"denied" },
	{ "a person may deny after they approved", "[]", 2, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { DENY, "Bob", 2, NULL, NULL } }, "denied" },
	{ "one denial denies an approved request", "[]", 1, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { DENY, "Cyd", 2, NULL, NULL } }, "denied" },
	{ "a denied request takes no answer", "[]", 1, true, "Ann",
		{ { DENY, "Bob", 1, NULL, NULL }, { DENY, "Cyd", 2, "DeniedAlready", NULL },
			{ DONE, NULL, 3, "NotApproved", NULL } },
		"denied" },
	{ "a denied request does not expire", "[]", 1, true, "Ann",
		{ { DENY, "Bob", 1, NULL, NULL }, { CLOCK, NULL, 100, NULL, NULL } }, "denied" },
	{ "an approval right before the end counts", "[]", 1, true, "Ann",
		{ { APPROVE, "Bob", 71.9999, NULL, NULL } }, "approved" },
	{ "an answer at the end is too late", "[]", 1, true, "Ann",
		{ { APPROVE, "Bob", 72, "Expired", NULL }, { DENY, "Bob", 72, "Expired", NULL } },
		"waiting" },
	{ "the clock ends a waiting request", "[]", 1, true, "Ann",
		{ { CLOCK, NULL, 71.9999, NULL, NULL }, { CLOCK, NULL, 72, NULL, NULL } }, "expired" },
	{ "the clock doesn't end it early", "[]", 1, true, "Ann",
		{ { CLOCK, NULL, 71.9999, NULL, NULL } }, "waiting" },
	{ "an approval expires too", "[]", 1, true, "Ann",
		{ { APPROVE, "Bob", 71, NULL, NULL }, { CLOCK, NULL, 72, NULL, NULL } }, "expired" },
	{ "an expired request takes no answer", "[]", 1, true, "Ann",
		{ { CLOCK, NULL, 72, NULL, NULL }, { APPROVE, "Bob", 1, "Expired", NULL },
			{ VOID, NULL, 72, "Expired", NULL } },
		"expired" },
	{ "a change that was in flight when it expired is done", "[]", 1, true, "Ann",
		{ { APPROVE, "Bob", 71, NULL, NULL }, { DONE, NULL, 73, NULL, NULL } }, "done" },
	{ "a change that was in flight when it was denied is done", "[]", 1, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { DENY, "Cyd", 2, NULL, NULL },
			{ DONE, NULL, 3, NULL, NULL } },
		"done" },
	{ "a request is void once the resource has changed", "[]", 1, true, "Ann",
		{ { VOID, NULL, 1, NULL, NULL }, { APPROVE, "Bob", 2, "Void", NULL },
			{ DENY, "Bob", 2, "Void", NULL } },
		"void" },
	{ "an approved request is void, too", "[]", 1, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { VOID, NULL, 2, NULL, NULL },
			{ DONE, NULL, 3, "NotApproved", NULL } },
		"void" },
	{ "a request that is done takes no answer", "[]", 1, true, "Ann",
		{ { APPROVE, "Bob", 1, NULL, NULL }, { DONE, NULL, 2, NULL, NULL },
			{ DENY, "Bob", 3, "DoneAlready", NULL }, { DONE, NULL, 3, "DoneAlready", NULL },
			{ VOID, NULL, 3, "DoneAlready", NULL }, { CLOCK, NULL, 80, NULL, NULL } },
		"done" },
};

static const enum approval_event_kind kinds[] = {
	[APPROVE] = APPROVAL_EVENT_APPROVE,
	[DENY] = APPROVAL_EVENT_DENY,
	[CLOCK] = APPROVAL_EVENT_CLOCK,
	[VOID] = APPROVAL_EVENT_VOID,
	[DONE] = APPROVAL_EVENT_DONE,
};

static struct approval_request *request_of(const struct approval_terms *terms,
	const char *requester)
{
	CLEANUP_JSON json_t *change = change_of("arn:aws:s3:::b", 0);
	const struct approval_requester asker = {
		.name = requester, .user = "uid:61009", .run = "run-1"
	};
	struct approval_request *request = xcalloc(1, sizeof *request);
	struct change_record record;
	struct err err = ERR_INIT;

	assert_ok(change_record_decode(change, &record, &err));
	assert_ok(approval_new(&record, "it differs", &asker, terms, 0, NOW, request, &err));
	change_record_release(&record);
	assert_ok(approval_check(request, &err));
	return request;
}

static void make_move(struct approval_request *request, const struct move *move,
	const struct approval_terms *terms, const char *what)
{
	char via[96];
	struct err err = ERR_INIT;
	const struct approval_event event = {
		.kind = kinds[move->kind],
		.now_ms = NOW + (int64_t)(move->hours * (double)HOUR_MS),
		.terms = terms,
		.name = move->name,
		.via = via,
		.text = "c-1",
	};
	CLEANUP_JSON json_t *before = approval_request_encode(request);

	snprintf(via, sizeof via, "%s%s", move->via != NULL ? move->via : "system user ",
		move->name != NULL ? move->name : "");
	int result = approval_step(request, &event, &err);
	if ((result == 0) != (move->code == NULL) ||
		(move->code != NULL && strcmp(move->code, err.code) != 0))
		fail_msg("%s: %s %s", what, err.code, err.message);
	if (result < 0) {
		CLEANUP_JSON json_t *after = approval_request_encode(request);
		assert_true(json_equal(before, after));
		assert_int_equal(err.kind, ERR_LIMIT);
	}
	err_clear(&err);
	if (approval_check(request, &err) < 0)
		fail_msg("%s: %s", what, err.message);
}

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++) {
		CLEANUP_JSON json_t *approvers = json_loads(rules[i].approvers, 0, NULL);
		const struct approval_terms terms = { approvers, rules[i].required, rules[i].four_eyes,
			72 * HOUR_MS };
		CLEANUP_ASKED struct approval_request *request = request_of(&terms, rules[i].requester);

		for (const struct move *move = rules[i].moves; move->kind != NONE; move++)
			make_move(request, move, &terms, rules[i].what);
		if (strcmp(state_of(request), rules[i].state) != 0)
			fail_msg("%s: %s", rules[i].what, state_of(request));
	}
}

/* The current terms count where they are stricter than those of the request, never where they are
 * looser. */
static void test_terms_change(void **state)
{
	CLEANUP_JSON json_t *all = json_array();
	CLEANUP_JSON json_t *only_cyd = json_pack("[s]", "Cyd");
	const struct approval_terms loose = { all, 1, false, 72 * HOUR_MS },
								strict = { only_cyd, 2, true, HOUR_MS };
	CLEANUP_ASKED struct approval_request *request = request_of(&loose, "Ann");
	CLEANUP_ASKED struct approval_request *other = request_of(&strict, "Ann");

	(void)state;
	make_move(request, &(struct move){ APPROVE, "Ann", 1, "NotAnApprover", NULL }, &strict,
		"the current terms are stricter");
	make_move(request, &(struct move){ APPROVE, "Cyd", 1, NULL, NULL }, &strict,
		"two are required now");
	assert_string_equal(state_of(request), "waiting");
	assert_int_equal(request->required, 2);
	make_move(request, &(struct move){ APPROVE, "Bob", 2, NULL, NULL }, &loose,
		"the current terms are looser");
	assert_string_equal(state_of(request), "approved");
	make_move(other, &(struct move){ APPROVE, "Bob", 0.5, "NotAnApprover", NULL }, &loose,
		"stricter then");
	make_move(other, &(struct move){ APPROVE, "Cyd", 0.5, NULL, NULL }, &loose, "stricter then");
	assert_string_equal(state_of(other), "waiting");

	const struct approval_terms two_eyes = { all, 1, false, 72 * HOUR_MS },
								four_eyes = { all, 1, true, 72 * HOUR_MS };
	CLEANUP_ASKED struct approval_request *by_two = request_of(&two_eyes, "Ann");
	CLEANUP_ASKED struct approval_request *by_four = request_of(&four_eyes, "Ann");
	make_move(by_two, &(struct move){ APPROVE, "Ann", 1, "FourEyes", NULL }, &four_eyes,
		"four eyes now");
	make_move(by_four, &(struct move){ APPROVE, "Ann", 1, "FourEyes", NULL }, &two_eyes,
		"four eyes then");
}

/* A person who was renamed in the configuration is still the same person, by their identity. */
static void test_renamed_person(void **state)
{
	const struct approval_terms terms = { NULL, 2, true, HOUR_MS };
	CLEANUP_ASKED struct approval_request *request = request_of(&terms, NULL);
	struct approval_event event = { .kind = APPROVAL_EVENT_APPROVE,
		.now_ms = NOW,
		.terms = &terms,
		.name = "Ann",
		.via = "system user ann" };
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(approval_step(request, &event, &err));
	event.name = "Ann Example";
	assert_int_equal(approval_step(request, &event, &err), -1);
	assert_string_equal(err.code, "AnsweredAlready");
}

/* A request names only a system user when that user was mapped to no person. The person to whom the
 * user is mapped later is still the requester. */
static void test_requester_by_user(void **state)
{
	const struct approval_terms terms = { NULL, 1, true, HOUR_MS };
	CLEANUP_ASKED struct approval_request *request = request_of(&terms, NULL);
	struct approval_event event = { .kind = APPROVAL_EVENT_APPROVE,
		.now_ms = NOW,
		.terms = &terms,
		.name = "Ann",
		.via = "token",
		.is_requester = true };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(approval_step(request, &event, &err), -1);
	assert_string_equal(err.code, "FourEyes");
	event.kind = APPROVAL_EVENT_DENY;
	assert_ok(approval_step(request, &event, &err));
}

/* --- altered records are refused --- */

static void set_state(json_t *request)
{
	json_object_set_new(request, "state", json_string("approved"));
}
static void set_state_and_history(json_t *request)
{
	set_state(request);
	json_array_append_new(json_object_get(request, "history"),
		json_pack("{s:s, s:s}", "state", "approved", "at", "2027-01-15T08:00:00Z"));
}
static void forge_answer(json_t *request, const char *name, const char *at)
{
	set_state_and_history(request);
	json_array_append_new(json_object_get(request, "answers"),
		json_pack("{s:s, s:s, s:s, s:s, s:n}", "name", name, "via", "v", "answer", "approve", "at",
			at, "note"));
}
static void answer_of_requester(json_t *request)
{
	forge_answer(request, "Ann", "2027-01-15T08:00:01Z");
}
static void answer_of_stranger(json_t *request)
{
	forge_answer(request, "Dan", "2027-01-15T08:00:01Z");
}
static void answer_too_late(json_t *request)
{
	forge_answer(request, "Bob", "2027-02-15T08:00:01Z");
}
static void answer_twice(json_t *request)
{
	json_object_set_new(request, "required", json_integer(2));
	forge_answer(request, "Bob", "2027-01-15T08:00:01Z");
	json_array_append(json_object_get(request, "answers"),
		json_array_get(json_object_get(request, "answers"), 0));
}
static void answer_after_denial(json_t *request)
{
	forge_answer(request, "Bob", "2027-01-15T08:00:01Z");
	json_object_set_new(json_array_get(json_object_get(request, "answers"), 0), "answer",
		json_string("deny"));
	forge_answer(request, "Cyd", "2027-01-15T08:00:01Z");
}
static void other_resource(json_t *request)
{
	json_object_set_new(json_object_get(request, "change"), "resource",
		json_string("arn:aws:s3:::other"));
}
static void other_calls(json_t *request)
{
	json_array_append_new(json_object_get(json_object_get(request, "change"), "calls"),
		json_object());
}
static void other_hash(json_t *request)
{
	json_object_set_new(request, "hash", json_string("00"));
}
static void other_id(json_t *request)
{
	json_object_set_new(request, "id", json_string("a-000000000000"));
}
static void no_change(json_t *request)
{
	json_object_del(request, "change");
}
static void never_expires(json_t *request)
{
	json_object_set_new(request, "expires_at", json_string("never"));
}
static void none_required(json_t *request)
{
	json_object_set_new(request, "required", json_integer(0));
}
static void required_as_text(json_t *request)
{
	json_object_set_new(request, "required", json_string("1"));
}
static void approvers_as_text(json_t *request)
{
	json_object_set_new(request, "approvers", json_string("*"));
}
static void unknown_state(json_t *request)
{
	json_object_set_new(request, "state", json_string("ok"));
}
static void no_history(json_t *request)
{
	json_object_set_new(request, "history", json_array());
}
static void answers_as_object(json_t *request)
{
	json_object_set_new(request, "answers", json_object());
}
static void made_too_early(json_t *request)
{
	json_object_set_new(request, "made", json_string("c-1"));
}

static void (*const alterations[])(json_t *request) = {
	set_state,
	set_state_and_history,
	answer_of_requester,
	answer_of_stranger,
	answer_too_late,
	answer_twice,
	answer_after_denial,
	other_resource,
	other_calls,
	other_hash,
	other_id,
	no_change,
	never_expires,
	none_required,
	required_as_text,
	approvers_as_text,
	unknown_state,
	no_history,
	answers_as_object,
	made_too_early,
};

/* Makes a record that shares nothing, so that a test may alter it. */
static json_t *record_of(const struct approval_terms *terms, const char *requester)
{
	CLEANUP_ASKED struct approval_request *request = request_of(terms, requester);
	CLEANUP_JSON json_t *shared = approval_request_encode(request);

	return json_deep_copy(shared);
}

static int read_record(const json_t *record, struct err *err)
{
	struct approval_request request;

	if (approval_request_decode(record, &request, err) < 0)
		return -1;
	int result = approval_check(&request, err);
	approval_request_release(&request);
	return result;
}

static void test_altered(void **state)
{
	CLEANUP_JSON json_t *approvers = json_pack("[s,s,s]", "Ann", "Bob", "Cyd");
	const struct approval_terms terms = { approvers, 1, true, 72 * HOUR_MS };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(alterations); i++) {
		CLEANUP_JSON json_t *record = record_of(&terms, "Ann");
		struct err err = ERR_INIT;

		alterations[i](record);
		if (read_record(record, &err) == 0)
			fail_msg("alteration %zu is not seen", i);
		assert_int_equal(err.kind, ERR_STORE);
		assert_string_equal(err.code,
			alterations[i] == unknown_state ? "NewerRecord" : "InvalidRecord");
	}
	/* The same forged answer by somebody who may approve. Only a user who can write to the state
	 * folder can do this. */
	CLEANUP_JSON json_t *record = record_of(&terms, "Ann");
	struct err err = ERR_INIT;
	forge_answer(record, "Bob", "2027-01-15T08:00:01Z");
	assert_ok(read_record(record, &err));
}

/* The changes of a request are written and read back. The record that the request was read from is
 * not altered, since other readers may hold it. */
static void test_moves_are_written(void **state)
{
	const struct approval_terms terms = { NULL, 2, true, 72 * HOUR_MS };
	const struct approval_event events[] = {
		{ .kind = APPROVAL_EVENT_APPROVE,
			.now_ms = NOW + 1,
			.terms = &terms,
			.name = "Bob",
			.via = "token Bob" },
		{ .kind = APPROVAL_EVENT_APPROVE,
			.now_ms = NOW + 2,
			.terms = &terms,
			.name = "Cyd",
			.via = "token Cyd" },
		{ .kind = APPROVAL_EVENT_DONE, .now_ms = NOW + 3, .text = "c-1" },
	};
	CLEANUP_ASKED struct approval_request *request = request_of(&terms, "Ann");
	CLEANUP_JSON json_t *before = json_deep_copy(request->source);
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(events); i++)
		assert_ok(approval_step(request, &events[i], &err));
	assert_string_equal(state_of(request), "done");
	assert_string_equal(request->made, "c-1");
	CLEANUP_JSON json_t *record = approval_request_encode(request);
	assert_ok(read_record(record, &err));
	assert_true(json_equal(request->source, before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_moves_are_written),
		cmocka_unit_test(test_terms_change),
		cmocka_unit_test(test_renamed_person),
		cmocka_unit_test(test_requester_by_user),
		cmocka_unit_test(test_altered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
