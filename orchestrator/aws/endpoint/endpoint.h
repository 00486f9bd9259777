/*
 * Finds where a call goes and which region it is signed for: partitions, regions, FIPS, dualstack,
 * global services, custom endpoints. It is tested against the published endpoint vectors.
 */
#ifndef REEVE_AWS_ENDPOINT_ENDPOINT_H
#define REEVE_AWS_ENDPOINT_ENDPOINT_H

#include "aws/operations/operation.h"
#include "base/err.h"

#include <stdbool.h>

struct aws_partition {
	const char *name; /* "aws", "aws-us-gov", "aws-cn" (and others that occur in the vectors) */
	const char *dns_suffix, *dualstack_dns_suffix;
	const char *implicit_global_region; /* "us-east-1" */
	bool supports_fips, supports_dualstack;
};

struct aws_endpoint_options {
	const char *region;
	bool use_fips, use_dualstack;
	const char *custom_url; /* AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_<SERVICE>; NULL: AWS's own */
	/* s3: for virtual-hosted addressing. NULL or force_path_style: path style, as for a name that
	 * is no host label and for a custom URL of an IP address or a loopback name. */
	const char *bucket;
	bool force_path_style;
	const char *account_id; /* s3control: the host prefix, but not before an IP address or a
							   loopback name */
	bool sts_global; /* sts, s3: legacy global endpoint in the regions that have it; off: regional
					  */
};

struct aws_endpoint {
	char url[320];  /* "https://guardduty.eu-west-1.amazonaws.com", no trailing slash; may hold a
					   path */
	char host[256]; /* with ":port" where it is not the scheme's own: the Host header */
	char base_path[128]; /* path of a custom URL, "" mostly */
	bool bucket_in_host; /* s3: the host names the bucket, so the path must not */
	char signing_region[32];
	char signing_name[32];
};

/* Where the options put a bucket or an account id in front of the host name, host and url have it,
 * so the caller must not add it again. Refused are: no region, a region or account id that can't be
 * in a host name, a bucket's ARN, a custom URL that is not http(s)://host[:port][/path], and FIPS
 * or dualstack with a custom URL or where there is none. Requests to a custom URL are signed like
 * those to AWS's own endpoint: for IAM in us-east-1, whatever the region. */
int aws_endpoint_resolve(const struct aws_service *service,
	const struct aws_endpoint_options *options, struct aws_endpoint *out, struct err *err)
	MUST_CHECK;

#endif
