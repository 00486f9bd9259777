/*
 * Amazon Simple Notification Service: where notifications go.
 * https://docs.aws.amazon.com/sns/latest/api/welcome.html
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

const struct aws_service aws_service_sns = {
	.id = "sns",
	.endpoint_id = "SNS",
	.signing_name = "sns",
	.protocol = AWS_QUERY,
	.api_version = "2010-03-31",
	.xml_namespace = "http://sns.amazonaws.com/doc/2010-03-31/",
};

/* --- Publish --- */

static const struct aws_member attribute_value_members[] = {
	AWS_MEMBER("DataType", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("StringValue", &aws_string),
	AWS_MEMBER("BinaryValue", &aws_blob),
};
static const struct aws_shape attribute_value = AWS_STRUCTURE_OF(attribute_value_members);
static const struct aws_shape attribute_map = {
	.type = AWS_MAP,
	.key = { .shape = &aws_string, .wire = "Name" },
	.element = { .shape = &attribute_value, .wire = "Value" },
};

static const struct aws_member publish_in[] = {
	AWS_MEMBER("TopicArn", &aws_string),
	AWS_MEMBER("Message", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("Subject", &aws_string),
	AWS_MEMBER("MessageStructure", &aws_string),
	AWS_MEMBER("MessageAttributes", &attribute_map),
	AWS_MEMBER("MessageDeduplicationId", &aws_string),
	AWS_MEMBER("MessageGroupId", &aws_string),
};
static const struct aws_shape publish_input = AWS_STRUCTURE_OF(publish_in);

static const struct aws_member publish_out[] = {
	AWS_MEMBER("MessageId", &aws_string),
	AWS_MEMBER("SequenceNumber", &aws_string),
};
static const struct aws_shape publish_output = AWS_STRUCTURE_OF(publish_out);

/* A message that arrives twice is known by the id that stands in it. */
const struct aws_operation aws_sns_Publish = {
	.service = &aws_service_sns,
	.name = "Publish",
	.http_method = "POST",
	.http_path = "/",
	.iam_action = "sns:Publish",
	.input = &publish_input,
	.output = &publish_output,
	.result_wrapper = "PublishResult",
	.mutating = true,
	.repeatable = true,
};
