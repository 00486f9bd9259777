/*
 * The queues of the simulated SQS: the events' queue and its dead-letter queue. A queue holds
 * messages that are visible, in flight (their visibility timeout runs) or delayed; nothing of a
 * message is kept once it is deleted. Times are monotonic milliseconds unless said otherwise.
 */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <sys/queue.h>

#include "options.h"
#include "util.h"

#define QUEUE_HANDLE_SIZE 160
#define QUEUE_MAX_MESSAGE_BYTES (1024 * 1024)
#define QUEUE_MAX_VISIBILITY_S 43200
#define QUEUE_EVENTS "reeve-events"
#define QUEUE_DEAD "reeve-events-dlq"

enum message_state {
	MESSAGE_VISIBLE,
	MESSAGE_IN_FLIGHT,
	MESSAGE_DELAYED, /* by its sender */
	MESSAGE_COMING,  /* an event that has not arrived yet and isn't counted */
};

struct message {
	TAILQ_ENTRY(message) link; /* in the list of visible messages */
	uint64_t serial;
	size_t slot, heap_at;
	enum message_state state;
	int64_t due;               /* when it becomes visible */
	int64_t received;          /* when it was last received */
	int64_t sent_ms, first_ms; /* sent and first received, since 1970; first_ms 0: never */
	unsigned receives;
	char id[37], md5[33];
	size_t length;
	char body[];
};

struct queue_counts {
	size_t visible, in_flight, delayed;
	uint64_t sent, received, deleted;
};

enum queue_result {
	QUEUE_OK,
	QUEUE_BAD_HANDLE,    /* not one of ours */
	QUEUE_GONE,          /* the message was deleted, or received again since */
	QUEUE_NOT_IN_FLIGHT, /* it is visible again */
	QUEUE_TOO_LONG,      /* invisible for more than 12 hours since it was received */
};

struct queue;

extern struct queue *queue_events, *queue_dead;

/* Makes both queues. */
void queues_open(const struct options *options);
/* Returns the queue of that name, or NULL. */
struct queue *queue_named(const char *name);
const char *queue_name(const struct queue *queue);
/* Sets the dead-letter queue for messages that were received max_receives times; NULL: none. */
const struct queue *queue_redrive(const struct queue *queue, long *max_receives);

/* Puts in a message that becomes visible after delay_ms. With `coming` it also counts as sent only
 * then. */
const struct message *queue_put(struct queue *queue, struct slice body, int64_t delay_ms,
	bool coming);
/*
 * Receives the next visible message, which is then in flight for visibility_s. NULL when there is
 * none. A message that was received too often goes to the dead-letter queue instead. The result is
 * valid until the queue's next change.
 */
struct message *queue_receive(struct queue *queue, long visibility_s);
/* Makes a copy of a received message visible while the first is in flight, as a queue with
 * at-least-once delivery may. */
void queue_duplicate(struct queue *queue, const struct message *message);
/* Writes the receipt handle of this receive of the message. */
void queue_handle(const struct queue *queue, const struct message *message,
	char out[QUEUE_HANDLE_SIZE]);
/* Only the handle of the last receive deletes; older ones do nothing and succeed, as AWS documents.
 */
enum queue_result queue_delete(struct queue *queue, const char *handle);
enum queue_result queue_change(struct queue *queue, const char *handle, long visibility_s);
void queue_purge(struct queue *queue);

struct queue_counts queue_count(struct queue *queue);
/* Calls `each` with every message in the queue, the oldest first. */
void queue_each(struct queue *queue, void (*each)(const struct message *message, void *argument),
	void *argument);
/* Returns when the next message becomes visible, or -1. */
int64_t queue_next_due(struct queue *queue);
/* Sets the function that is called after a change that may have made a message visible, now or
 * later. */
void queue_listen(void (*changed)(struct queue *queue));

#endif
