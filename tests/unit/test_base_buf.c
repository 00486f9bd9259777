/* The buffer: its maximum, its end, percent-encoding, secrets. */
#include "base/buf.h"

#include "base/banned.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_add(void **state)
{
	struct buf buf = BUF_INIT(1000);

	(void)state;
	assert_string_equal(buf.data, "");
	assert_true(buf_ok(&buf));
	buf_add(&buf, "", 0);
	buf_add_string(&buf, "ab");
	buf_add_char(&buf, 'c');
	buf_add_format(&buf, "-%d-%s", 42, "x");
	buf_add_format(&buf, "%s", "");
	buf_add_hex(&buf, (const uint8_t *)"\x00\xff\x1a", 3);
	assert_string_equal(buf.data, "abc-42-x00ff1a");
	assert_int_equal(buf.length, 14);
	buf_add(&buf, "\0z", 2);
	assert_int_equal(buf.length, 16);
	assert_memory_equal(buf.data, "abc-42-x00ff1a\0z", 17);
	buf_reset(&buf);
	assert_string_equal(buf.data, "");
	assert_int_equal(buf.length, 0);
	buf_release(&buf);
	assert_string_equal(buf.data, "");
	buf_add_string(&buf, "again");
	assert_string_equal(buf.data, "again");
	buf_release(&buf);
	buf_release(&buf);
}

static void test_grow(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100000);
	for (int i = 0; i < 100000; i++)
		buf_add_char(&buf, (char)('a' + i % 26));
	assert_true(buf_ok(&buf));
	assert_int_equal(buf.length, 100000);
	assert_int_equal(strlen(buf.data), 100000);
	buf_add_char(&buf, 'x');
	assert_false(buf_ok(&buf));
	buf_release(&buf);
	assert_true(buf_ok(&buf));
}

/* An append that does not fit is dropped whole, and so is all that follows. */
static void test_maximum(void **state)
{
	struct buf buf = BUF_INIT(4);

	(void)state;
	buf_add_string(&buf, "abcd");
	assert_true(buf_ok(&buf));
	buf_reset(&buf);
	buf_add_string(&buf, "abc");
	buf_add_string(&buf, "de");
	assert_false(buf_ok(&buf));
	assert_string_equal(buf.data, "abc");
	buf_add_char(&buf, 'd');
	assert_string_equal(buf.data, "abc");
	buf_reset(&buf);
	assert_true(buf_ok(&buf));
	buf_add_format(&buf, "%05d", 1);
	assert_false(buf_ok(&buf));
	assert_string_equal(buf.data, "");
	buf_reset(&buf);
	buf_add_hex(&buf, (const uint8_t *)"abc", 3);
	assert_false(buf_ok(&buf));
	buf_release(&buf);
	struct buf none = BUF_INIT(0);
	buf_add_string(&none, "");
	buf_add_format(&none, "%s", "");
	assert_true(buf_ok(&none));
	buf_add_char(&none, 'a');
	assert_false(buf_ok(&none));
	assert_string_equal(none.data, "");
	buf_release(&none);
}

static void test_sizes_do_not_wrap(void **state)
{
	struct buf buf = BUF_INIT(SIZE_MAX);
	volatile size_t all = SIZE_MAX; /* the compiler would refuse a memcpy of so much */

	(void)state;
	buf_add_char(&buf, 'a');
	buf_add(&buf, "", all);
	assert_false(buf_ok(&buf));
	assert_string_equal(buf.data, "a");
	buf_reset(&buf);
	buf_add_hex(&buf, (const uint8_t *)"", SIZE_MAX / 2 + 2);
	assert_false(buf_ok(&buf));
	buf_release(&buf);
}

static void test_detach(void **state)
{
	struct buf buf = BUF_INIT(10);

	(void)state;
	char *text = buf_detach(&buf);
	assert_string_equal(text, "");
	free(text);
	buf_add_string(&buf, "x");
	text = buf_detach(&buf);
	assert_string_equal(text, "x");
	free(text);
	assert_int_equal(buf.length, 0);
	assert_int_equal(buf.max_bytes, 10);
	buf_release(&buf);
}

/* Bytes that the caller writes into the buffer's room are appended once the caller says how many
 * there are. */
static void test_room(void **state)
{
	struct buf buf = BUF_INIT(300);

	(void)state;
	char *room = buf_room(&buf, 299);
	assert_non_null(room);
	assert_int_equal(buf.length, 0);
	memset(room, 'x', 299);
	buf_wrote(&buf, 299);
	assert_int_equal(strlen(buf.data), 299);
	assert_ptr_equal(buf_room(&buf, 1), buf.data + 299);
	assert_null(buf_room(&buf, 2));
	assert_false(buf_ok(&buf));
	assert_null(buf_room(&buf, 1));
	assert_int_equal(strlen(buf.data), 299);
	buf_release(&buf);
}

/* Appends a formatted text that just fits the allocated memory, and one for which it must grow. */
static void test_format_that_grows(void **state)
{
	CLEANUP_BUF struct buf buf = BUF_INIT(2000);

	(void)state;
	buf_add_string(&buf, "ab");
	buf_add_format(&buf, "%*d", (int)(buf.capacity - 3), 7);
	assert_int_equal(buf.length, buf.capacity - 1);
	buf_add_format(&buf, "%s-%0100d", "cd", 5);
	assert_int_equal(strlen(buf.data), buf.length);
	assert_string_equal(buf.data + buf.length - 4, "0005");
	buf_add_format(&buf, "%02000d", 5);
	assert_false(buf_ok(&buf));
	assert_int_equal(strlen(buf.data), buf.length);
	assert_string_equal(buf.data + buf.length - 4, "0005");
}

static void test_percent(void **state)
{
	CLEANUP_BUF struct buf buf = BUF_INIT(300);

	(void)state;
	buf_add_percent(&buf, "aZ09-._~", 8, false);
	assert_string_equal(buf.data, "aZ09-._~");
	buf_reset(&buf);
	buf_add_percent(&buf, "a/b c+\xc3\xa9%\0", 10, false);
	assert_string_equal(buf.data, "a%2Fb%20c%2B%C3%A9%25%00");
	buf_reset(&buf);
	buf_add_percent(&buf, "/a/b!*'()", 9, true);
	assert_string_equal(buf.data, "/a/b%21%2A%27%28%29");
	buf_reset(&buf);
	buf_add_percent(&buf, "", 0, false);
	assert_true(buf_ok(&buf));
	/* A text that fits is appended, even if it would not fit with every byte encoded. */
	struct buf tight = BUF_INIT(8);
	buf_add_percent(&tight, "abcdef/", 7, true);
	assert_true(buf_ok(&tight));
	assert_string_equal(tight.data, "abcdef/");
	buf_add_percent(&tight, "/", 1, false);
	assert_false(buf_ok(&tight));
	assert_string_equal(tight.data, "abcdef/");
	/* A text is appended whole or not at all. */
	buf_reset(&tight);
	buf_add_percent(&tight, "abc", 3, false);
	buf_add_percent(&tight, "d//", 3, false);
	assert_false(buf_ok(&tight));
	assert_string_equal(tight.data, "abc");
	buf_release(&tight);
}

static void test_secret(void **state)
{
	struct buf buf;

	(void)state;
	buf_init_secret(&buf, 100000);
	for (int i = 0; i < 5000; i++)
		buf_add_string(&buf, "0123456789");
	assert_int_equal(buf.length, 50000);
	assert_memory_equal(buf.data + 49990, "0123456789", 11);
	buf_release_secret(&buf);
	assert_true(buf.secret);
	assert_string_equal(buf.data, "");
	buf_add_string(&buf, "x");
	buf_release(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_sizes_do_not_wrap),
		cmocka_unit_test(test_detach),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_format_that_grows),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
