/* The calls that every baseline of S3 buckets makes: listing the buckets, their regions, and the
 * parameters of a call on one bucket. */
#ifndef REEVE_BASELINES_S3_BUCKET_H
#define REEVE_BASELINES_S3_BUCKET_H

#include "baselines/baseline.h"

#define S3_BUCKET_ARN "arn:${Partition}:s3:::*"
#define S3_REGION_SIZE 32

/* Returns the name of the bucket at the end of its ARN; borrowed. */
const char *s3_bucket_name(const char *arn);

/* Returns {"Bucket", "ExpectedBucketOwner"}, the parameters of most calls on a bucket: S3 refuses a
 * call whose bucket belongs to another account. New reference. */
json_t *s3_bucket_params(const struct cell_place *place, const char *bucket);

/* Reads the region of a bucket (s3:GetBucketLocation). */
MAY_YIELD int s3_bucket_region(struct baseline_context *context, const char *bucket,
	struct aws_trace *trace, char region[S3_REGION_SIZE], struct err *err) MUST_CHECK;

/* Calls observe_bucket for each bucket of the account (s3:ListAllMyBuckets), or only for the one
 * whose ARN is `resource`. Its `region` is NULL when the region has to be read. -1 when the buckets
 * can't be listed. */
MAY_YIELD int s3_observe_buckets(struct baseline_context *context, const char *resource,
	void (*observe_bucket)(struct baseline_context *context, const char *bucket,
		const char *region),
	struct err *err) MUST_CHECK;

#endif
