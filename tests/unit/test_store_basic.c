/* Tests of the store's keys, writes, batches and reads. */
#include "test_store_help.h"

#include "base/buf.h"
#include "base/json.h"
#include "store/queue.h"
#include "store/read.h"
#include "store/space.h"

static int compare(struct store_key a, struct store_key b)
{
	int order = memcmp(a.bytes, b.bytes, a.length < b.length ? a.length : b.length);

	return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static bool begins_with(struct store_key key, struct store_key prefix)
{
	return key.length >= prefix.length && memcmp(key.bytes, prefix.bytes, prefix.length) == 0;
}

static void keys_are_ordered_by_parts(void **state)
{
	(void)state;
	assert_true(compare(STORE_KEY("a"), STORE_KEY("a", "b")) < 0);
	assert_true(compare(STORE_KEY("a", "z"), STORE_KEY("ab", "a")) < 0);
	assert_true(compare(STORE_KEY("a b", "a"), STORE_KEY("a", "z")) > 0);
	assert_true(compare(STORE_KEY("111122223333", "eu-west-1"),
					STORE_KEY("111122223333", "us-east-1")) < 0);
	assert_int_equal(compare(STORE_KEY("a", ""), STORE_KEY("a")) > 0, 1);
}

static void prefix_never_ends_inside_a_part(void **state)
{
	(void)state;
	assert_true(begins_with(STORE_KEY("a", "b", "c"), STORE_KEY("a")));
	assert_true(begins_with(STORE_KEY("a", "b", "c"), STORE_KEY("a", "b")));
	assert_true(begins_with(STORE_KEY("a"), STORE_KEY("a")));
	assert_false(begins_with(STORE_KEY("ab"), STORE_KEY("a")));
	assert_false(begins_with(STORE_KEY("a", "bc"), STORE_KEY("a", "b")));
	assert_false(begins_with(STORE_KEY("a"), STORE_KEY("a", "")));
}

/* A separator inside a part must not make two natural keys one. */
static void control_characters_do_not_collide(void **state)
{
	(void)state;
	assert_int_not_equal(compare(STORE_KEY("a\x1f"
										   "b"),
							 STORE_KEY("a", "b")),
		0);
	assert_int_not_equal(compare(STORE_KEY("a\x1e"
										   "s"),
							 STORE_KEY("a\x1f")),
		0);
	assert_int_not_equal(compare(STORE_KEY("\x1e\x1f"), STORE_KEY("\x1f\x1e")), 0);
	assert_false(begins_with(STORE_KEY("a\x1f"
									   "b"),
		STORE_KEY("a")));
}

static void long_keys_are_cut_and_completed(void **state)
{
	char one[2000], other[2000];

	(void)state;
	memset(one, 'x', sizeof(one) - 1);
	one[sizeof(one) - 1] = '\0';
	memcpy(other, one, sizeof(one));
	other[sizeof(other) - 2] = 'y';
	struct store_key a = STORE_KEY("111122223333", one), b = STORE_KEY("111122223333", other);
	assert_int_equal(a.length, 511);
	assert_int_equal(compare(a, STORE_KEY("111122223333", one)), 0);
	assert_int_not_equal(compare(a, b), 0);
	assert_true(begins_with(a, STORE_KEY("111122223333")));

	/* Around the limit: 510 bytes and the separator fit, one more does not. */
	one[510] = '\0';
	assert_int_equal(STORE_KEY(one).length, 511);
	assert_int_equal(STORE_KEY(one).bytes[510], 0x1f);
	one[510] = 'x';
	one[511] = '\0';
	assert_int_equal(STORE_KEY(one).length, 511);
	assert_int_not_equal(STORE_KEY(one).bytes[510], 0x1f);
}

static void long_keys_are_stored_and_found(void **state)
{
	char name[1500];
	struct store *store = open_writer(NULL);
	struct err err = ERR_INIT;
	struct store_key prefix = STORE_KEY("111122223333", "eu-west-1");

	(void)state;
	memset(name, 'n', sizeof(name));
	for (int i = 0; i < 20; i++) {
		snprintf(name + sizeof(name) - 8, 8, "%07d", i);
		put(store, STORE_FINDINGS, STORE_KEY("111122223333", "eu-west-1", name), i);
	}
	flush(store);
	for (int i = 0; i < 20; i++) {
		snprintf(name + sizeof(name) - 8, 8, "%07d", i);
		assert_int_equal(get(store, STORE_FINDINGS, STORE_KEY("111122223333", "eu-west-1", name)),
			i);
	}
	assert_int_equal(count(store, STORE_FINDINGS, &prefix), 20);

	struct store_key far = STORE_KEY(name, "part");
	int seen = 0;
	assert_int_equal(store_each(store, STORE_FINDINGS, &far, count_one, &seen, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "PrefixTooLong"));
	close_store(store);
}

static void writes_are_read_after_their_commit(void **state)
{
	struct store *store = open_writer(NULL);
	struct err err = ERR_INIT;
	struct store_key key = STORE_KEY("b");

	(void)state;
	put(store, STORE_RUNS, STORE_KEY("a"), 1);
	put(store, STORE_RUNS, key, 2);
	put(store, STORE_FINDINGS, key, 3);
	flush(store);
	assert_int_equal(get(store, STORE_RUNS, STORE_KEY("a")), 1);
	assert_int_equal(get(store, STORE_RUNS, key), 2);
	assert_int_equal(get(store, STORE_FINDINGS, key), 3);
	assert_int_equal(get(store, STORE_RUNS, STORE_KEY("c")), -1);

	put(store, STORE_RUNS, key, 4);
	assert_ok(store_delete(store, STORE_RUNS, &(struct store_key){ .length = 2, .bytes = "a\x1f" },
		&err));
	assert_ok(store_delete(store, STORE_RUNS, &(struct store_key){ .length = 4, .bytes = "none" },
		&err));
	flush(store);
	flush(store);
	assert_int_equal(get(store, STORE_RUNS, STORE_KEY("a")), -1);
	assert_int_equal(get(store, STORE_RUNS, key), 4);
	struct store_stats stats = store_stats_now(store);
	assert_int_equal(stats.writes, 6);
	assert_true(stats.commits >= 2 && stats.bytes_on_disk > 0 && stats.longest_commit_us > 0);
	close_store(store);
}

static void queued_writes_are_there_after_reopening(void **state)
{
	struct store *store = open_writer(NULL);

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char name[16];
		snprintf(name, sizeof(name), "%06d", i);
		put(store, STORE_JOURNAL, STORE_KEY(name), i);
	}
	close_store(store); /* without a flush */
	store = open_writer(NULL);
	assert_int_equal(count(store, STORE_JOURNAL, NULL), 1000);
	assert_int_equal(get(store, STORE_JOURNAL, STORE_KEY("000999")), 999);
	close_store(store);
	store = open_reader();
	assert_int_equal(count(store, STORE_JOURNAL, NULL), 1000);
	close_store(store);
}

static void put_cells(struct store *store, const char *run, int cells)
{
	for (int i = 0; i < cells; i++) {
		char name[16];
		snprintf(name, sizeof(name), "%06d", i);
		put(store, STORE_COVERAGE, STORE_KEY(run, name), i);
	}
}

static void a_prefix_is_deleted(void **state)
{
	struct store *store = open_writer(NULL);
	struct err err = ERR_INIT;
	struct store_key one = STORE_KEY("run-1"), other = STORE_KEY("run-10");

	(void)state;
	put_cells(store, "run-1", 5000); /* more than a transaction takes */
	put_cells(store, "run-10", 100);
	put(store, STORE_RUNS, one, 1);
	assert_ok(store_delete_prefix(store, STORE_COVERAGE, &one, &err));
	put(store, STORE_COVERAGE, STORE_KEY("run-1", "after"), 7);
	flush(store);
	/* a write that was queued later stays */
	assert_int_equal(count(store, STORE_COVERAGE, &one), 1);
	assert_int_equal(count(store, STORE_COVERAGE, &other), 100);
	assert_int_equal(get(store, STORE_RUNS, one), 1);

	assert_ok(store_delete_prefix(store, STORE_COVERAGE, NULL, &err));
	put(store, STORE_COVERAGE, STORE_KEY("run-11", "x"), 8);
	flush(store);
	assert_int_equal(count(store, STORE_COVERAGE, NULL), 1);
	assert_int_equal(get(store, STORE_RUNS, one), 1);
	close_store(store);
}

static void a_batch_is_one_transaction(void **state)
{
	struct store *store = open_writer(NULL);
	struct err err = ERR_INIT;
	struct store_key run = STORE_KEY("run-1");

	(void)state;
	put_cells(store, "run-1", 5000);
	flush(store);
	uint64_t before = store_stats_now(store).commits;
	store_batch_begin(store);
	assert_ok(store_delete_prefix(store, STORE_COVERAGE, &run, &err));
	put_cells(store, "run-1", 3000);
	put(store, STORE_RUNS, run, 1);
	store_batch_end(store);
	flush(store);
	assert_int_equal(store_stats_now(store).commits, before + 1);
	assert_int_equal(count(store, STORE_COVERAGE, &run), 3000);
	store_batch_begin(store); /* an empty one */
	store_batch_end(store);

	store_batch_begin(store); /* one with a write that can't be made */
	put(store, STORE_RUNS, run, 2);
	assert_int_equal(store_put(store, STORE_RUNS, &run, "", (size_t)1 << 30, &err), -1);
	put(store, STORE_META, run, 2);
	store_batch_end(store);
	flush(store);
	assert_int_equal(get(store, STORE_RUNS, run), 1);
	assert_int_equal(get(store, STORE_META, run), -1);
	close_store(store);
}

/* --- reading --- */

struct visit {
	struct store *store;
	int seen, stop_after;
	char order[64];
};

static int visit_json(void *argument, const struct store_key *key, const json_t *value)
{
	struct visit *visit = argument;

	/* A read inside the iteration sees the same snapshot. */
	assert_int_equal(get(visit->store, STORE_ACCOUNTS, *key), json_integer_value(value));
	visit->order[visit->seen++] = (char)key->bytes[0];
	return visit->seen == visit->stop_after;
}

static void iteration_is_ordered_and_can_stop(void **state)
{
	struct store *store = open_writer(NULL);
	struct err err = ERR_INIT;
	struct visit visit = { .store = store };

	(void)state;
	put(store, STORE_ACCOUNTS, STORE_KEY("c"), 3);
	put(store, STORE_ACCOUNTS, STORE_KEY("a"), 1);
	put(store, STORE_ACCOUNTS, STORE_KEY("b"), 2);
	flush(store);
	assert_ok(store_each_json(store, STORE_ACCOUNTS, NULL, visit_json, &visit, &err));
	assert_string_equal(visit.order, "abc");
	visit = (struct visit){ .store = store, .stop_after = 2 };
	assert_ok(store_each_json(store, STORE_ACCOUNTS, NULL, visit_json, &visit, &err));
	assert_string_equal(visit.order, "ab");
	close_store(store);
}

static void values_that_cannot_be_read_are_named(void **state)
{
	struct store *store = open_writer(NULL);
	struct err err = ERR_INIT;
	struct store_key key = STORE_KEY("x");
	json_t *json = json_array(), *deep = json;
	struct visit visit = { .store = store };

	(void)state;
	for (int i = 0; i < 70; i++) {
		json_t *inner = json_array();
		json_array_append_new(deep, inner);
		deep = inner;
	}
	assert_int_equal(store_put_json(store, STORE_META, &key, json, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "TooDeep"));
	json_decref(json);

	assert_ok(store_put(store, STORE_ACCOUNTS, &key, "{\"a\":", 5, &err));
	flush(store);
	assert_int_equal(store_get_json(store, STORE_ACCOUNTS, &key, &json, &err), -1);
	assert_int_equal(err.kind, ERR_STORE);
	assert_non_null(strstr(err.message, test_state));
	assert_int_equal(store_each_json(store, STORE_ACCOUNTS, NULL, visit_json, &visit, &err), -1);
	assert_int_equal(err.kind, ERR_STORE);
	/* The snapshot was released in spite of the error. */
	put(store, STORE_ACCOUNTS, key, 5);
	flush(store);
	assert_int_equal(get(store, STORE_ACCOUNTS, key), 5);
	close_store(store);
}

static void empty_and_large_values(void **state)
{
	struct store *store = open_writer(NULL);
	struct err err = ERR_INIT;
	size_t length = (size_t)20 << 20; /* more than the queue's bound */
	char *large = xmalloc(length);

	(void)state;
	memset(large, ' ', length);
	large[length - 1] = '7';
	struct store_key key = STORE_KEY("large"), empty = STORE_KEY("empty");
	assert_ok(store_put(store, STORE_META, &key, large, length, &err));
	assert_ok(store_put(store, STORE_META, &empty, NULL, 0, &err));
	flush(store);
	assert_int_equal(get(store, STORE_META, key), 7);
	assert_int_equal(count(store, STORE_META, &empty), 1);
	assert_int_equal(store_put(store, STORE_META, &key, large, (size_t)1 << 30, &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	free(large);
	close_store(store);
}

/* Each value is written into an emptied buffer, and the store keeps a copy of it. */
static void values_are_written_in_one_buffer(void **state)
{
	enum { DIGITS = 400 << 10 };
	struct store *store = open_writer(NULL);
	struct store_key key = STORE_KEY("large"), small = STORE_KEY("small");
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct buf *text = store_text(store);

		assert_int_equal(text->length, 0);
		buf_add_char(text, '"');
		for (int digit = 0; digit < DIGITS; digit++)
			buf_add_char(text, '7');
		buf_add_char(text, '"');
		assert_ok(store_put(store, STORE_RUNS, &key, text->data, text->length, &err));
		text = store_text(store);
		assert_int_equal(text->length, 0);
		buf_add_string(text, "5");
		assert_ok(store_put(store, STORE_RUNS, &small, text->data, text->length, &err));
	}
	flush(store);
	CLEANUP_JSON json_t *large = NULL;
	assert_ok(store_get_json(store, STORE_RUNS, &key, &large, &err));
	assert_int_equal(json_string_length(large), DIGITS);
	assert_int_equal(get(store, STORE_RUNS, small), 5);
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_ordered_by_parts),
		cmocka_unit_test(prefix_never_ends_inside_a_part),
		cmocka_unit_test(control_characters_do_not_collide),
		cmocka_unit_test(long_keys_are_cut_and_completed),
		store_test(long_keys_are_stored_and_found),
		store_test(writes_are_read_after_their_commit),
		store_test(queued_writes_are_there_after_reopening),
		store_test(values_are_written_in_one_buffer),
		store_test(a_prefix_is_deleted),
		store_test(a_batch_is_one_transaction),
		store_test(iteration_is_ordered_and_can_stop),
		store_test(values_that_cannot_be_read_are_named),
		store_test(empty_and_large_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
