/* The details of an account, derived from the seed when it is first asked about. */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const feature_names[N_FEATURE_BITS] = {
	"S3_DATA_EVENTS",
	"EKS_AUDIT_LOGS",
	"EBS_MALWARE_PROTECTION",
	"RDS_LOGIN_EVENTS",
	"EKS_RUNTIME_MONITORING",
	"LAMBDA_NETWORK_LOGS",
	"RUNTIME_MONITORING",
	"EKS_ADDON_MANAGEMENT",
	"ECS_FARGATE_AGENT_MANAGEMENT",
	"EC2_AGENT_MANAGEMENT",
};
const char *const frequency_names[N_FREQUENCIES] = { "FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS" };
const char *const sse_names[] = { "", "AES256", "aws:kms", "aws:kms:dsse" };
const char *const block_names[4] = { "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
	"RestrictPublicBuckets" };

enum stream { S_BLOCK = 50, S_ROOT, S_USER, S_BUCKET, S_DETECTOR, S_REGION, S_KEY };

static uint64_t draw(const struct account *account, enum stream stream, uint64_t i)
{
	return mix(mix(mix((uint64_t)org.options->seed, account->number), stream), i);
}

/* Returns whether the resource that this hash belongs to is drifted. */
static bool drifted(uint64_t h)
{
	return hash_unit(mix(h, 0xd1)) < org.options->drift;
}

static void make_block(const struct account *account, struct detail *d)
{
	static const unsigned partial[] = { 0, BLOCK_PUBLIC_ACLS | IGNORE_PUBLIC_ACLS,
		15 & ~RESTRICT_PUBLIC_BUCKETS, BLOCK_PUBLIC_POLICY | RESTRICT_PUBLIC_BUCKETS };
	uint64_t h = draw(account, S_BLOCK, 0);

	d->block_set = true;
	d->block = 15;
	if (drifted(h)) {
		d->block_set = h % 2 == 0;
		d->block = d->block_set ? partial[(h >> 8) % 4] : 0;
	}
}

static void make_root(const struct account *account, struct detail *d)
{
	uint64_t h = draw(account, S_ROOT, 0);

	/* Without drift: a password with MFA, or no password at all. */
	d->root_password = h % 4 != 0;
	d->root_mfa = d->root_password;
	if (drifted(h)) {
		d->root_password = true;
		d->root_mfa = false;
	}
}

static void make_users(const struct account *account, struct detail *d)
{
	static const char *const first[] = { "alice", "bob", "carol@example.com", "deploy+ci", "erin",
		"frank", "backup-bot" };

	d->n_users = (size_t)org.options->users;
	d->users = must_alloc(d->n_users * sizeof(d->users[0]));
	for (size_t i = 0; i < d->n_users; i++) {
		struct user *user = &d->users[i];
		uint64_t h = draw(account, S_USER, i);
		char name[64];

		snprintf(name, sizeof(name), i < 7 ? "%s" : "%s-%04zu", first[i % 7], i);
		user->name = must_strdup(name);
		user->password = h % 3 != 0;
		user->mfa = user->password;
		if (drifted(h)) {
			user->password = true;
			user->mfa = false;
		}
	}
}

void key_id(const struct account *account, int region, const char *what, char *out)
{
	hash_uuid(hash_bytes(draw(account, S_KEY, (uint64_t)region), what, strlen(what)), out);
}

bool account_has_data_key(const struct account *account)
{
	return draw(account, S_KEY, 999) % 4 != 0;
}

static char *key_arn(const struct account *account, int region, const char *what)
{
	char id[37], arn[128];

	key_id(account, region, what, id);
	snprintf(arn, sizeof(arn), "arn:aws:kms:%s:%s:key/%s", regions[region].name, account->id, id);
	return must_strdup(arn);
}

/* Log buckets stay with AES256: neither S3 access logs nor ELB logs can be delivered to SSE-KMS.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
static void make_encryption(const struct account *account, struct bucket *b, uint64_t h)
{
	struct encryption *e = &b->encryption;

	*e = (struct encryption){ .algorithm = SSE_AES256, .bucket_key = 0 };
	if (b->receives) {
		e->bucket_key = 0;
		return;
	}
	if (drifted(h)) {
		switch ((h >> 16) % 4) {
		case 0:
			break;
		case 1:
			e->bucket_key = 1;
			break;
		case 2:
			e->bucket_key = 0;
			e->blocked = BLOCKED_SSE_C;
			break;
		default:
			e->algorithm = (h >> 24) % 4 ? SSE_AES256 : SSE_NONE;
			break;
		}
		return;
	}
	e->algorithm = SSE_KMS;
	e->bucket_key = 1;
	if ((h >> 16) % 3 == 1)
		e->key = key_arn(account, b->region, "aws/s3");
	if ((h >> 20) % 4 == 1)
		e->blocked = BLOCKED_SSE_C;
	if (org.options->drift > 0 && (h >> 28) % 16 == 0 && account_has_data_key(account)) {
		free(e->key);
		e->key = key_arn(account, b->region, "data");
	}
}

static void make_bucket(const struct account *account, struct detail *d, size_t i)
{
	static const char *const purposes[] = { "assets", "backups", "artifacts", "exports", "archive",
		"uploads" };
	uint64_t h = draw(account, S_BUCKET, i);
	struct bucket *b = &d->buckets[i];
	const char *purpose = purposes[h % 6];
	char name[64];

	do
		b->region = (int)((h >> 32) % (uint64_t)org.n_regions);
	while (d->regions[b->region] == REGION_DISABLED && (h = mix(h, 1)));
	if (i == 1 && (h >> 40) % 3 == 0) {
		b->receives = (h >> 44) % 2 ? RECEIVES_S3_LOGS_BY_POLICY : RECEIVES_S3_LOGS_BY_ACL;
		purpose = "access-logs";
	} else if (i == 2 && (h >> 40) % 3 == 0) {
		b->receives = RECEIVES_ELB_LOGS;
		purpose = "elb-logs";
	}
	/* A bucket's name holds its owner and number, so it is found without an index. */
	snprintf(name, sizeof(name), "%s-%s-%02zu", purpose, account->id, i);
	b->name = must_strdup(name);
	b->old_location_name = (h >> 48) % 2;
	if ((h >> 52) % 2)
		tags_set(&b->tags, "data-class", (h >> 53) % 2 ? "internal" : "confidential");
	make_encryption(account, b, h);
}

/* The newest regions don't have every plan. */
bool region_has_feature(int region, int feature)
{
	return feature != FEATURE_RDS_LOGIN_EVENTS || region < 28;
}

uint16_t features_default(int region)
{
	unsigned bits = 1u << FEATURE_S3_DATA_EVENTS | 1u << FEATURE_EKS_AUDIT_LOGS |
		1u << FEATURE_EBS_MALWARE_PROTECTION | 1u << FEATURE_LAMBDA_NETWORK_LOGS;

	if (region_has_feature(region, FEATURE_RDS_LOGIN_EVENTS))
		bits |= 1u << FEATURE_RDS_LOGIN_EVENTS;
	return (uint16_t)bits;
}

static void make_detector(const struct account *account, struct detail *d, int region)
{
	struct detector *detector = &d->detectors[region];
	uint64_t h = draw(account, S_DETECTOR, (uint64_t)region);

	*detector =
		(struct detector){ .exists = true, .enabled = true, .features = features_default(region) };
	for (uint8_t i = 0; i < N_FREQUENCIES; i++)
		if (strcmp(frequency_names[i], org.options->gd_frequency) == 0)
			detector->frequency = i;
	if (!drifted(h))
		return;
	switch ((h >> 8) % 5) {
	case 0:
	case 1:
		*detector = (struct detector){ .exists = false };
		break;
	case 2:
		detector->enabled = false;
		detector->features = 0;
		break;
	case 3:
		detector->features &= (uint16_t)~(1u << FEATURE_S3_DATA_EVENTS | 1u << ((h >> 16) % 4));
		break;
	default:
		detector->frequency = (uint8_t)((detector->frequency + 1 + (h >> 16) % 2) % N_FREQUENCIES);
		break;
	}
}

struct detail *account_detail(struct account *account)
{
	struct detail *d = account->detail;

	if (d)
		return d;
	d = account->detail = must_alloc(sizeof(*d));
	for (int i = 0; i < org.n_regions; i++) {
		uint8_t opt_in = draw(account, S_REGION, (uint64_t)i) % 6 == 0 ? REGION_ENABLED
																	   : REGION_DISABLED;

		d->regions[i] = regions[i].opt_in ? opt_in : REGION_ENABLED_BY_DEFAULT;
	}
	make_block(account, d);
	make_root(account, d);
	make_users(account, d);
	d->n_buckets = (size_t)org.options->buckets;
	d->buckets = must_alloc(d->n_buckets * sizeof(d->buckets[0]));
	for (size_t i = 0; i < d->n_buckets; i++)
		make_bucket(account, d, i);
	for (int i = 0; i < org.n_regions; i++)
		if (d->regions[i] != REGION_DISABLED)
			make_detector(account, d, i);
	return d;
}

bool region_usable(struct account *account, int region)
{
	return region >= 0 && account_detail(account)->regions[region] != REGION_DISABLED;
}

struct bucket *bucket_by_name(struct slice name, struct account **owner)
{
	struct account *account;
	struct detail *d;
	size_t i;

	if (name.n < 17 || name.p[name.n - 3] != '-')
		return NULL;
	account = account_by_id((struct slice){ name.p + name.n - 15, 12 });
	i = (size_t)(name.p[name.n - 2] - '0') * 10 + (size_t)(name.p[name.n - 1] - '0');
	if (!account)
		return NULL;
	d = account_detail(account);
	if (i >= d->n_buckets || d->buckets[i].removed || !slice_is(name, d->buckets[i].name))
		return NULL;
	*owner = account;
	return &d->buckets[i];
}

struct user *user_by_name(struct account *account, const char *name)
{
	struct detail *d = account_detail(account);

	for (size_t i = 0; i < d->n_users; i++)
		if (!d->users[i].removed && strcmp(d->users[i].name, name) == 0)
			return &d->users[i];
	return NULL;
}

void detector_id(const struct account *account, int region, char *out)
{
	hash_hex(mix(draw(account, S_DETECTOR, (uint64_t)region),
				 account->detail->detectors[region].generation),
		out);
}
