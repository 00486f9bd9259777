/* POST /_sim/account: the resources of an account. */
#include <stdlib.h>
#include <string.h>

#include "admin_set.h"
#include "security_hub.h"

static void tell_block(const struct account *account, const struct detail *d)
{
	json_t *parameters =
			   json_pack("{s:s,s:[s]}", "accountId", account->id, "publicAccessBlock", ""),
		   *block;

	if (d->block_set) {
		block = json_object();
		for (int i = 0; i < 4; i++)
			json_object_set_new(block, block_names[i], json_boolean(d->block & (1u << i)));
		json_object_set_new(parameters, "PublicAccessBlockConfiguration", block);
	}
	admin_event(account, 0, "s3",
		d->block_set ? "PutAccountPublicAccessBlock" : "DeleteAccountPublicAccessBlock", parameters,
		NULL, NULL);
}

const char *set_s3_block(struct account *account, const json_t *value)
{
	struct detail *d = account_detail(account);

	if (!json_is_null(value) && !json_is_object(value))
		return "s3_block: null or an object is needed";
	d->block_set = json_is_object(value);
	d->block = 0;
	for (int i = 0; i < 4; i++)
		if (json_is_true(json_object_get(value, block_names[i])))
			d->block |= 1u << i;
	tell_block(account, d);
	return NULL;
}

/* Sends the event of a changed detector. `existed` is true when there was a detector before. */
static void tell_detector(const struct account *account, int region, bool existed)
{
	const struct detector *d = &account->detail->detectors[region];
	char id[33];

	if (!existed && !d->exists)
		return;
	detector_id(account, region, id);
	if (!d->exists) {
		admin_event(account, region, "guardduty", "DeleteDetector",
			json_pack("{s:s}", "detectorId", id), "AWS::GuardDuty::Detector", id);
		return;
	}
	admin_event(account, region, "guardduty", existed ? "UpdateDetector" : "CreateDetector",
		json_pack("{s:s,s:b,s:s}", "detectorId", id, "enable", d->enabled,
			"findingPublishingFrequency", frequency_names[d->frequency]),
		"AWS::GuardDuty::Detector", id);
}

static const char *set_one_detector(struct detector *d, int region, const json_t *value)
{
	const char *status = json_string_value(json_object_get(value, "status"));
	const char *frequency = json_string_value(json_object_get(value, "frequency"));
	const json_t *features = json_object_get(value, "features");
	size_t i;
	json_t *item;

	if (json_is_null(value)) {
		d->exists = false;
		return NULL;
	}
	if (!json_is_object(value))
		return "detectors: null or an object is needed";
	if (!d->exists)
		*d = (struct detector){ .exists = true,
			.enabled = true,
			.frequency = FREQUENCY_SIX_HOURS,
			.features = features_default(region),
			.generation = (uint16_t)(d->generation + 1) };
	if (status)
		d->enabled = strcmp(status, "ENABLED") == 0;
	for (uint8_t f = 0; frequency && f < N_FREQUENCIES; f++)
		if (strcmp(frequency, frequency_names[f]) == 0)
			d->frequency = f;
	if (features)
		d->features = 0;
	json_array_foreach(features, i, item)
		for (int f = 0; f < N_FEATURE_BITS; f++)
			if (json_is_string(item) && strcmp(json_string_value(item), feature_names[f]) == 0)
				d->features |= (uint16_t)(1u << f);
	return NULL;
}

const char *set_detectors(struct account *account, const json_t *value)
{
	struct detail *d = account_detail(account);
	const char *region, *error;
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)value, region, one) {
		int first = region_index(slice_of(region)), last = first;

		if (strcmp(region, "*") == 0) {
			first = 0;
			last = org.n_regions - 1;
		}
		if (first < 0)
			return "detectors: unknown region";
		for (int i = first; i <= last; i++) {
			bool existed = d->detectors[i].exists;

			if (d->regions[i] == REGION_DISABLED)
				continue;
			error = set_one_detector(&d->detectors[i], i, one);
			if (error)
				return error;
			tell_detector(account, i, existed);
		}
	}
	return NULL;
}

static const char *set_encryption(struct encryption *e, const json_t *value)
{
	const char *algorithm = json_string_value(json_object_get(value, "algorithm"));
	const char *key = json_string_value(json_object_get(value, "key"));
	const json_t *bucket_key = json_object_get(value, "bucket_key"),
				 *blocked = json_object_get(value, "blocked");

	free(e->key);
	*e = (struct encryption){ .bucket_key = -1 };
	if (json_is_null(value))
		return NULL;
	for (int i = SSE_AES256; algorithm && i <= SSE_DSSE; i++)
		if (strcmp(algorithm, sse_names[i]) == 0)
			e->algorithm = (enum sse)i;
	if (!e->algorithm)
		return "buckets: unknown algorithm";
	e->key = key ? must_strdup(key) : NULL;
	if (json_is_boolean(bucket_key))
		e->bucket_key = json_is_true(bucket_key);
	for (size_t i = 0; i < json_array_size(blocked); i++) {
		const char *type = json_string_value(json_array_get(blocked, i));

		e->blocked |= type && strcmp(type, "NONE") == 0 ? BLOCKED_NONE : BLOCKED_SSE_C;
	}
	return NULL;
}

static void tell_bucket(const struct account *account, const struct bucket *bucket,
	const char *name, json_t *parameters)
{
	json_object_set_new(parameters, "bucketName", json_string(bucket->name));
	admin_event(account, bucket->region, "s3", name, parameters, "AWS::S3::Bucket", bucket->name);
}

/* Sends the events of the AWS calls that a change of the bucket corresponds to. */
static void tell_changes(const struct account *account, const struct bucket *bucket,
	const json_t *value)
{
	const struct encryption *e = &bucket->encryption;
	json_t *rule;

	if (bucket->removed) {
		tell_bucket(account, bucket, "DeleteBucket", json_object());
		return;
	}
	if (json_object_get(value, "tags"))
		tell_bucket(account, bucket, "PutBucketTagging", json_pack("{s:[s]}", "tagging", ""));
	if (!json_object_get(value, "encryption"))
		return;
	if (e->algorithm == SSE_NONE) {
		tell_bucket(account, bucket, "DeleteBucketEncryption",
			json_pack("{s:[s]}", "encryption", ""));
		return;
	}
	rule = json_pack("{s:{s:s}}", "ApplyServerSideEncryptionByDefault", "SSEAlgorithm",
		sse_names[e->algorithm]);
	if (e->key)
		json_object_set_new(json_object_get(rule, "ApplyServerSideEncryptionByDefault"),
			"KMSMasterKeyID", json_string(e->key));
	if (e->bucket_key >= 0)
		json_object_set_new(rule, "BucketKeyEnabled", json_boolean(e->bucket_key));
	tell_bucket(account, bucket, "PutBucketEncryption",
		json_pack("{s:[s],s:{s:o}}", "encryption", "", "ServerSideEncryptionConfiguration", "Rule",
			rule));
}

static const char *set_one_bucket(struct bucket *bucket, const json_t *value)
{
	static const char *const receives[] = { "", "s3-access-logs-by-policy", "s3-access-logs-by-acl",
		"elb-logs" };
	const json_t *encryption = json_object_get(value, "encryption"),
				 *tags = json_object_get(value, "tags"), *tag;
	const json_t *what = json_object_get(value, "receives");
	const char *region = json_string_value(json_object_get(value, "region")), *key;

	bucket->removed = json_is_true(json_object_get(value, "removed"));
	if (region) {
		if (region_index(slice_of(region)) < 0)
			return "buckets: unknown region";
		bucket->region = region_index(slice_of(region));
	}
	if (what)
		bucket->receives = RECEIVES_NOTHING;
	for (int i = 1; json_is_string(what) && i < 4; i++)
		if (strcmp(json_string_value(what), receives[i]) == 0)
			bucket->receives = (enum receives)i;
	json_object_foreach((json_t *)(uintptr_t)tags, key, tag)
		tags_set(&bucket->tags, key, json_string_value(tag));
	return encryption ? set_encryption(&bucket->encryption, encryption) : NULL;
}

/* Finds a bucket by name, also among the removed ones. */
const char *set_buckets(struct account *account, const json_t *value)
{
	struct detail *d = account_detail(account);
	const char *name, *error;
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)value, name, one) {
		size_t i = 0;

		while (i < d->n_buckets && strcmp(d->buckets[i].name, name) != 0)
			i++;
		error = i < d->n_buckets ? set_one_bucket(&d->buckets[i], one) : "buckets: no such bucket";
		if (error)
			return error;
		tell_changes(account, &d->buckets[i], one);
	}
	return NULL;
}

static void tell_user(const struct account *account, const struct user *user, const char *name)
{
	admin_event(account, 0, "iam", name, json_pack("{s:s}", "userName", user->name),
		"AWS::IAM::User", user->name);
}

static void tell_user_changes(const struct account *account, const struct user *before,
	const struct user *now)
{
	if (before->removed != now->removed)
		tell_user(account, now, now->removed ? "DeleteUser" : "CreateUser");
	if (now->removed)
		return;
	if (before->password != now->password)
		tell_user(account, now, now->password ? "CreateLoginProfile" : "DeleteLoginProfile");
	if (before->mfa != now->mfa)
		tell_user(account, now, now->mfa ? "EnableMFADevice" : "DeactivateMFADevice");
}

const char *set_users(struct account *account, const json_t *value)
{
	struct detail *d = account_detail(account);
	const char *name;
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)value, name, one) {
		const json_t *password = json_object_get(one, "password"),
					 *mfa = json_object_get(one, "mfa");
		struct user *user = user_by_name(account, name), before = { .removed = true };

		if (user)
			before = *user;
		if (!user) {
			d->users = must_realloc(d->users, (d->n_users + 1) * sizeof(d->users[0]));
			user = &d->users[d->n_users++];
			*user = (struct user){ .name = must_strdup(name) };
		}
		user->removed = json_is_null(one);
		if (password)
			user->password = json_is_true(password);
		if (mfa)
			user->mfa = json_is_true(mfa);
		tell_user_changes(account, &before, user);
	}
	return NULL;
}

/* Places a finding as if its product had imported it: ASFF by product and id, OCSF by metadata.uid.
 */
static const char *place_finding(struct hub *hub, int region, const json_t *finding)
{
	const char *product = json_string_value(json_object_get(finding, "ProductArn"));
	const char *id = json_string_value(json_object_get(finding, "Id"));
	const char *uid =
		json_string_value(json_object_get(json_object_get(finding, "metadata"), "uid"));
	struct buf key = { 0 };

	if ((!product || !*product || !id) && !uid)
		return "security_hub: a finding has a ProductArn and an Id, or a metadata.uid";
	if (product)
		hub_key(&key, product, id);
	else
		hub_key_ocsf(&key, uid);
	hub_keep(hub, region, key.p, json_deep_copy(finding), admin_events_are_on());
	buf_free(&key);
	return NULL;
}

/* Sets a hub from true, false, or {"enabled": bool, "findings": [...]}. */
static const char *set_one_hub(struct hub *hub, int region, const json_t *value)
{
	const json_t *enabled = json_object_get(value, "enabled"),
				 *findings = json_object_get(value, "findings");
	const char *error = NULL;

	if (!json_is_boolean(value) && !json_is_object(value))
		return "security_hub: true, false or an object is needed for a region";
	if (json_is_boolean(value))
		hub->enabled = json_is_true(value);
	else if (enabled)
		hub->enabled = json_is_true(enabled);
	for (size_t i = 0; i < json_array_size(findings) && !error; i++)
		error = place_finding(hub, region, json_array_get(findings, i));
	return error;
}

const char *set_security_hub(struct account *account, const json_t *value)
{
	const char *region, *error = NULL;
	json_t *one;

	if (!json_is_object(value)) {
		for (int i = 0; i < org.n_regions && !error; i++)
			error = set_one_hub(hub_of(account, i), i, value);
		return error;
	}
	json_object_foreach((json_t *)(uintptr_t)value, region, one) {
		int index = region_index(slice_of(region));

		error = index < 0 ? "security_hub: unknown region"
						  : set_one_hub(hub_of(account, index), index, one);
		if (error)
			return error;
	}
	return NULL;
}
