/* The changes of a run: by the index, and in a store that was written before there was one. */
#include "test_store_help.h"

#include "base/json.h"
#include "ledger/journal.h"

static json_t *record_of(const char *id, const char *run)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:[]}", "id", id, "run", run, "kind", "remedy", "state",
		"planned", "history");
}

static void move(struct store *store, const char *id, const char *run, const char *state)
{
	CLEANUP_JSON json_t *record = NULL;
	struct err err = ERR_INIT;

	assert_ok(journal_read(store, id, &record, &err));
	if (record == NULL)
		record = record_of(id, run);
	assert_ok(journal_move(store, record, state, NULL, NULL, &err));
}

/* As a version without the index left it. */
static void put_old(struct store *store, const char *id, const char *run)
{
	CLEANUP_JSON json_t *record = record_of(id, run);
	struct store_key key = STORE_KEY(id);
	struct err err = ERR_INIT;

	assert_ok(store_put_json(store, STORE_JOURNAL, &key, record, &err));
}

struct found {
	char ids[512];
	int most; /* stops after so many; 0: never */
	int count;
};

static int keep(void *argument, const struct store_key *key, const json_t *record)
{
	struct found *found = argument;
	size_t used = strlen(found->ids);

	(void)key;
	snprintf(found->ids + used, sizeof found->ids - used, "%s:%s ",
		json_get_string_or(record, "id", "?"), json_get_string_or(record, "state", "?"));
	return ++found->count == found->most;
}

static void expect_run(struct store *store, const char *run, const char *ids)
{
	struct found found = { .ids = "" };
	struct err err = ERR_INIT;

	assert_ok(journal_each_of_run(store, run, keep, &found, &err));
	assert_string_equal(found.ids, ids);
}

static int indexed(struct store *store)
{
	return count(store, STORE_RUN_CHANGES, NULL);
}

static void test_runs_apart(void **state)
{
	struct found first = { .ids = "", .most = 1 };
	struct err err = ERR_INIT;

	(void)state;
	struct store *store = open_writer(NULL);
	expect_run(store, "run-1", "");
	move(store, "c-1", "run-1", "intent");
	move(store, "c-2", "run-2", "intent");
	move(store, "c-3", "run-1", "intent");
	move(store, "c-4", "run-10", "intent");
	flush(store);
	move(store, "c-3", "run-1", "applied");
	move(store, "c-1", "run-1", "failed");
	flush(store);
	expect_run(store, "run-1", "c-1:failed c-3:applied ");
	expect_run(store, "run-2", "c-2:intent ");
	expect_run(store, "run-10", "c-4:intent ");
	expect_run(store, "run", "");
	expect_run(store, "", "");
	expect_run(store,
		"a name that is far longer than the id of any run can ever be, which is no fault", "");
	assert_ok(journal_each_of_run(store, "run-1", keep, &first, &err));
	assert_string_equal(first.ids, "c-1:failed ");
	assert_int_equal(indexed(store), 4);
	close_store(store);

	store = open_reader();
	expect_run(store, "run-1", "c-1:failed c-3:applied ");
	close_store(store);
}

static void test_older_store(void **state)
{
	(void)state;
	struct store *store = open_writer(NULL);
	put_old(store, "c-1", "run-1");
	put_old(store, "c-2", "run-2");
	flush(store);
	expect_run(store, "run-1", "c-1:planned "); /* by looking through all */
	move(store, "c-2", "run-2", "applied");     /* not a new change: still no index */
	flush(store);
	assert_int_equal(indexed(store), 0);
	expect_run(store, "run-2", "c-2:applied ");
	move(store, "c-3", "run-1", "intent");
	move(store, "c-4", "run-2", "intent"); /* before the first is committed, perhaps */
	flush(store);
	assert_int_equal(indexed(store), 4);
	expect_run(store, "run-1", "c-1:planned c-3:intent ");
	expect_run(store, "run-2", "c-2:applied c-4:intent ");
	close_store(store);
}

/* Records that went by their age are no longer told of. */
static void test_dropped_records(void **state)
{
	struct store_key key = STORE_KEY("c-1");
	struct err err = ERR_INIT;

	(void)state;
	struct store *store = open_writer(NULL);
	move(store, "c-1", "run-1", "intent");
	move(store, "c-2", "run-1", "intent");
	assert_ok(store_delete(store, STORE_JOURNAL, &key, &err));
	flush(store);
	expect_run(store, "run-1", "c-2:intent ");
	close_store(store);
}

static void test_damage(void **state)
{
	struct store_key key = STORE_KEY("c-1"), marker = STORE_KEY("journal-by-run");
	CLEANUP_JSON json_t *record = record_of("c-3", "run-2");
	struct found found = { .ids = "" };
	struct err err = ERR_INIT;

	(void)state;
	struct store *store = open_writer(NULL);
	move(store, "c-1", "run-1", "intent");
	assert_ok(store_put(store, STORE_JOURNAL, &key, "{", 1, &err));
	flush(store);
	assert_int_equal(journal_each_of_run(store, "run-1", keep, &found, &err), -1);
	assert_int_equal(err.kind, ERR_STORE);
	err_clear(&err);
	/* What can't be told to be indexed is not written without. */
	assert_ok(store_put(store, STORE_META, &marker, "{", 1, &err));
	flush(store);
	assert_int_equal(journal_each_of_run(store, "run-1", keep, &found, &err), -1);
	err_clear(&err);
	assert_int_equal(journal_move(store, record, "intent", NULL, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_STORE);
	err_clear(&err);
	assert_ok(store_delete(store, STORE_META, &marker, &err));
	flush(store);
	assert_int_equal(journal_move(store, record, "intent", NULL, NULL, &err), -1);
	err_clear(&err);
	assert_int_equal(journal_each_of_run(store, "run-1", keep, &found, &err), -1);
	close_store(store);
}

static char *stored(struct store *store, const char *id)
{
	CLEANUP_JSON json_t *record = NULL;
	struct err err = ERR_INIT;

	flush(store);
	assert_ok(journal_read(store, id, &record, &err));
	assert_non_null(record);
	return json_to_text(record);
}

/* Moved as the record of a drift, its fixed members are written from the text that the first move
 * made of them. */
static void test_drift(void **state)
{
	static const char *const states[] = { "intent", "applied", "verified" };
	struct err err = ERR_INIT, cause = ERR_INIT;
	CLEANUP_JSON json_t *image = json_pack("{s:b}", "on", 1);

	(void)state;
	struct store *store = open_writer(NULL);
	struct run run = { .id = "run-1", .engine = { .store = store } };
	struct account_run account = { .run = &run };
	struct cell cell = { .account = &account };
	struct drift drift = {
		.cell = &cell, .record = record_of("c-1\"", "run-1"), .fixed = BUF_INIT(SIZE_MAX)
	};
	(void)err_set(&cause, ERR_LIMIT, "Cause", "a cause");
	for (size_t i = 0; i < ARRAY_LENGTH(states); i++) {
		assert_ok(journal_move_drift(&drift, states[i], i == 1 ? &cause : NULL,
			i == 2 ? image : NULL, &err));
		CLEANUP_FREE char *wanted = json_to_text(drift.record), *found = stored(store, "c-1\"");
		assert_string_equal(found, wanted);
	}
	assert_int_equal(json_array_size(json_object_get(drift.record, "history")),
		ARRAY_LENGTH(states));
	CLEANUP_FREE char *before = stored(store, "c-1\"");
	json_t *deep = json_null();
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		deep = json_pack("[o]", deep);
	assert_int_equal(journal_move_drift(&drift, "failed", NULL, deep, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "TooDeep"));
	CLEANUP_FREE char *after = stored(store, "c-1\"");
	assert_string_equal(after, before);
	json_decref(deep);
	json_decref(drift.record);
	buf_release(&drift.fixed);
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_runs_apart),
		store_test(test_older_store),
		store_test(test_dropped_records),
		store_test(test_damage),
		store_test(test_drift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
