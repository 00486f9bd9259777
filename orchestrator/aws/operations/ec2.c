/*
 * Amazon EC2.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Welcome.html
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

const struct aws_service aws_service_ec2 = {
	.id = "ec2",
	.endpoint_id = "EC2",
	.signing_name = "ec2",
	.protocol = AWS_EC2,
	.api_version = "2016-11-15",
	.xml_namespace = "http://ec2.amazonaws.com/doc/2016-11-15",
};

#define EC2(operation, ...) \
	const struct aws_operation aws_ec2_##operation = { .service = &aws_service_ec2, \
		.name = #operation, \
		.http_method = "POST", \
		.http_path = "/", \
		.iam_action = "ec2:" #operation, \
		__VA_ARGS__ }

/* --- shapes shared by the Describe operations --- */

static const struct aws_shape value_list = AWS_LIST_OF(&aws_string, .wire = "item");
static const struct aws_member filter_members[] = {
	AWS_MEMBER("Name", &aws_string),
	AWS_MEMBER("Values", &value_list, .wire = "Value"),
};
static const struct aws_shape filter = AWS_STRUCTURE_OF(filter_members);
static const struct aws_shape filter_list = AWS_LIST_OF(&filter, .wire = "Filter");

/* --- DescribeRegions --- */

static const struct aws_shape region_name_list = AWS_LIST_OF(&aws_string, .wire = "RegionName");
static const struct aws_member describe_regions_in[] = {
	AWS_MEMBER("RegionNames", &region_name_list, .wire = "RegionName"),
	AWS_MEMBER("AllRegions", &aws_boolean),
	AWS_MEMBER("DryRun", &aws_boolean, .wire = "dryRun"),
	AWS_MEMBER("Filters", &filter_list, .wire = "Filter"),
};
static const struct aws_shape describe_regions_input = AWS_STRUCTURE_OF(describe_regions_in);

static const struct aws_member geography_members[] = {
	AWS_MEMBER("Name", &aws_string, .wire = "name"),
};
static const struct aws_shape geography = AWS_STRUCTURE_OF(geography_members);
static const struct aws_shape geography_list = AWS_LIST_OF(&geography, .wire = "item");

static const struct aws_member region_members[] = {
	AWS_MEMBER("OptInStatus", &aws_string, .wire = "optInStatus"),
	AWS_MEMBER("Geography", &geography_list, .wire = "geographySet"),
	AWS_MEMBER("RegionName", &aws_string, .wire = "regionName"),
	AWS_MEMBER("Endpoint", &aws_string, .wire = "regionEndpoint"),
};
static const struct aws_shape region = AWS_STRUCTURE_OF(region_members);
static const struct aws_shape region_list = AWS_LIST_OF(&region, .wire = "item");

static const struct aws_member describe_regions_out[] = {
	AWS_MEMBER("Regions", &region_list, .wire = "regionInfo"),
};
static const struct aws_shape describe_regions_output = AWS_STRUCTURE_OF(describe_regions_out);

EC2(DescribeRegions, .input = &describe_regions_input, .output = &describe_regions_output);
