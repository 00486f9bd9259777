/* Reads the head of an HTTP/1.1 request (RFC 9112) strictly: a head that two readers could
 * understand differently is refused, so that no request can hide in another (request smuggling).
 * libevent's evhttp joins folded lines, takes bare line feeds, the first of two Content-Length
 * fields and names with a blank before the colon, and reads a body before the head can be examined;
 * so only its bufferevents are used. The functions do no I/O: they get bytes and return fields. */
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
#define HEAD_MAX_TARGET 8000 /* RFC 9112 section 3 recommends at least 8000 octets */

struct head_field {
	const char *name;  /* in lower case */
	const char *value; /* without blanks around it */
};

struct head {
	char *text; /* the pointers below point into this text */
	size_t length;
	const char *method, *target; /* NULL when the request was refused before they were read */
	struct head_field fields[HEAD_MAX_FIELDS];
	size_t count;
	uint64_t content_length; /* 0 when not given */
	bool close;              /* true: the client sends no other request on the connection */
	bool expects; /* true: the client waits for "100 Continue" before it sends the body */
};

/* Looks for the end of the head from *scanned on, and advances *scanned. Returns 1 when the head is
 * complete (*length bytes with the empty line), 0 when more bytes are needed, and -1 as soon as the
 * bytes can be refused. */
int head_find(const char *bytes, size_t available, size_t *scanned, size_t *length,
	struct refusal *refusal) MUST_CHECK;

/* Reads a whole head. After -1 method and target are set as far as they were read. Call
 * head_release in every case. */
int head_parse(const char *bytes, size_t length, struct head *head, struct refusal *refusal)
	MUST_CHECK;
void head_release(struct head *head);

/* Returns the value of a field, or NULL. `name` is in lower case. */
const char *head_get(const struct head *head, const char *name);

/* Fills *refusal and returns -1, so that `return refuse(...)` reads well. */
int refuse(struct refusal *refusal, int status, const char *code, const char *format, ...)
	PRINTF_LIKE(4, 5);

#endif
