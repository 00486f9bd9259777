/*
 * Finds out whether a bucket receives logs that AWS delivers to SSE-S3 buckets only: S3 server
 * access logs and load balancer access logs. Delivery needs a grant in the bucket's policy or
 * ACL, so both are read.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
 */
#ifndef REEVE_BASELINES_S3_LOG_DELIVERY_H
#define REEVE_BASELINES_S3_LOG_DELIVERY_H

#include "baselines/baseline.h"

/* Names the principal that a bucket policy lets deliver logs: a static name, or NULL. A
 * policy that can't be parsed counts as delivery, by "an unreadable policy". */
const char *s3_log_delivery_by_policy(const char *policy_text);

/* The same according to the grants of GetBucketAcl. */
const char *s3_log_delivery_by_acl(const json_t *grants);

/* Reads the bucket's policy, and its ACL when the policy lets nobody deliver logs. *principal is
 * static, or NULL when no logs are delivered. */
MAY_YIELD int s3_log_delivery_read(struct baseline_context *context, const char *bucket,
	const char *region, struct aws_trace *trace, const char **principal, struct err *err)
	MUST_CHECK;

#endif
