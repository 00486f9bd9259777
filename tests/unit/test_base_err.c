/* Errors: set, prefixed, quoted into their own replacement, cut without breaking a character. */
#include "base/err.h"

#include "base/banned.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_set(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(NULL, ERR_AWS, "Ignored", "nobody asked"), -1);
	err.http_status = 403;
	assert_int_equal(err_set(&err, ERR_NETWORK, "Refused", "port %d", 80), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.http_status, 0);
	assert_string_equal(err.code, "Refused");
	assert_string_equal(err.message, "port 80");
	assert_non_null(strstr(err.file, "test_base_err.c"));
	assert_true(err.line > 0);
	assert_true(err_is(&err, ERR_NETWORK, NULL));
	assert_true(err_is(&err, ERR_NETWORK, "Refused"));
	assert_false(err_is(&err, ERR_NETWORK, "Reset"));
	assert_false(err_is(&err, ERR_TIMEOUT, "Refused"));
	err_clear(&err);
	assert_int_equal(err.kind, ERR_NONE);
	err_clear(NULL);
}

static void test_replace_with_its_own_words(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	(void)err_set(&err, ERR_AWS, "AccessDenied", "no");
	(void)err_set(&err, ERR_STORE, err.code, "was: %s", err.message);
	assert_int_equal(err.kind, ERR_STORE);
	assert_string_equal(err.code, "AccessDenied");
	assert_string_equal(err.message, "was: no");
}

static void test_prefix(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	(void)err_set(&err, ERR_AWS, "AccessDenied", "no");
	err.http_status = 403;
	assert_int_equal(err_prefix(&err, "account %d", 7), -1);
	assert_string_equal(err.message, "account 7: no");
	assert_string_equal(err.code, "AccessDenied");
	assert_int_equal(err.http_status, 403);
	assert_int_equal(err_prefix(NULL, "x"), -1);
}

/* Fills with two-byte characters after `ascii` one-byte ones, so that a cut falls inside one or
 * does not. */
static void fill(char *text, size_t size, size_t ascii)
{
	size_t i = 0;

	for (; i < ascii; i++)
		text[i] = 'a';
	for (; i + 2 < size; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[i] = '\0';
}

static void test_cut(void **state)
{
	char text[3000];
	struct err err = ERR_INIT;

	(void)state;
	for (size_t ascii = 0; ascii < 4; ascii++) {
		fill(text, sizeof text, ascii);
		(void)err_set(&err, ERR_CONFIG, "Long", "%s", text);
		size_t length = strlen(err.message);
		assert_in_range(length, sizeof err.message - 3, sizeof err.message - 1);
		assert_int_equal((length - ascii) % 2, 0);
		assert_memory_equal(err.message, text, length);
		(void)err_prefix(&err, "x");
		length = strlen(err.message);
		assert_int_equal((length - 3 - ascii) % 2, 0);
		(void)err_prefix(&err, "%s", text);
		assert_in_range(strlen(err.message), sizeof err.message - 3, sizeof err.message - 1);
	}
	fill(text, sizeof text, 1000);
	(void)err_set(&err, ERR_CONFIG, text, "code");
	assert_int_equal(strlen(err.code), sizeof err.code - 1);
}

static void test_names(void **state)
{
	(void)state;
	for (enum err_kind kind = ERR_NONE; kind <= ERR_LIMIT; kind++) {
		assert_non_null(err_kind_name(kind));
		assert_true(strlen(err_kind_name(kind)) > 0);
	}
	assert_string_equal(err_kind_name(ERR_CONFIG), "configuration");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_replace_with_its_own_words),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
