/*
 * Partitions: groups of regions with their own credentials, names and DNS suffixes.
 * https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
#include "aws/endpoint/partitions.h"

#include "aws/endpoint/endpoint.h"

#include "base/banned.h"

struct partition_row {
	struct aws_partition partition;
	const char *prefixes; /* "us eu": regions are us-WORD-NUMBER and eu-WORD-NUMBER */
};

/* A region that matches no row counts as one of the first row's partition. */
static const struct partition_row rows[] = {
	{ { "aws", "amazonaws.com", "api.aws", "us-east-1", true, true },
		"us eu ap sa ca me af il mx" },
	{ { "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1", true,
		  true },
		"cn" },
	{ { "aws-us-gov", "amazonaws.com", "api.aws", "us-gov-west-1", true, true }, "us-gov" },
	{ { "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1", true, true },
		"eusc-de" },
	{ { "aws-iso", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1", true, true }, "us-iso" },
	{ { "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1", true, true }, "us-isob" },
	{ { "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1", true, true },
		"eu-isoe" },
	{ { "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1", true, true },
		"us-isof" },
};

static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";

/* Returns whether the text is "-WORD-NUMBER", to its end. */
static bool is_region_rest(const char *text)
{
	size_t word, number;

	if (*text++ != '-')
		return false;
	word = strspn(text, letters);
	if (word == 0 || text[word] != '-')
		return false;
	text += word + 1;
	number = strspn(text, digits);
	return number > 0 && text[number] == '\0';
}

static bool matches(const struct partition_row *row, const char *region)
{
	const char *prefix = row->prefixes;
	size_t name_length = strlen(row->partition.name);

	/* Services without regions use a pseudo region: "aws-global", "aws-cn-global". */
	if (strncmp(region, row->partition.name, name_length) == 0 &&
		strcmp(region + name_length, "-global") == 0)
		return true;
	while (*prefix != '\0') {
		size_t length = strcspn(prefix, " ");

		if (strncmp(region, prefix, length) == 0 && is_region_rest(region + length))
			return true;
		prefix += length;
		prefix += strspn(prefix, " ");
	}
	return false;
}

const struct aws_partition *aws_partition_of(const char *region)
{
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		if (matches(&rows[i], region))
			return &rows[i].partition;
	}
	return &rows[0].partition;
}

/* A region's name is WORD-WORD[-WORD…]-NUMBER and fits into a host label. Regions that we don't
 * know yet have the same form. */
bool aws_region_valid(const char *region)
{
	size_t word = strspn(region, letters);

	if (word < 2 || strlen(region) > 31)
		return false;
	for (region += word; !is_region_rest(region); region += word + 1) {
		if (*region != '-')
			return false;
		word = strspn(region + 1, letters);
		if (word == 0)
			return false;
	}
	return true;
}
