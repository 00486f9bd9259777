/* What arrives, bounded. Headers are kept as "name\0value\0" in one buffer. */
#include "io/http_private.h"

#include "base/banned.h"

#include <ctype.h>

void http_response_init(struct http_response *response)
{
	response->status = 0;
	response->header_count = 0;
	response->sent = false;
	buf_init(&response->body, HTTP_DEFAULT_MAX_BODY_BYTES);
	buf_init(&response->header_text, HTTP_MAX_HEADER_BYTES);
}

void http_response_release(struct http_response *response)
{
	buf_release_secret(&response->body); /* AssumeRole answers with credentials */
	buf_release(&response->header_text);
	response->header_count = 0;
}

void http_response_begin(struct http_response *response, const struct http_request *request)
{
	response->status = 0;
	response->header_count = 0;
	buf_reset(&response->body);
	buf_reset(&response->header_text);
	response->body.max_bytes = request->max_body_bytes ? request->max_body_bytes : HTTP_DEFAULT_MAX_BODY_BYTES;
	response->header_text.max_bytes = HTTP_MAX_HEADER_BYTES;
}

/* The buffer moves while it grows, so the pointers into it are taken at the end. */
void http_response_finish(struct http_response *response)
{
	const char *text = response->header_text.data;

	for (size_t i = 0; i < response->header_count; i++) {
		response->headers[i].name = text;
		text += strlen(text) + 1;
		response->headers[i].value = text;
		text += strlen(text) + 1;
	}
}

const char *http_response_header(const struct http_response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (strcmp(response->headers[i].name, name) == 0)
			return response->headers[i].value;
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
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

static bool add_header(struct http_response *response, const char *line, size_t length, const char *colon)
{
	const char *name_end = colon, *value = colon + 1, *end = line + length;

	if (response->header_count == HTTP_MAX_HEADERS)
		return false;
	while (name_end > line && is_blank(name_end[-1]))
		name_end--;
	while (value < end && is_blank(*value))
		value++;
	while (end > value && is_blank(end[-1]))
		end--;
	char *name = add_text(&response->header_text, line, (size_t)(name_end - line));
	if (name == NULL)
		return false;
	for (; *name != '\0'; name++)
		*name = (char)tolower((unsigned char)*name);
	if (add_text(&response->header_text, value, (size_t)(end - value)) == NULL)
		return false;
	response->header_count++;
	return true;
}

static size_t refuse(struct http_transfer *transfer, enum http_problem problem)
{
	transfer->problem = problem;
	return 0; /* makes curl give up */
}

/* Called by curl with each whole line: status lines, headers, the empty line, trailers. */
size_t http_response_on_header(char *line, size_t size, size_t count, void *argument)
{
	struct http_transfer *transfer = argument;
	struct http_response *response = transfer->response;
	size_t length = size * count;

	transfer->activity_us = loop_turn_us(transfer->client->loop);
	/* Not reset by an interim response, so that endless ones are bounded too. */
	transfer->header_bytes += length;
	if (transfer->header_bytes > HTTP_MAX_HEADER_BYTES)
		return refuse(transfer, PROBLEM_HEADERS_TOO_LARGE);
	if (!transfer->body_begun && length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		/* The headers of an interim response (1xx) are not those of the answer. */
		buf_reset(&response->header_text);
		response->header_count = 0;
		transfer->headers_done = false;
		return length;
	}
	if (length == 0 || line[0] == '\r' || line[0] == '\n') {
		transfer->headers_done = true;
		return length;
	}
	const char *colon = memchr(line, ':', length);
	/* Trailers, and the second line of a folded header, have no meaning for us. */
	if (colon == NULL || transfer->headers_done || is_blank(line[0]))
		return length;
	if (!add_header(response, line, length, colon))
		return refuse(transfer, PROBLEM_HEADERS_TOO_LARGE);
	return length;
}

size_t http_response_on_body(char *data, size_t size, size_t count, void *argument)
{
	struct http_transfer *transfer = argument;
	struct buf *body = &transfer->response->body;
	size_t length = size * count;

	transfer->activity_us = loop_turn_us(transfer->client->loop);
	transfer->body_begun = true;
	buf_add(body, data, length);
	return buf_ok(body) ? length : refuse(transfer, PROBLEM_BODY_TOO_LARGE);
}
