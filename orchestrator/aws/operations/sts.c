/*
 * AWS Security Token Service: who we are, and the role sessions that everything else runs in.
 * https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

const struct aws_service aws_service_sts = {
	.id = "sts",
	.endpoint_id = "STS",
	.signing_name = "sts",
	.protocol = AWS_QUERY,
	.api_version = "2011-06-15",
	.xml_namespace = "https://sts.amazonaws.com/doc/2011-06-15/",
};

#define STS(operation, ...) \
	const struct aws_operation aws_sts_##operation = { .service = &aws_service_sts, \
		.name = #operation, \
		.http_method = "POST", \
		.http_path = "/", \
		.iam_action = "sts:" #operation, \
		.result_wrapper = #operation "Result", \
		__VA_ARGS__ }

/* --- shapes shared by both ways to assume a role --- */

static const struct aws_member credentials_members[] = {
	AWS_MEMBER("AccessKeyId", &aws_string),
	AWS_MEMBER("SecretAccessKey", &aws_string),
	AWS_MEMBER("SessionToken", &aws_string),
	AWS_MEMBER("Expiration", &aws_timestamp),
};
static const struct aws_shape credentials = AWS_STRUCTURE_OF(credentials_members);

static const struct aws_member assumed_role_user_members[] = {
	AWS_MEMBER("AssumedRoleId", &aws_string),
	AWS_MEMBER("Arn", &aws_string),
};
static const struct aws_shape assumed_role_user = AWS_STRUCTURE_OF(assumed_role_user_members);

static const struct aws_member policy_arn_members[] = {
	AWS_MEMBER("arn", &aws_string),
};
static const struct aws_shape policy_arn = AWS_STRUCTURE_OF(policy_arn_members);
static const struct aws_shape policy_arn_list = AWS_LIST_OF(&policy_arn);

/* --- AssumeRole --- */

static const struct aws_member tag_members[] = {
	AWS_MEMBER("Key", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("Value", &aws_string, .flags = AWS_REQUIRED),
};
static const struct aws_shape tag = AWS_STRUCTURE_OF(tag_members);
static const struct aws_shape tag_list = AWS_LIST_OF(&tag);

static const struct aws_member provided_context_members[] = {
	AWS_MEMBER("ProviderArn", &aws_string),
	AWS_MEMBER("ContextAssertion", &aws_string),
};
static const struct aws_shape provided_context = AWS_STRUCTURE_OF(provided_context_members);
static const struct aws_shape provided_context_list = AWS_LIST_OF(&provided_context);

static const struct aws_member assume_role_in[] = {
	AWS_MEMBER("RoleArn", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("RoleSessionName", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("PolicyArns", &policy_arn_list),
	AWS_MEMBER("Policy", &aws_string),
	AWS_MEMBER("DurationSeconds", &aws_integer),
	AWS_MEMBER("Tags", &tag_list),
	AWS_MEMBER("TransitiveTagKeys", &aws_string_list),
	AWS_MEMBER("ExternalId", &aws_string),
	AWS_MEMBER("SerialNumber", &aws_string),
	AWS_MEMBER("TokenCode", &aws_string),
	AWS_MEMBER("SourceIdentity", &aws_string),
	AWS_MEMBER("ProvidedContexts", &provided_context_list),
};
static const struct aws_shape assume_role_input = AWS_STRUCTURE_OF(assume_role_in);

static const struct aws_member assume_role_out[] = {
	AWS_MEMBER("Credentials", &credentials),
	AWS_MEMBER("AssumedRoleUser", &assumed_role_user),
	AWS_MEMBER("PackedPolicySize", &aws_integer),
	AWS_MEMBER("SourceIdentity", &aws_string),
};
static const struct aws_shape assume_role_output = AWS_STRUCTURE_OF(assume_role_out);

/* IAM counts it among the writes, but nothing in AWS is different afterwards: a read for us. */
STS(AssumeRole, .input = &assume_role_input, .output = &assume_role_output);

/* --- AssumeRoleWithWebIdentity --- */

static const struct aws_member web_identity_in[] = {
	AWS_MEMBER("RoleArn", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("RoleSessionName", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("WebIdentityToken", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("ProviderId", &aws_string),
	AWS_MEMBER("PolicyArns", &policy_arn_list),
	AWS_MEMBER("Policy", &aws_string),
	AWS_MEMBER("DurationSeconds", &aws_integer),
};
static const struct aws_shape web_identity_input = AWS_STRUCTURE_OF(web_identity_in);

static const struct aws_member web_identity_out[] = {
	AWS_MEMBER("Credentials", &credentials),
	AWS_MEMBER("SubjectFromWebIdentityToken", &aws_string),
	AWS_MEMBER("AssumedRoleUser", &assumed_role_user),
	AWS_MEMBER("PackedPolicySize", &aws_integer),
	AWS_MEMBER("Provider", &aws_string),
	AWS_MEMBER("Audience", &aws_string),
	AWS_MEMBER("SourceIdentity", &aws_string),
};
static const struct aws_shape web_identity_output = AWS_STRUCTURE_OF(web_identity_out);

/* The token is the proof of who calls, so the request carries no signature. */
STS(AssumeRoleWithWebIdentity, .input = &web_identity_input, .output = &web_identity_output,
	.unsigned_call = true);

/* --- GetCallerIdentity --- */

static const struct aws_member caller_identity_out[] = {
	AWS_MEMBER("UserId", &aws_string),
	AWS_MEMBER("Account", &aws_string),
	AWS_MEMBER("Arn", &aws_string),
};
static const struct aws_shape caller_identity_output = AWS_STRUCTURE_OF(caller_identity_out);

STS(GetCallerIdentity, .output = &caller_identity_output);
