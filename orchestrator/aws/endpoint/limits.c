#include "aws/endpoint/limits.h"

#include "base/banned.h"

#define ORGANIZATIONS \
	"https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"
#define STS_QUOTAS \
	"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (STS request " \
	"limits)"
#define EC2_THROTTLING "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"
#define KMS_REQUESTS \
	"https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html"
#define SECURITY_HUB \
	"https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html (rate and burst " \
	"limits)"
#define CLOUDTRAIL \
	"https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html"
#define LAMBDA \
	"https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (Service quotas, " \
	"API requests)"

/* Rows of a service stand from the most to the least special. */
static const struct limit limits[] = {
	{ "organizations", "ListAccounts", 8, 12, ORGANIZATIONS },
	{ "organizations", "ListAccountsForParent", 5, 8, ORGANIZATIONS },
	{ "organizations", "ListParents", 5, 8, ORGANIZATIONS },
	{ "organizations", "ListOrganizationalUnitsForParent", 5, 8, ORGANIZATIONS },
	{ "organizations", "ListRoots", 1, 2, ORGANIZATIONS },
	{ "organizations", "DescribeAccount", 20, 30, ORGANIZATIONS },
	{ "organizations", "CreatePolicy", 2, 3, ORGANIZATIONS },
	{ "organizations", "AttachPolicy", 2, 3, ORGANIZATIONS },
	{ "organizations", "UpdatePolicy", 2, 3, ORGANIZATIONS },
	{ "organizations", "EnablePolicyType", 1, 1, ORGANIZATIONS },
	{ "organizations", "RegisterDelegatedAdministrator", 1, 2, ORGANIZATIONS },
	{ "organizations", "ListTagsForResource", 10, 15, NULL },
	{ "organizations", NULL, 5, 8, NULL },

	/* One bucket for the STS calls of an account in a region; charged to the caller's account. */
	{ "sts", NULL, 600, 600, STS_QUOTAS },

	/* IAM publishes none. One bucket for all of it, as its calls go to one place. */
	{ "iam", NULL, 20, 40, NULL },

	{ "ec2", "DescribeRegions", 20, 100, EC2_THROTTLING },
	{ "ec2", "Describe*", 20, 100, EC2_THROTTLING },
	{ "ec2", "Get*", 20, 100, EC2_THROTTLING },
	{ "ec2", NULL, 5, 50, EC2_THROTTLING },

	{ "kms", "DescribeKey", 2000, 2000, KMS_REQUESTS },
	{ "kms", NULL, 100, 100, NULL },

	{ "securityhub", "GetFindings", 3, 6, SECURITY_HUB },
	{ "securityhub", "BatchEnableStandards", 1, 1, SECURITY_HUB },
	{ "securityhub", "UpdateFindings", 1, 5, SECURITY_HUB },
	{ "securityhub", "UpdateStandardsControl", 1, 5, SECURITY_HUB },
	{ "securityhub", "BatchImportFindings", 10, 30, SECURITY_HUB },
	{ "securityhub", NULL, 10, 30, SECURITY_HUB },

	{ "cloudtrail", "LookupEvents", 2, 2, CLOUDTRAIL },
	{ "cloudtrail", "Get*", 10, 10, CLOUDTRAIL },
	{ "cloudtrail", "Describe*", 10, 10, CLOUDTRAIL },
	{ "cloudtrail", "List*", 10, 10, CLOUDTRAIL },
	{ "cloudtrail", NULL, 1, 1, CLOUDTRAIL },

	{ "lambda", "GetFunction", 100, 100, LAMBDA },
	{ "lambda", "GetPolicy", 15, 15, LAMBDA },
	{ "lambda", NULL, 15, 15, LAMBDA },

	{ "guardduty", "ListDetectors", 10, 20, NULL },
	{ "guardduty", "GetDetector", 10, 20, NULL },
	{ "guardduty", NULL, 5, 10, NULL },

	{ "s3", NULL, 100, 100, NULL },
	{ "s3control", NULL, 50, 50, NULL },
	{ "account", NULL, 10, 20, NULL },
	{ "sqs", NULL, 1000, 1000, NULL },
	{ "sns", NULL, 30, 30, NULL },
};

/* A service that has no row. */
static const struct limit fallback = { NULL, NULL, 10, 20, NULL };

static bool fits(const char *pattern, const char *name)
{
	size_t length;

	if (pattern == NULL)
		return true;
	length = strlen(pattern);
	if (length > 0 && pattern[length - 1] == '*')
		return strncmp(pattern, name, length - 1) == 0;
	return strcmp(pattern, name) == 0;
}

const struct limit *limits_find_named(const char *service, const char *operation)
{
	for (size_t i = 0; i < ARRAY_LENGTH(limits); i++)
		if (strcmp(limits[i].service, service) == 0 && fits(limits[i].operation, operation))
			return &limits[i];
	return &fallback;
}

const struct limit *limits_find(const struct aws_operation *operation)
{
	return limits_find_named(operation->service->id, operation->name);
}

const struct limit *limits_at(size_t index)
{
	return index < ARRAY_LENGTH(limits) ? &limits[index] : NULL;
}
