/*
 * Makes identical reads of one account during one sweep once. The first fiber makes the call and
 * the others wait for its outcome; failures are shared like answers, a cancellation is not. Only
 * reads that are declared as reused are kept: keeping an answer that isn't asked for again costs
 * more than freeing it at once.
 */
#ifndef REEVE_AWS_READ_CACHE_H
#define REEVE_AWS_READ_CACHE_H

#include "aws/client_private.h"

/* Calls client_call through the cache; sets *cached when another fiber made the call. */
MAY_YIELD int read_cache_call(struct aws_read_cache *cache, struct client_call *call, bool *cached,
	json_t **out, struct err *err) MUST_CHECK;

struct aws_read_cache *aws_read_cache_new(void);
void aws_read_cache_free(struct aws_read_cache *cache);

#endif
