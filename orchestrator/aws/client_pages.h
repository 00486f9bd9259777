/* Paged listings, driven by the operation's row. */
#ifndef REEVE_AWS_CLIENT_PAGES_H
#define REEVE_AWS_CLIENT_PAGES_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stddef.h>

struct aws_call;
struct aws_reader;

/* Reads every page in turn: page(argument, output) returns 0 to go on, 1 to stop, -1 with err. It
 * may yield. A token that repeats, and more than 100,000 pages, are errors. */
MAY_YIELD int aws_read_pages(struct aws_reader *reader, const struct aws_call *call,
	int (*page)(void *argument, const json_t *output, struct err *err), void *argument,
	struct err *err) MUST_CHECK;
/* Reads all items of all pages (the operation's result_key) into one array; at most max_items, else
 * ERR_LIMIT. */
MAY_YIELD int aws_read_all(struct aws_reader *reader, const struct aws_call *call, size_t max_items,
	json_t **items, struct err *err) MUST_CHECK;

#endif
