/* Reads the head of an HTTP/1.1 request (RFC 9112) strictly: a head that two readers could
 * understand differently is refused, so that no request can hide in another (request smuggling).
 * libevent's evhttp joins folded lines, takes bare line feeds, the first of two Content-Length
 * fields and names with a blank before the colon, and reads a body before the head can be examined;
 * so only its bufferevents are used. Pure: bytes in, fields out. */
#ifndef REEVE_WEB_HTTP_HEAD_H
#define REEVE_WEB_HTTP_HEAD_H

#include "base/compiler.h"
#include "web/http/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- limits --- */

#define HEAD_MAX_BYTES ((size_t)16 * 1024)
#define HEAD_MAX_FIELDS 64
#define HEAD_MAX_METHOD 15
#define HEAD_MAX_TARGET 8000 /* RFC 9112 section 3 recommends at least that */

struct head_field {
	const char *name;  /* in lower case */
	const char *value; /* without blanks around it */
};

struct head {
	char *text; /* the text that the pointers below point into */
	size_t length;
	const char *method, *target; /* NULL when the request was refused before they were read */
	struct head_field fields[HEAD_MAX_FIELDS];
	size_t count;
	uint64_t content_length; /* 0 when not given */
	bool close;              /* the client wants no other request on the connection */
	bool expects;            /* waits for "100 Continue" before it sends its body */
};

/* Looks for the end of the head from *scanned on, which it advances. 1: the head is complete,
 * *length bytes with the empty line; 0: more bytes are needed; -1: refused, as early as possible.
 */
int head_find(const char *bytes, size_t available, size_t *scanned, size_t *length,
	struct refusal *refusal) MUST_CHECK;

/* Reads a whole head. On -1 method and target are set as far as they were read. Release in every
 * case. */
int head_parse(const char *bytes, size_t length, struct head *head, struct refusal *refusal)
	MUST_CHECK;
void head_release(struct head *head);

/* The value of a field (name in lower case), or NULL. */
const char *head_get(const struct head *head, const char *name);

/* Fills *refusal and returns -1, so that `return refuse(...)` reads well. */
int refuse(struct refusal *refusal, int status, const char *code, const char *format, ...)
	PRINTF_LIKE(4, 5);

#endif
