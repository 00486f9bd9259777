/* Tests of log lines: each entry is one line whatever its text is, and text for a person is
 * escaped. */
#include "base/log.h"

#include "base/banned.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

struct escape {
	const char *text, *escaped;
};

static const struct escape escapes[] = {
	{ "", "" },
	{ "plain text ~", "plain text ~" },
	{ "a\nb\rc\td", "a\\x0ab\\x0dc\\x09d" },
	{ "\x1b[31m", "\\x1b[31m" },
	{ "\x7f", "\\x7f" },
	{ "back\\slash", "back\\\\slash" },
	{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "\xc2\x80\xc2\x9b", "\\u{80}\\u{9b}" },      /* C1 controls: CSI drives terminals too */
	{ "\xe2\x80\xaetxt.exe", "\\u{202e}txt.exe" }, /* right-to-left override */
	{ "\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}" }, /* isolates */
	{ "\xd8\x9c", "\\u{61c}" },
	{ "a\xe2\x80\x8b"
	  "b",
		"a\\u{200b}b" },                                  /* a space without width */
	{ "\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}" }, /* line and paragraph separators */
	{ "\xef\xbb\xbf", "\\u{feff}" },
	{ "\xf3\xa0\x80\xa1", "\\u{e0021}" }, /* tag characters */
	{ "\xff\xfe", "\\xff\\xfe" },
	{ "\xc3", "\\xc3" }, /* a character that is cut off */
	{ "\xe2\x82", "\\xe2\\x82" },
	{ "\xc0\xaf", "\\xc0\\xaf" }, /* overlong */
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
	{ "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },          /* a surrogate */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* beyond U+10FFFF */
	{ "\x80", "\\x80" },
	{ "\xc3(", "\\xc3(" },
};

static void test_escape(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(escapes); i++) {
		struct buf out = BUF_INIT(1000);

		log_add_escaped(&out, escapes[i].text, strlen(escapes[i].text));
		assert_string_equal(out.data, escapes[i].escaped);
		buf_release(&out);
	}
	struct buf out = BUF_INIT(1000);
	log_add_escaped(&out, "a\0b", 3);
	assert_string_equal(out.data, "a\\x00b");
	buf_release(&out);
}

/* Log lines between start_catching and stop_catching go to this file and are read back from it. */
static FILE *caught;
static int kept;

static void start_catching(void)
{
	caught = tmpfile();
	assert_non_null(caught);
	fflush(stderr);
	kept = dup(2);
	assert_true(dup2(fileno(caught), 2) >= 0);
}

static void stop_catching(char *said, size_t size)
{
	fflush(stderr);
	dup2(kept, 2);
	close(kept);
	rewind(caught);
	said[fread(said, 1, size - 1, caught)] = '\0';
	fclose(caught);
}

/* Every line begins with a time, which tests don't compare. */
#define TIME_LENGTH_MIN 20

static const char *after_time(const char *line)
{
	const char *space = strchr(line, ' ');

	assert_non_null(space);
	assert_in_range(space - line, TIME_LENGTH_MIN, 24);
	assert_int_equal(space[-1], 'Z');
	return space + 1;
}

static void test_line(void **state)
{
	char said[1000];
	const struct log_place place = {
		.run = "r1", .account = "111122223333", .region = "eu-west-1", .baseline = "a.b"
	};
	const struct log_place partial = { .account = "1\n2" };

	(void)state;
	start_catching();
	log_write(LOG_ERROR, &place, "bucket %s failed", "x\nforged: line");
	stop_catching(said, sizeof said);
	assert_string_equal(after_time(said),
		"error run=r1 account=111122223333 region=eu-west-1 baseline=a.b: "
		"bucket x\\x0aforged: line failed\n");
	start_catching();
	log_write(LOG_WARNING, &partial, "w");
	stop_catching(said, sizeof said);
	assert_string_equal(after_time(said), "warning account=1\\x0a2: w\n");
}

static void test_level(void **state)
{
	char said[1000];

	(void)state;
	assert_int_equal(log_level(), LOG_WARNING);
	start_catching();
	log_info("not said");
	log_debug("not said");
	stop_catching(said, sizeof said);
	assert_string_equal(said, "");
	log_set_level(LOG_DEBUG);
	start_catching();
	log_debug("said");
	stop_catching(said, sizeof said);
	assert_string_equal(after_time(said), "debug: said\n");
	log_set_level(LOG_WARNING);
}

/* However long or strange an entry is, it becomes one line that ends with a newline. */
static void test_long(void **state)
{
	static char text[20000], said[20000];
	const struct log_place place = {
		.run = text, .account = text, .region = text, .baseline = text
	};

	(void)state;
	memset(text, '\x01', sizeof text - 1);
	start_catching();
	log_write(LOG_ERROR, &place, "%s", text);
	stop_catching(said, sizeof said);
	assert_true(strlen(said) > 4 * 2000);
	assert_int_equal(said[strlen(said) - 1], '\n');
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	assert_non_null(strstr(said, " baseline="));
}

static int before_count, after_count;

static void before(void)
{
	assert_int_equal(before_count, after_count);
	before_count++;
}

static void after(void)
{
	after_count++;
}

static void test_hooks_and_errno(void **state)
{
	char said[1000];

	(void)state;
	log_set_hooks(before, after);
	start_catching();
	errno = ENOENT;
	log_error("a");
	int kept_errno = errno;
	log_info("b");
	stop_catching(said, sizeof said);
	log_set_hooks(NULL, NULL);
	assert_int_equal(kept_errno, ENOENT);
	assert_int_equal(before_count, 1);
	assert_int_equal(after_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_hooks_and_errno),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
