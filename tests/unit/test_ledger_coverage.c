/* The coverage ledger: which cells a run has done in an account, and records that are not
 * understood. */
#include "test_store_help.h"

#include "store/queue.h"
#include "test_coverage_help.h"

#define A "111122223333"
#define RUN "run-1"

static struct err err;

struct seen {
	char text[512];
};

static int note(void *argument, const char *region, const char *baseline, enum status status)
{
	struct seen *seen = argument;
	size_t used = strlen(seen->text);

	snprintf(seen->text + used, sizeof seen->text - used, "%s %s %s\n", region, baseline,
		status_name(status));
	return 0;
}

static void expect_cells(const struct coverage *coverage, const char *cells)
{
	struct seen seen = { .text = "" };

	assert_int_equal(coverage_each(coverage, note, &seen), 0);
	assert_string_equal(seen.text, cells);
}

static void test_cells(void **state)
{
	struct store *store = open_writer(NULL);
	struct coverage *coverage = coverage_new(RUN, A), *read = NULL;
	struct status_counts counts = { { 0 } };
	enum status status;

	(void)state;
	assert_int_equal(coverage_get(coverage, "global", "b", &status), -1);
	coverage_set(coverage, "us-east-1", "z", STATUS_DRIFTED);
	coverage_set(coverage, "eu-west-1", "b", STATUS_COMPLIANT);
	coverage_set(coverage, "us-east-1", "b", STATUS_UNKNOWN);
	coverage_set(coverage, "us-east-1", "b", STATUS_NOT_APPLICABLE);
	coverage_set(coverage, "global", "a", STATUS_REMEDIATED);
	assert_ok(coverage_write(store, coverage, &err));
	coverage_free(coverage);
	flush(store);

	assert_ok(coverage_read(store, RUN, A, &read, &err));
	assert_non_null(read);
	expect_cells(read,
		"eu-west-1 b compliant\nglobal a remediated\nus-east-1 b not_applicable\n"
		"us-east-1 z drifted\n");
	assert_int_equal(coverage_get(read, "us-east-1", "b", &status), 0);
	assert_int_equal(status, STATUS_NOT_APPLICABLE);
	assert_int_equal(coverage_get(read, "global", "b", &status), -1);
	assert_int_equal(coverage_get(read, "us-west-2", "b", &status), -1);
	assert_ok(coverage_count(store, RUN, &counts, &err));
	assert_int_equal(status_total(&counts), 4);
	assert_int_equal(counts.of[STATUS_REMEDIATED], 1);

	assert_true(coverage_unset(read, "us-east-1", "z"));
	assert_false(coverage_unset(read, "us-east-1", "z"));
	assert_false(coverage_unset(read, "global", "z"));
	assert_int_equal(coverage_get(read, "us-east-1", "z", &status), -1);
	assert_true(coverage_unset(read, "us-east-1", "b"));
	assert_true(coverage_unset(read, "eu-west-1", "b"));
	assert_true(coverage_unset(read, "global", "a"));
	assert_ok(coverage_write(store, read, &err)); /* nothing is left of it */
	coverage_free(read);
	flush(store);
	assert_int_equal(count(store, STORE_COVERAGE, NULL), 0);
	assert_ok(coverage_read(store, RUN, A, &read, &err));
	assert_null(read);
	close_store(store);
}

/* Every status is read back as itself, by its letter. */
static void test_letters(void **state)
{
	struct coverage *coverage = coverage_new(RUN, A);

	(void)state;
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		enum status status;

		coverage_set(coverage, "global", status_name((enum status)i), (enum status)i);
		assert_int_equal(coverage_get(coverage, "global", status_name((enum status)i), &status), 0);
		assert_int_equal(status, i);
		assert_int_equal(status_of_letter(status_letter((enum status)i), &status), 0);
		assert_int_equal(status, i);
	}
	coverage_free(coverage);
}

#define RECORD(version, regions, cells) \
	"{\"version\":" version ",\"account\":\"" A "\",\"regions\":" regions ",\"cells\":" cells "}"

/* A record of a later version says so, and what to do. */
static void test_later_version(void **state)
{
	static const char record[] = RECORD("2", "[]", "{}");
	struct store *store = open_writer(NULL);
	struct store_key key = STORE_KEY(RUN, A);
	struct coverage *coverage = NULL;

	(void)state;
	assert_ok(store_put(store, STORE_COVERAGE, &key, record, strlen(record), &err));
	flush(store);
	assert_int_equal(coverage_read(store, RUN, A, &coverage, &err), -1);
	assert_true(err_is(&err, ERR_STORE, "NewerRecord"));
	assert_non_null(strstr(err.message, "coverage " A));
	assert_non_null(strstr(err.message, "version \"2\""));
	err_clear(&err);
	close_store(store);
}

static void test_not_understood(void **state)
{
	static const char *const records[] = {
		"7",
		"{}",
		RECORD("0", "[]", "{}"),
		RECORD("2", "[]", "{}"), /* a later version */
		RECORD("1", "{}", "{}"),
		RECORD("1", "[1]", "{}"),
		RECORD("1", "[\"a\",\"a\"]", "{\"b\":\"cc\"}"),
		RECORD("1", "[\"a\"]", "[]"),
		RECORD("1", "[\"a\"]", "{\"b\":\"cc\"}"),
		RECORD("1", "[\"a\"]", "{\"b\":\"\"}"),
		RECORD("1", "[\"a\"]", "{\"b\":\"x\"}"), /* no status's letter */
		RECORD("1", "[\"a\"]", "{\"b\":7}"),
		"{\"version\":1,\"regions\":[],\"cells\":{}}",
	};
	struct store *store = open_writer(NULL);
	struct store_key key = STORE_KEY(RUN, A);
	struct status_counts counts = { { 0 } };
	struct coverage *coverage = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(records); i++) {
		assert_ok(store_put(store, STORE_COVERAGE, &key, records[i], strlen(records[i]), &err));
		flush(store);
		assert_int_equal(coverage_read(store, RUN, A, &coverage, &err), -1);
		assert_int_equal(err.kind, ERR_STORE);
		assert_non_null(strstr(err.message, RUN));
		assert_non_null(strstr(err.message, "start a new sweep"));
		err_clear(&err);
		assert_null(coverage);
		assert_int_equal(coverage_count(store, RUN, &counts, &err), -1);
		assert_int_equal(err.kind, ERR_STORE);
		err_clear(&err);
	}
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_cells),
		store_test(test_letters),
		store_test(test_later_version),
		store_test(test_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
