/*
 * An HTTP/1.1 response (RFC 9112), read as its bytes come. Pure: bytes in, a response out.
 *
 * What two readers could understand differently is refused, or at least ends the connection, so
 * that no answer can pose as that of the next request: requests of many accounts follow each other
 * on one.
 */
#ifndef REEVE_IO_HTTP_READER_H
#define REEVE_IO_HTTP_READER_H

#include "base/compiler.h"
#include "io/http/http.h"

enum http_progress {
	HTTP_PROGRESS_MORE, /* the response is not whole yet */
	HTTP_PROGRESS_DONE,
	HTTP_PROGRESS_NOT_HTTP,
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
	bool head;    /* the answer of a HEAD request: without a body, whatever it declares */
	bool started; /* any byte came */
	bool keep;    /* another response may follow on the connection */
	bool sized, chunked, coded; /* Content-Length, Transfer-Encoding: chunked, any Transfer-Encoding
								 */
	uint64_t left;
	size_t head_bytes; /* of all lines but those of chunks; those of interim responses and trailers
						  count, too */
	struct buf line;   /* the begin of a line whose end has not come yet */
};

void http_reader_init(struct http_reader *reader);
void http_reader_release(struct http_reader *reader);

/* Begins another response; max_body_bytes and the rest of its limits are in http.h. */
void http_reader_begin(struct http_reader *reader, struct http_response *response, bool head,
	size_t max_body_bytes);

/* Takes what came. Once the response is done, bytes that follow it clear `keep`. */
enum http_progress http_reader_take(struct http_reader *reader, const char *bytes, size_t length)
	MUST_CHECK;

/* The connection has ended: DONE, TRUNCATED or NOTHING. */
enum http_progress http_reader_end(struct http_reader *reader) MUST_CHECK;

#endif
