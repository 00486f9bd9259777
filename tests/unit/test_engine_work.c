/* Tests of work lists: the items of an account and of a cell, in the order of the list. */
#include "change_help.h"

#include "base/err.h"
#include "engine/work.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static int add(struct work *work, const char *account, const char *region, const char *baseline,
	const char *resource, struct err *err)
{
	json_t *record = change_json("c-1", "run-1");

	set_text(record, "account", account);
	set_text(record, "cell_region", region);
	set_text(record, "baseline", baseline);
	set_text(record, "resource", resource);
	int result = work_add(work, record, err);

	json_decref(record);
	return result;
}

static void expect_cell(const struct work *work, const char *account, const char *region,
	const char *baseline, const char *wanted)
{
	char found[256] = "";

	for (struct work_item *item = work_of_cell(work, account, region, baseline, NULL); item != NULL;
		item = work_of_cell(work, account, region, baseline, item))
		strncat(found, item->resource, sizeof found - strlen(found) - 1);
	assert_string_equal(found, wanted);
}

static void expect_account(const struct work *work, const char *account, const char *wanted)
{
	char found[256] = "";

	for (struct work_item *item = work_of_account(work, account, NULL); item != NULL;
		item = work_of_account(work, account, item))
		strncat(found, item->resource, sizeof found - strlen(found) - 1);
	assert_string_equal(found, wanted);
	assert_int_equal(work_has_account(work, account), wanted[0] != '\0');
}

static void test_groups_in_order(void **unused)
{
	struct work work;
	struct err err = ERR_INIT;
	char all[32] = "";

	(void)unused;
	work_init(&work, true, false);
	expect_cell(&work, "1", "r", "b", "");
	expect_account(&work, "1", "");
	assert_int_equal(add(&work, "1", "r", "b", "a", &err), 0);
	assert_int_equal(add(&work, "2", "r", "b", "b", &err), 0);
	assert_int_equal(add(&work, "1", "s", "b", "c", &err), 0);
	assert_int_equal(add(&work, "1", "r", "b", "d", &err), 0);
	assert_int_equal(add(&work, "1", "r", "c", "e", &err), 0);
	assert_int_equal(add(&work, "1", "r", "b", "f", &err), 0);
	expect_cell(&work, "1", "r", "b", "adf");
	expect_cell(&work, "1", "s", "b", "c");
	expect_cell(&work, "1", "r", "c", "e");
	expect_cell(&work, "2", "r", "b", "b");
	expect_cell(&work, "2", "r", "c", "");
	expect_account(&work, "1", "acdef");
	expect_account(&work, "2", "b");
	expect_account(&work, "12", "");
	for (const struct work_item *item = work.first; item != NULL; item = item->next)
		strncat(all, item->resource, 1);
	assert_string_equal(all, "abcdef");
	assert_int_equal(work.count, 6);
	work_release(&work);
	expect_account(&work, "1", "");
	assert_int_equal(add(&work, "1", "r", "b", "g", &err), 0); /* it can be filled again */
	expect_cell(&work, "1", "r", "b", "g");
	work_release(&work);
}

static void test_refused_records(void **unused)
{
	static const char *const fields[] = { "account", "cell_region", "baseline", "resource",
		"hash" };
	char long_name[8000];
	struct work work;

	(void)unused;
	work_init(&work, false, false);
	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
		json_t *record = change_json("c-1", "run-1");
		struct err err = ERR_INIT;

		json_object_set_new(record, fields[i], json_null());
		assert_int_equal(work_add(&work, record, &err), -1);
		assert_string_equal(err.code, "InvalidRecord");
		json_decref(record);
	}
	struct err err = ERR_INIT;
	memset(long_name, 'x', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	assert_int_equal(add(&work, long_name, "r", "b", "x", &err), -1);
	assert_string_equal(err.code, "InvalidRecord");
	assert_int_equal(work.count, 0);
	work_release(&work);
}

/* The list holds a plan of a large organization: a lookup that walked the whole list would not end
 * in time here. */
static void test_large_list(void **unused)
{
	enum { CELLS = 20000, EACH = 5 };
	struct work work;
	struct err err = ERR_INIT;
	size_t seen = 0;

	(void)unused;
	work_init(&work, false, false);
	for (int i = 0; i < CELLS * EACH; i++) {
		char account[16], resource[16];

		snprintf(account, sizeof account, "%012d", i % CELLS);
		snprintf(resource, sizeof resource, "%d", i);
		assert_int_equal(add(&work, account, "r", "b", resource, &err), 0);
	}
	for (int i = 0; i < CELLS; i++) {
		char account[16];

		snprintf(account, sizeof account, "%012d", i);
		for (struct work_item *item = work_of_cell(&work, account, "r", "b", NULL); item != NULL;
			item = work_of_cell(&work, account, "r", "b", item)) {
			assert_string_equal(item->account, account);
			seen++;
		}
	}
	assert_int_equal(seen, work.count);
	work_release(&work);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups_in_order),
		cmocka_unit_test(test_refused_records),
		cmocka_unit_test(test_large_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
