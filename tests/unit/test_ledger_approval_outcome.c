/* What became of an approved change, the reply that says so, and lists of requests. */
#include "test_store_help.h"

#include "base/json.h"
#include "base/json_read.h"
#include "ledger/approval_outcome.h"
#include "ledger/request_list.h"

#define NOW INT64_C(1795766400000)

static struct err err;

static json_t *parse(const char *text)
{
	json_t *json = NULL;

	if (json_parse(text, strlen(text), "a test", &json, &err) < 0)
		fail_msg("%s: %s", err.message, text);
	return json;
}

static void test_outcome(void **state)
{
	CLEANUP_JSON json_t *proposal = json_object();
	const struct {
		struct finding finding;
		enum approval_outcome outcome;
		const char *name;
	} cases[] = {
		{ { .status = STATUS_REMEDIATED }, APPROVAL_OUTCOME_VERIFIED, "verified" },
		{ { .status = STATUS_DRIFTED, .cause = { "Moved", "why" } }, APPROVAL_OUTCOME_MOVED,
			"moved" },
		{ { .status = STATUS_UNKNOWN, .cause = { "ResourceGone", "why" } }, APPROVAL_OUTCOME_MOVED,
			"moved" },
		{ { .status = STATUS_COMPLIANT }, APPROVAL_OUTCOME_NOT_NEEDED, "not needed" },
		{ { .status = STATUS_NOT_APPLICABLE }, APPROVAL_OUTCOME_NOT_NEEDED, "not needed" },
		{ { .status = STATUS_DRIFTED, .proposal = proposal }, APPROVAL_OUTCOME_HELD, "held" },
		{ { .status = STATUS_DRIFTED, .cause = { "RemedyFailed", "why" } }, APPROVAL_OUTCOME_FAILED,
			"failed" },
		{ { .status = STATUS_UNKNOWN, .cause = { "AccessDenied", "why" } },
			APPROVAL_OUTCOME_UNKNOWN, "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		assert_int_equal(approval_outcome_of(&cases[i].finding), cases[i].outcome);
		assert_string_equal(approval_outcome_name(cases[i].outcome), cases[i].name);
	}
	assert_null(approval_outcome_name(APPROVAL_OUTCOME_NONE));
}

#define REPLY(outcome, cause) \
	"{\"approval\":{},\"person\":{\"name\":\"Ann\",\"via\":\"token\"},\"outcome\":" outcome \
	",\"cause\":" cause ",\"finding\":null,\"result\":null}"

static void test_reply(void **state)
{
	static const struct {
		const char *text;
		enum approval_outcome outcome;
		const char *code; /* of the cause */
	} whole[] = {
		{ REPLY("null", "null"), APPROVAL_OUTCOME_NONE, "" },
		{ REPLY("\"not needed\"", "null"), APPROVAL_OUTCOME_NOT_NEEDED, "" },
		{ REPLY("\"held\"", "{\"code\":\"Paused\",\"message\":\"by Dan\"}"), APPROVAL_OUTCOME_HELD,
			"Paused" },
	};
	static const struct {
		const char *text, *code;
	} refused[] = {
		{ REPLY("\"blessed\"", "null"), "NewerRecord" },
		{ REPLY("1", "null"), "InvalidRecord" },
		{ REPLY("null", "\"Paused\""), "InvalidRecord" },
		{ "{\"approval\":{}}", "InvalidRecord" },
		{ "[]", "InvalidRecord" },
	};
	struct approval_reply reply;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(whole); i++) {
		CLEANUP_JSON json_t *json = parse(whole[i].text);

		assert_ok(approval_reply_from_document(json, &reply, &err));
		assert_string_equal(reply.person.name, "Ann");
		assert_int_equal(reply.outcome, whole[i].outcome);
		assert_string_equal(reply.cause.code != NULL ? reply.cause.code : "", whole[i].code);
		CLEANUP_JSON json_t *again = approval_reply_document(&reply);
		assert_true(json_equal(json, again));
	}
	for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
		CLEANUP_JSON json_t *json = parse(refused[i].text);

		assert_int_equal(approval_reply_from_document(json, &reply, &err), -1);
		assert_true(err_is(&err, ERR_STORE, refused[i].code));
		err_clear(&err);
	}
}

/* --- lists --- */

#define ITEM(id, time, item_state) \
	"{\"id\":\"" id "\",\"hash\":\"h\",\"round\":0,\"state\":\"" item_state \
	"\",\"change\":{\"account\":\"1\",\"region\":\"r\",\"baseline\":\"b\",\"resource\":\"r\"," \
	"\"before\":null,\"after\":null,\"calls\":null,\"id\":\"c-1\",\"hash\":\"h\",\"kind\":" \
	"\"remedy\",\"run\":\"r\",\"wave\":0,\"account_name\":null,\"cell_region\":\"r\",\"tier\":" \
	"\"auto\",\"decided_by\":null,\"state\":\"planned\",\"at\":\"2026-11-27T08:00:00Z\"," \
	"\"history\":[]},\"reason\":null,\"requested_at\":\"" time \
	"\",\"expires_at\":\"2027-11-30T08:00:00Z\",\"requester\":{\"name\":null,\"user\":null," \
	"\"run\":null},\"required\":1,\"approvers\":[],\"four_eyes\":true,\"answers\":[],\"made\":" \
	"null,\"history\":[]}"
#define EARLY "2026-11-27T07:00:00Z"
#define LATE "2026-11-27T08:00:00Z"
#define BROKEN "{\"id\":\"a-0\",\"state\":\"unreadable\",\"cause\":\"it was altered\"}"

static void test_list(void **state)
{
	CLEANUP_JSON json_t *json = parse("[" ITEM("a-3", LATE, "waiting") "," ITEM("a-1", LATE,
		"denied") "," BROKEN "," ITEM("a-2", EARLY, "waiting") "]");
	static const char *const sorted[] = { "a-0", "a-2", "a-1", "a-3" };
	CLEANUP_REQUEST_LIST struct request_list list = { 0 };

	(void)state;
	assert_ok(request_list_from_document(json, &list, &err));
	assert_int_equal(list.count, 4);
	assert_string_equal(list.items[2].unreadable.cause, "it was altered");
	CLEANUP_JSON json_t *again = request_list_document(&list, NOW);
	assert_true(json_equal(json, again));
	request_list_sort(&list);
	CLEANUP_JSON json_t *in_order = request_list_document(&list, NOW);
	for (size_t i = 0; i < ARRAY_LENGTH(sorted); i++)
		assert_string_equal(json_get_string(json_array_get(in_order, i), "id"), sorted[i]);
}

static void test_list_not_understood(void **state)
{
	static const struct {
		const char *text, *code;
	} cases[] = {
		{ "[" ITEM("a-1", LATE, "waiting") "," ITEM("a-2", LATE, "blessed") "]", "NewerRecord" },
		{ "[{\"id\":\"a-0\",\"state\":\"unreadable\"}]", "InvalidRecord" },
		{ "[1]", "InvalidRecord" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *json = parse(cases[i].text);
		struct request_list list = { 0 };

		assert_int_equal(request_list_from_document(json, &list, &err), -1);
		assert_true(err_is(&err, ERR_STORE, cases[i].code));
		assert_int_equal(list.count, 0);
		err_clear(&err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcome),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
