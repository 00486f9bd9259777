/* Reads a response line by line. Whatever a strict parser refuses (llhttp, which Node.js uses, is
 * the yardstick of the tests) is refused here, with the reason in `fault`. */
#include "io/http/reader.h"

#include "base/banned.h"
#include "io/http/syntax.h"

#include <strings.h>

/* Of the line before a chunk, which has its size and extensions. */
#define MAX_CHUNK_LINE_BYTES ((size_t)1024)

/* Ends the response, and with it the connection. `fault` is static text that completes the sentence
 * "the answer of the server is not valid HTTP/1.1: ...". */
static enum http_progress refuse(struct http_reader *reader, const char *fault)
{
	reader->fault = fault;
	return HTTP_PROGRESS_NOT_HTTP;
}

void http_reader_init(struct http_reader *reader)
{
	*reader = (struct http_reader){ .state = READER_DONE };
	buf_init(&reader->line, HTTP_MAX_HEADER_BYTES);
}

void http_reader_release(struct http_reader *reader)
{
	buf_release(&reader->line);
}

/* Begins a head. Its framing and fields are its own: those of an interim response (1xx) say nothing
 * about the response that follows. But `keep` stays false once any of the heads has cleared it. */
static void begin_head(struct http_reader *reader)
{
	reader->state = READER_STATUS;
	reader->sized = reader->chunked = false;
	reader->left = 0;
	reader->response->status = 0;
	reader->response->header_count = 0;
	buf_reset(&reader->response->header_text);
}

void http_reader_begin(struct http_reader *reader, struct http_response *response, bool head,
	size_t max_body_bytes)
{
	reader->response = response;
	reader->head = head;
	reader->started = false;
	reader->keep = true;
	reader->fault = NULL;
	reader->head_bytes = 0;
	buf_reset(&reader->line);
	buf_reset(&response->body);
	response->body.max_bytes = max_body_bytes;
	response->header_text.max_bytes = HTTP_MAX_HEADER_BYTES;
	begin_head(reader);
}

/* --- the status line --- */

/* Checked from the first byte on, so that a server of another protocol is recognized at once. */
static bool may_be_status(const char *text, size_t length)
{
	static const char version[] = "HTTP/1.";

	return memcmp(text, version, length < sizeof version - 1 ? length : sizeof version - 1) == 0;
}

/* "HTTP/1.1 200 OK". The reason may be missing, and the blank before it, too. */
static enum http_progress take_status(struct http_reader *reader, const char *line, size_t length)
{
	if (length < 12 || !may_be_status(line, length) || (line[7] != '0' && line[7] != '1') ||
		line[8] != ' ' || line[9] < '1' || line[9] > '9' || !syntax_is_digit(line[10]) ||
		!syntax_is_digit(line[11]) || (length > 12 && line[12] != ' '))
		return refuse(reader, "its first line is not a status line");
	if (!syntax_is_text(line, length))
		return refuse(reader, "its status line has a control character");
	reader->response->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0';
	if (reader->response->status == 101)
		return refuse(reader, "it switches to a protocol that was not asked for");
	if (line[7] == '0')
		reader->keep = false;
	reader->state = READER_FIELDS;
	return HTTP_PROGRESS_MORE;
}

/* --- header fields --- */

static enum http_progress take_content_length(struct http_reader *reader, const char *value)
{
	size_t digits = strspn(value, "0123456789");

	if (digits == 0 || digits > 15 || value[digits] != '\0')
		return refuse(reader, "its Content-Length is not a number of bytes");
	if (reader->sized)
		return refuse(reader, "it has two Content-Length fields");
	reader->sized = true;
	reader->left = strtoull(value, NULL, 10);
	return HTTP_PROGRESS_MORE;
}

/* The request asks for no coding, and "chunked" is the one that every client must read. */
static enum http_progress take_transfer_encoding(struct http_reader *reader, const char *value)
{
	if (reader->chunked || strcasecmp(value, "chunked") != 0)
		return refuse(reader, "its Transfer-Encoding is not \"chunked\"");
	reader->chunked = true;
	return HTTP_PROGRESS_MORE;
}

/* Notes what a field says about the framing of the message. The name is in lower case. */
static enum http_progress take_framing(struct http_reader *reader, const char *name,
	const char *value)
{
	enum http_progress progress = HTTP_PROGRESS_MORE;

	if (strcmp(name, "content-length") == 0)
		progress = take_content_length(reader, value);
	else if (strcmp(name, "transfer-encoding") == 0)
		progress = take_transfer_encoding(reader, value);
	else if (strcmp(name, "connection") == 0 && strcasecmp(value, "keep-alive") != 0)
		reader->keep = false;
	if (reader->sized && reader->chunked)
		return refuse(reader, "it has both Content-Length and Transfer-Encoding");
	return progress;
}

/* Adds text and a NUL, and returns where the text lies now; NULL when it doesn't fit. */
static char *add_text(struct buf *out, const char *text, size_t length)
{
	size_t at = out->length;

	buf_add(out, text, length);
	buf_add(out, "", 1);
	return buf_ok(out) ? out->data + at : NULL;
}

/* Stores a field as "name\0value\0". The pointers to it are taken when the head is whole, since the
 * text moves while it grows. */
static enum http_progress add_field(struct http_reader *reader, const char *line,
	size_t name_length, const char *value, size_t value_length)
{
	struct http_response *response = reader->response;

	if (response->header_count == HTTP_MAX_HEADERS)
		return HTTP_PROGRESS_HEADERS_TOO_LARGE;
	char *name = add_text(&response->header_text, line, name_length);
	if (name == NULL)
		return HTTP_PROGRESS_HEADERS_TOO_LARGE;
	for (char *c = name; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	size_t name_at = (size_t)(name - response->header_text.data);
	value = add_text(&response->header_text, value, value_length);
	if (value == NULL)
		return HTTP_PROGRESS_HEADERS_TOO_LARGE;
	response->header_count++;
	return take_framing(reader, response->header_text.data + name_at, value);
}

static void point_at_fields(struct http_response *response)
{
	const char *text = response->header_text.data;

	for (size_t i = 0; i < response->header_count; i++) {
		response->headers[i].name = text;
		text += strlen(text) + 1;
		response->headers[i].value = text;
		text += strlen(text) + 1;
	}
}

/* 1xx, 204 and 304 have no body, whatever their fields declare (RFC 9112 section 6.3). 1xx and 204
 * must not even declare one (RFC 9110 section 8.6), and a server that does may be about to send it:
 * then the connection is not used again. */
static bool has_no_body(struct http_reader *reader)
{
	int status = reader->response->status;

	if ((status < 200 || status == 204) && (reader->chunked || reader->left > 0))
		reader->keep = false;
	return reader->head || status < 200 || status == 204 || status == 304;
}

static enum http_progress end_head(struct http_reader *reader)
{
	bool bodiless = has_no_body(reader);

	if (reader->response->status < 200) {
		begin_head(reader);
		return HTTP_PROGRESS_MORE;
	}
	point_at_fields(reader->response);
	if (bodiless) {
		reader->state = READER_DONE;
	} else if (reader->chunked) {
		reader->state = READER_CHUNK_SIZE;
	} else if (reader->sized) {
		if (reader->left > reader->response->body.max_bytes)
			return HTTP_PROGRESS_BODY_TOO_LARGE;
		reader->state = reader->left > 0 ? READER_BODY : READER_DONE;
	} else {
		reader->keep = false;
		reader->state = READER_UNTIL_CLOSE;
	}
	return HTTP_PROGRESS_MORE;
}

static bool is_name(const char *line, size_t length, const char *name)
{
	return length == strlen(name) && strncasecmp(line, name, length) == 0;
}

/* The fields of a trailer are dropped. Those that another reader could understand as framing end
 * the connection (RFC 9110 section 6.5.1 forbids them). */
static enum http_progress take_trailer(struct http_reader *reader, const char *line,
	size_t name_length)
{
	if (is_name(line, name_length, "content-length") ||
		is_name(line, name_length, "transfer-encoding"))
		return refuse(reader, "its trailer declares a length");
	if (is_name(line, name_length, "connection"))
		reader->keep = false;
	return HTTP_PROGRESS_MORE;
}

/* Takes a line of the head or of the trailer. */
static enum http_progress take_field(struct http_reader *reader, const char *line, size_t length)
{
	size_t name_length = syntax_token_length(line, length);

	if (length > 0 && syntax_is_blank(line[0]))
		return refuse(reader, "a header field goes on in another line");
	if (name_length == 0 || name_length == length || line[name_length] != ':')
		return refuse(reader, "a header line is not a name, a colon and a value");
	const char *value = line + name_length + 1, *end = line + length;
	while (value < end && syntax_is_blank(*value))
		value++;
	while (end > value && syntax_is_blank(end[-1]))
		end--;
	if (!syntax_is_text(value, (size_t)(end - value)))
		return refuse(reader, "a header field has a control character");
	/* RFC 9112 section 5 ignores blanks behind a value, but llhttp sees no "chunked" before a tab.
	 */
	if (end < line + length && is_name(line, name_length, "transfer-encoding"))
		return refuse(reader, "its Transfer-Encoding is not \"chunked\"");
	if (reader->state == READER_TRAILER)
		return take_trailer(reader, line, name_length);
	return add_field(reader, line, name_length, value, (size_t)(end - value));
}

/* --- chunks --- */

static enum http_progress take_chunk_size(struct http_reader *reader, const char *line,
	size_t length)
{
	if (!syntax_chunk_size(line, length, &reader->left))
		return refuse(reader, "a chunk does not begin with its size");
	if (reader->left > reader->response->body.max_bytes)
		return HTTP_PROGRESS_BODY_TOO_LARGE;
	reader->state = reader->left > 0 ? READER_CHUNK : READER_TRAILER;
	return HTTP_PROGRESS_MORE;
}

/* --- lines and bytes --- */

static enum http_progress take_line(struct http_reader *reader, const char *line, size_t length)
{
	if (length == 0 || line[--length] != '\r')
		return refuse(reader, "a line does not end with CR LF");
	switch (reader->state) {
	case READER_STATUS:
		return take_status(reader, line, length);
	case READER_FIELDS:
		return length == 0 ? end_head(reader) : take_field(reader, line, length);
	case READER_CHUNK_SIZE:
		return take_chunk_size(reader, line, length);
	case READER_CHUNK_END:
		reader->state = READER_CHUNK_SIZE;
		return length == 0 ? HTTP_PROGRESS_MORE : refuse(reader, "a chunk is longer than its size");
	default:
		if (length > 0)
			return take_field(reader, line, length);
		reader->state = READER_DONE;
		return HTTP_PROGRESS_MORE;
	}
}

/* Counts the bytes of a line, or of a piece of one. Returns whether a line may be that long. */
static bool line_fits(struct http_reader *reader, size_t length)
{
	if (reader->state == READER_CHUNK_SIZE || reader->state == READER_CHUNK_END)
		return reader->line.length + length <= MAX_CHUNK_LINE_BYTES;
	reader->head_bytes += length;
	return reader->head_bytes <= HTTP_MAX_HEADER_BYTES;
}

/* Reads one line, or the piece of it that has come. Most come whole and are read where they lie. */
static enum http_progress read_line(struct http_reader *reader, const char *bytes, size_t length,
	size_t *used)
{
	const char *newline = memchr(bytes, '\n', length);
	bool of_chunk = reader->state == READER_CHUNK_SIZE || reader->state == READER_CHUNK_END;
	enum http_progress progress = HTTP_PROGRESS_MORE;

	*used = newline != NULL ? (size_t)(newline - bytes) + 1 : length;
	if (!line_fits(reader, *used))
		return of_chunk ? refuse(reader, "a chunk does not begin with its size")
						: HTTP_PROGRESS_HEADERS_TOO_LARGE;
	if (newline != NULL && reader->line.length == 0)
		return take_line(reader, bytes, *used - 1);
	buf_add(&reader->line, bytes, *used);
	if (!buf_ok(&reader->line))
		return HTTP_PROGRESS_HEADERS_TOO_LARGE;
	if (newline != NULL) {
		progress = take_line(reader, reader->line.data, reader->line.length - 1);
		buf_reset(&reader->line);
	} else if (reader->state == READER_STATUS &&
		!may_be_status(reader->line.data, reader->line.length)) {
		return refuse(reader, "its first line is not a status line");
	}
	return progress;
}

static enum http_progress read_body(struct http_reader *reader, const char *bytes, size_t length,
	size_t *used)
{
	struct buf *body = &reader->response->body;

	*used = reader->state != READER_UNTIL_CLOSE && reader->left < length ? (size_t)reader->left
																		 : length;
	buf_add(body, bytes, *used);
	if (!buf_ok(body))
		return HTTP_PROGRESS_BODY_TOO_LARGE;
	if (reader->state == READER_UNTIL_CLOSE)
		return HTTP_PROGRESS_MORE;
	reader->left -= *used;
	if (reader->left == 0)
		reader->state = reader->state == READER_CHUNK ? READER_CHUNK_END : READER_DONE;
	return HTTP_PROGRESS_MORE;
}

static bool in_body(const struct http_reader *reader)
{
	return reader->state == READER_BODY || reader->state == READER_UNTIL_CLOSE ||
		reader->state == READER_CHUNK;
}

enum http_progress http_reader_take(struct http_reader *reader, const char *bytes, size_t length)
{
	enum http_progress progress = HTTP_PROGRESS_MORE;

	if (length > 0)
		reader->started = true;
	while (length > 0 && progress == HTTP_PROGRESS_MORE && reader->state != READER_DONE) {
		size_t used;

		progress = in_body(reader) ? read_body(reader, bytes, length, &used)
								   : read_line(reader, bytes, length, &used);
		bytes += used;
		length -= used;
	}
	if (progress != HTTP_PROGRESS_MORE || reader->state != READER_DONE)
		return progress;
	if (length > 0)
		reader->keep = false;
	return HTTP_PROGRESS_DONE;
}

enum http_progress http_reader_end(struct http_reader *reader)
{
	reader->keep = false;
	if (reader->state == READER_UNTIL_CLOSE)
		reader->state = READER_DONE;
	if (reader->state == READER_DONE)
		return HTTP_PROGRESS_DONE;
	return reader->state == READER_STATUS || reader->state == READER_FIELDS
		? HTTP_PROGRESS_NOTHING
		: HTTP_PROGRESS_TRUNCATED;
}
