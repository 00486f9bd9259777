/*
 * AWS Identity and Access Management.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

const struct aws_service aws_service_iam = {
	.id = "iam",
	.endpoint_id = "IAM",
	.signing_name = "iam",
	.protocol = AWS_QUERY,
	.api_version = "2010-05-08",
	.xml_namespace = "https://iam.amazonaws.com/doc/2010-05-08/",
};

#define IAM(operation, ...) \
	const struct aws_operation aws_iam_##operation = { .service = &aws_service_iam, \
		.name = #operation, \
		.http_method = "POST", \
		.http_path = "/", \
		.iam_action = "iam:" #operation, \
		__VA_ARGS__ }

/* IAM may give fewer items than asked for, and IsTruncated alone says whether there are more. */
#define IAM_PAGING(result, ...) \
	{ .input_token = "Marker", \
		.output_token = "Marker", \
		.more_flag = "IsTruncated", \
		.result_key = (result), \
		.limit_key = "MaxItems", \
		##__VA_ARGS__ }

static const struct aws_member optional_user_members[] = {
	AWS_MEMBER("UserName", &aws_string),
};
static const struct aws_shape optional_user_input = AWS_STRUCTURE_OF(optional_user_members);

/* --- GetAccountSummary --- */

static const struct aws_shape summary_map = AWS_MAP_OF(&aws_integer);
static const struct aws_member account_summary_out[] = {
	AWS_MEMBER("SummaryMap", &summary_map),
};
static const struct aws_shape account_summary_output = AWS_STRUCTURE_OF(account_summary_out);

IAM(GetAccountSummary, .output = &account_summary_output,
	.result_wrapper = "GetAccountSummaryResult");

/* --- ListUsers: without tags and permissions boundary, which IAM leaves out of a listing --- */

static const struct aws_member list_users_in[] = {
	AWS_MEMBER("PathPrefix", &aws_string),
	AWS_MEMBER("Marker", &aws_string),
	AWS_MEMBER("MaxItems", &aws_integer),
};
static const struct aws_shape list_users_input = AWS_STRUCTURE_OF(list_users_in);

static const struct aws_member user_members[] = {
	AWS_MEMBER("Path", &aws_string),
	AWS_MEMBER("UserName", &aws_string),
	AWS_MEMBER("UserId", &aws_string),
	AWS_MEMBER("Arn", &aws_string),
	AWS_MEMBER("CreateDate", &aws_timestamp),
	AWS_MEMBER("PasswordLastUsed", &aws_timestamp),
};
static const struct aws_shape user = AWS_STRUCTURE_OF(user_members);
static const struct aws_shape user_list = AWS_LIST_OF(&user);

static const struct aws_member list_users_out[] = {
	AWS_MEMBER("Users", &user_list),
	AWS_MEMBER("IsTruncated", &aws_boolean),
	AWS_MEMBER("Marker", &aws_string),
};
static const struct aws_shape list_users_output = AWS_STRUCTURE_OF(list_users_out);
static const struct aws_paging list_users_paging = IAM_PAGING("Users", .limit = 1000);

IAM(ListUsers, .input = &list_users_input, .output = &list_users_output,
	.result_wrapper = "ListUsersResult", .paging = &list_users_paging);

/* --- GetLoginProfile --- */

static const struct aws_member login_profile_members[] = {
	AWS_MEMBER("UserName", &aws_string),
	AWS_MEMBER("CreateDate", &aws_timestamp),
	AWS_MEMBER("PasswordResetRequired", &aws_boolean),
};
static const struct aws_shape login_profile = AWS_STRUCTURE_OF(login_profile_members);

static const struct aws_member get_login_profile_out[] = {
	AWS_MEMBER("LoginProfile", &login_profile),
};
static const struct aws_shape get_login_profile_output = AWS_STRUCTURE_OF(get_login_profile_out);

IAM(GetLoginProfile, .input = &optional_user_input, .output = &get_login_profile_output,
	.result_wrapper = "GetLoginProfileResult");

/* --- ListMFADevices --- */

static const struct aws_member list_mfa_devices_in[] = {
	AWS_MEMBER("UserName", &aws_string),
	AWS_MEMBER("Marker", &aws_string),
	AWS_MEMBER("MaxItems", &aws_integer),
};
static const struct aws_shape list_mfa_devices_input = AWS_STRUCTURE_OF(list_mfa_devices_in);

static const struct aws_member mfa_device_members[] = {
	AWS_MEMBER("UserName", &aws_string),
	AWS_MEMBER("SerialNumber", &aws_string),
	AWS_MEMBER("EnableDate", &aws_timestamp),
};
static const struct aws_shape mfa_device = AWS_STRUCTURE_OF(mfa_device_members);
static const struct aws_shape mfa_device_list = AWS_LIST_OF(&mfa_device);

static const struct aws_member list_mfa_devices_out[] = {
	AWS_MEMBER("MFADevices", &mfa_device_list),
	AWS_MEMBER("IsTruncated", &aws_boolean),
	AWS_MEMBER("Marker", &aws_string),
};
static const struct aws_shape list_mfa_devices_output = AWS_STRUCTURE_OF(list_mfa_devices_out);
static const struct aws_paging list_mfa_devices_paging = IAM_PAGING("MFADevices");

IAM(ListMFADevices, .input = &list_mfa_devices_input, .output = &list_mfa_devices_output,
	.result_wrapper = "ListMFADevicesResult", .paging = &list_mfa_devices_paging);

/* --- GetUserPolicy, PutUserPolicy, DeleteUserPolicy --- */

static const struct aws_member user_policy_name_members[] = {
	AWS_MEMBER("UserName", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("PolicyName", &aws_string, .flags = AWS_REQUIRED),
};
static const struct aws_shape user_policy_name_input = AWS_STRUCTURE_OF(user_policy_name_members);

/* The document is percent-encoded in an answer (RFC 3986) and plain JSON in a request; it is passed
 * on as it comes. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html */
static const struct aws_member user_policy_members[] = {
	AWS_MEMBER("UserName", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("PolicyName", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("PolicyDocument", &aws_string, .flags = AWS_REQUIRED),
};
static const struct aws_shape user_policy = AWS_STRUCTURE_OF(user_policy_members);

IAM(GetUserPolicy, .input = &user_policy_name_input, .output = &user_policy,
	.result_wrapper = "GetUserPolicyResult");

IAM(PutUserPolicy, .input = &user_policy, .mutating = true, .repeatable = true);

IAM(DeleteUserPolicy, .input = &user_policy_name_input, .mutating = true, .repeatable = true);
