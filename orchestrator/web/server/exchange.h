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
/* Reads the head and makes every check that it allows; -1: exchange->refusal says why not. */
int exchange_take_head(struct exchange *exchange, const char *bytes, size_t length) MUST_CHECK;
/* Whether "100 Continue" has to be sent before the body comes. */
bool exchange_wants_continue(const struct exchange *exchange);
size_t exchange_body_left(const struct exchange *exchange);
/* The request has arrived, or is refused: handles it, and answers at once or later. */
void exchange_begin(struct exchange *exchange);
/* Answers, and frees the exchange. On the loop's stack. */
void exchange_finish(void *exchange);
/* Whether the request would change something, and so is recorded. */
bool exchange_mutates(const struct exchange *exchange);

#endif
