/* The messages that are held, and the outboxes with the deletions and releases to be sent to SQS.
 */
#ifndef REEVE_EVENTS_QUEUE_ENTRIES_H
#define REEVE_EVENTS_QUEUE_ENTRIES_H

#include "events/queue/queue.h"

#include <stdint.h>

struct queue;
struct queue_entry;
struct queue_list;

void queue_list_add(struct queue_list *list, struct queue_entry *entry);
void queue_list_remove(struct queue_list *list, struct queue_entry *entry);
void queue_entry_release(struct queue_entry *entry);
/* Ends an entry of an outbox, whether its call succeeded or not. */
void queue_entry_end(struct queue *queue, struct queue_entry *entry);
/* Returns a random wait in milliseconds, evenly distributed from 0 to a limit that grows with the
 * number of failures in a row. */
int64_t queue_backoff(struct queue *queue, int failures);
void queue_count(const char *outcome);
/* Updates the gauges of the metrics. */
void queue_gauge(const struct queue *queue);
/* Wakes receivers when there is room again. */
void queue_wake_receivers(struct queue *queue);
/* Return how many more messages may be held, and how many there must be room for before a poll is
 * made. */
int queue_room(const struct queue *queue);
int queue_worthwhile(const struct queue *queue);
void queue_wake_worker(struct queue *queue);
/* Sets the time of the next renewal; the message was received, or its visibility renewed, at
 * now_us. */
void queue_renew_later(const struct queue *queue, struct queue_entry *entry, int64_t now_us);
/* Must be the last call in a fiber's body. */
void queue_fiber_ended(struct queue *queue);

/* Deletes a message whose outcome is committed, in a batch (within 200 ms, or
 * as soon as there are ten). Does not yield. A deletion that fails is tried again; if the
 * message is delivered once more, the taker recognizes it by its content. */
void queue_done(struct queue *queue, struct queue_message *message);
/* Gives back a message that could not be handled now: it becomes visible again after `seconds` (0:
 * at once; at most 43,200). The message must not be used any more. */
void queue_release(struct queue *queue, struct queue_message *message, int seconds);
struct queue_stats queue_stats_now(const struct queue *queue);
/* Frees the queue. All of its fibers must have ended, as after queue_drain. NULL is allowed. */
void queue_free(struct queue *queue);

#endif
