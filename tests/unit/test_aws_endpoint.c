/*
 * Tests of endpoints that the published cases don't cover: custom URLs, refused options,
 * partitions, regions of services.
 */
#include "aws/endpoint/endpoint.h"

#include "aws/endpoint/partitions.h"
#include "aws/endpoint/service_regions.h"
#include "base/banned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void resolve(const struct aws_service *service, struct aws_endpoint_options options,
	struct aws_endpoint *out)
{
	struct err err = ERR_INIT;

	if (options.region == NULL)
		options.region = "eu-west-1";
	if (aws_endpoint_resolve(service, &options, out, &err) < 0)
		fail_msg("%s", err.message);
}

static void custom_url_of_an_address_gets_nothing_in_front(void **state)
{
	static const char *const urls[] = {
		"http://127.0.0.1:5000",
		"http://localhost:5000",
		"http://sim.localhost:5000",
		"http://[::1]:5000",
	};
	struct aws_endpoint endpoint;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(urls); i++) {
		resolve(&aws_service_s3control,
			(struct aws_endpoint_options){ .custom_url = urls[i], .account_id = "111122223333" },
			&endpoint);
		assert_string_equal(endpoint.url, urls[i]);
		assert_string_equal(endpoint.host, urls[i] + strlen("http://"));
		resolve(&aws_service_s3,
			(struct aws_endpoint_options){ .custom_url = urls[i], .bucket = "logs" }, &endpoint);
		assert_string_equal(endpoint.url, urls[i]);
		assert_false(endpoint.bucket_in_host);
	}
	resolve(&aws_service_s3control,
		(struct aws_endpoint_options){
			.custom_url = "https://notlocalhost.example", .account_id = "111122223333" },
		&endpoint);
	assert_string_equal(endpoint.host, "111122223333.notlocalhost.example");
}

static void custom_url_in_parts(void **state)
{
	struct aws_endpoint endpoint;

	(void)state;
	resolve(&aws_service_kms,
		(struct aws_endpoint_options){ .custom_url = "https://proxy.example:443/aws//" },
		&endpoint);
	assert_string_equal(endpoint.url, "https://proxy.example/aws");
	assert_string_equal(endpoint.host, "proxy.example");
	assert_string_equal(endpoint.base_path, "/aws");
	resolve(&aws_service_kms,
		(struct aws_endpoint_options){ .custom_url = "http://proxy.example:443" }, &endpoint);
	assert_string_equal(endpoint.host, "proxy.example:443");
	assert_string_equal(endpoint.base_path, "");
	assert_string_equal(endpoint.signing_region, "eu-west-1");
	/* The custom URL leads to IAM, which accepts signatures for one region only. */
	resolve(&aws_service_iam, (struct aws_endpoint_options){ .custom_url = "http://proxy.example" },
		&endpoint);
	assert_string_equal(endpoint.signing_region, "us-east-1");
}

static void refuses(const struct aws_service *service, const struct aws_endpoint_options *options,
	const char *code)
{
	struct aws_endpoint endpoint;
	struct err err = ERR_INIT;

	assert_int_equal(aws_endpoint_resolve(service, options, &endpoint, &err), -1);
	assert_string_equal(err.code, code);
	assert_null(strstr(err.message, "secret"));
}

static void bad_input_is_refused(void **state)
{
	static const char *const urls[] = {
		"",
		"http://",
		"https://",
		"ftp://example.com",
		"http:/example.com",
		"http://user:secret@example.com",
		"http://example.com?x",
		"http://example.com#x",
		"http://example.com/a b",
		"http://example.com/\r\nHost: x",
		"http://exa mple.com",
		"http://-example.com",
		"http://example.com:",
		"http://example.com:0",
		"http://example.com:65536",
		"http://example.com:99999999999",
		"http://example.com:80x",
		"http://[::1",
		"http://[x]",
		"http://[]",
		"http://example..com",
		"http://.",
	};
	static const char *const regions[] = { "", "eu-west-1.evil.example", "eu-west-1/", "eu_west_1",
		"-eu-west-1" };
	static const struct aws_service unknown = { .id = "nosuchservice",
		.signing_name = "nosuchservice" };
	char long_url[400] = "http://";

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(urls); i++)
		refuses(&aws_service_kms,
			&(struct aws_endpoint_options){ .region = "eu-west-1", .custom_url = urls[i] },
			"InvalidEndpointUrl");
	for (size_t i = 0; i < ARRAY_LENGTH(regions); i++)
		refuses(&aws_service_kms, &(struct aws_endpoint_options){ .region = regions[i] },
			"InvalidRegion");
	for (size_t i = strlen(long_url); i + 1 < sizeof long_url; i++)
		long_url[i] = i % 50 == 0 ? '.' : 'a';
	refuses(&aws_service_kms,
		&(struct aws_endpoint_options){ .region = "eu-west-1", .custom_url = long_url },
		"InvalidEndpointUrl");
	long_url[200] = '\0';
	refuses(&aws_service_s3,
		&(struct aws_endpoint_options){ .region = "eu-west-1",
			.custom_url = long_url,
			.bucket = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		"InvalidEndpointUrl");
	refuses(&aws_service_s3,
		&(struct aws_endpoint_options){ .region = "eu-west-1", .bucket = "arn:aws:s3:::logs" },
		"BucketArn");
	refuses(&unknown, &(struct aws_endpoint_options){ .region = "eu-west-1" }, "NoEndpointRule");
}

/* Most services need no row of their own. */
static void service_without_a_rule_is_regional(void **state)
{
	static const struct aws_service service = {
		.id = "elasticnothing", .endpoint_prefix = "nothing", .signing_name = "nothing"
	};
	struct aws_endpoint endpoint;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(aws_endpoint_resolve(&service,
						 &(struct aws_endpoint_options){
							 .region = "cn-north-1", .use_dualstack = true },
						 &endpoint, &err),
		0);
	assert_string_equal(endpoint.url, "https://nothing.cn-north-1.api.amazonwebservices.com.cn");
	assert_string_equal(endpoint.signing_region, "cn-north-1");
}

static void partitions(void **state)
{
	static const struct {
		const char *region, *partition;
	} cases[] = {
		{ "eu-west-1", "aws" },
		{ "mx-central-1", "aws" },
		{ "cn-north-1", "aws-cn" },
		{ "us-gov-west-1", "aws-us-gov" },
		{ "us-iso-east-1", "aws-iso" },
		{ "us-isob-east-1", "aws-iso-b" },
		{ "eu-isoe-west-1", "aws-iso-e" },
		{ "us-isof-south-1", "aws-iso-f" },
		{ "eusc-de-east-1", "aws-eusc" },
		{ "aws-global", "aws" },
		{ "aws-cn-global", "aws-cn" },
		{ "aws-us-gov-global", "aws-us-gov" },
		{ "xx-new-1", "aws" },
		{ "cn-future-12", "aws-cn" },
		{ "", "aws" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		assert_string_equal(aws_partition_of(cases[i].region)->name, cases[i].partition);
}

static void region_names(void **state)
{
	static const char *const valid[] = {
		"eu-west-1",
		"us-gov-west-1",
		"ap-southeast-12",
		"eusc-de-east-1",
		"us-isob-east-1",
	};
	static const char *const invalid[] = {
		"",
		"eu",
		"eu-west",
		"eu-west1",
		"eu-west-",
		"eu--1",
		"-west-1",
		"EU-west-1",
		"eu-west-1 ",
		"eu-west-1a",
		"e-west-1",
		"eu-west-1.",
		"global",
		"*",
		"eu-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(valid); i++)
		assert_true(aws_region_valid(valid[i]));
	for (size_t i = 0; i < ARRAY_LENGTH(invalid); i++)
		assert_false(aws_region_valid(invalid[i]));
}

static void service_regions(void **state)
{
	(void)state;
	assert_true(aws_service_in_region("guardduty", "eu-west-1"));
	assert_true(aws_service_in_region("s3control", "mx-central-1"));
	assert_true(aws_service_in_region("iam", "eu-west-1"));
	assert_true(aws_service_in_region("iam", "global"));
	assert_false(aws_service_in_region("guardduty", "us-isob-west-1"));
	assert_false(aws_service_in_region("macie2", "cn-north-1"));
	assert_false(aws_service_in_region("macie2", "ca-west-1"));
	assert_true(aws_service_in_region("macie2", "eu-west-1"));
	/* A region or service that the data doesn't know counts as available. */
	assert_true(aws_service_in_region("guardduty", "xx-new-1"));
	assert_true(aws_service_in_region("macie2", "cn-future-1"));
	assert_true(aws_service_in_region("nosuchservice", "eu-west-1"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(custom_url_of_an_address_gets_nothing_in_front),
		cmocka_unit_test(custom_url_in_parts),
		cmocka_unit_test(bad_input_is_refused),
		cmocka_unit_test(service_without_a_rule_is_regional),
		cmocka_unit_test(partitions),
		cmocka_unit_test(region_names),
		cmocka_unit_test(service_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
