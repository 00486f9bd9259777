/* Functions that the SQS files share.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/ */
#ifndef SIM_SQS_H
#define SIM_SQS_H

#include "call.h"
#include "queue.h"

#define SQS_MAX_WAIT_S 20
#define SQS_MAX_MESSAGES 10 /* of one call */

struct event_base;

/* Answers long polls as messages become visible, on this loop. */
void sqs_open(struct event_base *base);
/* Returns the queue that QueueUrl names, of the caller's account or the management's. Otherwise
 * makes the error and returns NULL. */
struct queue *sqs_queue(struct call *call);
/* Makes an error of the service's own, with its name in the model and its code in the query
 * protocol. */
void sqs_fail(struct call *call, const char *shape, const char *code, const char *message);
/* Reads a whole number of the body, `fallback` when it is absent. Makes the error and returns false
 * when it isn't from min to max. */
bool sqs_number(struct call *call, const char *name, long min, long max, long fallback, long *out);
/* Returns what is wrong with a message's body, or NULL. */
const char *sqs_bad_body(const char *body);

#endif
