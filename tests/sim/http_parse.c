#include "http_parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct slice http_header(const struct http_request *request, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < request->n_headers; i++) {
		const struct http_header *h = &request->headers[i];

		if (h->name.n == n && strncasecmp(h->name.p, name, n) == 0)
			return h->value;
	}
	return (struct slice){ NULL, 0 };
}

static bool parse_line(struct slice line, struct http_request *request, struct http_frame *frame)
{
	struct slice target, version;

	if (!slice_cut(&line, ' ', &request->method) || !slice_cut(&line, ' ', &target) ||
		!slice_cut(&line, ' ', &version) || !target.n || target.p[0] != '/')
		return false;
	if (!slice_is(version, "HTTP/1.1")) {
		if (!slice_is(version, "HTTP/1.0"))
			return false;
		frame->closing = true;
	}
	slice_cut(&target, '?', &request->path);
	request->query = target;
	return true;
}

/* Reads the header lines between the request line and the empty line. */
static int parse_headers(struct slice head, struct http_request *request)
{
	struct slice line, name;

	request->n_headers = 0;
	while (slice_cut(&head, '\n', &line)) {
		struct http_header *h = &request->headers[request->n_headers];

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (!line.n)
			continue;
		if (request->n_headers == HTTP_MAX_HEADERS)
			return 431;
		if (!memchr(line.p, ':', line.n) || !slice_cut(&line, ':', &name) || !name.n)
			return 400;
		h->name = name;
		h->value = slice_trim(line);
		request->n_headers++;
	}
	return 0;
}

static int body_length(const struct http_request *request, size_t *length)
{
	struct slice value = http_header(request, "content-length");
	char digits[16], *end;

	*length = 0;
	if (http_header(request, "transfer-encoding").p)
		return 501;
	if (!value.p)
		return 0;
	if (!value.n || value.n >= sizeof(digits))
		return 400;
	memcpy(digits, value.p, value.n);
	digits[value.n] = '\0';
	*length = strtoul(digits, &end, 10);
	if (*end || digits[0] == '-')
		return 400;
	return *length > HTTP_MAX_BODY_BYTES ? 413 : 0;
}

static enum http_parse_result bad(struct http_frame *frame, int status)
{
	frame->status = status;
	return HTTP_PARSE_BAD;
}

enum http_parse_result http_parse(const char *bytes, size_t n, struct http_request *request,
	struct http_frame *frame)
{
	const char *end = memmem(bytes, n, "\r\n\r\n", 4), *line_end;
	size_t head, length;
	struct slice line;
	int status;

	if (!end)
		return n > HTTP_MAX_HEAD_BYTES ? bad(frame, 431) : HTTP_PARSE_MORE;
	head = (size_t)(end - bytes) + 4;
	line_end = memchr(bytes, '\r', head);
	line = (struct slice){ bytes, (size_t)(line_end - bytes) };
	if (!parse_line(line, request, frame))
		return bad(frame, 400);
	status = parse_headers((struct slice){ line_end + 2, (size_t)(end - line_end) }, request);
	if (status)
		return bad(frame, status);
	if (slice_is_nocase(http_header(request, "connection"), "close"))
		frame->closing = true;
	status = body_length(request, &length);
	if (status)
		return bad(frame, status);
	frame->length = head + length;
	if (n - head < length) {
		frame->expects_continue = slice_is_nocase(http_header(request, "expect"), "100-continue");
		return HTTP_PARSE_MORE;
	}
	request->body = (struct slice){ bytes + head, length };
	return HTTP_PARSE_DONE;
}
