/* Handles the response to a batch call for each of its messages. */
#ifndef REEVE_EVENTS_QUEUE_BATCH_ANSWER_H
#define REEVE_EVENTS_QUEUE_BATCH_ANSWER_H

#include "base/err.h"

#include <jansson.h>

struct queue;
struct queue_batch;

/* Handles the response to a call; entries that the response does not name have failed. */
void queue_settle(struct queue *queue, struct queue_batch *batch, const json_t *output);
/* Handles a call that failed as a whole. */
void queue_settle_failure(struct queue *queue, struct queue_batch *batch, const struct err *err);

#endif
