/* One request. */
#ifndef REEVE_WEB_SERVER_EXCHANGE_H
#define REEVE_WEB_SERVER_EXCHANGE_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>

struct connection;
struct exchange;

struct exchange *exchange_new(struct connection *connection);
void exchange_free(struct exchange *exchange);
/* Reads the head and makes all checks that need no body. Returns -1 when it set a refusal. */
int exchange_take_head(struct exchange *exchange, const char *bytes, size_t length) MUST_CHECK;
/* Returns whether "100 Continue" has to be sent before the client sends the body. */
bool exchange_wants_continue(const struct exchange *exchange);
size_t exchange_body_left(const struct exchange *exchange);
/* Handles a request that has arrived or was refused; the answer follows at once or later. */
void exchange_begin(struct exchange *exchange);
/* Answers, and frees the exchange. Must run on the loop's stack. */
void exchange_finish(void *exchange);
/* Returns whether the request would change something, and so goes into the audit log. */
bool exchange_mutates(const struct exchange *exchange);

#endif
