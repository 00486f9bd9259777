/*
 * AWS CloudTrail: who called what. LookupEvents shows the management events of one region of the
 * last 90 days. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/Welcome.html
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

const struct aws_service aws_service_cloudtrail = {
	.id = "cloudtrail",
	.endpoint_id = "CLOUDTRAIL",
	.signing_name = "cloudtrail",
	.protocol = AWS_JSON,
	.json_version = "1.1",
	.target_prefix = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
	.api_version = "2013-11-01",
};

#define CLOUDTRAIL(operation, ...) \
	const struct aws_operation aws_cloudtrail_##operation = { .service = &aws_service_cloudtrail, \
		.name = #operation, \
		.http_method = "POST", \
		.http_path = "/", \
		.iam_action = "cloudtrail:" #operation, \
		__VA_ARGS__ }

/* --- LookupEvents --- */

/* The list may have one attribute only. */
static const struct aws_member lookup_attribute_members[] = {
	AWS_MEMBER("AttributeKey", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("AttributeValue", &aws_string, .flags = AWS_REQUIRED),
};
static const struct aws_shape lookup_attribute = AWS_STRUCTURE_OF(lookup_attribute_members);
static const struct aws_shape lookup_attribute_list = AWS_LIST_OF(&lookup_attribute);

static const struct aws_member lookup_events_in[] = {
	AWS_MEMBER("LookupAttributes", &lookup_attribute_list),
	AWS_MEMBER("StartTime", &aws_timestamp),
	AWS_MEMBER("EndTime", &aws_timestamp),
	AWS_MEMBER("MaxResults", &aws_integer),
	AWS_MEMBER("NextToken", &aws_string),
};
static const struct aws_shape lookup_events_input = AWS_STRUCTURE_OF(lookup_events_in);

static const struct aws_member resource_members[] = {
	AWS_MEMBER("ResourceType", &aws_string),
	AWS_MEMBER("ResourceName", &aws_string),
};
static const struct aws_shape resource = AWS_STRUCTURE_OF(resource_members);
static const struct aws_shape resource_list = AWS_LIST_OF(&resource);

/* ReadOnly is "true" or "false", as text; CloudTrailEvent is the whole event as JSON text. */
static const struct aws_member event_members[] = {
	AWS_MEMBER("EventId", &aws_string),
	AWS_MEMBER("EventName", &aws_string),
	AWS_MEMBER("ReadOnly", &aws_string),
	AWS_MEMBER("AccessKeyId", &aws_string),
	AWS_MEMBER("EventTime", &aws_timestamp),
	AWS_MEMBER("EventSource", &aws_string),
	AWS_MEMBER("Username", &aws_string),
	AWS_MEMBER("Resources", &resource_list),
	AWS_MEMBER("CloudTrailEvent", &aws_string),
};
static const struct aws_shape event = AWS_STRUCTURE_OF(event_members);
static const struct aws_shape event_list = AWS_LIST_OF(&event);

static const struct aws_member lookup_events_out[] = {
	AWS_MEMBER("Events", &event_list),
	AWS_MEMBER("NextToken", &aws_string),
};
static const struct aws_shape lookup_events_output = AWS_STRUCTURE_OF(lookup_events_out);

/* The newest event comes first. */
static const struct aws_paging lookup_events_paging = {
	.input_token = "NextToken",
	.output_token = "NextToken",
	.result_key = "Events",
	.limit_key = "MaxResults",
	.limit = 50,
};

CLOUDTRAIL(LookupEvents, .input = &lookup_events_input, .output = &lookup_events_output,
	.paging = &lookup_events_paging);
