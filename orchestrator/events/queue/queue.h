/*
 * The event queue: SQS long polling with several receivers in flight. A message is held until its
 * outcome is committed: its visibility is extended meanwhile, and it is deleted, in batches, only
 * when whoever took it says so. When too much is held, no more is received (back-pressure). A queue
 * that can't be reached, throttles or answers garbage is backed off from, told once, and asked
 * again; the rest of the process goes on.
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

/* What Reeve calls on its queue; ends with AWS_PERMISSIONS_END. */
extern const struct aws_permission queue_permissions[];
/* "arn:${Partition}:sqs:eu-west-1:111122223333:reeve", from a queue's URL; NULL where the URL (or
 * else `region`, NULL: not known) does not say all of it. Caller frees. */
char *queue_arn(const char *url, const char *region) MUST_CHECK;

/* One message, from its receipt until it is given back. */
struct queue_message {
	const char *id; /* SQS's message id */
	const char *body;
	size_t length;
	int64_t sent_ms;     /* when it was put into the queue (SentTimestamp); 0: not told */
	int64_t received_us; /* monotonic, when this receive of it arrived here */
	int receive_count;   /* ApproximateReceiveCount; 0: not told */
	void *user;          /* the taker's */
};

struct queue_options {
	struct aws *aws;
	struct aws_session *session; /* retained */
	const char *account_id;      /* to which calls are charged */
	/* "https://sqs.eu-west-1.amazonaws.com/111122223333/reeve"; its region is read from the host
	 * (all of AWS's forms), else `region` is, else the process's own (NULL). Only the region: calls
	 * go to SQS's endpoint there, or to AWS_ENDPOINT_URL_SQS, which a VPC endpoint without private
	 * DNS needs. */
	const char *url;
	const char *region;
	int receivers;          /* long polls in flight */
	int most_held;          /* messages without an outcome: never more than these are received */
	int visibility_seconds; /* of a message, renewed at half of it for as long as it is held */
	/* A message was received; on a fiber of the receiver's, may yield, and must not keep it from
	 * receiving for long. From then on the message is the taker's, until one of the calls below. */
	MAY_YIELD void (*take)(void *argument, struct queue_message *message);
	/* NULL, or told when the state of the queue changes, which is logged too: NULL err when it
	 * answers (again). */
	void (*health)(void *argument, const struct err *err);
	void *argument;
};

/* Starts the receivers' fibers. -1 for a URL that is none. Everything is copied but `aws`. */
int queue_new(struct loop *loop, const struct queue_options *options, struct queue **out,
	struct err *err) MUST_CHECK;

/* The message's outcome is committed: it will be deleted with others (within 200 ms, or at ten).
 * Ends the message; does not yield. A deletion that fails is tried again; when the message comes
 * once more, the taker knows it by its content. */
void queue_done(struct queue *queue, struct queue_message *message);
/* It could not be handled now: it becomes visible again after `seconds` (0: at once; up to 43,200).
 * Ends the message. */
void queue_release(struct queue *queue, struct queue_message *message, int seconds);

struct queue_stats {
	uint64_t received, deleted, released, failures;
	size_t held;
	int64_t oldest_ms; /* SentTimestamp of the oldest message held; 0: none */
	bool up;
};
struct queue_stats queue_stats_now(const struct queue *queue);

/* Receives no more (a receive that is under way is cut off); messages that are held stay their
 * taker's. */
void queue_stop(struct queue *queue);
/* After queue_stop, and before loop_cancel, which would cut these calls off: waits until the
 * deletions and releases that were asked for are made, at most so long. Messages still held then
 * are left to their visibility timeout. */
MAY_YIELD void queue_drain(struct queue *queue, int64_t timeout_ms);
/* All of its fibers have ended: after queue_drain. NULL is fine. */
void queue_free(struct queue *queue);

#endif
