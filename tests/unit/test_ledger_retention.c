/* How long runs, ledgers and changes are kept. */
#include "change_help.h"
#include "store/queue.h"
#include "store/read.h"
#include "test_store_help.h"

#include "test_coverage_help.h"

#include "base/json.h"
#include "ledger/journal.h"
#include "ledger/retention.h"

#define NOW_MS 1795521600000 /* 2026-11-24T12:00:00Z */

static struct err err;

static void put_value(struct store *store, enum store_database database,
	const struct store_key *key, json_t *value)
{
	CLEANUP_JSON json_t *owned = value;

	assert_ok(store_put_json(store, database, key, owned, &err));
}

/* Records a run with one cell in its coverage and, when it changed something, one change. */
static void add_run(struct store *store, const char *id, const char *kind, const char *change,
	const char *state)
{
	struct store_key key = STORE_KEY(id);

	put_value(store, STORE_RUNS, &key,
		json_pack("{s:s, s:s, s:s, s:i, s:i, s:i}", "id", id, "kind", kind, "state", "finished",
			"changes", change != NULL, "accounts_in_scope", 0, "accounts_inactive", 0));
	assert_ok(put_covered(store, id, "111122223333", "global", "b", STATUS_COMPLIANT, &err));
	if (change != NULL) {
		CLEANUP_JSON json_t *json = change_json(change, id);
		struct change_record record;
		enum change_state last;

		assert_ok(change_record_decode(json, &record, &err));
		assert_ok(change_state_parse(state, &last));
		assert_ok(journal_move(store, &record, CHANGE_INTENT, NULL, NULL, &err));
		if (last != CHANGE_INTENT)
			assert_ok(journal_move(store, &record, last, NULL, NULL, &err));
		change_record_release(&record);
	}
}

static size_t count_all(struct store *store, enum store_database database)
{
	int found = 0;

	assert_ok(store_each(store, database, NULL, count_one, &found, &err));
	return (size_t)found;
}

static bool has_run(struct store *store, const char *id)
{
	struct store_key key = STORE_KEY(id);
	CLEANUP_JSON json_t *record = NULL;

	assert_ok(store_get_json(store, STORE_RUNS, &key, &record, &err));
	return record != NULL;
}

static bool has_change(struct store *store, const char *id)
{
	struct change_record record;
	bool found;

	assert_ok(journal_read(store, id, &record, &found, &err));
	change_record_release(&record);
	return found;
}

static void add_many(struct store *store, const char *kind, const char *day, size_t number)
{
	for (size_t i = 0; i < number; i++) {
		char id[40];

		snprintf(id, sizeof id, "%sT%06zu.%s", day, i, kind);
		add_run(store, id, kind, NULL, NULL);
	}
}

static void test_ledgers_and_runs(void **state)
{
	struct store *store =
		open_store((struct store_options){ .mode = STORE_WRITE, .holder = "test" }, NULL);

	(void)state;
	/* older than the changes are kept */
	add_run(store, "20240101T000000-old", "sweep", "c-old", "verified");
	/* its outcome is not known */
	add_run(store, "20240102T000000-lost", "sweep", "c-lost", "intent");
	/* not among the latest, but with a change */
	add_run(store, "20260102T000000-kept", "sweep", "c-kept", "verified");
	/* not among the latest, and did nothing */
	add_run(store, "20260103T000000-idle", "sweep", NULL, NULL);
	add_many(store, "sweep", "20261123", RETENTION_RUNS);
	add_many(store, "event", "20261124", 30);
	assert_ok(store_flush(store, &err));
	assert_ok(retention_apply(store, NOW_MS, &err));
	assert_ok(store_flush(store, &err));

	assert_false(has_run(store, "20240101T000000-old"));
	assert_false(has_change(store, "c-old"));
	assert_true(has_change(store, "c-lost"));
	assert_true(has_run(store, "20260102T000000-kept"));
	assert_true(has_change(store, "c-kept"));
	assert_false(has_run(store, "20260103T000000-idle"));
	assert_int_equal(count_all(store, STORE_RUNS), RETENTION_RUNS + 30 + 1);
	assert_int_equal(count_all(store, STORE_COVERAGE), RETENTION_LEDGERS + RETENTION_EVENT_LEDGERS);
	assert_ok(store_close(store, &err));
}

static void test_nothing_to_drop(void **state)
{
	struct store *store =
		open_store((struct store_options){ .mode = STORE_WRITE, .holder = "test" }, NULL);

	(void)state;
	assert_ok(retention_apply(store, NOW_MS, &err));
	/* old, and still among the latest */
	add_run(store, "20240101T000000-old", "sweep", "c-old", "verified");
	assert_ok(store_flush(store, &err));
	assert_ok(retention_apply(store, NOW_MS, &err));
	assert_ok(store_flush(store, &err));
	assert_true(has_run(store, "20240101T000000-old"));
	assert_true(has_change(store, "c-old"));
	assert_ok(store_close(store, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = { store_test(test_ledgers_and_runs),
		store_test(test_nothing_to_drop) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
