/*
 * The rows follow the endpoint rule sets that AWS publishes with its SDKs. A service whose rule set
 * is the plain regional one needs no row; tests/interop/check_operations.py compares every listed
 * service with its rule set, in all regions and modes.
 */
#include "aws/endpoint/endpoint_rules.h"

#include "base/banned.h"
#include "base/compiler.h"

#define PLAIN (1U << ENDPOINT_PLAIN)
#define FIPS (1U << ENDPOINT_FIPS)
#define DUALSTACK (1U << ENDPOINT_DUALSTACK)
#define FIPS_DUALSTACK (1U << ENDPOINT_FIPS_DUALSTACK)

static const struct endpoint_pattern regional = {
	.hosts = {
		[ENDPOINT_PLAIN] = "{host}.{region}.{suffix}",
		[ENDPOINT_FIPS] = "{host}-fips.{region}.{suffix}",
		[ENDPOINT_DUALSTACK] = "{host}.{region}.{dualstack}",
		[ENDPOINT_FIPS_DUALSTACK] = "{host}-fips.{region}.{dualstack}",
	},
};

/* One region per partition. */
static const struct endpoint_pattern one_region = {
	.hosts = {
		[ENDPOINT_PLAIN] = "{host}.{global}.{suffix}",
		[ENDPOINT_FIPS] = "{host}-fips.{global}.{suffix}",
		[ENDPOINT_DUALSTACK] = "{host}.{global}.{dualstack}",
		[ENDPOINT_FIPS_DUALSTACK] = "{host}-fips.{global}.{dualstack}",
	},
	.signed_globally = true,
};

/* One endpoint per partition. */
static const struct endpoint_pattern global = {
	.hosts = {
		[ENDPOINT_PLAIN] = "{host}.{suffix}",
		[ENDPOINT_FIPS] = "{host}-fips.{suffix}",
		[ENDPOINT_DUALSTACK] = "{host}.{dualstack}",
		[ENDPOINT_FIPS_DUALSTACK] = "{host}-fips.{dualstack}",
	},
	.signed_globally = true,
};

/* One endpoint per partition; the dualstack one has "global" in its name. */
static const struct endpoint_pattern named_global = {
	.hosts = {
		[ENDPOINT_PLAIN] = "{host}.{suffix}",
		[ENDPOINT_FIPS] = "{host}-fips.{suffix}",
		[ENDPOINT_DUALSTACK] = "{host}.global.{dualstack}",
		[ENDPOINT_FIPS_DUALSTACK] = "{host}-fips.global.{dualstack}",
	},
	.signed_globally = true,
};

/* Services whose dualstack or FIPS endpoints have a name of their own. */
#define RENAMED_DUALSTACK(name, fips_name) \
	{ \
		.hosts = { \
			[ENDPOINT_PLAIN] = "{host}.{region}.{suffix}", \
			[ENDPOINT_FIPS] = "{host}-fips.{region}.{suffix}", \
			[ENDPOINT_DUALSTACK] = name ".{region}.{dualstack}", \
			[ENDPOINT_FIPS_DUALSTACK] = fips_name "-fips.{region}.{dualstack}", \
		}, \
	}
static const struct endpoint_pattern ecr_style = RENAMED_DUALSTACK("ecr", "ecr");
static const struct endpoint_pattern efs_style = RENAMED_DUALSTACK("efs", "efs");
static const struct endpoint_pattern opensearch_style = RENAMED_DUALSTACK("aos", "es");
static const struct endpoint_pattern eks_style = {
	.hosts = {
		[ENDPOINT_PLAIN] = "{host}.{region}.{suffix}",
		[ENDPOINT_FIPS] = "fips.{host}.{region}.{suffix}",
		[ENDPOINT_DUALSTACK] = "{host}.{region}.{dualstack}",
		[ENDPOINT_FIPS_DUALSTACK] = "{host}-fips.{region}.{dualstack}",
	},
};

/* S3's dualstack endpoints are older than the partitions' DNS suffixes for dualstack. */
static const struct endpoint_pattern s3_style = {
	.hosts = {
		[ENDPOINT_PLAIN] = "{host}.{region}.{suffix}",
		[ENDPOINT_FIPS] = "{host}-fips.{region}.{suffix}",
		[ENDPOINT_DUALSTACK] = "{host}.dualstack.{region}.{suffix}",
		[ENDPOINT_FIPS_DUALSTACK] = "{host}-fips.dualstack.{region}.{suffix}",
	},
};

static const struct endpoint_exception cloudfront_exceptions[] = {
	{ "aws-cn", PLAIN, "{host}.{global}.{suffix}", NULL },
	{ "aws-cn", FIPS, "{host}-fips.{global}.{suffix}", NULL },
	{ "aws-cn", DUALSTACK, "{host}.{dualstack}", NULL },
	{ "aws-cn", FIPS_DUALSTACK, "{host}-fips.{dualstack}", NULL },
	{ "aws-us-gov", DUALSTACK, "{host}.{dualstack}", NULL },
	{ "aws-us-gov", FIPS_DUALSTACK, "{host}-fips.{dualstack}", NULL },
};

static const struct endpoint_exception cloudwatch_exceptions[] = {
	{ "aws-us-gov", FIPS_DUALSTACK, "{host}.{region}.{dualstack}", NULL },
};

static const struct endpoint_exception eks_exceptions[] = {
	{ "aws-cn", FIPS, "{host}-fips.{region}.{suffix}", NULL },
	{ "aws-us-gov", FIPS, "{host}.{region}.{suffix}", NULL },
};

static const struct endpoint_exception events_exceptions[] = {
	{ "aws-us-gov", FIPS_DUALSTACK, "{host}.{region}.{dualstack}", NULL },
};

static const struct endpoint_exception iam_exceptions[] = {
	{ "aws", DUALSTACK, "iam.global.api.aws", NULL },
	{ "aws", FIPS_DUALSTACK, "iam-fips.global.api.aws", NULL },
	{ "aws-cn", PLAIN, "iam.cn-north-1.{suffix}", "cn-north-1" },
	{ "aws-cn", DUALSTACK, "iam.global.{dualstack}", "cn-north-1" },
	{ "aws-cn", FIPS | FIPS_DUALSTACK, NULL, "cn-north-1" },
	{ "aws-us-gov", PLAIN | FIPS, "iam.us-gov.amazonaws.com", NULL },
	{ "aws-us-gov", DUALSTACK | FIPS_DUALSTACK, "iam.us-gov.api.aws", NULL },
	{ "aws-iso", PLAIN, "{host}.{global}.{suffix}", NULL },
	{ "aws-iso", FIPS, "{host}-fips.{global}.{suffix}", NULL },
	{ "aws-iso-b", PLAIN, "{host}.{global}.{suffix}", NULL },
	{ "aws-iso-b", FIPS, "{host}-fips.{global}.{suffix}", NULL },
	{ "aws-iso-e", PLAIN, "{host}.{global}.{suffix}", NULL },
	{ "aws-iso-f", PLAIN, "{host}.{global}.{suffix}", NULL },
	{ "aws-eusc", PLAIN, "{host}.{global}.{suffix}", NULL },
	{ "aws-eusc", DUALSTACK, "iam.global.{dualstack}", NULL },
};

static const struct endpoint_exception organizations_exceptions[] = {
	{ "aws-us-gov", FIPS, "{host}.{global}.{suffix}", NULL },
	{ "aws-us-gov", FIPS_DUALSTACK, "{host}.{global}.{dualstack}", NULL },
};

static const struct endpoint_exception route53_exceptions[] = {
	{ "aws-cn", FIPS_DUALSTACK, "{host}-fips.{dualstack}", NULL },
	{ "aws-us-gov", PLAIN | FIPS, "{host}.us-gov.{suffix}", NULL },
	{ "aws-us-gov", DUALSTACK | FIPS_DUALSTACK, "{host}.us-gov.{dualstack}", NULL },
};

static const struct endpoint_exception s3_exceptions[] = {
	{ "aws-global", PLAIN, "{host}.{suffix}", "us-east-1" },
	{ "aws-global", FIPS | DUALSTACK | FIPS_DUALSTACK, NULL, "us-east-1" },
};

static const struct endpoint_exception secretsmanager_exceptions[] = {
	{ "aws", DUALSTACK, "{host}.{region}.{suffix}", NULL },
	{ "aws", FIPS_DUALSTACK, "{host}-fips.{region}.{suffix}", NULL },
	{ "aws-cn", DUALSTACK, "{host}.{region}.{suffix}", NULL },
	{ "aws-us-gov", DUALSTACK, "{host}.{region}.{suffix}", NULL },
	{ "aws-us-gov", FIPS_DUALSTACK, "{host}-fips.{region}.{suffix}", NULL },
};

static const struct endpoint_exception states_exceptions[] = {
	{ "us-gov-west-1", FIPS, "{host}.{region}.{suffix}", NULL },
	{ "aws-us-gov", DUALSTACK, "{host}-fips.{region}.{dualstack}", NULL },
};

static const struct endpoint_exception sts_exceptions[] = {
	{ "aws-global", PLAIN, "{host}.{suffix}", "us-east-1" },
};

#define EXCEPTIONS(table) .exceptions = (table), .exception_count = ARRAY_LENGTH(table)
#define REGIONAL(service, host_name, ...) \
	{ .service_id = (service), .host = (host_name), .pattern = &regional, ##__VA_ARGS__ }
#define GOV_PLAIN_IS_FIPS .gov_plain_is_fips = true

static const struct endpoint_rule rules[] = {
	REGIONAL("accessanalyzer", "access-analyzer", GOV_PLAIN_IS_FIPS),
	{ .service_id = "account", .host = "account", .pattern = &one_region },
	REGIONAL("acm", "acm", GOV_PLAIN_IS_FIPS),
	REGIONAL("autoscaling", "autoscaling", GOV_PLAIN_IS_FIPS),
	REGIONAL("cloudformation", "cloudformation", GOV_PLAIN_IS_FIPS),
	{ .service_id = "cloudfront",
		.host = "cloudfront",
		.pattern = &named_global,
		EXCEPTIONS(cloudfront_exceptions) },
	REGIONAL("cloudtrail", "cloudtrail", GOV_PLAIN_IS_FIPS),
	REGIONAL("cloudwatch", "monitoring", GOV_PLAIN_IS_FIPS, EXCEPTIONS(cloudwatch_exceptions)),
	REGIONAL("config", "config", GOV_PLAIN_IS_FIPS),
	REGIONAL("dynamodb", "dynamodb", GOV_PLAIN_IS_FIPS),
	REGIONAL("ec2", "ec2", GOV_PLAIN_IS_FIPS),
	{ .service_id = "ecr", .host = "api.ecr", .pattern = &ecr_style },
	{ .service_id = "efs", .host = "elasticfilesystem", .pattern = &efs_style },
	{ .service_id = "eks", .host = "eks", .pattern = &eks_style, EXCEPTIONS(eks_exceptions) },
	REGIONAL("elbv2", "elasticloadbalancing", GOV_PLAIN_IS_FIPS),
	REGIONAL("events", "events", GOV_PLAIN_IS_FIPS, EXCEPTIONS(events_exceptions)),
	REGIONAL("guardduty", "guardduty", GOV_PLAIN_IS_FIPS),
	{ .service_id = "iam", .host = "iam", .pattern = &global, EXCEPTIONS(iam_exceptions) },
	REGIONAL("inspector2", "inspector2"),
	REGIONAL("kms", "kms"),
	REGIONAL("lambda", "lambda"),
	REGIONAL("logs", "logs", GOV_PLAIN_IS_FIPS),
	REGIONAL("macie2", "macie2"),
	{ .service_id = "opensearch", .host = "es", .pattern = &opensearch_style },
	{ .service_id = "organizations",
		.host = "organizations",
		.pattern = &one_region,
		EXCEPTIONS(organizations_exceptions) },
	REGIONAL("rds", "rds", GOV_PLAIN_IS_FIPS),
	REGIONAL("redshift", "redshift", GOV_PLAIN_IS_FIPS),
	REGIONAL("resource-groups", "resource-groups", GOV_PLAIN_IS_FIPS),
	{ .service_id = "route53",
		.host = "route53",
		.pattern = &named_global,
		EXCEPTIONS(route53_exceptions) },
	REGIONAL("route53resolver", "route53resolver", GOV_PLAIN_IS_FIPS),
	{
		.service_id = "s3",
		.host = "s3",
		.pattern = &s3_style,
		EXCEPTIONS(s3_exceptions),
		.legacy_global_regions = "us-east-1",
		.legacy_global_host = "s3.amazonaws.com",
		.no_fips_in_china = true,
		.region_in_custom_url_needed = true,
	},
	{
		.service_id = "s3control",
		.host = "s3-control",
		.pattern = &s3_style,
		.no_fips_in_china = true,
		.ignores_fips_with_custom_url = true,
		.region_in_custom_url_needed = true,
	},
	REGIONAL("secretsmanager", "secretsmanager", EXCEPTIONS(secretsmanager_exceptions)),
	REGIONAL("securityhub", "securityhub"),
	REGIONAL("sns", "sns", GOV_PLAIN_IS_FIPS),
	REGIONAL("sqs", "sqs", GOV_PLAIN_IS_FIPS),
	REGIONAL("ssm", "ssm", GOV_PLAIN_IS_FIPS),
	REGIONAL("stepfunctions", "states", EXCEPTIONS(states_exceptions)),
	{
		.service_id = "sts",
		.host = "sts",
		.pattern = &regional,
		EXCEPTIONS(sts_exceptions),
		GOV_PLAIN_IS_FIPS,
		.legacy_global_regions =
			"ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 aws-global "
			"ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 "
			"sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2",
		.legacy_global_host = "sts.amazonaws.com",
	},
	REGIONAL("wafv2", "wafv2"),
};

struct endpoint_rule endpoint_rule_of(const struct aws_service *service)
{
	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++) {
		if (strcmp(rules[i].service_id, service->id) == 0)
			return rules[i];
	}
	return (struct endpoint_rule){
		.service_id = service->id, .host = service->endpoint_prefix, .pattern = &regional
	};
}
