#include "limits.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct limit {
	enum service_id service;
	const char *operation; /* NULL: all others of the service together */
	double rate, burst;    /* calls a second, bucket size */
};

/* Where AWS documents nothing, the row is marked assumed. */
static const struct limit limits[] = {
	/* https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html */
	{ SERVICE_organizations, "ListAccounts", 8, 12 },
	{ SERVICE_organizations, "ListAccountsForParent", 5, 8 },
	{ SERVICE_organizations, "ListParents", 5, 8 },
	{ SERVICE_organizations, "ListOrganizationalUnitsForParent", 5, 8 },
	{ SERVICE_organizations, "ListRoots", 1, 2 },
	{ SERVICE_organizations, "DescribeAccount", 20, 30 },
	{ SERVICE_organizations, "ListTagsForResource", 10, 15 }, /* assumed */
	{ SERVICE_organizations, NULL, 5, 10 },                   /* assumed */
	/* https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
	{ SERVICE_sts, "AssumeRole", 600, 600 },
	{ SERVICE_sts, NULL, 600, 600 },
	{ SERVICE_iam, NULL, 20, 40 },                  /* assumed; one bucket for all of IAM */
	{ SERVICE_guardduty, "ListDetectors", 10, 20 }, /* assumed */
	{ SERVICE_guardduty, "GetDetector", 10, 20 },   /* assumed */
	{ SERVICE_guardduty, NULL, 5, 10 },             /* assumed */
	/* https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html */
	{ SERVICE_ec2, "DescribeRegions", 20, 100 },
	{ SERVICE_s3control, NULL, 50, 50 }, /* assumed */
	{ SERVICE_s3, NULL, 100, 100 },      /* assumed */
	{ SERVICE_account, NULL, 10, 20 },   /* assumed */
	/* https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html */
	{ SERVICE_kms, "DescribeKey", 2000, 2000 },
	{ SERVICE_kms, NULL, 500, 500 },
	/* https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
	{ SERVICE_cloudtrail, "LookupEvents", 2, 2 },
	/* https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html */
	{ SERVICE_securityhub, "GetFindings", 3, 6 },
	{ SERVICE_securityhub, NULL, 10, 30 },
};

struct bucket_state {
	uint64_t key; /* 0: free */
	double tokens, at;
};

static struct {
	struct bucket_state *slots;
	size_t mask, used;
} table;

static const struct limit *limit_of(const struct operation *operation)
{
	const struct limit *rest = NULL;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (limits[i].service != operation->service)
			continue;
		if (!limits[i].operation)
			rest = &limits[i];
		else if (strcmp(limits[i].operation, operation->name) == 0)
			return &limits[i];
	}
	return rest;
}

static struct bucket_state *slot_of(uint64_t key)
{
	size_t i = key & table.mask;

	while (table.slots[i].key && table.slots[i].key != key)
		i = (i + 1) & table.mask;
	return &table.slots[i];
}

static void table_grow(void)
{
	struct bucket_state *old = table.slots;
	size_t n = old ? table.mask + 1 : 0;

	table.mask = n ? n * 2 - 1 : 4095;
	table.slots = must_alloc((table.mask + 1) * sizeof(table.slots[0]));
	for (size_t i = 0; i < n; i++)
		if (old[i].key)
			*slot_of(old[i].key) = old[i];
	free(old);
}

bool limits_take(const struct call *call)
{
	const struct limit *limit = limit_of(call->operation);
	struct bucket_state *state;
	struct timespec ts;
	double now;
	uint64_t key;

	if (!limit || strcmp(org.options->limits, "aws") != 0)
		return true;
	if (!table.slots || table.used * 2 > table.mask)
		table_grow();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
	key = mix(mix(call->caller.account->number, (uint64_t)(limit - limits)),
			  hash_bytes(0, call->region.p, call->region.n)) |
		1;
	state = slot_of(key);
	if (!state->key) {
		table.used++;
		*state = (struct bucket_state){ key, limit->burst, now };
	}
	state->tokens += (now - state->at) * limit->rate;
	if (state->tokens > limit->burst)
		state->tokens = limit->burst;
	state->at = now;
	if (state->tokens < 1)
		return false;
	state->tokens -= 1;
	return true;
}
