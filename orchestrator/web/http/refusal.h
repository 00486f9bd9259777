/*
 * Why a request is not handled: the status and the {"error": {"code", "message"}} of its answer.
 * Only what the server itself refuses; errors of handlers are `struct err`.
 */
#ifndef REEVE_WEB_HTTP_REFUSAL_H
#define REEVE_WEB_HTTP_REFUSAL_H

#include "base/compiler.h"

struct refusal {
	int status;        /* 0: not refused */
	const char *code;  /* static text */
	char message[320]; /* may quote the request: it is valid UTF-8 only once it is written as JSON
						*/
};

/* Fills *refusal and returns -1, so that `return refuse(...)` reads well. */
int refuse(struct refusal *refusal, int status, const char *code, const char *format, ...)
	PRINTF_LIKE(4, 5);

#endif
