/*
 * Amazon S3 Control: S3's settings of a whole account. The account's id travels in a header and,
 * at AWS's own endpoints, in front of the host name.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

const struct aws_service aws_service_s3control = {
	.id = "s3control",
	.endpoint_id = "S3_CONTROL",
	.signing_name = "s3",
	.protocol = AWS_REST_XML,
	.api_version = "2018-08-20",
	.is_s3 = true,
};

#define S3CONTROL(operation, ...) \
	const struct aws_operation aws_s3control_##operation = { .service = &aws_service_s3control, \
		.name = #operation, \
		.host_prefix = "{AccountId}.", \
		__VA_ARGS__ }

#define ACCOUNT_ID \
	AWS_MEMBER("AccountId", &aws_string, .wire = "x-amz-account-id", .location = AWS_IN_HEADER, \
		.flags = AWS_REQUIRED | AWS_HOST_LABEL)

static const struct aws_member account_members[] = { ACCOUNT_ID };
static const struct aws_shape account_input = AWS_STRUCTURE_OF(account_members);

/* --- GetPublicAccessBlock, PutPublicAccessBlock, DeletePublicAccessBlock --- */

#define PUBLIC_ACCESS_BLOCK "/v20180820/configuration/publicAccessBlock"

static const struct aws_member configuration_members[] = {
	AWS_MEMBER("BlockPublicAcls", &aws_boolean),
	AWS_MEMBER("IgnorePublicAcls", &aws_boolean),
	AWS_MEMBER("BlockPublicPolicy", &aws_boolean),
	AWS_MEMBER("RestrictPublicBuckets", &aws_boolean),
};
static const struct aws_shape configuration = AWS_STRUCTURE_OF(configuration_members);

static const struct aws_member get_public_access_block_out[] = {
	AWS_MEMBER("PublicAccessBlockConfiguration", &configuration,
		.wire = "PublicAccessBlockConfiguration"),
};
static const struct aws_shape get_public_access_block_output =
	AWS_STRUCTURE_OF(get_public_access_block_out, .payload = "PublicAccessBlockConfiguration");

S3CONTROL(GetPublicAccessBlock, .http_method = "GET", .http_path = PUBLIC_ACCESS_BLOCK,
	.iam_action = "s3:GetAccountPublicAccessBlock", .input = &account_input,
	.output = &get_public_access_block_output);

static const struct aws_member put_public_access_block_in[] = {
	AWS_MEMBER("PublicAccessBlockConfiguration", &configuration, .flags = AWS_REQUIRED,
		.xml_namespace = "http://awss3control.amazonaws.com/doc/2018-08-20/"),
	ACCOUNT_ID,
};
static const struct aws_shape put_public_access_block_input =
	AWS_STRUCTURE_OF(put_public_access_block_in, .payload = "PublicAccessBlockConfiguration");

S3CONTROL(PutPublicAccessBlock, .http_method = "PUT", .http_path = PUBLIC_ACCESS_BLOCK,
	.iam_action = "s3:PutAccountPublicAccessBlock", .input = &put_public_access_block_input,
	.mutating = true, .repeatable = true);

/* There is no permission of its own for the deletion.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeletePublicAccessBlock.html */
S3CONTROL(DeletePublicAccessBlock, .http_method = "DELETE", .http_path = PUBLIC_ACCESS_BLOCK,
	.iam_action = "s3:PutAccountPublicAccessBlock", .input = &account_input, .mutating = true,
	.repeatable = true);
