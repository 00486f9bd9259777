/* POST /_sim/account: what tests do to an account behind everybody's back. One function per key of "set". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "session.h"
#include "state.h"

typedef const char *setter(struct account *account, const json_t *value);

static const char *set_state(struct account *account, const json_t *value)
{
	const char *name = json_string_value(value);

	for (int i = STATE_ACTIVE; name && i <= STATE_CLOSED; i++) {
		if (strcmp(name, account_state_names[i]) == 0) {
			account->state = (enum account_state)i;
			return NULL;
		}
	}
	return "state: unknown";
}

static const char *set_removed(struct account *account, const json_t *value)
{
	account->removed = json_is_true(value);
	return NULL;
}

static const char *set_role(struct account *account, const json_t *value)
{
	account->role_missing = !json_is_true(value);
	return NULL;
}

static const char *set_deny(struct account *account, const json_t *value)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value))
		return "deny: a list of action patterns is needed";
	for (i = 0; i < account->n_denied; i++)
		free(account->denied[i]);
	account->n_denied = 0;
	account->denied = must_realloc(account->denied, json_array_size(value) * sizeof(account->denied[0]));
	json_array_foreach(value, i, item)
		if (json_is_string(item))
			account->denied[account->n_denied++] = must_strdup(json_string_value(item));
	return NULL;
}

static const char *set_s3_block(struct account *account, const json_t *value)
{
	struct detail *d = account_detail(account);

	if (!json_is_null(value) && !json_is_object(value))
		return "s3_block: null or an object is needed";
	d->block_set = json_is_object(value);
	d->block = 0;
	for (int i = 0; i < 4; i++)
		if (json_is_true(json_object_get(value, block_names[i])))
			d->block |= 1u << i;
	return NULL;
}

static const char *set_root_mfa(struct account *account, const json_t *value)
{
	account_detail(account)->root_mfa = json_is_true(value);
	return NULL;
}

static const char *set_root_password(struct account *account, const json_t *value)
{
	account_detail(account)->root_password = json_is_true(value);
	return NULL;
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
		*d = (struct detector){ .exists = true, .enabled = true, .frequency = FREQUENCY_SIX_HOURS,
			                .features = features_default(region), .generation = (uint16_t)(d->generation + 1) };
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

static const char *set_detectors(struct account *account, const json_t *value)
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
			error = d->regions[i] == REGION_DISABLED ? NULL : set_one_detector(&d->detectors[i], i, one);
			if (error)
				return error;
		}
	}
	return NULL;
}

static const char *set_encryption(struct encryption *e, const json_t *value)
{
	const char *algorithm = json_string_value(json_object_get(value, "algorithm"));
	const char *key = json_string_value(json_object_get(value, "key"));
	const json_t *bucket_key = json_object_get(value, "bucket_key"), *blocked = json_object_get(value, "blocked");

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

static const char *set_one_bucket(struct bucket *bucket, const json_t *value)
{
	static const char *const receives[] = { "", "s3-access-logs-by-policy", "s3-access-logs-by-acl", "elb-logs" };
	const json_t *encryption = json_object_get(value, "encryption"), *tags = json_object_get(value, "tags"), *tag;
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

/* By name, removed ones too. */
static const char *set_buckets(struct account *account, const json_t *value)
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
	}
	return NULL;
}

static const char *set_users(struct account *account, const json_t *value)
{
	struct detail *d = account_detail(account);
	const char *name;
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)value, name, one) {
		const json_t *password = json_object_get(one, "password"), *mfa = json_object_get(one, "mfa");
		struct user *user = user_by_name(account, name);

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
	}
	return NULL;
}

/* Exactly these regions are enabled, even fewer than the ones that AWS doesn't let be disabled. */
static const char *set_regions(struct account *account, const json_t *value)
{
	struct detail *d = account_detail(account);
	size_t i;
	json_t *item;

	if (!json_is_array(value))
		return "regions: a list is needed";
	memset(d->regions, REGION_DISABLED, sizeof(d->regions));
	json_array_foreach(value, i, item) {
		const char *name = json_string_value(item);
		int region = name ? region_index(slice_of(name)) : -1;

		if (region < 0)
			return "regions: unknown region";
		d->regions[region] = regions[region].opt_in ? REGION_ENABLED : REGION_ENABLED_BY_DEFAULT;
	}
	return NULL;
}

static const char *set_tags(struct account *account, const json_t *value)
{
	const char *key;
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)value, key, one)
		tags_set(&account->tags, key, json_string_value(one));
	return NULL;
}

static const char *set_ou(struct account *account, const json_t *value)
{
	const char *id = json_string_value(value);
	struct ou *to = id ? ou_by_id(slice_of(id)) : NULL;

	for (size_t i = 0; id && !to && i < org.n_ous; i++) {
		struct buf path = { 0 };

		ou_path(org.ous[i], &path);
		if (strcmp(path.p, id) == 0)
			to = org.ous[i];
		buf_free(&path);
	}
	if (!to)
		return "ou: neither an id nor a path";
	account_move(account, to);
	return NULL;
}

static const char *set_gd_admin(struct account *account, const json_t *value)
{
	const char *id = json_string_value(value);

	account->gd_admin = id ? account_by_id(slice_of(id)) : NULL;
	return id && !account->gd_admin ? "gd_admin: no such account" : NULL;
}

static const char *set_name(struct account *account, const json_t *value)
{
	if (!json_is_string(value))
		return "name: a string is needed";
	free(account->name);
	account->name = must_strdup(json_string_value(value));
	return NULL;
}

static const char *set_sessions(struct account *account, const json_t *value)
{
	(void)value;
	sessions_expire(account);
	return NULL;
}

static const struct {
	const char *key;
	setter *set;
} setters[] = {
	{ "state", set_state },       { "removed", set_removed },   { "role", set_role },
	{ "deny", set_deny },         { "s3_block", set_s3_block }, { "root_mfa", set_root_mfa },
	{ "root_password", set_root_password }, { "regions", set_regions }, { "detectors", set_detectors },
	{ "buckets", set_buckets },   { "users", set_users },       { "tags", set_tags },
	{ "ou", set_ou },             { "gd_admin", set_gd_admin }, { "name", set_name },
	{ "sessions", set_sessions },
};

static const char *apply_set(struct account *account, const json_t *set)
{
	const char *key, *error = NULL;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)set, key, value) {
		size_t i = 0;

		while (i < sizeof(setters) / sizeof(setters[0]) && strcmp(setters[i].key, key) != 0)
			i++;
		if (i == sizeof(setters) / sizeof(setters[0]))
			return "set: unknown key";
		error = setters[i].set(account, value);
		if (error)
			return error;
	}
	return error;
}

static struct account *find_account(const char *id)
{
	char *end;
	unsigned long n;

	if (strcmp(id, "management") == 0)
		return org.management;
	if (strcmp(id, "delegated") == 0)
		return org.delegated;
	if (*id != '#')
		return account_by_id(slice_of(id));
	n = strtoul(id + 1, &end, 10);
	return id[1] && !*end && n < org.n_accounts ? &org.accounts[n] : NULL;
}

/* "id" is an account id, "management", "delegated", "#N" (the Nth of ListAccounts, from 0) or "*" (all). */
static const char *apply_one(const json_t *change)
{
	const char *id = json_string_value(json_object_get(change, "id"));
	const json_t *set = json_object_get(change, "set");
	struct account *account;
	const char *error = NULL;

	if (!id || !json_is_object(set))
		return "id and set are needed";
	if (strcmp(id, "*") == 0) {
		for (size_t i = 0; i < org.n_accounts && !error; i++)
			error = apply_set(&org.accounts[i], set);
		return error;
	}
	account = find_account(id);
	return account ? apply_set(account, set) : "no such account";
}

const char *admin_apply(const json_t *changes)
{
	size_t i;
	json_t *one;
	const char *error = NULL;

	if (!json_is_array(changes))
		return apply_one(changes);
	json_array_foreach(changes, i, one) {
		error = apply_one(one);
		if (error)
			return error;
	}
	return NULL;
}
