/*
 * AWS Key Management Service.
 * https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

const struct aws_service aws_service_kms = {
	.id = "kms",
	.endpoint_id = "KMS",
	.signing_name = "kms",
	.protocol = AWS_JSON,
	.json_version = "1.1",
	.target_prefix = "TrentService",
	.api_version = "2014-11-01",
};

/* --- DescribeKey --- */

static const struct aws_member describe_key_in[] = {
	AWS_MEMBER("KeyId", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("GrantTokens", &aws_string_list),
};
static const struct aws_shape describe_key_input = AWS_STRUCTURE_OF(describe_key_in);

static const struct aws_member multi_region_key_members[] = {
	AWS_MEMBER("Arn", &aws_string),
	AWS_MEMBER("Region", &aws_string),
};
static const struct aws_shape multi_region_key = AWS_STRUCTURE_OF(multi_region_key_members);
static const struct aws_shape multi_region_key_list = AWS_LIST_OF(&multi_region_key);

static const struct aws_member multi_region_members[] = {
	AWS_MEMBER("MultiRegionKeyType", &aws_string),
	AWS_MEMBER("PrimaryKey", &multi_region_key),
	AWS_MEMBER("ReplicaKeys", &multi_region_key_list),
};
static const struct aws_shape multi_region = AWS_STRUCTURE_OF(multi_region_members);

static const struct aws_member xks_key_members[] = {
	AWS_MEMBER("Id", &aws_string),
};
static const struct aws_shape xks_key = AWS_STRUCTURE_OF(xks_key_members);

static const struct aws_member key_metadata_members[] = {
	AWS_MEMBER("AWSAccountId", &aws_string),
	AWS_MEMBER("KeyId", &aws_string),
	AWS_MEMBER("Arn", &aws_string),
	AWS_MEMBER("CreationDate", &aws_timestamp),
	AWS_MEMBER("Enabled", &aws_boolean),
	AWS_MEMBER("Description", &aws_string),
	AWS_MEMBER("KeyUsage", &aws_string),
	AWS_MEMBER("KeyState", &aws_string),
	AWS_MEMBER("DeletionDate", &aws_timestamp),
	AWS_MEMBER("ValidTo", &aws_timestamp),
	AWS_MEMBER("Origin", &aws_string),
	AWS_MEMBER("CustomKeyStoreId", &aws_string),
	AWS_MEMBER("CloudHsmClusterId", &aws_string),
	AWS_MEMBER("ExpirationModel", &aws_string),
	AWS_MEMBER("KeyManager", &aws_string),
	AWS_MEMBER("CustomerMasterKeySpec", &aws_string),
	AWS_MEMBER("KeySpec", &aws_string),
	AWS_MEMBER("EncryptionAlgorithms", &aws_string_list),
	AWS_MEMBER("SigningAlgorithms", &aws_string_list),
	AWS_MEMBER("KeyAgreementAlgorithms", &aws_string_list),
	AWS_MEMBER("MultiRegion", &aws_boolean),
	AWS_MEMBER("MultiRegionConfiguration", &multi_region),
	AWS_MEMBER("PendingDeletionWindowInDays", &aws_integer),
	AWS_MEMBER("MacAlgorithms", &aws_string_list),
	AWS_MEMBER("XksKeyConfiguration", &xks_key),
	AWS_MEMBER("CurrentKeyMaterialId", &aws_string),
};
static const struct aws_shape key_metadata = AWS_STRUCTURE_OF(key_metadata_members);

static const struct aws_member describe_key_out[] = {
	AWS_MEMBER("KeyMetadata", &key_metadata),
};
static const struct aws_shape describe_key_output = AWS_STRUCTURE_OF(describe_key_out);

const struct aws_operation aws_kms_DescribeKey = {
	.service = &aws_service_kms,
	.name = "DescribeKey",
	.http_method = "POST",
	.http_path = "/",
	.iam_action = "kms:DescribeKey",
	.input = &describe_key_input,
	.output = &describe_key_output,
};
