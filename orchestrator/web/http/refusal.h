/* The server's refusal of a request: the status and the {"error": {"code", "message"}} of the
 * answer. Errors of handlers are `struct err` instead. */
#ifndef REEVE_WEB_HTTP_REFUSAL_H
#define REEVE_WEB_HTTP_REFUSAL_H

#include "base/compiler.h"

struct refusal {
	int status;        /* 0: not refused */
	const char *code;  /* static text */
	char message[320]; /* may quote the request and be invalid UTF-8, so it must be escaped */
};

#endif
