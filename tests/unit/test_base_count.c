/* Numbers with their noun: thousands, and plurals. */
#include "base/count.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_number_has_a_comma_at_each_thousand(void **state)
{
	(void)state;
	assert_string_equal(thousands(0), "0");
	assert_string_equal(thousands(999), "999");
	assert_string_equal(thousands(1000), "1,000");
	assert_string_equal(thousands(1234567), "1,234,567");
	assert_string_equal(thousands(SIZE_MAX), "18,446,744,073,709,551,615");
}

static void only_one_is_singular(void **state)
{
	static const struct {
		size_t number;
		const char *noun, *want;
	} cases[] = {
		{ 0, "change", "0 changes" },
		{ 1, "change", "1 change" },
		{ 2, "change", "2 changes" },
		{ 1234, "AWS call", "1,234 AWS calls" },
		{ 1, "entry", "1 entry" },
		{ 2, "entry", "2 entries" },
		{ 2, "day", "2 days" },
		{ 2, "y", "2 ys" },
		{ 2, "", "2 s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(count_of(cases[i].number, cases[i].noun), cases[i].want);
}

static void a_share_takes_the_number_of_the_whole(void **state)
{
	(void)state;
	assert_string_equal(count_among(1, 1, "account"), "1 of 1 account");
	assert_string_equal(count_among(1, 40, "account"), "1 of 40 accounts");
	assert_string_equal(count_among(1200, 1201, "entry"), "1,200 of 1,201 entries");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_has_a_comma_at_each_thousand),
		cmocka_unit_test(only_one_is_singular),
		cmocka_unit_test(a_share_takes_the_number_of_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
