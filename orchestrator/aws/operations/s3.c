/*
 * Amazon S3: buckets and their configuration. IAM's names for some of these actions differ from the
 * operations'
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html).
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

#define S3_NAMESPACE "http://s3.amazonaws.com/doc/2006-03-01/"

const struct aws_service aws_service_s3 = {
	.id = "s3",
	.endpoint_id = "S3",
	.signing_name = "s3",
	.protocol = AWS_REST_XML,
	.api_version = "2006-03-01",
	.is_s3 = true,
};

#define S3(operation, ...) \
	const struct aws_operation aws_s3_##operation = { \
		.service = &aws_service_s3, .name = #operation, __VA_ARGS__ \
	}

#define BUCKET AWS_MEMBER("Bucket", &aws_string, .location = AWS_IN_URI, .flags = AWS_REQUIRED)
/* S3 refuses the call when the bucket belongs to another account: a name can change hands between
 * two calls. */
#define EXPECTED_BUCKET_OWNER \
	AWS_MEMBER("ExpectedBucketOwner", &aws_string, .wire = "x-amz-expected-bucket-owner", \
		.location = AWS_IN_HEADER)

static const struct aws_member bucket_members[] = { BUCKET, EXPECTED_BUCKET_OWNER };
static const struct aws_shape bucket_input = AWS_STRUCTURE_OF(bucket_members);

static const struct aws_member owner_members[] = {
	AWS_MEMBER("DisplayName", &aws_string),
	AWS_MEMBER("ID", &aws_string),
};
static const struct aws_shape owner = AWS_STRUCTURE_OF(owner_members);

/* --- ListBuckets --- */

static const struct aws_member list_buckets_in[] = {
	AWS_MEMBER("MaxBuckets", &aws_integer, .wire = "max-buckets", .location = AWS_IN_QUERY),
	AWS_MEMBER("ContinuationToken", &aws_string, .wire = "continuation-token",
		.location = AWS_IN_QUERY),
	AWS_MEMBER("Prefix", &aws_string, .wire = "prefix", .location = AWS_IN_QUERY),
	AWS_MEMBER("BucketRegion", &aws_string, .wire = "bucket-region", .location = AWS_IN_QUERY),
};
static const struct aws_shape list_buckets_input = AWS_STRUCTURE_OF(list_buckets_in);

static const struct aws_member bucket_entry_members[] = {
	AWS_MEMBER("Name", &aws_string),
	AWS_MEMBER("CreationDate", &aws_timestamp),
	AWS_MEMBER("BucketRegion", &aws_string),
	AWS_MEMBER("BucketArn", &aws_string),
};
static const struct aws_shape bucket_entry = AWS_STRUCTURE_OF(bucket_entry_members);
static const struct aws_shape bucket_list = AWS_LIST_OF(&bucket_entry, .wire = "Bucket");

static const struct aws_member list_buckets_out[] = {
	AWS_MEMBER("Buckets", &bucket_list),
	AWS_MEMBER("Owner", &owner),
	AWS_MEMBER("ContinuationToken", &aws_string),
	AWS_MEMBER("Prefix", &aws_string),
};
static const struct aws_shape list_buckets_output =
	AWS_STRUCTURE_OF(list_buckets_out, .wire = "ListAllMyBucketsResult");

/* A limit is always sent: without one S3 does not page, leaves out each bucket's region, and
 * refuses accounts whose quota is above 10,000 buckets.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
static const struct aws_paging list_buckets_paging = {
	.input_token = "ContinuationToken",
	.output_token = "ContinuationToken",
	.result_key = "Buckets",
	.limit_key = "MaxBuckets",
	.limit = 1000,
};

S3(ListBuckets, .http_method = "GET", .http_path = "/", .iam_action = "s3:ListAllMyBuckets",
	.input = &list_buckets_input, .output = &list_buckets_output, .paging = &list_buckets_paging);

/* --- GetBucketLocation: the answer is one element, and its text the region ("" is us-east-1, "EU"
 * eu-west-1) --- */

static const struct aws_shape location_constraint = { .type = AWS_STRING,
	.wire = "LocationConstraint" };
static const struct aws_member get_bucket_location_out[] = {
	AWS_MEMBER("LocationConstraint", &location_constraint),
};
static const struct aws_shape get_bucket_location_output =
	AWS_STRUCTURE_OF(get_bucket_location_out, .payload = "LocationConstraint");

S3(GetBucketLocation, .http_method = "GET", .http_path = "/{Bucket}?location",
	.iam_action = "s3:GetBucketLocation", .input = &bucket_input,
	.output = &get_bucket_location_output);

/* --- GetBucketEncryption, PutBucketEncryption, DeleteBucketEncryption --- */

static const struct aws_member by_default_members[] = {
	AWS_MEMBER("SSEAlgorithm", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("KMSMasterKeyID", &aws_string),
};
static const struct aws_shape by_default = AWS_STRUCTURE_OF(by_default_members);

static const struct aws_shape encryption_type_list = {
	.type = AWS_LIST,
	.element = { .shape = &aws_string, .wire = "EncryptionType" },
	.flags = AWS_FLATTENED,
};
static const struct aws_member blocked_types_members[] = {
	AWS_MEMBER("EncryptionType", &encryption_type_list),
};
static const struct aws_shape blocked_types = AWS_STRUCTURE_OF(blocked_types_members);

/* Complete, so that a rule which was read can be written back with one member changed. */
static const struct aws_member encryption_rule_members[] = {
	AWS_MEMBER("ApplyServerSideEncryptionByDefault", &by_default),
	AWS_MEMBER("BucketKeyEnabled", &aws_boolean),
	AWS_MEMBER("BlockedEncryptionTypes", &blocked_types),
};
static const struct aws_shape encryption_rule = AWS_STRUCTURE_OF(encryption_rule_members);
static const struct aws_shape encryption_rule_list = {
	.type = AWS_LIST,
	.element = { .shape = &encryption_rule },
	.flags = AWS_FLATTENED,
};

static const struct aws_member encryption_members[] = {
	AWS_MEMBER("Rules", &encryption_rule_list, .wire = "Rule", .flags = AWS_REQUIRED),
};
static const struct aws_shape encryption = AWS_STRUCTURE_OF(encryption_members);

static const struct aws_member get_bucket_encryption_out[] = {
	AWS_MEMBER("ServerSideEncryptionConfiguration", &encryption,
		.wire = "ServerSideEncryptionConfiguration"),
};
static const struct aws_shape get_bucket_encryption_output =
	AWS_STRUCTURE_OF(get_bucket_encryption_out, .payload = "ServerSideEncryptionConfiguration");

S3(GetBucketEncryption, .http_method = "GET", .http_path = "/{Bucket}?encryption",
	.iam_action = "s3:GetEncryptionConfiguration", .input = &bucket_input,
	.output = &get_bucket_encryption_output);

/* The checksum headers of the model are not parameters here: whoever sends the body adds them. */
static const struct aws_member put_bucket_encryption_in[] = {
	BUCKET,
	AWS_MEMBER("ServerSideEncryptionConfiguration", &encryption, .flags = AWS_REQUIRED,
		.xml_namespace = S3_NAMESPACE),
	EXPECTED_BUCKET_OWNER,
};
static const struct aws_shape put_bucket_encryption_input =
	AWS_STRUCTURE_OF(put_bucket_encryption_in, .payload = "ServerSideEncryptionConfiguration");

S3(PutBucketEncryption, .http_method = "PUT", .http_path = "/{Bucket}?encryption",
	.iam_action = "s3:PutEncryptionConfiguration", .input = &put_bucket_encryption_input,
	.mutating = true, .repeatable = true, .checksum_required = true);

/* Deleting needs the permission to put. */
S3(DeleteBucketEncryption, .http_method = "DELETE", .http_path = "/{Bucket}?encryption",
	.iam_action = "s3:PutEncryptionConfiguration", .input = &bucket_input, .mutating = true,
	.repeatable = true);

/* --- GetBucketPolicy: the body is the policy document as it was put --- */

static const struct aws_member get_bucket_policy_out[] = {
	AWS_MEMBER("Policy", &aws_string),
};
static const struct aws_shape get_bucket_policy_output =
	AWS_STRUCTURE_OF(get_bucket_policy_out, .payload = "Policy");

S3(GetBucketPolicy, .http_method = "GET", .http_path = "/{Bucket}?policy",
	.iam_action = "s3:GetBucketPolicy", .input = &bucket_input,
	.output = &get_bucket_policy_output);

/* --- GetBucketAcl --- */

static const struct aws_member grantee_members[] = {
	AWS_MEMBER("DisplayName", &aws_string),
	AWS_MEMBER("EmailAddress", &aws_string),
	AWS_MEMBER("ID", &aws_string),
	AWS_MEMBER("Type", &aws_string, .wire = "xsi:type", .flags = AWS_XML_ATTRIBUTE),
	AWS_MEMBER("URI", &aws_string),
};
static const struct aws_shape grantee = AWS_STRUCTURE_OF(grantee_members, .xml_prefix = "xsi",
	.xml_namespace = "http://www.w3.org/2001/XMLSchema-instance");

static const struct aws_member grant_members[] = {
	AWS_MEMBER("Grantee", &grantee),
	AWS_MEMBER("Permission", &aws_string),
};
static const struct aws_shape grant = AWS_STRUCTURE_OF(grant_members);
static const struct aws_shape grant_list = AWS_LIST_OF(&grant, .wire = "Grant");

static const struct aws_member get_bucket_acl_out[] = {
	AWS_MEMBER("Owner", &owner),
	AWS_MEMBER("Grants", &grant_list, .wire = "AccessControlList"),
};
static const struct aws_shape get_bucket_acl_output =
	AWS_STRUCTURE_OF(get_bucket_acl_out, .wire = "AccessControlPolicy");

S3(GetBucketAcl, .http_method = "GET", .http_path = "/{Bucket}?acl",
	.iam_action = "s3:GetBucketAcl", .input = &bucket_input, .output = &get_bucket_acl_output);

/* --- PutObject: the body is the object, as text --- */

static const struct aws_shape object_body = { .type = AWS_BLOB, .streaming = true };
/* The checksum is a parameter here, since only an upload under Object Lock must have one. S3 keeps
 * it with the object. */
static const struct aws_member put_object_in[] = {
	BUCKET,
	AWS_MEMBER("Key", &aws_string, .location = AWS_IN_URI, .flags = AWS_REQUIRED),
	AWS_MEMBER("Body", &object_body),
	AWS_MEMBER("ContentType", &aws_string, .wire = "Content-Type", .location = AWS_IN_HEADER),
	AWS_MEMBER("ChecksumAlgorithm", &aws_string, .wire = "x-amz-sdk-checksum-algorithm",
		.location = AWS_IN_HEADER),
	AWS_MEMBER("ChecksumSHA256", &aws_string, .wire = "x-amz-checksum-sha256",
		.location = AWS_IN_HEADER),
	AWS_MEMBER("IfNoneMatch", &aws_string, .wire = "If-None-Match", .location = AWS_IN_HEADER),
	AWS_MEMBER("ServerSideEncryption", &aws_string, .wire = "x-amz-server-side-encryption",
		.location = AWS_IN_HEADER),
	AWS_MEMBER("SSEKMSKeyId", &aws_string, .wire = "x-amz-server-side-encryption-aws-kms-key-id",
		.location = AWS_IN_HEADER),
	AWS_MEMBER("ObjectLockMode", &aws_string, .wire = "x-amz-object-lock-mode",
		.location = AWS_IN_HEADER),
	AWS_MEMBER("ObjectLockRetainUntilDate", &aws_timestamp,
		.wire = "x-amz-object-lock-retain-until-date", .location = AWS_IN_HEADER,
		.timestamp_format = AWS_TIMESTAMP_ISO8601),
	EXPECTED_BUCKET_OWNER,
};
static const struct aws_shape put_object_input = AWS_STRUCTURE_OF(put_object_in, .payload = "Body");

S3(PutObject, .http_method = "PUT", .http_path = "/{Bucket}/{Key+}", .iam_action = "s3:PutObject",
	.input = &put_object_input, .mutating = true, .repeatable = true);
