/*
 * Identical reads of one account during one sweep, made once. Who comes first makes the
 * call, the others wait for its outcome; failures are shared like answers, a
 * cancellation is not. Only for reads that are declared as reused: to keep an answer that nobody
 * asks for again costs more than to free it at once, while its memory is still at hand.
 */
#ifndef REEVE_AWS_READ_CACHE_H
#define REEVE_AWS_READ_CACHE_H

#include "aws/client_private.h"

/* client_call through the cache; sets *cached when the call was somebody else's. */
MAY_YIELD int read_cache_call(struct aws_read_cache *cache, struct client_call *call, bool *cached,
	json_t **out, struct err *err) MUST_CHECK;

#endif
