/*
 * Endpoints: the published cases of every service that we call or mean to call.
 */
#include "aws/endpoint/endpoint.h"

#include "aws/endpoint/partitions.h"
#include "base/banned.h"
#include "base/buf.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define SKIPPED 77

static const char *vectors;

/* The services of the published cases, including those that have no operations yet. */
static const struct aws_service services[] = {
	{ .id = "accessanalyzer", .signing_name = "access-analyzer" },
	{ .id = "account", .signing_name = "account" },
	{ .id = "cloudformation", .signing_name = "cloudformation" },
	{ .id = "cloudtrail", .signing_name = "cloudtrail" },
	{ .id = "cloudwatch", .signing_name = "monitoring" },
	{ .id = "config", .signing_name = "config" },
	{ .id = "dynamodb", .signing_name = "dynamodb" },
	{ .id = "ec2", .signing_name = "ec2" },
	{ .id = "events", .signing_name = "events" },
	{ .id = "guardduty", .signing_name = "guardduty" },
	{ .id = "iam", .signing_name = "iam" },
	{ .id = "inspector2", .signing_name = "inspector2" },
	{ .id = "kms", .signing_name = "kms" },
	{ .id = "lambda", .signing_name = "lambda" },
	{ .id = "logs", .signing_name = "logs" },
	{ .id = "macie2", .signing_name = "macie2" },
	{ .id = "organizations", .signing_name = "organizations" },
	{ .id = "route53resolver", .signing_name = "route53resolver" },
	{ .id = "s3", .signing_name = "s3" },
	{ .id = "s3control", .signing_name = "s3" },
	{ .id = "secretsmanager", .signing_name = "secretsmanager" },
	{ .id = "securityhub", .signing_name = "securityhub" },
	{ .id = "sns", .signing_name = "sns" },
	{ .id = "sqs", .signing_name = "sqs" },
	{ .id = "ssm", .signing_name = "ssm" },
	{ .id = "stepfunctions", .signing_name = "states" },
	{ .id = "sts", .signing_name = "sts" },
	{ .id = "wafv2", .signing_name = "wafv2" },
};

/* The published error texts differ from service to service; our codes are the same for all. */
static const struct {
	const char *text, *code;
} refusals[] = {
	{ "FIPS and custom endpoint are not supported", "CustomEndpointMode" },
	{ "A custom endpoint cannot be combined with FIPS", "CustomEndpointMode" },
	{ "Dualstack and custom endpoint are not supported", "CustomEndpointMode" },
	{ "DualStack and custom endpoint are not supported", "CustomEndpointMode" },
	{ "Cannot set dual-stack in combination with a custom endpoint", "CustomEndpointMode" },
	{ "Missing Region", "MissingRegion" },
	{ "A region must be set", "MissingRegion" },
	{ "Region must be set", "MissingRegion" },
	{ "Partition does not support FIPS", "FipsNotSupported" },
	{ "region was not a valid DNS name", "InvalidRegion" },
	{ "was not a valid URI", "InvalidEndpointUrl" },
	{ "AccountId must only contain", "InvalidAccountId" },
};

/* Features that our callers never use, and that the resolver therefore lacks. */
enum reason {
	NOT_LEFT_OUT,
	ARN,
	DIRECTORY_BUCKET,
	OUTPOSTS,
	ACCELERATE,
	OBJECT_LAMBDA,
	SNOW,
	ACCOUNT_REQUIRED,
	ENDPOINT_ID,
	ACCOUNT_ENDPOINT,
	DYNAMODB_LOCAL,
	DYNAMODB_OVERRIDE,
	DYNAMODB_SEARCH,
	MOVED,
	REASONS,
};
static const char *const reason_texts[REASONS] = {
	[ARN] = "S3 bucket named by ARN (access points, Outposts, Object Lambda, multi-region access "
			"points)",
	[DIRECTORY_BUCKET] = "S3 Express directory buckets and their access points",
	[OUTPOSTS] = "S3 on Outposts",
	[ACCELERATE] = "S3 Transfer Acceleration",
	[OBJECT_LAMBDA] = "S3 Object Lambda's own endpoint",
	[SNOW] = "S3 on Snow devices",
	[ACCOUNT_REQUIRED] = "S3 Control call without its account id, which serializing refuses",
	[ENDPOINT_ID] = "EventBridge global endpoints",
	[ACCOUNT_ENDPOINT] = "DynamoDB endpoints by account id",
	[DYNAMODB_LOCAL] = "DynamoDB's pseudo region \"local\"",
	[DYNAMODB_OVERRIDE] = "DynamoDB custom URL that is AWS's own dualstack endpoint",
	[DYNAMODB_SEARCH] = "DynamoDB search operations",
	[MOVED] = "Organizations' dualstack endpoints, which AWS's current rules have in one region",
};
static unsigned left_out[REASONS];

static bool ends_with(const char *text, const char *end)
{
	size_t text_length = strlen(text), end_length = strlen(end);

	return text_length >= end_length && strcmp(text + text_length - end_length, end) == 0;
}

static const char *string_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool is_set(const json_t *object, const char *key)
{
	return json_object_get(object, key) != NULL;
}

static enum reason why_left_out_s3(const json_t *params)
{
	const char *bucket = string_of(params, "Bucket"), *region = string_of(params, "Region");

	if (is_set(params, "OutpostId") || (bucket != NULL && ends_with(bucket, "--op-s3")))
		return OUTPOSTS;
	if (json_is_true(json_object_get(params, "Accelerate")))
		return ACCELERATE;
	if (json_is_true(json_object_get(params, "UseObjectLambdaEndpoint")))
		return OBJECT_LAMBDA;
	if ((bucket != NULL && strncmp(bucket, "arn:", 4) == 0) || is_set(params, "ResourceArn") ||
		is_set(params, "AccessPointName"))
		return ARN;
	if (bucket != NULL && (ends_with(bucket, "--x-s3") || ends_with(bucket, "--xa-s3")))
		return DIRECTORY_BUCKET;
	if (bucket == NULL && json_is_true(json_object_get(params, "UseS3ExpressControlEndpoint")))
		return DIRECTORY_BUCKET;
	if (region != NULL && strcmp(region, "snow") == 0)
		return SNOW;
	if (json_is_true(json_object_get(params, "RequiresAccountId")) && !is_set(params, "AccountId"))
		return ACCOUNT_REQUIRED;
	return NOT_LEFT_OUT;
}

static enum reason why_left_out_dynamodb(const json_t *params)
{
	const char *mode = string_of(params, "AccountIdEndpointMode"),
			   *region = string_of(params, "Region");
	const char *url = string_of(params, "Endpoint");

	if (region != NULL && strcmp(region, "local") == 0)
		return DYNAMODB_LOCAL;
	if (mode != NULL && strcmp(mode, "disabled") != 0 &&
		(strcmp(mode, "required") == 0 || is_set(params, "AccountId") ||
			is_set(params, "ResourceArn") || is_set(params, "ResourceArnList")))
		return ACCOUNT_ENDPOINT;
	if (json_is_true(json_object_get(params, "IsSearchOperation")))
		return DYNAMODB_SEARCH;
	if (url != NULL && region != NULL) {
		char own[128];

		snprintf(own, sizeof own, "https://dynamodb.%s.%s", region,
			aws_partition_of(region)->dualstack_dns_suffix);
		if (strncmp(url, own, strlen(own)) == 0)
			return DYNAMODB_OVERRIDE;
	}
	return NOT_LEFT_OUT;
}

/* check_operations.py compares these with the rule set of a current botocore. */
static enum reason why_left_out_organizations(const json_t *params)
{
	const char *region = string_of(params, "Region");
	bool dualstack = json_is_true(json_object_get(params, "UseDualStack"));
	bool in_china = region != NULL && strncmp(region, "cn-", 3) == 0;
	bool fips = json_is_true(json_object_get(params, "UseFIPS"));

	return region != NULL && (dualstack || (in_china && fips)) ? MOVED : NOT_LEFT_OUT;
}

static enum reason why_left_out(const char *service_id, const json_t *params)
{
	if (is_set(params, "EndpointId"))
		return ENDPOINT_ID;
	if (strcmp(service_id, "dynamodb") == 0)
		return why_left_out_dynamodb(params);
	if (strcmp(service_id, "organizations") == 0)
		return why_left_out_organizations(params);
	if (strcmp(service_id, "s3") == 0 || strcmp(service_id, "s3control") == 0)
		return why_left_out_s3(params);
	return NOT_LEFT_OUT;
}

/* The published URL ends with the bucket when the host doesn't have it; we put it into the path
 * later. */
static bool is_url(const struct aws_endpoint *endpoint, const struct aws_endpoint_options *options,
	const char *expected)
{
	CLEANUP_BUF struct buf url;

	buf_init(&url, 1024);
	buf_add_string(&url, endpoint->url);
	if (options->bucket != NULL && !endpoint->bucket_in_host) {
		buf_add_char(&url, '/');
		buf_add_percent(&url, options->bucket, strlen(options->bucket), false);
	}
	return buf_ok(&url) && strcmp(url.data, expected) == 0;
}

/* Returns NULL, or a text that says what is wrong. */
static const char *check_endpoint(const struct aws_service *service,
	const struct aws_endpoint_options *options, const struct aws_endpoint *endpoint,
	const json_t *expected)
{
	const json_t *scheme =
		json_array_get(json_object_get(json_object_get(expected, "properties"), "authSchemes"), 0);
	const char *region = string_of(scheme, "signingRegion"),
			   *name = string_of(scheme, "signingName");

	if (!is_url(endpoint, options, string_of(expected, "url")))
		return "URL";
	/* When the published case names no signing region, AWS's clients sign for the given one. For a
	 * custom URL of a global service we sign as for its own endpoint. */
	if (region == NULL && options->custom_url == NULL)
		region = options->region;
	if (region != NULL && strcmp(endpoint->signing_region, region) != 0)
		return "signing region";
	if (strcmp(endpoint->signing_name, name != NULL ? name : service->signing_name) != 0)
		return "signing name";
	return NULL;
}

static const char *check_refusal(const struct err *err, const char *expected)
{
	for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
		if (strstr(expected, refusals[i].text) != NULL)
			return strcmp(err->code, refusals[i].code) == 0 ? NULL : "error";
	}
	return "error that we have no code for";
}

static const char *check_case(const struct aws_service *service, const json_t *params,
	const json_t *expected)
{
	const char *refusal = string_of(expected, "error");
	const struct aws_endpoint_options options = {
		.region = string_of(params, "Region"),
		.use_fips = json_is_true(json_object_get(params, "UseFIPS")),
		.use_dualstack = json_is_true(json_object_get(params, "UseDualStack")),
		.custom_url = string_of(params, "Endpoint"),
		.bucket = strcmp(service->id, "s3") == 0 ? string_of(params, "Bucket") : NULL,
		.force_path_style = json_is_true(json_object_get(params, "ForcePathStyle")),
		/* A resource that needs no account id gets none. */
		.account_id = json_is_true(json_object_get(params, "RequiresAccountId"))
			? string_of(params, "AccountId")
			: NULL,
		.sts_global = json_is_true(json_object_get(params, "UseGlobalEndpoint")),
	};
	struct aws_endpoint endpoint;
	static struct err err; /* holds the message that is returned */

	if (aws_endpoint_resolve(service, &options, &endpoint, &err) < 0)
		return refusal != NULL ? check_refusal(&err, refusal) : err.message;
	if (refusal != NULL)
		return "accepted";
	return check_endpoint(service, &options, &endpoint, json_object_get(expected, "endpoint"));
}

static unsigned run_service(const struct aws_service *service, unsigned *passed)
{
	char path[4096];
	json_error_t error;
	json_t *file;
	size_t index;
	json_t *test;
	unsigned failed = 0;

	snprintf(path, sizeof path, "%s/endpoints/%s/endpoint-tests-1.json", vectors, service->id);
	file = json_load_file(path, 0, &error);
	if (file == NULL)
		fail_msg("%s: %s", path, error.text);
	json_array_foreach(json_object_get(file, "testCases"), index, test) {
		const json_t *params = json_object_get(test, "params");
		enum reason reason = why_left_out(service->id, params);
		const char *wrong;

		if (reason != NOT_LEFT_OUT) {
			left_out[reason]++;
			continue;
		}
		wrong = check_case(service, params, json_object_get(test, "expect"));
		if (wrong == NULL) {
			++*passed;
		} else {
			print_error("%s: %s: wrong %s\n", service->id, string_of(test, "documentation"), wrong);
			failed++;
		}
	}
	json_decref(file);
	return failed;
}

static void published_cases(void **state)
{
	unsigned passed = 0, failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(services); i++)
		failed += run_service(&services[i], &passed);
	print_message("published endpoint cases: %u passed, %u failed\n", passed, failed);
	for (size_t i = NOT_LEFT_OUT + 1; i < REASONS; i++)
		print_message("left out: %3u  %s\n", left_out[i], reason_texts[i]);
	assert_int_equal(failed, 0);
	assert_true(passed > 1400);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(published_cases) };
	char path[4096];

	vectors = getenv("REEVE_VECTORS");
	snprintf(path, sizeof path, "%s/endpoints", vectors != NULL ? vectors : "");
	if (vectors == NULL || access(path, R_OK) != 0) {
		fprintf(stderr,
			"skipped: no published endpoint cases in $REEVE_VECTORS/endpoints; the step "
			"operations compares every endpoint with botocore's rules\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
