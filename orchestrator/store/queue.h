/* The loop's side of writing. */
#ifndef REEVE_STORE_QUEUE_H
#define REEVE_STORE_QUEUE_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct buf;
struct store;
struct store_op;
struct store_op_list;

size_t store_op_bytes(const struct store_op *op); /* the bytes that it counts for in the queue */
void store_op_list_free(struct store_op_list *list);
/* Returns whether so much is queued that a commit begins even if nobody waits for it. Called
 * with the mutex held. */
bool store_queue_is_full(const struct store *store);
/* The task that wakes waiting fibers after a commit or a failure; runs on the loop. */
void store_wake_task(void *wake);

/* Queues one put (value is copied). Later reads see it only after its commit. When the queue is
 * full (its bytes are bounded) the calling fiber waits for room; ERR_STORE once the store has
 * failed. ERR_CANCELLED when the run stops meanwhile; the write is queued all the same. */
MAY_YIELD int store_put(struct store *store, enum store_database database,
	const struct store_key *key, const void *value, size_t length, struct err *err) MUST_CHECK;
/* Returns an empty buffer to write a value into. It is the same each time, so that no memory is
 * allocated for each value, and is valid until the next call of the store, including the call
 * that takes the value. */
struct buf *store_text(struct store *store);
MAY_YIELD int store_put_json(struct store *store, enum store_database database,
	const struct store_key *key, const json_t *value, struct err *err) MUST_CHECK;
MAY_YIELD int store_delete(struct store *store, enum store_database database,
	const struct store_key *key, struct err *err) MUST_CHECK;
/* Deletes every key that begins with the prefix (NULL: all). One that removes thousands of keys may
 * be spread over several commits, unless it is part of a batch. */
MAY_YIELD int store_delete_prefix(struct store *store, enum store_database database,
	const struct store_key *prefix, struct err *err) MUST_CHECK;
/* Writes between begin and end land in one transaction, all or none; none when one of them was
 * refused. Nothing may yield between, so inside a batch the queue's bound may be passed. */
void store_batch_begin(struct store *store);
void store_batch_end(struct store *store);

/* Waits until everything queued so far by anyone is on disk. The loop goes on meanwhile. Outside a
 * fiber (before the loop runs, say) this and a full queue block the thread. ERR_CANCELLED when the
 * run stops meanwhile (shield the fiber to wait all the same); the writes stay queued. */
MAY_YIELD int store_flush(struct store *store, struct err *err) MUST_CHECK;

/* Called at the beginning and the end of each piece of work that runs beside others, such as an
 * account of a sweep. The more of them there are, the longer a commit is put off so that more
 * callers share it: a millisecond for each, at most 25. */
void store_gather_begin(struct store *store);
void store_gather_end(struct store *store);

#endif
