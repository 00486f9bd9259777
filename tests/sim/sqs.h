/* What the SQS files share. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
 */
#ifndef SIM_SQS_H
#define SIM_SQS_H

#include "call.h"
#include "queue.h"

#define SQS_MAX_WAIT_S 20
#define SQS_MAX_MESSAGES 10 /* of one call */

struct event_base;

/* Answers long polls as messages become visible, on this loop. */
void sqs_open(struct event_base *base);
/* The queue that QueueUrl names, of the caller's account or the management's; else NULL and the
 * error. */
struct queue *sqs_queue(struct call *call);
/* An error of the service's own: its name in the model, and its code in the query protocol. */
void sqs_fail(struct call *call, const char *shape, const char *code, const char *message);
/* A whole number of the body, `fallback` when absent. false and the error when it isn't from min to
 * max. */
bool sqs_number(struct call *call, const char *name, long min, long max, long fallback, long *out);
/* What is wrong with a body: NULL, or the reason. */
const char *sqs_bad_body(const char *body);

#endif
