/*
 * Reads any bytes as a response, whole and cut in two: both must be read alike, nothing beyond the
 * limits is kept, and fields come from the head only.
 */
#include "base/banned.h"
#include "base/mem.h"
#include "io/http/reader.h"
#include "io/http/response.h"

#include <stdint.h>

#define MAX_BODY_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static enum http_progress feed(struct http_reader *reader, struct http_response *response,
	const char *bytes, size_t length, size_t cut, bool head)
{
	http_reader_begin(reader, response, head, MAX_BODY_BYTES);
	enum http_progress progress = http_reader_take(reader, bytes, cut);
	if (progress == HTTP_PROGRESS_MORE)
		progress = http_reader_take(reader, bytes + cut, length - cut);
	else if (cut < length)
		reader->keep = false;
	return progress == HTTP_PROGRESS_MORE ? http_reader_end(reader) : progress;
}

static void check(const struct http_reader *reader, const struct http_response *response,
	enum http_progress progress)
{
	expect(progress != HTTP_PROGRESS_MORE);
	expect(response->body.length <= MAX_BODY_BYTES &&
		response->header_text.length <= HTTP_MAX_HEADER_BYTES);
	if (progress != HTTP_PROGRESS_DONE)
		return;
	expect(response->status >= 200 && response->status <= 999);
	for (size_t i = 0; i < response->header_count; i++)
		expect(response->headers[i].name[0] != '\0' &&
			strpbrk(response->headers[i].value, "\n") == NULL);
	expect(!reader->head || response->body.length == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_reader reader, other;
	struct http_response response, again;

	if (size < 2)
		return 0;
	bool head = data[0] & 1;
	/* the exact size, so that a sanitizer sees a read beyond it */
	char *bytes = xmalloc(size - 2 + 1);
	memcpy(bytes, data + 2, size - 2);
	size_t length = size - 2,
		   cut = length > 0 ? (size_t)(data[0] / 2 * 256 + data[1]) % (length + 1) : 0;
	http_reader_init(&reader);
	http_reader_init(&other);
	http_response_init(&response);
	http_response_init(&again);
	enum http_progress whole = feed(&reader, &response, bytes, length, length, head);
	enum http_progress parts = feed(&other, &again, bytes, length, cut, head);
	check(&reader, &response, whole);
	check(&other, &again, parts);
	expect(whole == parts);
	if (whole == HTTP_PROGRESS_DONE) {
		expect(reader.keep == other.keep);
		expect(response.status == again.status && response.header_count == again.header_count);
		expect(response.body.length == again.body.length &&
			strcmp(response.body.data, again.body.data) == 0);
	}
	http_reader_release(&reader);
	http_reader_release(&other);
	http_response_release(&response);
	http_response_release(&again);
	free(bytes);
	return 0;
}
