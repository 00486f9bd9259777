/* Tests of the verification of exports: a whole export passes, and any changed byte or line is
 * found and named. */
#include "test_audit_help.h"

#include "base/clock.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

/* The tests alter every STEPth byte: all of them where the program is fast, fewer under a sanitizer
 * or valgrind. */
#ifdef __SANITIZE_ADDRESS__
#define STEP 7
#else
#define STEP (RUNNING_ON_VALGRIND ? 61 : 1)
#endif

/* --- lines --- */

struct text_lines {
	char *at[64];
	size_t length[64]; /* with the newline */
	size_t count;
};

static void split(const struct buf *text, struct text_lines *lines)
{
	lines->count = 0;
	for (char *start = text->data; start < text->data + text->length;) {
		char *newline = memchr(start, '\n', (size_t)(text->data + text->length - start));
		assert_non_null(newline);
		assert_true(lines->count < ARRAY_LENGTH(lines->at));
		lines->at[lines->count] = start;
		lines->length[lines->count++] = (size_t)(newline + 1 - start);
		start = newline + 1;
	}
}

/* Verifies the lines in the given order, which ends with -1. */
static void verify_lines(const struct text_lines *lines, const int *order,
	struct audit_verdict *verdict)
{
	CLEANUP_BUF struct buf text = BUF_INIT((size_t)16 << 20);

	for (; *order >= 0; order++)
		buf_add(&text, lines->at[*order], lines->length[*order]);
	verify_text(text.data, text.length, NULL, verdict);
}

static void expect_fault(const struct audit_verdict *verdict, uint64_t seq, uint64_t line,
	const char *what)
{
	if (verdict->whole || verdict->fault.seq != seq || verdict->fault.line != line ||
		strstr(verdict->fault.what, what) == NULL) {
		print_message("entry %llu line %llu: %s\nexpected: entry %llu line %llu: %s\n",
			(unsigned long long)verdict->fault.seq, (unsigned long long)verdict->fault.line,
			verdict->fault.what, (unsigned long long)seq, (unsigned long long)line, what);
		fail();
	}
}

/* --- whole exports --- */

static void a_whole_export_is_whole(void **state)
{
	struct audit_verdict verdict;
	struct buf text;
	const struct {
		uint64_t first, last, entries, checkpoints;
	} ranges[] = { { 0, 0, 302, 2 }, { 1, 302, 302, 2 }, { 1, 1, 1, 0 }, { 2, 302, 301, 2 },
		{ 257, 257, 1, 1 }, { 150, 260, 111, 1 }, { 302, 0, 1, 1 }, { 303, 0, 0, 0 },
		{ 1, 256, 256, 0 }, { 100, 200, 101, 0 } };

	(void)state;
	make_log(300);
	for (size_t i = 0; i < ARRAY_LENGTH(ranges); i++) {
		make_export(ranges[i].first, ranges[i].last, &text);
		verify_text(text.data, text.length, NULL, &verdict);
		if (!verdict.whole)
			print_message("%s\n", verdict.fault.what);
		assert_true(verdict.whole);
		assert_int_equal(verdict.entries, ranges[i].entries);
		assert_int_equal(verdict.checkpoints, ranges[i].checkpoints);
		buf_release(&text);
	}
	assert_log_whole(302);
}

static void a_range_must_be_in_the_log(void **state)
{
	const struct audit_range ranges[] = { { 1, 5 }, { 6, 0 }, { 4, 2 }, { 5, 9 } };
	struct buf text = BUF_INIT((size_t)1 << 20);

	(void)state;
	make_log(3);
	struct store *store = open_reader();
	struct audit *audit = open_audit_reader(store);
	for (size_t i = 0; i < ARRAY_LENGTH(ranges); i++) {
		struct err err = ERR_INIT;
		assert_int_equal(audit_export_to_buffer(audit, &ranges[i], &text, &err), -1);
		assert_true(err_is(&err, ERR_USAGE, "AuditRange"));
	}
	struct err err = ERR_INIT;
	struct buf small = BUF_INIT(1000);
	assert_int_equal(audit_export_to_buffer(audit, &(struct audit_range){ 0, 0 }, &small, &err),
		-1);
	assert_true(err_is(&err, ERR_LIMIT, NULL));
	buf_release(&small);
	buf_release(&text);
	close_audit(audit);
	close_store(store);
}

static void an_export_can_begin_at_a_time(void **state)
{
	struct err err = ERR_INIT;
	uint64_t seq;
	int64_t ms;

	(void)state;
	make_log(3);
	struct store *store = open_reader();
	struct audit *audit = open_audit_reader(store);
	assert_ok(audit_find_since(audit, 0, &seq, &err));
	assert_int_equal(seq, 1);
	CLEANUP_JSON json_t *entry = stored_entry(store, 4);
	assert_int_equal(clock_parse_rfc3339(json_get_string(entry, "at"), &ms), 0);
	assert_ok(audit_find_since(audit, ms + 1, &seq, &err));
	assert_int_equal(seq, 5);
	close_audit(audit);
	close_store(store);
}

static void the_log_can_be_read_beside_its_writer(void **state)
{
	struct audit_verdict verdict;
	struct buf text = BUF_INIT((size_t)16 << 20);
	struct err err = ERR_INIT;

	(void)state;
	struct store *store = open_writer(NULL);
	struct audit *audit = open_audit(store);
	append(audit, 0, 10);
	flush(store);
	append(audit, 10, 20); /* perhaps not on disk yet: all of them are exported, or none */
	assert_ok(audit_export_to_buffer(audit, &(struct audit_range){ 0, 0 }, &text, &err));
	verify_text(text.data, text.length, audit_public_key(audit), &verdict);
	assert_true(verdict.whole);
	assert_true(verdict.entries == 10 || verdict.entries == 20);
	verify_store(store, &verdict);
	assert_true(verdict.whole);
	assert_int_equal(verdict.unsigned_entries, verdict.entries);
	buf_release(&text);
	close_audit(audit);
	close_store(store);
}

/* While another process appends, every export that is read beside it is whole. */
static void the_log_can_be_read_beside_another_process(void **state)
{
	struct audit_verdict verdict;
	struct buf text;
	uint64_t entries = 0;

	(void)state;
	make_log(1);
	pid_t writer = fork();
	if (writer == 0) {
		test_child = true;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		struct store *store = open_writer(NULL);
		struct audit *audit = open_audit(store);
		for (int i = 0; i < 1000; i += 2) { /* the reader goes through all of it each time */
			append(audit, i, i + 2);
			flush(store);
			usleep(1000);
		}
		for (;;)
			pause();
	}
	/* Repeats until it has seen the other process at work, however slowly that begins. */
	for (int i = 0; i < (STEP > 1 ? 10 : 100) || entries <= 2; i++) {
		make_export(0, 0, &text);
		verify_text(text.data, text.length, NULL, &verdict);
		assert_true(verdict.whole);
		assert_true(verdict.entries >= entries);
		entries = verdict.entries;
		buf_release(&text);
		struct store *store = open_reader();
		verify_store(store, &verdict);
		if (!verdict.whole)
			print_message("%s\n", verdict.fault.what);
		assert_true(verdict.whole);
		close_store(store);
	}
	kill(writer, SIGKILL);
	assert_int_equal(waitpid(writer, NULL, 0), writer);
}

/* --- every byte --- */

static size_t missed;

static void must_be_found(const char *text, size_t length, const char *how, size_t at)
{
	if (!text_whole(text, length))
		return;
	print_message("not found: %s at byte %zu of %zu\n", how, at, length);
	missed++;
}

/* The bytes inside a hash, a key or a signature are alike, so some kinds of alteration are tried at
 * its ends only. */
static bool is_inner_digit(const char *text, size_t length, size_t at)
{
	static const char digits[] = "0123456789abcdef";

	if (at < 8 || at + 8 >= length)
		return false;
	for (size_t i = at - 8; i <= at + 8; i++)
		if (memchr(digits, text[i], sizeof digits - 1) == NULL)
			return false;
	return true;
}

static void alter_byte(char *text, size_t length, size_t at)
{
	static const char others[] = { '\0', '\n', '\r', ' ', '"', '0', '9', 'a', 'F', '\x7f' };
	bool inner = is_inner_digit(text, length, at);
	char right = text[at];

	for (int bit = 0; bit < 8; bit++) {
		text[at] = (char)(right ^ (1 << bit));
		must_be_found(text, length, "a flipped bit", at);
	}
	for (size_t i = 0; i < sizeof others && !inner; i++) {
		int differs = (unsigned char)(others[i] ^ right);

		text[at] = others[i];
		if ((differs & (differs - 1)) != 0) /* a difference of one bit was tried above */
			must_be_found(text, length, "another byte", at);
	}
	text[at] = right;
}

static void shift_bytes(const struct buf *text, char *copy, size_t at)
{
	static const char more[] = { ' ', '\n', '0', '"', ',' };

	memcpy(copy, text->data, at);
	memcpy(copy + at, text->data + at + 1, text->length - at - 1);
	must_be_found(copy, text->length - 1, "a deleted byte", at);
	memcpy(copy + at + 1, text->data + at, text->length - at);
	for (size_t i = 0; i < sizeof more && !is_inner_digit(text->data, text->length, at); i++) {
		copy[at] = more[i];
		must_be_found(copy, text->length + 1, "an inserted byte", at);
	}
	copy[at] = text->data[at];
	must_be_found(copy, text->length + 1, "a doubled byte", at);
	if (at + 1 < text->length && text->data[at] != text->data[at + 1]) {
		memcpy(copy, text->data, text->length);
		copy[at] = text->data[at + 1];
		copy[at + 1] = text->data[at];
		must_be_found(copy, text->length, "two swapped bytes", at);
	}
}

static void every_byte(uint64_t first, uint64_t last)
{
	struct buf text;
	size_t step = STEP;

	make_export(first, last, &text);
	char *copy = xmalloc(text.length + 1);
	assert_true(text_whole(text.data, text.length));
	missed = 0;
	for (size_t at = 0; at < text.length; at += step) {
		alter_byte(text.data, text.length, at);
		shift_bytes(&text, copy, at);
		must_be_found(text.data, at, "truncation", at);
	}
	assert_true(text_whole(text.data, text.length));
	for (size_t i = 0; i < sizeof " \n0a{"; i++) { /* and the NUL */
		memcpy(copy, text.data, text.length);
		copy[text.length] = " \n0a{"[i];
		must_be_found(copy, text.length + 1, "an appended byte", i);
	}
	assert_int_equal(missed, 0);
	free(copy);
	buf_release(&text);
}

static void every_changed_byte_is_found(void **state)
{
	(void)state;
	make_log(2);
	every_byte(0, 0);
	every_byte(4, 0); /* nothing but a header and a trailer */
	every_byte(2, 2);
}

static void changes_in_a_long_export_are_found(void **state)
{
	struct buf text;
	unsigned seed = 20261124;
	int rounds = STEP > 1 ? 2 : 15;

	(void)state;
	make_log(RUNNING_ON_VALGRIND ? 1000 : 10000);
	make_export(0, 0, &text);
	assert_true(text_whole(text.data, text.length));
	missed = 0;
	for (int i = 0; i < rounds; i++) {
		size_t at = ((size_t)rand_r(&seed) * 32768 + (size_t)rand_r(&seed)) % text.length;
		char right = text.data[at];
		text.data[at] = (char)(right ^ (1 << (rand_r(&seed) % 8)));
		must_be_found(text.data, text.length, "a flipped bit", at);
		text.data[at] = right;
		must_be_found(text.data, at, "truncation", at);
	}
	assert_int_equal(missed, 0);
	assert_true(text_whole(text.data, text.length));
	buf_release(&text);
}

/* --- every line, and the name of the fault --- */

static void moved_lines_are_named(void **state)
{
	struct buf text;
	struct text_lines lines;
	struct audit_verdict verdict;
	const struct {
		int order[12];
		uint64_t seq, line;
		const char *what;
	} cases[] = {
		/* Lines: 0 the header, n entry n, 5 the checkpoint (entry 5), 6 the trailer. */
		{ { 0, 1, 3, 4, 5, 6, -1 }, 2, 3, "entry 2 is missing" },
		{ { 0, 1, 5, 6, -1 }, 2, 3, "entries 2 to 4 are missing" },
		{ { 0, 2, 3, 4, 5, 6, -1 }, 1, 2, "entry 1 is missing" },
		{ { 0, 1, 2, 3, 6, -1 }, 4, 0, "entries 4 to 5 are missing" },
		{ { 0, 6, -1 }, 1, 0, "entries 1 to 5 are missing" },
		{ { 0, 1, 3, 2, 4, 5, 6, -1 }, 2, 4, "entry 2 is out of order: it comes after entry 3" },
		{ { 0, 2, 1, 3, 4, 5, 6, -1 }, 1, 3, "entry 1 is out of order" },
		{ { 0, 1, 2, 3, 5, 4, 6, -1 }, 4, 6, "entry 4 is out of order" },
		{ { 0, 1, 2, 2, 3, 4, 5, 6, -1 }, 2, 4, "entry 2 is there again" },
		{ { 0, 1, 2, 3, 1, 4, 5, 6, -1 }, 1, 5, "entry 1 is there again" },
		{ { 0, 1, 2, 3, 4, 5, 5, 6, -1 }, 0, 7, "more entries than the header states" },
		{ { 0, 1, 2, 3, 4, 5, 6, 6, -1 }, 0, 8, "more lines after the end" },
		{ { 0, 0, 1, 2, 3, 4, 5, 6, -1 }, 1, 2, "entry 1 was altered" },
		{ { 0, 1, 2, 3, 4, 5, -1 }, 0, 6, "its last line, the signed trailer, is missing" },
		{ { 0, 1, 2, -1 }, 3, 3, "the export ends early: it has 2 of 5 entries" },
		{ { 0, -1 }, 1, 1, "the export ends early: it has 0 of 5 entries" },
		{ { -1 }, 0, 0, "the export is empty" },
		{ { 1, 2, 3, 4, 5, 6, -1 }, 0, 1,
			"the header, the first line of an audit export, is missing" },
		{ { 6, 5, 4, 3, 2, 1, 0, -1 }, 0, 1, "the header, the first line" },
	};

	(void)state;
	make_log(4);
	make_export(0, 0, &text);
	split(&text, &lines);
	assert_int_equal(lines.count, 7);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		verify_lines(&lines, cases[i].order, &verdict);
		expect_fault(&verdict, cases[i].seq, cases[i].line, cases[i].what);
	}
	/* An exchange of any two lines is found. */
	for (int a = 0; a < 7; a++) {
		for (int b = a + 1; b < 7; b++) {
			int order[8] = { 0, 1, 2, 3, 4, 5, 6, -1 };
			order[a] = b;
			order[b] = a;
			verify_lines(&lines, order, &verdict);
			assert_false(verdict.whole);
		}
	}
	buf_release(&text);
}

/* Replaces the first `from` in a line of the export; the same length keeps the other lines' places.
 */
static void replace_in_line(struct text_lines *lines, size_t line, const char *from, const char *to)
{
	char *at = memmem(lines->at[line], lines->length[line], from, strlen(from));

	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
}

static void altered_entries_are_named(void **state)
{
	const struct {
		size_t line;
		const char *from, *to;
		uint64_t seq, fault_line;
		const char *what;
	} cases[] = {
		{ 2, "111122223333", "111122223334", 2, 3,
			"entry 2 was altered: its hash is not the one that entry 3 holds" },
		{ 1, "bucket-0", "bucket-9", 1, 2, "entry 1 was altered" },
		{ 4, "bucket-3", "bucket-9", 4, 5, "entry 4 was altered" }, /* before the checkpoint */
		{ 5, "\"kind\":\"checkpoint\"", "\"kind\":\"checkpoinT\"", 5, 6, "entry 5 was altered" },
		{ 5, "\"first\":1", "\"first\":2", 5, 6, "the signature of checkpoint 5 does not fit" },
		{ 5, "\"last\":4", "\"last\":3", 5, 6, "entry 5 was altered" },
		{ 3, "\"seq\":3", "\"seq\":7", 3, 4, "entry 3 was altered: it says that it is entry 7" },
		{ 3, "\"seq\":3", "\"seq\":1", 3, 4, "entry 3 was altered: it says that it is entry 1" },
		{ 3, "\"seq\":3", "\"seq\"}3", 3, 4, "entry 3 was altered: its line is not valid JSON" },
		{ 3, ",\"action\"", " \"action\"", 3, 4, "not valid JSON" },
		{ 0, "\"count\":5", "\"count\":6", 0, 1, "the header was altered" },
		{ 0, "\"format\":\"reeve-audit-1\"", "\"format\":\"reeve-audit-2\"", 0, 1,
			"the format of this export is not" },
		{ 0, "\"generated\":\"2", "\"generated\":\"3", 0, 7, "the signature does not fit" },
		{ 6, "\"count\":5", "\"count\":6", 0, 7, "the trailer was altered" },
		{ 6, "\"kind\":\"trailer\"", "\"kind\":\"trailor\"", 0, 7, "the trailer was altered" },
	};
	struct buf text;
	struct text_lines lines;
	struct audit_verdict verdict;

	(void)state;
	make_log(4);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		make_export(0, 0, &text);
		split(&text, &lines);
		replace_in_line(&lines, cases[i].line, cases[i].from, cases[i].to);
		verify_text(text.data, text.length, NULL, &verdict);
		expect_fault(&verdict, cases[i].seq, cases[i].fault_line, cases[i].what);
		buf_release(&text);
	}
}

/* Alters one hexadecimal digit of a link or a hash; the fault names the entry whose line was
 * altered. */
static void altered_links_are_named(void **state)
{
	const struct {
		size_t line;
		const char *name;
		uint64_t seq, fault_line;
		const char *what;
	} cases[] = {
		{ 3, "\"prev\":\"", 3, 4, "entry 3 was altered: it neither holds" },
		{ 4, "\"prev\":\"", 4, 5, "entry 4 was altered" },
		{ 5, "\"prev\":\"", 5, 6, "entry 5 was altered" },
		{ 5, "\"signature\":\"", 5, 6, "the signature of checkpoint 5 does not fit" },
		{ 5, "\"head\":\"", 5, 6, "entry 5 was altered" },
		{ 1, "\"prev\":\"", 1, 2, "entry 1 was altered" },
		{ 6, "\"head\":\"", 0, 7,
			"the trailer was altered: its hash is not that of the last entry" },
		{ 6, "\"signature\":\"", 0, 7, "the signature does not fit" },
		{ 0, "\"anchor\":\"", 0, 1, "the header was altered: its anchor" },
		{ 0, "\"log\":\"", 0, 1, "the header was altered" },
		{ 0, "\"public_key\":\"", 0, 1, "the header was altered" },
	};
	struct buf text;
	struct text_lines lines;
	struct audit_verdict verdict;

	(void)state;
	make_log(4);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		make_export(0, 0, &text);
		split(&text, &lines);
		char *at = memmem(lines.at[cases[i].line], lines.length[cases[i].line], cases[i].name,
			strlen(cases[i].name));
		assert_non_null(at);
		at += strlen(cases[i].name);
		*at = *at == 'a' ? 'b' : 'a';
		verify_text(text.data, text.length, NULL, &verdict);
		expect_fault(&verdict, cases[i].seq, cases[i].fault_line, cases[i].what);
		buf_release(&text);
	}
}

/* --- texts that are no export --- */

static void anything_else_is_not_whole(void **state)
{
	static const char *const texts[] = { "\n", "{}\n", "[]\n", "null\n", "1\n", "\"header\"\n",
		"{\"kind\":\"header\"}\n", "hello", "\xef\xbb\xbf{}\n" };
	size_t length = (size_t)1 << 20;
	CLEANUP_FREE char *large = xmalloc(length);
	struct audit_verdict verdict;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		assert_false(text_whole(texts[i], strlen(texts[i])));
	memset(large, '[', length);
	verify_text(large, length, NULL, &verdict);
	expect_fault(&verdict, 0, 1, "longer than any");
	memset(large, '\n', length);
	assert_false(text_whole(large, length));
	FILE *folder = fopen("/", "r");
	if (folder != NULL) {
		struct err err = ERR_INIT;
		assert_int_equal(audit_verify_export(folder, NULL, &verdict, &err), -1);
		assert_true(err.kind == ERR_SYSTEM);
		fclose(folder);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_whole_export_is_whole),
		store_test(a_range_must_be_in_the_log),
		store_test(an_export_can_begin_at_a_time),
		store_test(the_log_can_be_read_beside_its_writer),
		store_test(the_log_can_be_read_beside_another_process),
		store_test(every_changed_byte_is_found),
		store_test(changes_in_a_long_export_are_found),
		store_test(moved_lines_are_named),
		store_test(altered_entries_are_named),
		store_test(altered_links_are_named),
		store_test(anything_else_is_not_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
