/*
 * The endpoint of each service as data: how its host name is put together in each mode, and where a
 * partition or region differs. Private to this room.
 */
#ifndef REEVE_AWS_ENDPOINT_ENDPOINT_RULES_H
#define REEVE_AWS_ENDPOINT_ENDPOINT_RULES_H

#include "aws/operations/operation.h"

#include <stdbool.h>
#include <stddef.h>

enum endpoint_mode {
	ENDPOINT_PLAIN,
	ENDPOINT_FIPS,
	ENDPOINT_DUALSTACK,
	ENDPOINT_FIPS_DUALSTACK, /* FIPS | DUALSTACK */
	ENDPOINT_MODES,
};

/*
 * A host name with {host}: the rule's; {region}: the caller's or the exception's; {global}: the
 * partition's implicit global region; {suffix} and {dualstack}: the partition's DNS suffixes.
 */
struct endpoint_pattern {
	const char *hosts[ENDPOINT_MODES];
	bool signed_globally; /* signed for {global} instead of {region} */
};

struct endpoint_exception {
	const char *where; /* a partition ("aws-cn") or a region */
	unsigned modes;    /* bits 1 << mode */
	const char *host;  /* NULL: as the pattern has it */
	/* in place of the caller's, in the host name and for the signature; NULL: the caller's */
	const char *region;
};

struct endpoint_rule {
	const char *service_id;
	const char *host;
	const struct endpoint_pattern *pattern;
	const struct endpoint_exception *exceptions;
	size_t exception_count;
	const char *legacy_global_regions; /* "us-east-1 us-east-2": where sts_global gives
										  legacy_global_host */
	const char *legacy_global_host;
	bool gov_plain_is_fips; /* GovCloud's plain endpoint is the FIPS one */
	bool no_fips_in_china;
	bool ignores_fips_with_custom_url;
	bool region_in_custom_url_needed; /* a region is needed even with a custom URL */
};

/* A service without a row is regional, as most are, under its model's host name. The rule's host is
 * NULL where the service has none. */
struct endpoint_rule endpoint_rule_of(const struct aws_service *service);

#endif
