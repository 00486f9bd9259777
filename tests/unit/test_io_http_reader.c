/* The reader of HTTP responses: each row of a table is read whole, and cut at each place. */
#include "base/buf.h"
#include "io/http/reader.h"
#include "io/http/response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_BODY_BYTES 64

static struct http_reader reader;
static struct http_response response;

static int setup(void **state)
{
	(void)state;
	http_reader_init(&reader);
	http_response_init(&response);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	http_reader_release(&reader);
	http_response_release(&response);
	return 0;
}

/* Feeds what a server sends in two pieces and, if that was not all, the end of the connection. */
static enum http_progress feed(const char *bytes, size_t length, size_t cut, bool head)
{
	http_reader_begin(&reader, &response, head, MAX_BODY_BYTES);
	enum http_progress progress = http_reader_take(&reader, bytes, cut);
	if (progress == HTTP_PROGRESS_DONE && cut < length) {
		/* The rest is behind the response. */
		reader.keep = false;
		return progress;
	}
	if (progress == HTTP_PROGRESS_MORE)
		progress = http_reader_take(&reader, bytes + cut, length - cut);
	return progress == HTTP_PROGRESS_MORE ? http_reader_end(&reader) : progress;
}

struct row {
	const char *bytes;
	enum http_progress progress;
	int status;
	const char *body;
	bool keep;
	bool head;
};

static void check(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(rows[i].bytes);

		for (size_t cut = 0; cut <= length; cut++) {
			enum http_progress progress = feed(rows[i].bytes, length, cut, rows[i].head);

			if (progress != rows[i].progress)
				fail_msg("row %zu, cut at %zu: %d", i, cut, (int)progress);
			if (progress != HTTP_PROGRESS_DONE)
				continue;
			assert_int_equal(response.status, rows[i].status);
			assert_string_equal(response.body.data, rows[i].body);
			assert_int_equal(reader.keep, rows[i].keep);
		}
	}
}

#define OK "HTTP/1.1 200 OK\r\n"

static void test_bodies(void **state)
{
	static const struct row rows[] = {
		{ OK "Content-Length: 3\r\n\r\nabc", HTTP_PROGRESS_DONE, 200, "abc", true, false },
		{ OK "content-LENGTH:0\r\n\r\n", HTTP_PROGRESS_DONE, 200, "", true, false },
		{ "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na", HTTP_PROGRESS_DONE, 200, "a", true, false },
		{ "HTTP/1.1 500 \r\nContent-Length: 1\r\n\r\na", HTTP_PROGRESS_DONE, 500, "a", true,
			false },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", HTTP_PROGRESS_DONE, 200, "a", false,
			false },
		{ OK "Connection: close\r\nContent-Length: 1\r\n\r\na", HTTP_PROGRESS_DONE, 200, "a", false,
			false },
		{ OK "Connection: Keep-Alive\r\nContent-Length: 1\r\n\r\na", HTTP_PROGRESS_DONE, 200, "a",
			true, false },
		{ "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", HTTP_PROGRESS_DONE, 204, "", true,
			false },
		/* A body that must not be there may follow. */
		{ "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", HTTP_PROGRESS_DONE, 204, "",
			false, false },
		{ "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_PROGRESS_DONE, 204,
			"", false, false },
		{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", HTTP_PROGRESS_DONE, 304, "",
			true, false },
		{ OK "Content-Length: 999999\r\n\r\n", HTTP_PROGRESS_DONE, 200, "", true, true },
		{ OK "\r\nuntil the end", HTTP_PROGRESS_DONE, 200, "until the end", false, false },
		{ "HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 103 E\r\n\r\n" OK
		  "Content-Length: 1\r\n\r\na",
			HTTP_PROGRESS_DONE, 200, "a", true, false },
		/* An interim response that closes the connection stays in force. */
		{ "HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n" OK "Content-Length: 1\r\n\r\na",
			HTTP_PROGRESS_DONE, 200, "a", false, false },
		{ "HTTP/1.0 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\na", HTTP_PROGRESS_DONE, 200,
			"a", false, false },
		{ "HTTP/1.1 100 Continue\r\nContent-Length: 7\r\n\r\n" OK "Content-Length: 1\r\n\r\na",
			HTTP_PROGRESS_DONE, 200, "a", false, false },
		{ "HTTP/1.1 103 E\r\nTransfer-Encoding: chunked\r\n\r\n" OK "Content-Length: 1\r\n\r\na",
			HTTP_PROGRESS_DONE, 200, "a", false, false },
	};

	(void)state;
	check(rows, sizeof rows / sizeof rows[0]);
}

static void test_chunks(void **state)
{
	static const struct row rows[] = {
		{ OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n",
			HTTP_PROGRESS_DONE, 200, "abc0123456789", true, false },
		{ OK "transfer-encoding: Chunked\r\n\r\n001;a;b=\"c d\\\"\"\r\na\r\n0\r\nTrailer: "
			 "late\r\n\r\n",
			HTTP_PROGRESS_DONE, 200, "a", true, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0\r\nConnection: close\r\n\r\n", HTTP_PROGRESS_DONE,
			200, "", false, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0,
			NULL, false, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false,
			false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false,
			false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1g\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false,
			false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0000000000001\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL,
			false, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\n", HTTP_PROGRESS_BODY_TOO_LARGE, 0,
			NULL, false, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n3\r\nab", HTTP_PROGRESS_TRUNCATED, 0, NULL, false,
			false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", HTTP_PROGRESS_TRUNCATED, 0,
			NULL, false, false },
		{ OK "Transfer-Encoding: gzip, chunked\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false,
			false },
		{ OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
			HTTP_PROGRESS_NOT_HTTP, 0, NULL, false, false },
	};

	(void)state;
	check(rows, sizeof rows / sizeof rows[0]);
}

static void test_refused(void **state)
{
	static const struct row rows[] = {
		{ "SSH-2.0-OpenSSH_9.2\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false, false },
		{ "\r\n" OK, HTTP_PROGRESS_NOT_HTTP, 0, NULL, false, false },
		{ "HTTP/2.0 200 OK\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false, false },
		{ "HTTP/1.1 20 OK\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false, false },
		{ "HTTP/1.1 2000 OK\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false, false },
		{ "HTTP/1.1 099 OK\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false, false },
		{ "HTTP/1.x 200 OK\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false, false },
		{ "HTTP/1.1 101 Switching Protocols\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false,
			false },
		{ OK "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL,
			false, false },
		{ OK "Content-Length: +3\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false, false },
		{ OK "Content-Length: 3, 3\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false, false },
		{ OK "Content-Length:\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false, false },
		{ OK "Content-Length: 9999999999999999\r\n\r\n", HTTP_PROGRESS_NOT_HTTP, 0, NULL, false,
			false },
		{ OK "Content-Length: 65\r\n\r\n", HTTP_PROGRESS_BODY_TOO_LARGE, 0, NULL, false, false },
		{ OK "\r\n0123456789012345678901234567890123456789012345678901234567890123456789",
			HTTP_PROGRESS_BODY_TOO_LARGE, 0, NULL, false, false },
		{ OK "Content-Length: 3\r\n\r\nab", HTTP_PROGRESS_TRUNCATED, 0, NULL, false, false },
		{ OK "Content-Length: 3\r\n", HTTP_PROGRESS_NOTHING, 0, NULL, false, false },
		{ "HTTP/1.1 100 Continue\r\n\r\n", HTTP_PROGRESS_NOTHING, 0, NULL, false, false },
		{ "HTT", HTTP_PROGRESS_NOTHING, 0, NULL, false, false },
		{ "", HTTP_PROGRESS_NOTHING, 0, NULL, false, false },
	};

	(void)state;
	check(rows, sizeof rows / sizeof rows[0]);
}

/* A head that parsers could understand differently ends the connection, and the error says why. */
static void test_strict(void **state)
{
	static const struct {
		const char *head; /* behind the status line, unless it begins with one */
		const char *fault;
	} rows[] = {
		{ "X: 1\n\r\n", "a line does not end with CR LF" },
		{ "\n", "a line does not end with CR LF" },
		{ "HTTP/1.1 200 OK\n", "a line does not end with CR LF" },
		{ "X: a\rb\r\n", "a header field has a control character" },
		{ "X: a\r\r\n", "a header field has a control character" },
		{ "X: \x01\r\n", "a header field has a control character" },
		{ "X: \x7f\r\n", "a header field has a control character" },
		{ "HTTP/1.1 200 O\rK\r\n", "its status line has a control character" },
		{ "X: 1\r\n folded\r\n", "a header field goes on in another line" },
		{ "\tX: 1\r\n", "a header field goes on in another line" },
		{ "X : 1\r\n", "a header line is not a name, a colon and a value" },
		{ "X Y: 1\r\n", "a header line is not a name, a colon and a value" },
		{ "X\"Y: 1\r\n", "a header line is not a name, a colon and a value" },
		{ "no colon\r\n", "a header line is not a name, a colon and a value" },
		{ "none\r\n", "a header line is not a name, a colon and a value" },
		{ ": none\r\n", "a header line is not a name, a colon and a value" },
		{ "HTTP/1.9 200 OK\r\n", "its first line is not a status line" },
		{ "HTTP/1.2 200 OK\r\n", "its first line is not a status line" },
		{ "HTTP/1.1  200 OK\r\n", "its first line is not a status line" },
		{ "HTTP/1.1 101 Switching Protocols\r\n",
			"it switches to a protocol that was not asked for" },
		{ "Content-Length: 1\r\nContent-Length: 2\r\n", "it has two Content-Length fields" },
		{ "Content-Length: 1\r\nContent-Length: 1\r\n", "it has two Content-Length fields" },
		{ "Content-Length: 0x1\r\n", "its Content-Length is not a number of bytes" },
		{ "Content-Length: 1 1\r\n", "its Content-Length is not a number of bytes" },
		{ "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
			"it has both Content-Length and Transfer-Encoding" },
		{ "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
			"it has both Content-Length and Transfer-Encoding" },
		{ "Transfer-Encoding: chunked\t\r\n", "its Transfer-Encoding is not \"chunked\"" },
		{ "Transfer-Encoding: identity\r\n", "its Transfer-Encoding is not \"chunked\"" },
		{ "Transfer-Encoding: chunked\r\n\r\n1a \r\n", "a chunk does not begin with its size" },
		{ "Transfer-Encoding: chunked\r\n\r\n 1\r\n", "a chunk does not begin with its size" },
		{ "Transfer-Encoding: chunked\r\n\r\n0x1\r\n", "a chunk does not begin with its size" },
		{ "Transfer-Encoding: chunked\r\n\r\n1;\r\n", "a chunk does not begin with its size" },
		{ "Transfer-Encoding: chunked\r\n\r\n1;a=\r\n", "a chunk does not begin with its size" },
		{ "Transfer-Encoding: chunked\r\n\r\n1;a=\"b\r\n", "a chunk does not begin with its size" },
		{ "Transfer-Encoding: chunked\r\n\r\n1;a b\r\n", "a chunk does not begin with its size" },
		{ "Transfer-Encoding: chunked\r\n\r\n1\n", "a line does not end with CR LF" },
		{ "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "a chunk is longer than its size" },
		{ "Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n",
			"a header line is not a name, a colon and a value" },
		{ "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\n",
			"its trailer declares a length" },
		{ "Transfer-Encoding: chunked\r\n\r\n0\r\ntransfer-encoding: chunked\r\n",
			"its trailer declares a length" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char bytes[256];
		bool own_status = strncmp(rows[i].head, "HTTP/", 5) == 0;
		size_t length =
			(size_t)snprintf(bytes, sizeof bytes, "%s%s\r\n", own_status ? "" : OK, rows[i].head);

		for (size_t cut = 0; cut <= length; cut++) {
			if (feed(bytes, length, cut, false) != HTTP_PROGRESS_NOT_HTTP)
				fail_msg("row %zu, cut at %zu, is read", i, cut);
			assert_string_equal(reader.fault, rows[i].fault);
		}
	}
}

/* A NUL would end a field's text for code that reads it as a C string. */
static void test_nul(void **state)
{
	static const char in_value[] = OK "X: a\0b\r\n\r\n", in_name[] = OK "X\0: a\r\n\r\n";
	static const char in_status[] = "HTTP/1.1 200 O\0K\r\n\r\n";

	(void)state;
	assert_int_equal(feed(in_value, sizeof in_value - 1, 3, false), HTTP_PROGRESS_NOT_HTTP);
	assert_int_equal(feed(in_name, sizeof in_name - 1, 3, false), HTTP_PROGRESS_NOT_HTTP);
	assert_int_equal(feed(in_status, sizeof in_status - 1, 3, false), HTTP_PROGRESS_NOT_HTTP);
}

static void test_fields(void **state)
{
	static const char bytes[] = OK
		"X-Amzn-RequestId: \t 1-2-3 \t\r\nEmpty:\r\nTab: a\tb\r\nContent-Length: 0\r\n\r\n";

	(void)state;
	for (size_t cut = 0; cut < sizeof bytes; cut++) {
		assert_int_equal(feed(bytes, sizeof bytes - 1, cut, false), HTTP_PROGRESS_DONE);
		assert_int_equal(response.header_count, 4);
		assert_string_equal(http_response_header(&response, "x-amzn-requestid"), "1-2-3");
		assert_string_equal(http_response_header(&response, "empty"), "");
		assert_string_equal(http_response_header(&response, "tab"), "a\tb");
	}
}

/* Bytes behind a response must not become the response to the next request. */
static void test_bytes_that_follow(void **state)
{
	static const char bytes[] = OK "Content-Length: 1\r\n\r\na" OK;

	(void)state;
	assert_int_equal(feed(bytes, sizeof bytes - 1, sizeof bytes - 1, false), HTTP_PROGRESS_DONE);
	assert_string_equal(response.body.data, "a");
	assert_false(reader.keep);
}

static enum http_progress take(const char *text)
{
	return http_reader_take(&reader, text, strlen(text));
}

/* Feeds the same line again and again after a first one, until the reader refuses. */
static enum http_progress flood(const char *first, const char *line, size_t most_bytes)
{
	enum http_progress progress;

	http_reader_begin(&reader, &response, false, MAX_BODY_BYTES);
	progress = take(first);
	for (size_t bytes = 0; progress == HTTP_PROGRESS_MORE && bytes <= most_bytes;
		bytes += strlen(line))
		progress = take(line);
	return progress;
}

static void test_limits(void **state)
{
	(void)state;
	assert_int_equal(flood(OK, "X: 1\r\n", 2000), HTTP_PROGRESS_HEADERS_TOO_LARGE);
	assert_int_equal(response.header_count, HTTP_MAX_HEADERS);
	assert_int_equal(flood(OK "X: ", "0123456789", HTTP_MAX_HEADER_BYTES),
		HTTP_PROGRESS_HEADERS_TOO_LARGE);
	assert_int_equal(flood("", "HTTP/1.1 103 Early Hints\r\n\r\n", HTTP_MAX_HEADER_BYTES),
		HTTP_PROGRESS_HEADERS_TOO_LARGE);
	assert_int_equal(flood(OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", "T: 1\r\n",
						 HTTP_MAX_HEADER_BYTES),
		HTTP_PROGRESS_HEADERS_TOO_LARGE);
	assert_int_equal(flood(OK "Transfer-Encoding: chunked\r\n\r\n1;", "x", 2000),
		HTTP_PROGRESS_NOT_HTTP);
	/* Limits apply to each line of a chunk and not to their sum, since a large answer has many. */
	http_reader_begin(&reader, &response, false, 1 << 20);
	assert_int_equal(take(OK "Transfer-Encoding: chunked\r\n\r\n"), HTTP_PROGRESS_MORE);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(take("1\r\na\r\n"), HTTP_PROGRESS_MORE);
	assert_int_equal(take("0\r\n\r\n"), HTTP_PROGRESS_DONE);
	assert_int_equal(response.body.length, 100000);
}

/* The same reader and response serve one exchange after the other. */
static void test_again(void **state)
{
	static const char first[] = OK "X: 1\r\nContent-Length: 3\r\n\r\nab";
	static const char second[] = "HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n";

	(void)state;
	assert_int_equal(feed(first, sizeof first - 1, 20, false), HTTP_PROGRESS_TRUNCATED);
	assert_int_equal(feed(second, sizeof second - 1, 5, false), HTTP_PROGRESS_DONE);
	assert_int_equal(response.status, 404);
	assert_int_equal(response.header_count, 1);
	assert_int_equal(response.body.length, 0);
	assert_true(reader.keep);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bodies),
		TEST(test_chunks),
		TEST(test_refused),
		TEST(test_strict),
		TEST(test_nul),
		TEST(test_fields),
		TEST(test_limits),
		TEST(test_bytes_that_follow),
		TEST(test_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
