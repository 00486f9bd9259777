/* Tests of request heads, paths, queries and authorities with tables: those that are accepted, and
 * each way in which one is refused. No sockets are used. */
#include "test_web_server_help.h"

#define HOST "Host: a\r\n"

/* --- the head --- */

static int read_head(const char *text, size_t length, struct head *head, struct refusal *refusal)
{
	size_t scanned = 0, end = 0;
	int found = head_find(text, length, &scanned, &end, refusal);

	*head = (struct head){ .text = NULL };
	if (found <= 0)
		return found < 0 ? -1 : 1;
	assert_int_equal(end, length);
	return head_parse(text, end, head, refusal);
}

static void test_heads_that_are_refused(void **state)
{
	static const struct {
		const char *text;
		int status;
		const char *part;
	} cases[] = {
		{ "\x16\x03\x01\x02", 400, "not an HTTP request" },
		{ "get / HTTP/1.1\r\n" HOST "\r\n", 400, "not an HTTP request" },
		{ "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400, "not an HTTP request" },
		{ "GET / HTTP/1.1\nHost: a\n\n", 400, "CR LF" },
		{ "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400, "CR LF" },
		{ "GET /\r\n" HOST "\r\n", 400, "METHOD /path" },
		{ "GET  / HTTP/1.1\r\n" HOST "\r\n", 400, "METHOD /path" },
		{ "GET / HTTP/1.1 \r\n" HOST "\r\n", 400, "METHOD /path" },
		{ "GET / x HTTP/1.1\r\n" HOST "\r\n", 400, "METHOD /path" },
		{ "GeT / HTTP/1.1\r\n" HOST "\r\n", 400, "METHOD /path" },
		{ "ABCDEFGHIJKLMNOP / HTTP/1.1\r\n" HOST "\r\n", 400, "METHOD /path" },
		{ "GET / HTTP/1.0\r\n" HOST "\r\n", 505, "HTTP/1.1 only" },
		{ "GET / HTTP/2.0\r\n" HOST "\r\n", 505, "HTTP/1.1 only" },
		{ "GET / HTTPS/1.1\r\n" HOST "\r\n", 400, "METHOD /path" },
		{ "GET / HTTP/1.1\r\n\r\n", 400, "no Host" },
		{ "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400, "header field host occurs twice" },
		{ "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", 400, "continues on another line" },
		{ "GET / HTTP/1.1\r\n X: a\r\n" HOST "\r\n", 400, "continues on another line" },
		{ "GET / HTTP/1.1\r\n" HOST "X\r\n\r\n", 400, "no colon" },
		{ "GET / HTTP/1.1\r\n" HOST "X : a\r\n\r\n", 400, "character that is not allowed" },
		{ "GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n", 400, "character that is not allowed" },
		{ "GET / HTTP/1.1\r\n" HOST "X: a\x01\r\n\r\n", 400, "control character" },
		{ "GET / HTTP/1.1\r\n" HOST "X: \x7f\r\n\r\n", 400, "control character" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400,
			"header field content-length occurs twice" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
			"both Content-Length" },
		{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 411,
			"not Transfer-Encoding" },
		{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", 411,
			"not Transfer-Encoding" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", 400, "not a number" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n", 400, "not a number" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n", 400, "not a number" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: \r\n\r\n", 400, "not a number" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 9999999999999999\r\n\r\n", 400,
			"not a number" },
		{ "GET / HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n", 417, "100-continue" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct refusal refusal = { .status = 0 };
		struct head head;

		if (read_head(cases[i].text, strlen(cases[i].text), &head, &refusal) != -1)
			fail_msg("accepted: %s", cases[i].text);
		assert_int_equal(refusal.status, cases[i].status);
		assert_has(refusal.message, cases[i].part);
		head_release(&head);
	}
}

static void test_a_head_is_read(void **state)
{
	static const char text[] = "POST /a?b=c HTTP/1.1\r\nHOST:a:1\r\nx-Y:\t v w \t\r\nX-Y: "
							   "2\r\nConnection: keep-alive, CLOSE\r\n"
							   "Content-Length: 012\r\nExpect: 100-Continue\r\nEmpty:\r\n\r\n";
	struct refusal refusal = { .status = 0 };
	struct head head;

	(void)state;
	assert_int_equal(read_head(text, strlen(text), &head, &refusal), 0);
	assert_string_equal(head.method, "POST");
	assert_string_equal(head.target, "/a?b=c");
	assert_string_equal(head_get(&head, "host"), "a:1");
	assert_string_equal(head_get(&head, "x-y"), "v w");
	assert_string_equal(head_get(&head, "empty"), "");
	assert_null(head_get(&head, "x"));
	assert_true(head.close && head.expects);
	assert_int_equal(head.content_length, 12);
	head_release(&head);
}

/* However a head is cut, its end is found once and at the same place. A NUL byte or a head that is
 * too long is refused as soon as it comes. */
static void test_the_end_of_a_head(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\n" HOST "\r\nGET";
	static char much[HEAD_MAX_BYTES + 1], fields[8000];
	struct refusal refusal = { .status = 0 };
	size_t scanned = 0, end = 0, whole = strlen(text) - 3;
	struct head head;

	(void)state;
	for (size_t length = 1; length < whole; length++)
		assert_int_equal(head_find(text, length, &scanned, &end, &refusal), 0);
	assert_int_equal(head_find(text, strlen(text), &scanned, &end, &refusal), 1);
	assert_int_equal(end, whole);
	scanned = 0;
	assert_int_equal(head_find("GET /\0 HTTP", 11, &scanned, &end, &refusal), -1);
	assert_has(refusal.message, "NUL");
	memset(much, 'A', sizeof much);
	scanned = 0;
	assert_int_equal(head_find(much, HEAD_MAX_BYTES, &scanned, &end, &refusal), -1);
	assert_int_equal(refusal.status, 431);
	int at = snprintf(fields, sizeof fields, "GET / HTTP/1.1\r\n" HOST);
	for (int i = 0; i < HEAD_MAX_FIELDS; i++)
		at += snprintf(fields + at, sizeof fields - (size_t)at, "X-%d: a\r\n", i);
	at += snprintf(fields + at, sizeof fields - (size_t)at, "\r\n");
	assert_int_equal(read_head(fields, (size_t)at, &head, &refusal), -1);
	assert_has(refusal.message, "more than 64 header fields");
	head_release(&head);
	at = snprintf(much, sizeof much, "GET /%0*d HTTP/1.1\r\n" HOST "\r\n", HEAD_MAX_TARGET, 0);
	assert_int_equal(read_head(much, (size_t)at, &head, &refusal), -1);
	assert_int_equal(refusal.status, 414);
	head_release(&head);
}

/* --- paths and queries --- */

static void test_targets_that_are_refused(void **state)
{
	static const struct {
		const char *text;
		int status;
		const char *part;
	} cases[] = {
		{ "*", 400, "begin with a slash" },
		{ "http://a/b", 400, "begin with a slash" },
		{ "/a#b", 400, "character" },
		{ "/a\"", 400, "character" },
		{ "/{id}", 400, "character" },
		{ "/a\\b", 400, "character" },
		{ "/\xc3\xbc", 400, "character" },
		{ "//", 400, "two slashes" },
		{ "/a//b", 400, "two slashes" },
		{ "/..", 400, "'..'" },
		{ "/a/../b", 400, "'..'" },
		{ "/a/.", 400, "'..'" },
		{ "/%2e%2e/b", 400, "'..'" },
		{ "/%2E./b", 400, "'..'" },
		{ "/a%2fb", 400, "plain text" },
		{ "/a%5Cb", 400, "plain text" },
		{ "/a%00", 400, "plain text" },
		{ "/a%0d%0a", 400, "plain text" },
		{ "/a%7f", 400, "plain text" },
		{ "/a%", 400, "badly encoded" },
		{ "/a%2", 400, "badly encoded" },
		{ "/a%zz", 400, "badly encoded" },
		{ "/%c0%af", 400, "plain text" },
		{ "/%c0%ae%c0%ae", 400, "plain text" },
		{ "/%ff", 400, "plain text" },
		{ "/%ed%a0%80", 400, "plain text" },
		{ "/1/2/3/4/5/6/7/8/9/10/11/12/13", 404, "more parts" },
		{ "/a?b=%zz", 400, "badly encoded" },
		{ "/a?b=c&b=d", 400, "twice" },
		{ "/a?b=c&%62=d", 400, "twice" },
		{ "/a?=c", 400, "no name" },
		{ "/a?b=%00", 400, "plain text" },
		{ "/a?b=<", 400, "character" },
		{ "/a?&b=1", 400, "no name" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct refusal refusal = { .status = 0 };
		struct target target;

		if (target_parse(cases[i].text, &target, &refusal) != -1)
			fail_msg("accepted: %s", cases[i].text);
		if (refusal.status != cases[i].status)
			fail_msg("%s: %d", cases[i].text, refusal.status);
		assert_has(refusal.message, cases[i].part);
		target_release(&target);
	}
}

static void test_targets_that_are_too_long(void **state)
{
	char text[8000];
	struct refusal refusal;
	struct target target;
	int at = snprintf(text, sizeof text, "/a?");

	(void)state;
	for (int i = 0; i <= TARGET_MAX_QUERY; i++)
		at += snprintf(text + at, sizeof text - (size_t)at, "p%d=1&", i);
	assert_int_equal(target_parse(text, &target, &refusal), -1);
	assert_has(refusal.message, "more than 32 query parameters");
	target_release(&target);
	snprintf(text, sizeof text, "/a?p=%0*d", TARGET_MAX_VALUE + 1, 0);
	assert_int_equal(target_parse(text, &target, &refusal), -1);
	assert_has(refusal.message, "more than 2048 bytes");
	target_release(&target);
	snprintf(text, sizeof text, "/%0*d", TARGET_MAX_SEGMENT + 1, 0);
	assert_int_equal(target_parse(text, &target, &refusal), -1);
	target_release(&target);
}

static void test_a_target_is_read(void **state)
{
	struct refusal refusal;
	struct target target;

	(void)state;
	assert_int_equal(target_parse("/", &target, &refusal), 0);
	assert_int_equal(target.count, 0);
	target_release(&target);
	/* The text is decoded once, so what was encoded twice stays encoded once. */
	assert_int_equal(target_parse("/a/%C3%BC%20%252e/?x=1%2B2+3&y&z=", &target, &refusal), 0);
	assert_int_equal(target.count, 3);
	assert_string_equal(target.segments[1], "\xc3\xbc %2e");
	assert_string_equal(target.segments[2], "");
	assert_string_equal(json_get_string(target.query, "x"), "1+2 3");
	assert_string_equal(json_get_string(target.query, "y"), "");
	assert_string_equal(json_get_string(target.query, "z"), "");
	target_release(&target);
}

/* --- authorities --- */

static void test_authorities(void **state)
{
	static const char *const bad[] = { "", ":80", "a:", "a:0", "a:65536", "a:8x", "a b", "a/b",
		"a@b", "[::1", "[::g]", "[::1]x", "[]", "a:1:2", "%41" };
	struct authority authority, other;
	bool https;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		if (authority_parse(bad[i], &authority) == 0)
			fail_msg("accepted: %s", bad[i]);
	char longest[300];
	snprintf(longest, sizeof longest, "%0*d", AUTHORITY_HOST_SIZE, 0);
	assert_int_equal(authority_parse(longest, &authority), -1);
	snprintf(longest, sizeof longest, "%0*d", AUTHORITY_HOST_SIZE + 20, 0);
	assert_int_equal(authority_parse(longest, &authority), -1);
	assert_int_equal(authority_parse("Reeve.Example:443", &authority), 0);
	assert_string_equal(authority.host, "reeve.example");
	assert_int_equal(authority.port, 443);
	assert_int_equal(authority_parse("[0:0::1]:1", &authority), 0);
	assert_string_equal(authority.host, "[::1]");
	assert_true(authority_is_loopback(&authority));
	assert_int_equal(authority_parse("127.9.9.9", &authority), 0);
	assert_true(authority_is_loopback(&authority) && authority.port == 0);
	assert_int_equal(authority_parse("127.1", &authority), 0);
	assert_false(authority_is_loopback(&authority));
	assert_int_equal(authority_parse("localhost.evil.example", &authority), 0);
	assert_false(authority_is_loopback(&authority));
	assert_int_equal(origin_parse("HTTPS://A:1", &https, &authority), 0);
	assert_true(https && authority_parse("a:1", &other) == 0 &&
		authority_equal(&authority, &other));
	assert_int_equal(origin_parse("null", &https, &authority), -1);
	assert_int_equal(origin_parse("http://a/", &https, &authority), -1);
	assert_int_equal(origin_parse("file://", &https, &authority), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads_that_are_refused),
		cmocka_unit_test(test_a_head_is_read),
		cmocka_unit_test(test_the_end_of_a_head),
		cmocka_unit_test(test_targets_that_are_refused),
		cmocka_unit_test(test_targets_that_are_too_long),
		cmocka_unit_test(test_a_target_is_read),
		cmocka_unit_test(test_authorities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
