/* The record of an approval request: read, written, moved on, and refused where it is not
 * understood. */
#include "test_store_help.h"

#include "base/json.h"
#include "base/json_read.h"
#include "ledger/request_record.h"

#define REQUESTED INT64_C(1795766400000) /* 2026-11-27T08:00:00Z */
#define EXPIRES INT64_C(1796025600000)   /* 2026-11-30T08:00:00Z */

#define CHANGE \
	"{\"account\":\"111122223333\",\"region\":\"eu-west-1\",\"baseline\":\"s3.a\",\"resource\":" \
	"\"r\",\"before\":{\"on\":false},\"after\":{\"on\":true},\"calls\":[],\"id\":\"c-1\"," \
	"\"hash\":\"h\",\"kind\":\"remedy\",\"run\":\"run-1\",\"wave\":2,\"account_name\":\"an " \
	"account\",\"cell_region\":\"global\",\"settings\":{\"s\":1},\"tier\":\"approval\"," \
	"\"decided_by\":\"a rule\",\"state\":\"planned\",\"at\":\"2026-11-27T08:00:00Z\"," \
	"\"history\":[]}"
/* As version 0.1.0 wrote it. */
#define REQUEST(change, request_state, answers, more) \
	"{\"id\":\"a-0123456789ab\",\"hash\":\"h\",\"round\":0,\"state\":\"" request_state \
	"\",\"change\":" change ",\"reason\":\"it differs\",\"requested_at\":" \
	"\"2026-11-27T08:00:00Z\",\"expires_at\":\"2026-11-30T08:00:00Z\",\"requester\":{" \
	"\"name\":null,\"user\":\"root\",\"run\":\"run-1\"},\"required\":2,\"approvers\":[\"Ann\"," \
	"\"Bob\"],\"four_eyes\":true,\"answers\":" answers ",\"made\":null,\"history\":[{\"state\":" \
	"\"waiting\",\"at\":\"2026-11-27T08:00:00Z\",\"why\":\"it differs\"}]" more "}"
#define ANSWERS \
	"[{\"name\":\"Ann\",\"via\":\"system user ann\",\"answer\":\"approve\",\"at\":" \
	"\"2026-11-27T09:00:00Z\",\"note\":null}]"
#define WAITING REQUEST(CHANGE, "waiting", ANSWERS, "")

static struct err err;

static json_t *parse(const char *text)
{
	json_t *json = NULL;

	if (json_parse(text, strlen(text), "a test", &json, &err) < 0)
		fail_msg("%s: %s", err.message, text);
	return json;
}

static void test_form_of_0_1_0(void **state)
{
	CLEANUP_JSON json_t *json = parse(WAITING);
	CLEANUP_REQUEST struct approval_request request;

	(void)state;
	assert_ok(approval_request_decode(json, &request, &err));
	assert_string_equal(request.id, "a-0123456789ab");
	assert_int_equal(request.state, APPROVAL_WAITING);
	assert_int_equal(request.requested_ms, REQUESTED);
	assert_int_equal(request.expires_ms, EXPIRES);
	assert_string_equal(request.change.resource, "r");
	assert_null(request.requester.name);
	assert_string_equal(request.requester.user, "root");
	assert_int_equal(request.required, 2);
	assert_true(request.four_eyes);
	assert_true(json_has_string(request.approvers, "Bob"));
	assert_int_equal(request.answers_count, 1);
	assert_int_equal(request.answers[0].verdict, APPROVAL_YES);
	assert_null(request.answers[0].note);
	assert_null(request.made);
	assert_int_equal(request.history_count, 1);
	assert_string_equal(request.history[0].why, "it differs");

	/* It is written as it was, with the version of its form; documents don't show that. */
	CLEANUP_JSON json_t *encoded = approval_request_encode(&request);
	CLEANUP_JSON json_t *document = approval_request_document(&request, REQUESTED);
	assert_true(json_equal(document, json));
	assert_int_equal(json_integer_value(json_object_get(encoded, "version")), 1);
	json_object_del(encoded, "version");
	assert_true(json_equal(encoded, json));
}

static void test_moved_on(void **state)
{
	CLEANUP_JSON json_t *json = parse(WAITING);
	CLEANUP_REQUEST struct approval_request request;
	CLEANUP_REQUEST struct approval_request again;
	char name[] = "Bob", made[] = "c-1";

	(void)state;
	assert_ok(approval_request_decode(json, &request, &err));
	approval_request_add_answer(&request,
		&(struct approval_answer){ name, "token b", APPROVAL_NO, REQUESTED + 1, "no" });
	approval_request_step(&request, APPROVAL_DENIED, "no", REQUESTED + 1);
	approval_request_set_made(&request, made);
	memset(name, 'x', sizeof name - 1); /* the record keeps a copy */
	memset(made, 'x', sizeof made - 1);

	CLEANUP_JSON json_t *encoded = approval_request_encode(&request);
	assert_ok(approval_request_decode(encoded, &again, &err));
	assert_int_equal(again.state, APPROVAL_DENIED);
	assert_int_equal(again.answers_count, 2);
	assert_string_equal(again.answers[1].name, "Bob");
	assert_string_equal(again.answers[1].via, "token b");
	assert_int_equal(again.answers[1].verdict, APPROVAL_NO);
	assert_int_equal(again.answers[1].at_ms, REQUESTED + 1);
	assert_string_equal(again.answers[1].note, "no");
	assert_string_equal(again.made, "c-1");
	assert_int_equal(again.history_count, 2);
	assert_int_equal(again.history[1].state, APPROVAL_DENIED);
	/* What was read stays as it was: others may hold it. */
	CLEANUP_JSON json_t *before = parse(WAITING);
	assert_true(json_equal(json, before));
}

static void test_expiry(void **state)
{
	static const char *const open[] = { WAITING, REQUEST(CHANGE, "approved", ANSWERS, "") };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(open); i++) {
		CLEANUP_JSON json_t *json = parse(open[i]);
		CLEANUP_REQUEST struct approval_request request;

		assert_ok(approval_request_decode(json, &request, &err));
		assert_int_equal(approval_request_state_at(&request, EXPIRES - 1), request.state);
		assert_int_equal(approval_request_state_at(&request, EXPIRES), APPROVAL_EXPIRED);
		CLEANUP_JSON json_t *document = approval_request_document(&request, EXPIRES);
		assert_string_equal(json_get_string(document, "state"), "expired");
	}
	CLEANUP_JSON json_t *denied = parse(REQUEST(CHANGE, "denied", ANSWERS, ""));
	CLEANUP_REQUEST struct approval_request request;
	assert_ok(approval_request_decode(denied, &request, &err));
	assert_int_equal(approval_request_state_at(&request, EXPIRES), APPROVAL_DENIED);
}

static void test_not_understood(void **state)
{
	static const struct {
		const char *text, *code;
		const char *part; /* of the message */
	} cases[] = {
		{ "[]", "InvalidRecord", "approval request" },
		{ "{\"id\":\"a-1\"}", "InvalidRecord", "approval request a-1" },
		{ REQUEST(CHANGE, "blessed", "[]", ""), "NewerRecord", "state \"blessed\"" },
		{ REQUEST(CHANGE, "waiting", "[]", ",\"version\":2"), "NewerRecord", "a-0123456789ab" },
		{ REQUEST(CHANGE, "waiting", "{}", ""), "InvalidRecord", "\"answers\"" },
		{ REQUEST(CHANGE, "waiting", "[{\"name\":\"Ann\"}]", ""), "InvalidRecord", "\"via\"" },
		{ REQUEST(CHANGE, "waiting",
			  "[{\"name\":\"Ann\",\"via\":\"v\",\"answer\":\"perhaps\",\"at\":"
			  "\"2026-11-27T09:00:00Z\"}]",
			  ""),
			"NewerRecord", "answer \"perhaps\"" },
		{ REQUEST("null", "waiting", "[]", ""), "InvalidRecord", "\"change\" is missing" },
		{ REQUEST("{\"id\":\"c-1\"}", "waiting", "[]", ""), "InvalidRecord",
			"approval request a-0123456789ab" },
		{ REQUEST("{\"id\":\"c-1\",\"version\":2}", "waiting", "[]", ""), "NewerRecord",
			"change c-1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *json = parse(cases[i].text);
		struct approval_request request;

		assert_int_equal(approval_request_decode(json, &request, &err), -1);
		if (!err_is(&err, ERR_STORE, cases[i].code) || strstr(err.message, cases[i].part) == NULL)
			fail_msg("case %zu: %s %s", i, err.code, err.message);
		err_clear(&err);
	}
}

/* Each field that a request must have, taken away. */
static void test_missing_fields(void **state)
{
	static const char *const optional[] = { "reason", "made" };
	CLEANUP_JSON json_t *whole = parse(WAITING);
	const char *key;
	json_t *value;

	(void)state;
	json_object_foreach(whole, key, value) {
		CLEANUP_JSON json_t *json = json_copy(whole);
		CLEANUP_REQUEST struct approval_request request;
		bool may_miss = false;

		json_object_del(json, key);
		for (size_t i = 0; i < ARRAY_LENGTH(optional); i++)
			may_miss |= strcmp(optional[i], key) == 0;
		if ((approval_request_decode(json, &request, &err) == 0) != may_miss)
			fail_msg("%s", key);
		if (!may_miss)
			assert_true(err_is(&err, ERR_STORE, "InvalidRecord") &&
				strstr(err.message, key) != NULL);
		err_clear(&err);
	}
}

/* A document is read by the same table, whatever version of the stored form it comes from. */
static void test_from_document(void **state)
{
	CLEANUP_JSON json_t *json = parse(REQUEST(CHANGE, "expired", ANSWERS, ""));
	CLEANUP_JSON json_t *unknown = parse(REQUEST(CHANGE, "blessed", ANSWERS, ""));
	CLEANUP_REQUEST struct approval_request request;

	(void)state;
	assert_ok(approval_request_from_document(json, &request, &err));
	assert_int_equal(request.state, APPROVAL_EXPIRED);
	assert_string_equal(request.change.id, "c-1");
	CLEANUP_JSON json_t *document = approval_request_document(&request, REQUESTED);
	assert_true(json_equal(document, json));
	struct approval_request none;
	assert_int_equal(approval_request_from_document(unknown, &none, &err), -1);
	assert_true(err_is(&err, ERR_STORE, "NewerRecord"));
	err_clear(&err);
}

static void test_index(void **state)
{
	CLEANUP_JSON json_t *json = parse("{\"hash\":\"h\"}"); /* as version 0.1.0 wrote it */
	CLEANUP_JSON json_t *newer = parse("{\"hash\":\"h\",\"version\":2}");
	struct approval_index index;

	(void)state;
	assert_ok(approval_index_decode(json, &index, &err));
	assert_string_equal(index.hash, "h");
	CLEANUP_JSON json_t *encoded = approval_index_encode(&index);
	assert_string_equal(json_get_string(encoded, "hash"), "h");
	approval_index_release(&index);
	assert_int_equal(approval_index_decode(newer, &index, &err), -1);
	assert_true(err_is(&err, ERR_STORE, "NewerRecord"));
	err_clear(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form_of_0_1_0),
		cmocka_unit_test(test_moved_on),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_missing_fields),
		cmocka_unit_test(test_from_document),
		cmocka_unit_test(test_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
