/* Tests of the scan for the bytes of a JSON string that need no escape, against the definition byte
 * by byte. */
#include "base/json_plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

/* Tries every byte at every place of texts that are shorter and longer than the block that is
 * looked at in one go. */
static void test_every_byte_at_every_place(void **state)
{
	char text[21];

	(void)state;
	for (size_t length = 0; length <= sizeof text; length++)
		for (size_t place = 0; place < length; place++)
			for (int c = 0; c < 256; c++) {
				memset(text, 'a', sizeof text);
				text[place] = (char)c;
				assert_int_equal(json_plain_length(text, length),
					is_plain((unsigned char)c) ? length : place);
			}
}

/* Neither the bytes after the first byte that isn't plain nor those before it change the result. */
static void test_pairs(void **state)
{
	static const unsigned char edges[] = { 0, 1, 0x1f, ' ', '!', '"', '#', '[', '\\', ']', 'z',
		0x7f, 0x80, 0xa2, 0xdc, 0xff };

	(void)state;
	for (size_t first = 0; first < sizeof edges; first++)
		for (size_t second = 0; second < sizeof edges; second++)
			for (size_t place = 0; place < 7; place++) {
				char text[8] = "~~~~~~~";

				text[place] = (char)edges[first];
				text[place + 1] = (char)edges[second];
				size_t expected = 0;
				while (expected < sizeof text && is_plain((unsigned char)text[expected]))
					expected++;
				assert_int_equal(json_plain_length(text, sizeof text), expected);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_at_every_place),
		cmocka_unit_test(test_pairs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
