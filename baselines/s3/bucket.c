#include "baselines/s3/bucket.h"

#include "aws/client_view.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/json_read.h"
#include "baselines/observe.h"

struct listing {
	struct baseline_context *context;
	void (*observe_bucket)(struct baseline_context *context, const char *bucket,
		const char *region);
};

const char *s3_bucket_name(const char *arn)
{
	const char *name = strstr(arn, ":::");

	return name != NULL ? name + 3 : arn;
}

json_t *s3_bucket_params(const struct cell_place *place, const char *bucket)
{
	return json_pack("{s:s, s:s}", "Bucket", bucket, "ExpectedBucketOwner", place->account_id);
}

int s3_bucket_region(struct baseline_context *context, const char *bucket, struct aws_trace *trace,
	char region[S3_REGION_SIZE], struct err *err)
{
	CLEANUP_JSON json_t *output = NULL;
	struct aws_call call = { &aws_s3_GetBucketLocation, context->place.home_region,
		s3_bucket_params(&context->place, bucket), trace };

	if (aws_read(context->reader, &call, &output, err) < 0)
		return -1;
	const char *location = json_get_string_or(output, "LocationConstraint", "");
	/* A bucket without a constraint is in us-east-1, and "EU" is an old name of eu-west-1. */
	snprintf(region, S3_REGION_SIZE, "%s",
		location[0] == '\0'               ? "us-east-1"
			: strcmp(location, "EU") == 0 ? "eu-west-1"
										  : location);
	return 0;
}

static MAY_YIELD void observe_listed(void *argument, const json_t *bucket)
{
	struct listing *listing = argument;

	listing->observe_bucket(listing->context, json_get_string_or(bucket, "Name", ""),
		json_get_string(bucket, "BucketRegion"));
}

int s3_observe_buckets(struct baseline_context *context, const char *resource,
	void (*observe_bucket)(struct baseline_context *context, const char *bucket,
		const char *region),
	struct err *err)
{
	struct listing listing = { context, observe_bucket };

	if (resource == NULL)
		return baseline_observe_each(context,
			&(struct aws_call){
				.operation = &aws_s3_ListBuckets, .region = context->place.home_region },
			observe_listed, &listing, err);
	observe_bucket(context, s3_bucket_name(resource), NULL);
	return 0;
}
