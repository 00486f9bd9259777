/*
 * Reads an HTTP/1.1 response (RFC 9112) as its bytes come. Pure: bytes in, a response out.
 *
 * One connection carries the requests of many accounts, one after the other. So the reader refuses
 * whatever two parsers could understand differently: otherwise a part of one response could be
 * taken for the response to the next request. No leniency may be added here.
 */
#ifndef REEVE_IO_HTTP_READER_H
#define REEVE_IO_HTTP_READER_H

#include "base/compiler.h"
#include "io/http/http.h"

enum http_progress {
	HTTP_PROGRESS_MORE, /* the response is not whole yet */
	HTTP_PROGRESS_DONE,
	HTTP_PROGRESS_NOT_HTTP, /* `fault` says why */
	HTTP_PROGRESS_HEADERS_TOO_LARGE,
	HTTP_PROGRESS_BODY_TOO_LARGE,
	HTTP_PROGRESS_TRUNCATED, /* the connection ended within the body */
	HTTP_PROGRESS_NOTHING,   /* the connection ended before the body */
};

struct http_reader {
	struct http_response *response; /* borrowed */
	enum {
		READER_STATUS,
		READER_FIELDS,
		READER_BODY, /* `left` bytes */
		READER_UNTIL_CLOSE,
		READER_CHUNK_SIZE,
		READER_CHUNK, /* `left` bytes, and a line end */
		READER_CHUNK_END,
		READER_TRAILER,
		READER_DONE,
	} state;
	bool head;           /* answers a HEAD request: it has no body, whatever it declares */
	bool started;        /* at least one byte has come */
	bool keep;           /* the connection may be used for another request */
	bool sized, chunked; /* it has Content-Length; it has Transfer-Encoding: chunked */
	uint64_t left;
	/* of all lines, with those of interim responses and trailers, but without those of chunks */
	size_t head_bytes;
	struct buf line;   /* the beginning of a line whose end has not come yet */
	const char *fault; /* after HTTP_PROGRESS_NOT_HTTP: what is wrong, static text */
};

void http_reader_init(struct http_reader *reader);
void http_reader_release(struct http_reader *reader);

/* Begins another response; max_body_bytes and the rest of its limits are in http.h. */
void http_reader_begin(struct http_reader *reader, struct http_response *response, bool head,
	size_t max_body_bytes);

/* Takes the next bytes. When bytes follow the end of the response among them, `keep` is cleared. */
enum http_progress http_reader_take(struct http_reader *reader, const char *bytes, size_t length)
	MUST_CHECK;

/* Tells that the connection has ended: DONE, TRUNCATED or NOTHING. */
enum http_progress http_reader_end(struct http_reader *reader) MUST_CHECK;

#endif
