/* The circuit breaker: which failures open it, which don't, and its message. */
#include "guards/breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/banned.h"

static const struct err denied = {
	.kind = ERR_AWS, .code = "AccessDenied", .message = "not authorized"
};

static const struct breaker_change one = { "iam.user-mfa", "111111111111", "iam",
	"arn:aws:iam::111111111111:user/a" };

static bool is_open(const struct breaker *breaker, const char *baseline, const char *account,
	const char *service, char *why)
{
	return breaker_is_open(breaker, &(struct breaker_change){ baseline, account, service, NULL },
		why);
}

static void test_opens(void **state)
{
	struct breaker breaker;
	char why[BREAKER_WHY_SIZE];

	(void)state;
	breaker_init(&breaker, 3);
	assert_false(breaker_is_open(&breaker, &one, why));
	assert_string_equal(why, "");
	assert_false(breaker_count(&breaker, &one, &denied));
	assert_false(breaker_count(&breaker, &one, &denied));
	assert_false(breaker_is_open(&breaker, &one, why));
	assert_true(breaker_count(&breaker, &one, &denied));
	assert_true(breaker_is_open(&breaker, &one, why));
	assert_non_null(strstr(why, "3 changes of baseline iam.user-mfa failed"));
	assert_non_null(strstr(why,
		"AccessDenied on arn:aws:iam::111111111111:user/a: not authorized"));
	/* Each of the three alone holds a change back. */
	assert_true(is_open(&breaker, "iam.user-mfa", "222222222222", "x", why));
	assert_true(is_open(&breaker, "x", "111111111111", "x", why));
	assert_non_null(strstr(why, "account 111111111111"));
	assert_true(is_open(&breaker, "x", "222222222222", "iam", why));
	assert_non_null(strstr(why, "service iam"));
	assert_false(is_open(&breaker, "x", "222222222222", "x", why));
	assert_false(is_open(&breaker, NULL, NULL, NULL, why));
	/* A later success does not close the circuit, and it opens only once. */
	assert_false(breaker_count(&breaker, &one, NULL));
	assert_true(breaker_is_open(&breaker, &one, why));
	assert_false(breaker_count(&breaker, &one, &denied));
	breaker_release(&breaker);
}

static void test_in_a_row(void **state)
{
	struct breaker breaker;
	char why[BREAKER_WHY_SIZE];

	(void)state;
	breaker_init(&breaker, 2);
	for (int i = 0; i < 10; i++) {
		assert_false(breaker_count(&breaker, &one, &denied));
		assert_false(breaker_count(&breaker, &one, NULL));
	}
	assert_int_equal(json_object_size(breaker.circuits), 0);
	/* Two accounts fail in turn: their circuits stay closed, and the baseline's opens. */
	struct breaker_change other = one;
	other.account = "222222222222";
	other.service = "sts";
	assert_false(breaker_count(&breaker, &one, &denied));
	assert_true(breaker_count(&breaker, &other, &denied));
	assert_true(is_open(&breaker, "iam.user-mfa", "x", "x", why));
	assert_false(is_open(&breaker, "x", "111111111111", "x", why));
	assert_false(is_open(&breaker, "x", "222222222222", "sts", why));
	breaker_release(&breaker);
}

/* Ids that are written together must not be confused; without a limit nothing opens. */
static void test_edges(void **state)
{
	struct breaker breaker;
	char why[BREAKER_WHY_SIZE];
	struct err long_one = denied;

	(void)state;
	breaker_init(&breaker, 1);
	memset(long_one.message, 'x', sizeof long_one.message - 1);
	long_one.message[sizeof long_one.message - 1] = '\0';
	assert_true(breaker_count(&breaker, &(struct breaker_change){ .service = "a" }, &long_one));
	assert_true(is_open(&breaker, NULL, NULL, "a", why));
	assert_false(is_open(&breaker, "a", "a", "b", why));
	breaker_release(&breaker);
	breaker_init(&breaker, 0);
	assert_true(breaker_is_open(&breaker, &one, why));
	breaker_release(&breaker);
	assert_true(breaker_is_open(&breaker, &one, why)); /* a released breaker holds everything */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_opens),
		cmocka_unit_test(test_in_a_row), cmocka_unit_test(test_edges) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
