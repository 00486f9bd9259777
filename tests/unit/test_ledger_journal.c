/* The changes of a run: by the index, and in a store that was written before there was one. */
#include "change_help.h"
#include "store/queue.h"
#include "store/read.h"
#include "test_store_help.h"

#include "base/json.h"
#include "ledger/journal.h"

static void record_of(const char *id, const char *run, struct change_record *record)
{
	CLEANUP_JSON json_t *json = change_json(id, run);
	struct err err = ERR_INIT;

	assert_ok(change_record_decode(json, record, &err));
}

static void move(struct store *store, const char *id, const char *run, enum change_state state)
{
	struct change_record record;
	struct err err = ERR_INIT;
	bool found;

	assert_ok(journal_read(store, id, &record, &found, &err));
	if (!found)
		record_of(id, run, &record);
	assert_ok(journal_move(store, &record, state, NULL, NULL, &err));
	change_record_release(&record);
}

/* As a version without the index left it. */
static void put_old(struct store *store, const char *id, const char *run)
{
	CLEANUP_JSON json_t *record = change_json(id, run);
	struct store_key key = STORE_KEY(id);
	struct err err = ERR_INIT;

	assert_ok(store_put_json(store, STORE_JOURNAL, &key, record, &err));
}

struct found {
	char ids[512];
	int most; /* stops after so many; 0: never */
	int count;
};

static int keep(void *argument, const struct change_record *record)
{
	struct found *found = argument;
	size_t used = strlen(found->ids);

	snprintf(found->ids + used, sizeof found->ids - used, "%s:%s ", record->id,
		change_state_name(record->state));
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
	move(store, "c-1", "run-1", CHANGE_INTENT);
	move(store, "c-2", "run-2", CHANGE_INTENT);
	move(store, "c-3", "run-1", CHANGE_INTENT);
	move(store, "c-4", "run-10", CHANGE_INTENT);
	flush(store);
	move(store, "c-3", "run-1", CHANGE_APPLIED);
	move(store, "c-1", "run-1", CHANGE_FAILED);
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
	expect_run(store, "run-1", "c-1:planned ");  /* by looking through all */
	move(store, "c-2", "run-2", CHANGE_APPLIED); /* not a new change: still no index */
	flush(store);
	assert_int_equal(indexed(store), 0);
	expect_run(store, "run-2", "c-2:applied ");
	move(store, "c-3", "run-1", CHANGE_INTENT);
	move(store, "c-4", "run-2", CHANGE_INTENT); /* perhaps before the first is committed */
	flush(store);
	assert_int_equal(indexed(store), 4);
	expect_run(store, "run-1", "c-1:planned c-3:intent ");
	expect_run(store, "run-2", "c-2:applied c-4:intent ");
	close_store(store);
}

/* Records that retention has removed are no longer listed. */
static void test_dropped_records(void **state)
{
	struct store_key key = STORE_KEY("c-1");
	struct err err = ERR_INIT;

	(void)state;
	struct store *store = open_writer(NULL);
	move(store, "c-1", "run-1", CHANGE_INTENT);
	move(store, "c-2", "run-1", CHANGE_INTENT);
	assert_ok(store_delete(store, STORE_JOURNAL, &key, &err));
	flush(store);
	expect_run(store, "run-1", "c-2:intent ");
	close_store(store);
}

static void test_damage(void **state)
{
	struct store_key key = STORE_KEY("c-1"), marker = STORE_KEY("journal-by-run");
	struct change_record record;
	struct found found = { .ids = "" };
	struct err err = ERR_INIT;

	(void)state;
	record_of("c-3", "run-2", &record);
	struct store *store = open_writer(NULL);
	move(store, "c-1", "run-1", CHANGE_INTENT);
	assert_ok(store_put(store, STORE_JOURNAL, &key, "{", 1, &err));
	flush(store);
	assert_int_equal(journal_each_of_run(store, "run-1", keep, &found, &err), -1);
	assert_int_equal(err.kind, ERR_STORE);
	err_clear(&err);
	/* When it can't be read whether the journal is indexed, the record is not written. */
	assert_ok(store_put(store, STORE_META, &marker, "{", 1, &err));
	flush(store);
	assert_int_equal(journal_each_of_run(store, "run-1", keep, &found, &err), -1);
	err_clear(&err);
	assert_int_equal(journal_move(store, &record, CHANGE_INTENT, NULL, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_STORE);
	err_clear(&err);
	assert_ok(store_delete(store, STORE_META, &marker, &err));
	flush(store);
	assert_int_equal(journal_move(store, &record, CHANGE_INTENT, NULL, NULL, &err), -1);
	err_clear(&err);
	assert_int_equal(journal_each_of_run(store, "run-1", keep, &found, &err), -1);
	change_record_release(&record);
	close_store(store);
}

/* A record of a later version, or in an unknown state, is an error of every function that reads it.
 */
static void test_later_version(void **state)
{
	static const char *const cases[][2] = { { "state", "\"halted\"" }, { "version", "2" } };
	struct store_key key = STORE_KEY("c-1"), flight = STORE_KEY("in-flight", "c-1");

	(void)state;
	struct store *store = open_writer(NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *json = change_json("c-1", "run-1");
		struct change_list list = { 0 };
		struct change_record record;
		struct found seen = { .ids = "" };
		struct err err = ERR_INIT, errs[4] = { ERR_INIT, ERR_INIT, ERR_INIT, ERR_INIT };
		bool found = true;

		json_object_set_new(json, cases[i][0], json_loads(cases[i][1], JSON_DECODE_ANY, NULL));
		assert_ok(store_put_json(store, STORE_JOURNAL, &key, json, &err));
		assert_ok(store_put(store, STORE_META, &flight, "c-1", 3, &err));
		flush(store);
		assert_int_equal(journal_read(store, "c-1", &record, &found, &errs[0]), -1);
		assert_false(found);
		assert_int_equal(journal_each_of_run(store, "run-1", keep, &seen, &errs[1]), -1);
		assert_int_equal(journal_each(store, keep, &seen, &errs[2]), -1);
		assert_int_equal(journal_in_flight(store, &list, &errs[3]), -1);
		assert_int_equal(seen.count, 0);
		for (size_t n = 0; n < ARRAY_LENGTH(errs); n++)
			assert_true(err_is(&errs[n], ERR_STORE, "NewerRecord"));
		change_list_release(&list);
	}
	close_store(store);
}

static void expect_stored(struct store *store, const struct change_record *record)
{
	struct store_key key = STORE_KEY(record->id);
	CLEANUP_JSON json_t *wanted = change_record_encode(record);
	CLEANUP_JSON json_t *found = NULL;
	struct err err = ERR_INIT;

	flush(store);
	assert_ok(store_get_json(store, STORE_JOURNAL, &key, &found, &err));
	assert_true(json_equal(found, wanted));
}

/* The fields that no move changes are written from the text that the first move made of them. */
static void test_moves(void **state)
{
	static const enum change_state states[] = { CHANGE_INTENT, CHANGE_APPLIED, CHANGE_VERIFIED };
	struct err err = ERR_INIT, cause = ERR_INIT;
	CLEANUP_JSON json_t *image = json_pack("{s:b}", "on", 1);
	struct change_record record;

	(void)state;
	struct store *store = open_writer(NULL);
	record_of("c-1\"", "run-1", &record);
	(void)err_set(&cause, ERR_LIMIT, "Cause", "a cause");
	for (size_t i = 0; i < ARRAY_LENGTH(states); i++) {
		assert_ok(journal_move(store, &record, states[i], i == 1 ? &cause : NULL,
			i == 2 ? image : NULL, &err));
		expect_stored(store, &record);
	}
	assert_int_equal(record.history_count, ARRAY_LENGTH(states));
	assert_string_equal(record.cause.message, "a cause");
	json_t *deep = json_object();
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		deep = json_pack("{s:o}", "in", deep);
	assert_int_equal(journal_move(store, &record, CHANGE_FAILED, NULL, deep, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "TooDeep"));
	flush(store);
	expect_run(store, "run-1", "c-1\":verified ");
	json_decref(deep);
	change_record_release(&record);
	close_store(store);
}

/* A change and its rollback: each has the image that the other one restores. */
static void test_plans(void **state)
{
	CLEANUP_JSON json_t *before = json_pack("{s:b}", "on", 0);
	CLEANUP_JSON json_t *after = json_pack("{s:b}", "on", 1);
	struct change_record record = {
		.run = "run-1",
		.account = "111122223333",
		.cell_region = "global",
		.region = "eu-west-1",
		.baseline = "s3.a",
		.resource = "r",
		.before = before,
		.after = after,
		.tier = TIER_APPROVAL,
	};
	struct change_record undo;
	char id[CHANGE_ID_SIZE], hash[CHANGE_HASH_SIZE], undo_id[CHANGE_ID_SIZE];

	(void)state;
	journal_plan(&record, id, hash);
	assert_string_equal(record.id, id);
	assert_string_equal(record.hash, hash);
	assert_int_equal(record.kind, CHANGE_REMEDY);
	assert_int_equal(record.state, CHANGE_PLANNED);
	assert_int_equal(record.history_count, 1);
	journal_plan_rollback(&undo, "run-2", &record, after, undo_id);
	assert_string_equal(undo.of, id);
	assert_string_not_equal(undo.id, id);
	assert_int_equal(undo.kind, CHANGE_ROLLBACK);
	assert_string_equal(undo.hash, hash);
	assert_ptr_equal(undo.before, after);
	assert_ptr_equal(undo.after, before);
	assert_int_equal(undo.tier, TIER_APPROVAL);
	assert_int_equal(undo.history_count, 1);
	change_record_release(&undo);
	change_record_release(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_runs_apart),
		store_test(test_older_store),
		store_test(test_dropped_records),
		store_test(test_damage),
		store_test(test_later_version),
		store_test(test_moves),
		store_test(test_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
