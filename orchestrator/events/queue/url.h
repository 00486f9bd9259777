/* Reads a queue's URL. */
#ifndef REEVE_EVENTS_QUEUE_URL_H
#define REEVE_EVENTS_QUEUE_URL_H

#include "base/compiler.h"
#include "base/err.h"

/* The region of the queue: from the host name, else `region`, else `otherwise`; the caller frees
 * it. -1 when the URL is not that of a queue. */
int queue_url_region(const char *url, const char *region, const char *otherwise, char **out,
	struct err *err) MUST_CHECK;
/* The queue's ARN from its URL: "arn:${Partition}:sqs:eu-west-1:111122223333:reeve". NULL when
 * the URL, with `region` (NULL: not known), does not determine it. The caller frees it. */
char *queue_arn(const char *url, const char *region) MUST_CHECK;

#endif
