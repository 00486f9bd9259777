/* Makes the bytes of an answer. */
#ifndef REEVE_WEB_SERVER_ANSWER_H
#define REEVE_WEB_SERVER_ANSWER_H

#include "base/err.h"

#include <stdbool.h>

struct buf;
struct exchange;

/* The answer's body, as text, into exchange->response.text (answer.c); returns the status. */
int answer_body(struct exchange *exchange);
/* The whole answer with its head. */
void answer_add(const struct exchange *exchange, int status, bool close_after, struct buf *out);
/* The status of an error of a handler. */
int answer_status(const struct err *err);

#endif
