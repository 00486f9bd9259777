/* Events that were handled: found as copies, forgotten in time, and listed newest first. */
#include "test_store_help.h"

#include "base/json.h"
#include "ledger/handled_event.h"

#define DAY INT64_C(86400000)
#define NOW (INT64_C(20000) * DAY + 1000)

static void seen(struct store *store, const char *identity, const char *account,
	const char *outcome, const char *at, int64_t now_ms)
{
	struct err err = ERR_INIT;
	json_t *record = json_pack("{s:s, s:s, s:s, s:s}", "identity", identity, "account", account,
		"outcome", outcome, "at", at);

	assert_ok(handled_event_put(store, record, now_ms, &err));
	json_decref(record);
	flush(store);
}

static bool known(struct store *store, const char *identity, int64_t now_ms, int64_t days)
{
	struct err err = ERR_INIT;
	json_t *record = NULL;

	assert_ok(handled_event_find(store, identity, now_ms, days, &record, &err));
	bool is = record != NULL;
	if (is)
		assert_string_equal(json_get_string_or(record, "identity", ""), identity);
	json_decref(record);
	return is;
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
	seen(store, "one", "111111111111", "remediated", "2024-10-04T00:00:01Z", NOW);
	assert_true(known(store, "one", NOW, 4));
	assert_false(known(store, "on", NOW, 4));
	assert_false(known(store, "one2", NOW, 4));
	assert_true(known(store, "one", NOW + 4 * DAY, 4));
	assert_false(known(store, "one", NOW + 5 * DAY, 4)); /* older than what is kept */
	assert_true(known(store, "one", NOW - 2000, 4));     /* the clock was put back over midnight */
	/* Longer than a key may be, and alike for as long as a key is. */
	memset(long_identity, 'x', sizeof long_identity - 1);
	long_identity[sizeof long_identity - 1] = '\0';
	seen(store, long_identity, "111111111111", "ignored", "2024-10-04T00:00:01Z", NOW);
	assert_true(known(store, long_identity, NOW, 4));
	long_identity[sizeof long_identity - 2] = 'y';
	assert_false(known(store, long_identity, NOW, 4));
	close_store(store);
}

static void test_prune(void **state)
{
	struct store *store = open_writer(NULL);

	(void)state;
	seen(store, "ancient", "111111111111", "ignored", "2023-10-04T00:00:00Z", NOW - 300 * DAY);
	seen(store, "old", "111111111111", "ignored", "2024-09-29T00:00:00Z", NOW - 5 * DAY);
	seen(store, "last", "111111111111", "ignored", "2024-09-30T00:00:00Z", NOW - 4 * DAY);
	seen(store, "new", "111111111111", "ignored", "2024-10-04T00:00:00Z", NOW);
	prune(store, NOW, 4);
	assert_int_equal(count(store, STORE_SEEN, NULL), 2);
	assert_true(known(store, "last", NOW, 4));
	assert_true(known(store, "new", NOW, 4));
	prune(store, NOW + 30 * DAY, 4);
	assert_int_equal(count(store, STORE_SEEN, NULL), 0);
	prune(store, NOW, 4);
	close_store(store);
}

static void expect_recent(struct store *store, const char *account, const char *outcome,
	size_t limit, const char *wanted)
{
	struct err err = ERR_INIT;
	json_t *list = NULL, *record;
	char got[256] = "";
	size_t index;

	assert_ok(handled_event_recent(store, NOW, 4, account, outcome, limit, &list, &err));
	json_array_foreach(list, index, record)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s ",
			json_get_string_or(record, "identity", ""));
	assert_string_equal(got, wanted);
	json_decref(list);
}

static void test_recent(void **state)
{
	struct store *store = open_writer(NULL);

	(void)state;
	expect_recent(store, NULL, NULL, 10, "");
	seen(store, "c", "222222222222", "remediated", "2024-10-04T00:00:03Z", NOW);
	seen(store, "a", "111111111111", "ignored", "2024-10-04T00:00:05Z", NOW);
	seen(store, "e", "111111111111", "remediated", "2024-10-04T00:00:01Z", NOW);
	seen(store, "b", "111111111111", "remediated", "2024-10-04T00:00:04Z", NOW);
	seen(store, "f", "111111111111", "remediated", "2024-10-02T00:00:00Z", NOW - 2 * DAY);
	seen(store, "d", "111111111111", "own", "2024-10-04T00:00:02Z", NOW);
	seen(store, "gone", "111111111111", "own", "2024-09-04T00:00:02Z", NOW - 30 * DAY);
	expect_recent(store, NULL, NULL, 10, "a b c d e f ");
	expect_recent(store, NULL, NULL, 3, "a b c ");
	expect_recent(store, NULL, NULL, 1, "a ");
	expect_recent(store, NULL, NULL, 0, "");
	expect_recent(store, "111111111111", NULL, 2, "a b ");
	expect_recent(store, "111111111111", "remediated", 10, "b e f ");
	expect_recent(store, "222222222222", "own", 10, "");
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = { store_test(test_find), store_test(test_prune),
		store_test(test_recent) };

	return cmocka_run_group_tests_name("engine seen", tests, NULL, NULL);
}
