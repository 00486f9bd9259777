/*
 * AWS Organizations: the organization, its tree of organizational units, its accounts and their
 * tags. https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

const struct aws_service aws_service_organizations = {
	.id = "organizations",
	.endpoint_id = "ORGANIZATIONS",
	.signing_name = "organizations",
	.protocol = AWS_JSON,
	.json_version = "1.1",
	.target_prefix = "AWSOrganizationsV20161128",
	.api_version = "2016-11-28",
};

#define ORGANIZATIONS(operation, ...) \
	const struct aws_operation aws_organizations_##operation = { .service = \
																	 &aws_service_organizations, \
		.name = #operation, \
		.http_method = "POST", \
		.http_path = "/", \
		.iam_action = "organizations:" #operation, \
		__VA_ARGS__ }

/* The most that Organizations gives a page; a page may still be short, or empty, with more to come.
 */
#define PAGE_SIZE 20
#define ORGANIZATIONS_PAGING(result, ...) \
	{ .input_token = "NextToken", \
		.output_token = "NextToken", \
		.result_key = (result), \
		##__VA_ARGS__ }
#define ORGANIZATIONS_LIMIT .limit_key = "MaxResults", .limit = PAGE_SIZE

/* --- shapes shared by several operations --- */

static const struct aws_member policy_type_members[] = {
	AWS_MEMBER("Type", &aws_string),
	AWS_MEMBER("Status", &aws_string),
};
static const struct aws_shape policy_type = AWS_STRUCTURE_OF(policy_type_members);
static const struct aws_shape policy_type_list = AWS_LIST_OF(&policy_type);

/* `Status` is retired in favour of `State`; `Paths` are the account's places in the tree
 * ("o-…/r-…/ou-…/"). */
static const struct aws_member account_members[] = {
	AWS_MEMBER("Id", &aws_string),
	AWS_MEMBER("Arn", &aws_string),
	AWS_MEMBER("Email", &aws_string),
	AWS_MEMBER("Name", &aws_string),
	AWS_MEMBER("Status", &aws_string),
	AWS_MEMBER("State", &aws_string),
	AWS_MEMBER("Paths", &aws_string_list),
	AWS_MEMBER("JoinedMethod", &aws_string),
	AWS_MEMBER("JoinedTimestamp", &aws_timestamp),
};
static const struct aws_shape account = AWS_STRUCTURE_OF(account_members);
static const struct aws_shape account_list = AWS_LIST_OF(&account);

static const struct aws_member all_pages_members[] = {
	AWS_MEMBER("NextToken", &aws_string),
	AWS_MEMBER("MaxResults", &aws_integer),
};
static const struct aws_shape all_pages_input = AWS_STRUCTURE_OF(all_pages_members);

static const struct aws_member for_parent_members[] = {
	AWS_MEMBER("ParentId", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("NextToken", &aws_string),
	AWS_MEMBER("MaxResults", &aws_integer),
};
static const struct aws_shape for_parent_input = AWS_STRUCTURE_OF(for_parent_members);

static const struct aws_member accounts_page_members[] = {
	AWS_MEMBER("Accounts", &account_list),
	AWS_MEMBER("NextToken", &aws_string),
};
static const struct aws_shape accounts_page = AWS_STRUCTURE_OF(accounts_page_members);
static const struct aws_paging accounts_paging =
	ORGANIZATIONS_PAGING("Accounts", ORGANIZATIONS_LIMIT);

/* --- DescribeOrganization --- */

static const struct aws_member organization_members[] = {
	AWS_MEMBER("Id", &aws_string),
	AWS_MEMBER("Arn", &aws_string),
	AWS_MEMBER("FeatureSet", &aws_string),
	AWS_MEMBER("MasterAccountArn", &aws_string),
	AWS_MEMBER("MasterAccountId", &aws_string),
	AWS_MEMBER("MasterAccountEmail", &aws_string),
	AWS_MEMBER("AvailablePolicyTypes", &policy_type_list),
};
static const struct aws_shape organization = AWS_STRUCTURE_OF(organization_members);

static const struct aws_member describe_organization_out[] = {
	AWS_MEMBER("Organization", &organization),
};
static const struct aws_shape describe_organization_output =
	AWS_STRUCTURE_OF(describe_organization_out);

ORGANIZATIONS(DescribeOrganization, .output = &describe_organization_output);

/* --- ListRoots --- */

static const struct aws_member root_members[] = {
	AWS_MEMBER("Id", &aws_string),
	AWS_MEMBER("Arn", &aws_string),
	AWS_MEMBER("Name", &aws_string),
	AWS_MEMBER("PolicyTypes", &policy_type_list),
};
static const struct aws_shape root = AWS_STRUCTURE_OF(root_members);
static const struct aws_shape root_list = AWS_LIST_OF(&root);

static const struct aws_member list_roots_out[] = {
	AWS_MEMBER("Roots", &root_list),
	AWS_MEMBER("NextToken", &aws_string),
};
static const struct aws_shape list_roots_output = AWS_STRUCTURE_OF(list_roots_out);
static const struct aws_paging list_roots_paging =
	ORGANIZATIONS_PAGING("Roots", ORGANIZATIONS_LIMIT);

ORGANIZATIONS(ListRoots, .input = &all_pages_input, .output = &list_roots_output,
	.paging = &list_roots_paging);

/* --- ListOrganizationalUnitsForParent --- */

static const struct aws_member unit_members[] = {
	AWS_MEMBER("Id", &aws_string),
	AWS_MEMBER("Arn", &aws_string),
	AWS_MEMBER("Name", &aws_string),
	AWS_MEMBER("Path", &aws_string),
};
static const struct aws_shape unit = AWS_STRUCTURE_OF(unit_members);
static const struct aws_shape unit_list = AWS_LIST_OF(&unit);

static const struct aws_member list_units_out[] = {
	AWS_MEMBER("OrganizationalUnits", &unit_list),
	AWS_MEMBER("NextToken", &aws_string),
};
static const struct aws_shape list_units_output = AWS_STRUCTURE_OF(list_units_out);
static const struct aws_paging list_units_paging =
	ORGANIZATIONS_PAGING("OrganizationalUnits", ORGANIZATIONS_LIMIT);

ORGANIZATIONS(ListOrganizationalUnitsForParent, .input = &for_parent_input,
	.output = &list_units_output, .paging = &list_units_paging);

/* --- ListAccountsForParent, ListAccounts --- */

ORGANIZATIONS(ListAccountsForParent, .input = &for_parent_input, .output = &accounts_page,
	.paging = &accounts_paging);

ORGANIZATIONS(ListAccounts, .input = &all_pages_input, .output = &accounts_page,
	.paging = &accounts_paging);

/* --- one account: DescribeAccount, ListParents, DescribeOrganizationalUnit --- */

static const struct aws_member describe_account_in[] = {
	AWS_MEMBER("AccountId", &aws_string, .flags = AWS_REQUIRED),
};
static const struct aws_shape describe_account_input = AWS_STRUCTURE_OF(describe_account_in);
static const struct aws_member describe_account_out[] = {
	AWS_MEMBER("Account", &account),
};
static const struct aws_shape describe_account_output = AWS_STRUCTURE_OF(describe_account_out);

ORGANIZATIONS(DescribeAccount, .input = &describe_account_input,
	.output = &describe_account_output);

static const struct aws_member parent_members[] = {
	AWS_MEMBER("Id", &aws_string),
	AWS_MEMBER("Type", &aws_string),
};
static const struct aws_shape parent = AWS_STRUCTURE_OF(parent_members);
static const struct aws_shape parent_list = AWS_LIST_OF(&parent);

static const struct aws_member list_parents_in[] = {
	AWS_MEMBER("ChildId", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("NextToken", &aws_string),
	AWS_MEMBER("MaxResults", &aws_integer),
};
static const struct aws_shape list_parents_input = AWS_STRUCTURE_OF(list_parents_in);
static const struct aws_member list_parents_out[] = {
	AWS_MEMBER("Parents", &parent_list),
	AWS_MEMBER("NextToken", &aws_string),
};
static const struct aws_shape list_parents_output = AWS_STRUCTURE_OF(list_parents_out);
static const struct aws_paging list_parents_paging =
	ORGANIZATIONS_PAGING("Parents", ORGANIZATIONS_LIMIT);

ORGANIZATIONS(ListParents, .input = &list_parents_input, .output = &list_parents_output,
	.paging = &list_parents_paging);

static const struct aws_member describe_unit_in[] = {
	AWS_MEMBER("OrganizationalUnitId", &aws_string, .flags = AWS_REQUIRED),
};
static const struct aws_shape describe_unit_input = AWS_STRUCTURE_OF(describe_unit_in);
static const struct aws_member describe_unit_out[] = {
	AWS_MEMBER("OrganizationalUnit", &unit),
};
static const struct aws_shape describe_unit_output = AWS_STRUCTURE_OF(describe_unit_out);

ORGANIZATIONS(DescribeOrganizationalUnit, .input = &describe_unit_input,
	.output = &describe_unit_output);

/* --- ListTagsForResource --- */

static const struct aws_member tag_members[] = {
	AWS_MEMBER("Key", &aws_string),
	AWS_MEMBER("Value", &aws_string),
};
static const struct aws_shape tag = AWS_STRUCTURE_OF(tag_members);
static const struct aws_shape tag_list = AWS_LIST_OF(&tag);

static const struct aws_member list_tags_in[] = {
	AWS_MEMBER("ResourceId", &aws_string, .flags = AWS_REQUIRED),
	AWS_MEMBER("NextToken", &aws_string),
};
static const struct aws_shape list_tags_input = AWS_STRUCTURE_OF(list_tags_in);

static const struct aws_member list_tags_out[] = {
	AWS_MEMBER("Tags", &tag_list),
	AWS_MEMBER("NextToken", &aws_string),
};
static const struct aws_shape list_tags_output = AWS_STRUCTURE_OF(list_tags_out);
static const struct aws_paging list_tags_paging = ORGANIZATIONS_PAGING("Tags");

ORGANIZATIONS(ListTagsForResource, .input = &list_tags_input, .output = &list_tags_output,
	.paging = &list_tags_paging);
