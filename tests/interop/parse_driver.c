/*
 * Runs our HTTP parsers for tests/interop/check_http.py, which compares them with another one.
 * Reads frames from the standard input (kind, length in 4 bytes, bytes) and answers each with a
 * frame (length in 4 bytes, bytes). Its first line is the outcome; the parts of the message follow.
 *
 * - Kind R is a response, after which the connection ends. The outcome is "done KEEP",
 *   "refused FAULT" or "incomplete".
 * - Kind Q is the head of a request. The outcome is "done KEEP BODY-LENGTH", "refused CODE" or
 *   "incomplete".
 */
#include "base/banned.h"
#include "base/buf.h"
#include "io/http/reader.h"
#include "io/http/response.h"
#include "web/http/head.h"
#include "web/http/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FRAME_BYTES (1u << 20)
#define MAX_BODY_BYTES 65536

static void add_field(struct buf *out, const char *name, const char *value)
{
	buf_add_format(out, "%s:%s\n", name, value);
}

static void read_response(const char *bytes, size_t length, struct buf *out)
{
	static struct http_reader reader;
	static struct http_response response;

	if (reader.response == NULL) {
		http_reader_init(&reader);
		http_response_init(&response);
	}
	http_reader_begin(&reader, &response, false, MAX_BODY_BYTES);
	enum http_progress progress = http_reader_take(&reader, bytes, length);
	if (progress == HTTP_PROGRESS_MORE)
		progress = http_reader_end(&reader);
	if (progress == HTTP_PROGRESS_NOT_HTTP) {
		buf_add_format(out, "refused %s\n", reader.fault);
	} else if (progress == HTTP_PROGRESS_TRUNCATED || progress == HTTP_PROGRESS_NOTHING) {
		buf_add_string(out, "incomplete\n");
	} else if (progress != HTTP_PROGRESS_DONE) {
		buf_add_string(out, "refused for its size\n");
	} else {
		buf_add_format(out, "done %d\n%d\n", reader.keep, response.status);
		for (size_t i = 0; i < response.header_count; i++)
			add_field(out, response.headers[i].name, response.headers[i].value);
		buf_add_char(out, '\n');
		buf_add(out, response.body.data, response.body.length);
	}
}

static void read_request(const char *bytes, size_t length, struct buf *out)
{
	struct refusal refusal = { .status = 0 };
	struct head head;
	struct target target;
	size_t scanned = 0, head_length;
	int found = head_find(bytes, length, &scanned, &head_length, &refusal);

	if (found == 0)
		buf_add_string(out, "incomplete\n");
	if (found < 0)
		buf_add_format(out, "refused %s\n", refusal.code);
	if (found <= 0)
		return;
	if (head_parse(bytes, head_length, &head, &refusal) < 0) {
		buf_add_format(out, "refused %s\n", refusal.code);
	} else {
		if (target_parse(head.target, &target, &refusal) < 0) {
			buf_add_format(out, "refused %s\n", refusal.code);
		} else {
			buf_add_format(out, "done %d %llu\n%s %s\n", !head.close,
				(unsigned long long)head.content_length, head.method, head.target);
			for (size_t i = 0; i < head.count; i++)
				add_field(out, head.fields[i].name, head.fields[i].value);
		}
		target_release(&target);
	}
	head_release(&head);
}

/* The bytes are in a block of their exact size, so that sanitizers see a read beyond them. */
static char *read_frame(char *kind, size_t *length)
{
	unsigned char head[5];

	if (fread(head, 1, sizeof head, stdin) != sizeof head)
		return NULL;
	*kind = (char)head[0];
	*length = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
	if (*length > MAX_FRAME_BYTES)
		return NULL;
	char *bytes = malloc(*length > 0 ? *length : 1);
	if (bytes == NULL || fread(bytes, 1, *length, stdin) != *length)
		abort();
	return bytes;
}

int main(void)
{
	CLEANUP_BUF struct buf out = BUF_INIT(2 * MAX_FRAME_BYTES);
	char kind, *bytes;
	size_t length;

	while ((bytes = read_frame(&kind, &length)) != NULL) {
		buf_reset(&out);
		if (kind == 'R')
			read_response(bytes, length, &out);
		else
			read_request(bytes, length, &out);
		free(bytes);
		const unsigned char head[4] = { (unsigned char)(out.length >> 24),
			(unsigned char)(out.length >> 16), (unsigned char)(out.length >> 8),
			(unsigned char)out.length };
		fwrite(head, 1, sizeof head, stdout);
		fwrite(out.data, 1, out.length, stdout);
	}
	return 0;
}
