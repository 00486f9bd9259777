/* Makes the bytes of an answer. */
#ifndef REEVE_WEB_SERVER_ANSWER_H
#define REEVE_WEB_SERVER_ANSWER_H

#include "base/err.h"

#include <stdbool.h>

struct buf;
struct exchange;

/* Writes the answer's body into exchange->response.text, and returns the status. */
int answer_body(struct exchange *exchange);
/* Adds the whole answer with its head to `out`. */
void answer_add(const struct exchange *exchange, int status, bool close_after, struct buf *out);
/* Returns the HTTP status that fits an error of a handler. */
int answer_status(const struct err *err);

#endif
