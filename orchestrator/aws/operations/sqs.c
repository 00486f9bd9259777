/*
 * Amazon Simple Queue Service: the event queue.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

/* It was a query service once, and its policies, alarms and pages still know the error codes of
 * that time. */
const struct aws_service aws_service_sqs = {
	.id = "sqs",
	.endpoint_id = "SQS",
	.signing_name = "sqs",
	.protocol = AWS_JSON,
	.json_version = "1.0",
	.target_prefix = "AmazonSQS",
	.api_version = "2012-11-05",
	.query_compatible = true,
};

#define SQS_FOR(operation, action, ...) \
	const struct aws_operation aws_sqs_##operation = { .service = &aws_service_sqs, \
		.name = #operation, \
		.http_method = "POST", \
		.http_path = "/", \
		.iam_action = "sqs:" action, \
		__VA_ARGS__ }
#define SQS(operation, ...) SQS_FOR(operation, #operation, __VA_ARGS__)

#define QUEUE_URL AWS_MEMBER("QueueUrl", &aws_string, .flags = AWS_REQUIRED)
#define RECEIPT_HANDLE AWS_MEMBER("ReceiptHandle", &aws_string, .flags = AWS_REQUIRED)
#define FLATTENED_LIST(of) \
	{ .type = AWS_LIST, .element = { .shape = (of) }, .flags = AWS_FLATTENED }

/* --- shapes shared by several operations --- */

static const struct aws_shape name_list = FLATTENED_LIST(&aws_string);
static const struct aws_shape attribute_map = {
	.type = AWS_MAP,
	.key = { .shape = &aws_string },
	.element = { .shape = &aws_string },
	.flags = AWS_FLATTENED,
};

/* Entries of a batch that were carried out, and that were not: the answer is 200 all the same. */
static const struct aws_member done_members[] = {
	AWS_MEMBER("Id", &aws_string),
};
static const struct aws_shape done = AWS_STRUCTURE_OF(done_members);
static const struct aws_shape done_list = FLATTENED_LIST(&done);

static const struct aws_member failed_members[] = {
	AWS_MEMBER("Id", &aws_string),
	AWS_MEMBER("SenderFault", &aws_boolean),
	AWS_MEMBER("Code", &aws_string),
	AWS_MEMBER("Message", &aws_string),
};
static const struct aws_shape failed = AWS_STRUCTURE_OF(failed_members);
static const struct aws_shape failed_list = FLATTENED_LIST(&failed);

static const struct aws_member batch_out[] = {
	AWS_MEMBER("Successful", &done_list),
	AWS_MEMBER("Failed", &failed_list),
};
static const struct aws_shape batch_output = AWS_STRUCTURE_OF(batch_out);

/* --- ReceiveMessage --- */

static const struct aws_member receive_in[] = {
	QUEUE_URL,
	AWS_MEMBER("MessageSystemAttributeNames", &name_list),
	AWS_MEMBER("MessageAttributeNames", &name_list),
	AWS_MEMBER("MaxNumberOfMessages", &aws_integer),
	AWS_MEMBER("VisibilityTimeout", &aws_integer),
	AWS_MEMBER("WaitTimeSeconds", &aws_integer),
};
static const struct aws_shape receive_input = AWS_STRUCTURE_OF(receive_in);

static const struct aws_member message_members[] = {
	AWS_MEMBER("MessageId", &aws_string),
	AWS_MEMBER("ReceiptHandle", &aws_string),
	AWS_MEMBER("MD5OfBody", &aws_string),
	AWS_MEMBER("Body", &aws_string),
	AWS_MEMBER("Attributes", &attribute_map),
};
static const struct aws_shape message = AWS_STRUCTURE_OF(message_members);
static const struct aws_shape message_list = FLATTENED_LIST(&message);

static const struct aws_member receive_out[] = {
	AWS_MEMBER("Messages", &message_list),
};
static const struct aws_shape receive_output = AWS_STRUCTURE_OF(receive_out);

/* A read for IAM and for us, though it hides the messages from others for a while. */
SQS(ReceiveMessage, .input = &receive_input, .output = &receive_output);

/* --- DeleteMessage, DeleteMessageBatch --- */

static const struct aws_member delete_in[] = { QUEUE_URL, RECEIPT_HANDLE };
static const struct aws_shape delete_input = AWS_STRUCTURE_OF(delete_in);

SQS(DeleteMessage, .input = &delete_input, .mutating = true, .repeatable = true);

static const struct aws_member delete_entry_members[] = {
	AWS_MEMBER("Id", &aws_string, .flags = AWS_REQUIRED),
	RECEIPT_HANDLE,
};
static const struct aws_shape delete_entry = AWS_STRUCTURE_OF(delete_entry_members);
static const struct aws_shape delete_entry_list = FLATTENED_LIST(&delete_entry);

static const struct aws_member delete_batch_in[] = {
	QUEUE_URL,
	AWS_MEMBER("Entries", &delete_entry_list, .flags = AWS_REQUIRED),
};
static const struct aws_shape delete_batch_input = AWS_STRUCTURE_OF(delete_batch_in);

/* Batches have no IAM action of their own. */
SQS_FOR(DeleteMessageBatch, "DeleteMessage", .input = &delete_batch_input, .output = &batch_output,
	.mutating = true, .repeatable = true);

/* --- ChangeMessageVisibility, ChangeMessageVisibilityBatch --- */

static const struct aws_member visibility_in[] = {
	QUEUE_URL,
	RECEIPT_HANDLE,
	AWS_MEMBER("VisibilityTimeout", &aws_integer, .flags = AWS_REQUIRED),
};
static const struct aws_shape visibility_input = AWS_STRUCTURE_OF(visibility_in);

SQS(ChangeMessageVisibility, .input = &visibility_input, .mutating = true, .repeatable = true);

static const struct aws_member visibility_entry_members[] = {
	AWS_MEMBER("Id", &aws_string, .flags = AWS_REQUIRED),
	RECEIPT_HANDLE,
	AWS_MEMBER("VisibilityTimeout", &aws_integer),
};
static const struct aws_shape visibility_entry = AWS_STRUCTURE_OF(visibility_entry_members);
static const struct aws_shape visibility_entry_list = FLATTENED_LIST(&visibility_entry);

static const struct aws_member visibility_batch_in[] = {
	QUEUE_URL,
	AWS_MEMBER("Entries", &visibility_entry_list, .flags = AWS_REQUIRED),
};
static const struct aws_shape visibility_batch_input = AWS_STRUCTURE_OF(visibility_batch_in);

SQS_FOR(ChangeMessageVisibilityBatch, "ChangeMessageVisibility", .input = &visibility_batch_input,
	.output = &batch_output, .mutating = true, .repeatable = true);

/* --- GetQueueAttributes --- */

static const struct aws_member attributes_in[] = {
	QUEUE_URL,
	AWS_MEMBER("AttributeNames", &name_list),
};
static const struct aws_shape attributes_input = AWS_STRUCTURE_OF(attributes_in);

static const struct aws_member attributes_out[] = {
	AWS_MEMBER("Attributes", &attribute_map),
};
static const struct aws_shape attributes_output = AWS_STRUCTURE_OF(attributes_out);

SQS(GetQueueAttributes, .input = &attributes_input, .output = &attributes_output);
