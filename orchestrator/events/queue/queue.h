/*
 * The event queue: long polling of an SQS queue with several receivers. A message is held until its
 * outcome is committed: its visibility timeout is renewed meanwhile, and it is deleted, in batches,
 * only when the taker says so. When too many messages are held, no more are received. When the
 * queue can't be reached, throttles or gives invalid responses, that is logged once and tried again
 * with backoff; the rest of the process continues.
 */
#ifndef REEVE_EVENTS_QUEUE_QUEUE_H
#define REEVE_EVENTS_QUEUE_QUEUE_H

#include "aws/client.h"
#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct queue;

/* The permissions that Reeve needs on its queue; ends with AWS_PERMISSIONS_END. */
extern const struct aws_permission queue_permissions[];

/* One message, from its receipt until it is given back. */
struct queue_message {
	const char *id; /* SQS's message id */
	const char *body;
	size_t length;
	int64_t sent_ms;     /* when it was sent to the queue (SentTimestamp); 0: not known */
	int64_t received_us; /* monotonic time at which it was received */
	int receive_count;   /* ApproximateReceiveCount; 0: not known */
	void *user;          /* for the taker's use */
};

struct queue_options {
	struct aws *aws;
	struct aws_session *session; /* retained */
	const char *account_id;      /* to which calls are charged */
	/* "https://sqs.eu-west-1.amazonaws.com/111122223333/reeve". The region is taken from the
	 * host name if it is in one of AWS's forms, else from `region`, else it is the process's own
	 * (NULL). Calls go to SQS's endpoint in that region, or to AWS_ENDPOINT_URL_SQS, which a VPC
	 * endpoint without private DNS needs. */
	const char *url;
	const char *region;
	int receivers;          /* long polls at the same time */
	int most_held;          /* the most messages without an outcome; no more are received */
	int visibility_seconds; /* visibility timeout of a message, renewed at half of it for as long as
							   the message is held */
	/* It is called for each message that was received, on a fiber of the receiver. It may yield,
	 * but must not delay the receiver for long. The message belongs to the taker until it calls
	 * queue_done or queue_release. */
	MAY_YIELD void (*take)(void *argument, struct queue_message *message);
	/* It is NULL, or called when the state of the queue changes, which is logged too. err is NULL
	 * when the queue answers (again). */
	void (*health)(void *argument, const struct err *err);
	void *argument;
};

/* Starts the receivers' fibers. Returns -1 when the URL is not that of a queue. Everything is
 * copied but `aws`. */
int queue_new(struct loop *loop, const struct queue_options *options, struct queue **out,
	struct err *err) MUST_CHECK;

struct queue_stats {
	uint64_t received, deleted, released, failures;
	size_t held;
	int64_t oldest_ms; /* SentTimestamp of the oldest message held; 0: none */
	bool up;
};

/* Receives no more messages (a receive under way is cancelled). Messages that are held stay with
 * their taker. */
void queue_stop(struct queue *queue);
/* Waits until the deletions and releases that were asked for are sent, at most so long. It has to
 * be called after queue_stop and before loop_cancel, which would cancel these calls. Messages that
 * are still held then become visible by themselves. */
MAY_YIELD void queue_drain(struct queue *queue, int64_t timeout_ms);

#endif
