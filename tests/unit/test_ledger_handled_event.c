/* The records of events that were handled: duplicates are found by them, old ones are removed, and
 * what is not understood is refused. */
#include "test_record_help.h"

#include "base/json.h"
#include "ledger/handled_event.h"
#include "store/queue.h"
#include "store/read.h"

#define DAY INT64_C(86400000)
#define NOW (INT64_C(20000) * DAY + 1000)

static void seen(struct store *store, const char *identity, int64_t now_ms)
{
	const struct handled_event record = {
		.identity = identity, .at_ms = now_ms, .outcome = HANDLED_IGNORED
	};
	struct err err = ERR_INIT;

	assert_ok(handled_event_put(store, &record, now_ms, &err));
	flush(store);
}

static bool known(struct store *store, const char *identity, int64_t now_ms, int64_t days)
{
	struct err err = ERR_INIT;
	bool found;

	assert_ok(handled_event_find(store, identity, now_ms, days, &found, &err));
	return found;
}

static void prune(struct store *store, int64_t now_ms, int64_t days)
{
	struct err err = ERR_INIT;

	assert_ok(handled_event_prune(store, now_ms, days, &err));
	flush(store);
}

static void test_find(void **state)
{
	struct store *store = open_writer(NULL);
	char long_identity[2000];

	(void)state;
	assert_false(known(store, "one", NOW, 4));
	seen(store, "one", NOW);
	assert_true(known(store, "one", NOW, 4));
	assert_false(known(store, "on", NOW, 4));
	assert_false(known(store, "one2", NOW, 4));
	assert_true(known(store, "one", NOW + 4 * DAY, 4));
	assert_false(known(store, "one", NOW + 5 * DAY, 4)); /* older than what is kept */
	assert_true(known(store, "one", NOW - 2000, 4));     /* the clock was put back over midnight */
	/* Longer than a key may be, and alike for as long as a key is. */
	memset(long_identity, 'x', sizeof long_identity - 1);
	long_identity[sizeof long_identity - 1] = '\0';
	seen(store, long_identity, NOW);
	assert_true(known(store, long_identity, NOW, 4));
	long_identity[sizeof long_identity - 2] = 'y';
	assert_false(known(store, long_identity, NOW, 4));
	close_store(store);
}

static void test_prune(void **state)
{
	struct store *store = open_writer(NULL);

	(void)state;
	seen(store, "ancient", NOW - 300 * DAY);
	seen(store, "old", NOW - 5 * DAY);
	seen(store, "last", NOW - 4 * DAY);
	seen(store, "new", NOW);
	prune(store, NOW, 4);
	assert_int_equal(count(store, STORE_SEEN, NULL), 2);
	assert_true(known(store, "last", NOW, 4));
	assert_true(known(store, "new", NOW, 4));
	prune(store, NOW + 30 * DAY, 4);
	assert_int_equal(count(store, STORE_SEEN, NULL), 0);
	prune(store, NOW, 4);
	close_store(store);
}

static const struct handled_event example = { .identity = "guardduty|f-1",
	.at_ms = NOW,
	.signal_source = "guardduty",
	.type = "T",
	.account = "111111111111",
	.region = "eu-west-1",
	.severity = -1,
	.outcome = HANDLED_AWAITING_APPROVAL,
	.rule = "built-in",
	.why = "a sentence",
	.run = "r",
	.changes = 3,
	.by = "ann" };

/* What is stored under the identity, with the store's own key. */
static json_t *stored(struct store *store, const char *identity)
{
	struct store_key key = STORE_KEY("020000", identity);
	struct err err = ERR_INIT;
	json_t *json = NULL;

	assert_ok(store_get_json(store, STORE_SEEN, &key, &json, &err));
	assert_non_null(json);
	return json;
}

static void test_round_trip(void **state)
{
	struct store *store = open_writer(NULL);
	struct err err = ERR_INIT;
	struct handled_event read;

	(void)state;
	assert_ok(handled_event_put(store, &example, NOW, &err));
	flush(store);
	json_t *json = stored(store, example.identity);
	assert_ok(handled_event_decode(json, &read, &err));
	assert_string_equal(read.identity, example.identity);
	assert_int_equal(read.at_ms, NOW);
	assert_string_equal(read.signal_source, "guardduty");
	assert_string_equal(read.region, "eu-west-1");
	assert_null(read.resource);
	assert_int_equal(read.severity, -1);
	assert_int_equal(read.outcome, HANDLED_AWAITING_APPROVAL);
	assert_string_equal(read.run, "r");
	assert_int_equal(read.changes, 3);
	assert_string_equal(read.by, "ann");
	assert_int_equal(json_integer_value(json_object_get(json, "version")), 1);
	json_t *document = handled_event_document(&read);
	assert_null(json_object_get(document, "version"));
	assert_true(json_is_null(json_object_get(document, "resource")));
	assert_string_equal(json_get_string(document, "outcome"), "awaiting_approval");
	json_decref(document);
	handled_event_release(&read);
	json_decref(json);
	close_store(store);
}

/* Of a body that can't be decoded less is known, and no more is shown. */
static void test_refused(void **state)
{
	const struct handled_event record = { .identity = "refused:00",
		.at_ms = NOW,
		.outcome = HANDLED_REFUSED,
		.code = "NotJson",
		.why = "the body is no JSON",
		.bytes = 12 };
	struct store *store = open_writer(NULL);
	struct err err = ERR_INIT;
	struct handled_event read;

	(void)state;
	assert_ok(handled_event_put(store, &record, NOW, &err));
	flush(store);
	json_t *json = stored(store, record.identity);
	assert_ok(handled_event_decode(json, &read, &err));
	json_t *document = handled_event_document(&read);
	json_t *wanted = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:n}", "identity", "refused:00",
		"at", "2024-10-04T00:00:01Z", "outcome", "refused", "code", "NotJson", "why",
		"the body is no JSON", "bytes", 12, "message");
	assert_true(json_equal(document, wanted));
	json_decref(wanted);
	json_decref(document);
	handled_event_release(&read);
	json_decref(json);
	close_store(store);
}

static int find_one(struct store *store, struct err *err)
{
	bool found;

	return handled_event_find(store, "one", NOW, 4, &found, err);
}

static void test_not_understood(void **state)
{
#define RECORD(outcome, more) \
	"{\"identity\":\"one\",\"at\":\"2024-10-04T00:00:01Z\",\"outcome\":" outcome more "}"
	static const struct refused cases[] = {
		{ "[]", "handled event" },
		{ "{\"identity\":\"one\",\"outcome\":\"own\"}", "\"at\" is missing" },
		{ RECORD("\"mended\"", ""), "one in the state folder has the outcome \"mended\"" },
		{ RECORD("null", ""), "\"outcome\" is missing" },
		{ RECORD("\"own\"", ",\"version\":2"), "version \"2\"" },
		{ RECORD("\"own\"", ",\"changes\":\"many\""), "\"changes\" is not an integer" },
	};
	struct store *store = open_writer(NULL);
	struct store_key key = STORE_KEY("020000", "one");

	(void)state;
	assert_refused(store, STORE_SEEN, &key, cases, ARRAY_LENGTH(cases), find_one);
	close_store(store);
}

static void test_outcomes(void **state)
{
	struct status_counts cells = { .of = { 0 } };

	(void)state;
	assert_int_equal(handled_outcome_of(&cells), HANDLED_UNASSIGNED);
	for (size_t i = STATUS_COUNT; i-- > 0;) { /* from the best to the worst */
		cells.of[i] = 1;
		assert_string_equal(handled_outcome_name(handled_outcome_of(&cells)),
			status_name((enum status)i));
	}
	assert_int_equal(handled_outcome_worst(HANDLED_NONE, HANDLED_RETIRED), HANDLED_RETIRED);
	assert_int_equal(handled_outcome_worst(HANDLED_UNASSIGNED, HANDLED_COMPLIANT),
		HANDLED_COMPLIANT);
	assert_int_equal(handled_outcome_worst(HANDLED_COMPLIANT, HANDLED_UNASSIGNED),
		HANDLED_COMPLIANT);
	assert_int_equal(handled_outcome_worst(HANDLED_COMPLIANT, HANDLED_DRIFTED), HANDLED_DRIFTED);
	assert_int_equal(handled_outcome_worst(HANDLED_DRIFTED, HANDLED_COMPLIANT), HANDLED_DRIFTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_find),
		store_test(test_prune),
		store_test(test_round_trip),
		store_test(test_refused),
		store_test(test_not_understood),
		cmocka_unit_test(test_outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
