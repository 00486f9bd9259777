#include "io/http/reader.h"

#include "base/banned.h"

#include <strings.h>

/* Of one chunk: its size in hexadecimal digits, and extensions, which mean nothing to us. */
#define MAX_CHUNK_LINE_BYTES ((size_t)1024)
#define MAX_CHUNK_DIGITS 12

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
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

/* Everything that one head says; an interim response (1xx) says nothing of the one that follows it.
 */
static void begin_head(struct http_reader *reader)
{
	reader->state = READER_STATUS;
	reader->keep = true;
	reader->sized = reader->chunked = reader->coded = false;
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
	reader->head_bytes = 0;
	buf_reset(&reader->line);
	buf_reset(&response->body);
	response->body.max_bytes = max_body_bytes;
	response->header_text.max_bytes = HTTP_MAX_HEADER_BYTES;
	begin_head(reader);
}

/* --- the status line --- */

/* Told from the first bytes on, so that what speaks another protocol is not read to a limit. */
static bool may_be_status(const char *text, size_t length)
{
	static const char version[] = "HTTP/1.";

	return memcmp(text, version, length < sizeof version - 1 ? length : sizeof version - 1) == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK"; the reason may be missing, and the blank before it, too. */
static enum http_progress take_status(struct http_reader *reader, const char *line, size_t length)
{
	if (length < 12 || !may_be_status(line, length) || !is_digit(line[7]) || line[8] != ' ' ||
		line[9] < '1' || line[9] > '9' || !is_digit(line[10]) || !is_digit(line[11]) ||
		(length > 12 && line[12] != ' '))
		return HTTP_PROGRESS_NOT_HTTP;
	reader->response->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0';
	/* We never ask for another protocol. */
	if (reader->response->status == 101)
		return HTTP_PROGRESS_NOT_HTTP;
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
		return HTTP_PROGRESS_NOT_HTTP;
	uint64_t length = strtoull(value, NULL, 10);
	if (reader->sized && length != reader->left)
		return HTTP_PROGRESS_NOT_HTTP;
	reader->sized = true;
	reader->left = length;
	return HTTP_PROGRESS_MORE;
}

/* Only "chunked" alone can be read: no other coding was asked for. */
static enum http_progress take_transfer_encoding(struct http_reader *reader, const char *value)
{
	if (reader->coded || strcasecmp(value, "chunked") != 0)
		return HTTP_PROGRESS_NOT_HTTP;
	reader->coded = reader->chunked = true;
	return HTTP_PROGRESS_MORE;
}

/* What a field says of the message itself; the name is in lower case. */
static enum http_progress take_framing(struct http_reader *reader, const char *name,
	const char *value)
{
	if (strcmp(name, "content-length") == 0)
		return take_content_length(reader, value);
	if (strcmp(name, "transfer-encoding") == 0)
		return take_transfer_encoding(reader, value);
	if (strcmp(name, "connection") == 0 && strcasecmp(value, "keep-alive") != 0)
		reader->keep = false;
	return HTTP_PROGRESS_MORE;
}

/* Adds text and its NUL; a NUL within it would shift everything after it. */
static char *add_text(struct buf *out, const char *text, size_t length)
{
	size_t at = out->length;

	buf_add(out, text, length);
	buf_add(out, "", 1);
	if (!buf_ok(out))
		return NULL;
	for (char *nul; (nul = memchr(out->data + at, '\0', length)) != NULL;)
		*nul = ' ';
	return out->data + at;
}

/* Kept as "name\0value\0": pointers are taken when the head is whole, as the text moves while it
 * grows. */
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

/* RFC 9112 section 6.3. */
static enum http_progress end_head(struct http_reader *reader)
{
	int status = reader->response->status;

	if (status < 200) {
		begin_head(reader);
		return HTTP_PROGRESS_MORE;
	}
	point_at_fields(reader->response);
	if (reader->head || status == 204 || status == 304) {
		reader->state = READER_DONE;
	} else if (reader->chunked) {
		/* With both, a reader in between may have seen another end. */
		if (reader->sized)
			reader->keep = false;
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

static enum http_progress take_field(struct http_reader *reader, const char *line, size_t length)
{
	if (length == 0)
		return end_head(reader);
	const char *colon = memchr(line, ':', length);
	/* The second line of a folded field, and what is none, mean nothing to us, but perhaps to
	 * others. */
	if (colon == NULL || colon == line || is_blank(line[0]) || is_blank(colon[-1])) {
		reader->keep = false;
		return HTTP_PROGRESS_MORE;
	}
	const char *value = colon + 1, *end = line + length;
	while (value < end && is_blank(*value))
		value++;
	while (end > value && is_blank(end[-1]))
		end--;
	return add_field(reader, line, (size_t)(colon - line), value, (size_t)(end - value));
}

/* --- chunks --- */

static enum http_progress take_chunk_size(struct http_reader *reader, const char *line,
	size_t length)
{
	uint64_t size = 0;
	size_t digits = 0;

	for (; digits < length; digits++) {
		char c = line[digits];

		if (is_digit(c))
			size = size * 16 + (uint64_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			size = size * 16 + (uint64_t)((c | 0x20) - 'a' + 10);
		else
			break;
		if (digits >= MAX_CHUNK_DIGITS)
			return HTTP_PROGRESS_NOT_HTTP;
	}
	if (digits == 0 || (digits < length && line[digits] != ';' && !is_blank(line[digits])))
		return HTTP_PROGRESS_NOT_HTTP;
	if (size > reader->response->body.max_bytes)
		return HTTP_PROGRESS_BODY_TOO_LARGE;
	reader->left = size;
	reader->state = size > 0 ? READER_CHUNK : READER_TRAILER;
	return HTTP_PROGRESS_MORE;
}

/* --- lines and bytes --- */

static enum http_progress take_line(struct http_reader *reader, const char *line, size_t length)
{
	if (length > 0 && line[length - 1] == '\r')
		length--;
	switch (reader->state) {
	case READER_STATUS:
		return take_status(reader, line, length);
	case READER_FIELDS:
		return take_field(reader, line, length);
	case READER_CHUNK_SIZE:
		return take_chunk_size(reader, line, length);
	case READER_CHUNK_END:
		reader->state = READER_CHUNK_SIZE;
		return length == 0 ? HTTP_PROGRESS_MORE : HTTP_PROGRESS_NOT_HTTP;
	default: /* trailers have no meaning for us */
		if (length == 0)
			reader->state = READER_DONE;
		return HTTP_PROGRESS_MORE;
	}
}

/* Of the line that goes on with these bytes: whether it may have so many. */
static bool line_fits(struct http_reader *reader, size_t length)
{
	if (reader->state == READER_CHUNK_SIZE || reader->state == READER_CHUNK_END)
		return reader->line.length + length <= MAX_CHUNK_LINE_BYTES;
	reader->head_bytes += length;
	return reader->head_bytes <= HTTP_MAX_HEADER_BYTES;
}

/* Takes one line, or what there is of it. Most come whole and are read where they lie. */
static enum http_progress read_line(struct http_reader *reader, const char *bytes, size_t length,
	size_t *used)
{
	const char *newline = memchr(bytes, '\n', length);
	bool of_chunk = reader->state == READER_CHUNK_SIZE || reader->state == READER_CHUNK_END;
	enum http_progress progress = HTTP_PROGRESS_MORE;

	*used = newline != NULL ? (size_t)(newline - bytes) + 1 : length;
	if (!line_fits(reader, *used))
		return of_chunk ? HTTP_PROGRESS_NOT_HTTP : HTTP_PROGRESS_HEADERS_TOO_LARGE;
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
		return HTTP_PROGRESS_NOT_HTTP;
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
