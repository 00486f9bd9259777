/* POST /_sim/account: changes an account without an AWS call. There is one function for each key of
 * "set". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "admin_set.h"
#include "session.h"
#include "state.h"

/* When an account is closed, Organizations itself sends the last event. */
static void tell_state(const struct account *account)
{
	if (account->state == STATE_PENDING_CLOSURE)
		admin_event_organizations("CloseAccount", json_pack("{s:s}", "accountId", account->id));
	else if (account->state == STATE_SUSPENDED || account->state == STATE_CLOSED)
		admin_event_result("CloseAccountResult",
			json_pack("{s:{s:s,s:s,s:s,s:s}}", "closeAccountStatus", "accountId", account->id,
				"state", "SUCCEEDED", "requestedTimestamp", admin_event_time(),
				"completedTimestamp", admin_event_time()));
}

static const char *set_state(struct account *account, const json_t *value)
{
	const char *name = json_string_value(value);

	for (int i = STATE_ACTIVE; name && i <= STATE_CLOSED; i++) {
		if (strcmp(name, account_state_names[i]) == 0) {
			account->state = (enum account_state)i;
			tell_state(account);
			return NULL;
		}
	}
	return "state: unknown";
}

static const char *set_removed(struct account *account, const json_t *value)
{
	account->removed = json_is_true(value);
	if (account->removed)
		admin_event_organizations("RemoveAccountFromOrganization",
			json_pack("{s:s}", "accountId", account->id));
	return NULL;
}

static const char *set_role(struct account *account, const json_t *value)
{
	account->role_missing = !json_is_true(value);
	admin_event(account, 0, "iam", account->role_missing ? "DeleteRole" : "CreateRole",
		json_pack("{s:s}", "roleName", org.options->role), "AWS::IAM::Role", org.options->role);
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
	account->denied =
		must_realloc(account->denied, json_array_size(value) * sizeof(account->denied[0]));
	json_array_foreach(value, i, item)
		if (json_is_string(item))
			account->denied[account->n_denied++] = must_strdup(json_string_value(item));
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

/* Enables exactly these regions, even without those that AWS never lets be disabled. */
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

	json_object_foreach((json_t *)(uintptr_t)value, key, one) {
		const char *text = json_string_value(one);

		tags_set(&account->tags, key, text);
		admin_event_organizations(text ? "TagResource" : "UntagResource",
			text ? json_pack("{s:s,s:[{s:s,s:s}]}", "resourceId", account->id, "tags", "key", key,
					   "value", text)
				 : json_pack("{s:s,s:[s]}", "resourceId", account->id, "tagKeys", key));
	}
	return NULL;
}

/* Finds a unit by its id or its path; "/" is the root. */
static struct ou *find_ou(const char *id)
{
	struct ou *to = id ? ou_by_id(slice_of(id)) : NULL;

	if (id && strcmp(id, "/") == 0)
		return org.root;
	for (size_t i = 0; id && !to && i < org.n_ous; i++) {
		struct buf path = { 0 };

		ou_path(org.ous[i], &path);
		if (strcmp(path.p, id) == 0)
			to = org.ous[i];
		buf_free(&path);
	}
	return to;
}

static const char *set_ou(struct account *account, const json_t *value)
{
	struct ou *from = account->ou, *to = find_ou(json_string_value(value));

	if (!to)
		return "ou: neither an id nor a path";
	account_move(account, to);
	admin_event_organizations("MoveAccount",
		json_pack("{s:s,s:s,s:s}", "accountId", account->id, "sourceParentId", from->id,
			"destinationParentId", to->id));
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
	{ "state", set_state },
	{ "removed", set_removed },
	{ "role", set_role },
	{ "deny", set_deny },
	{ "s3_block", set_s3_block },
	{ "root_mfa", set_root_mfa },
	{ "root_password", set_root_password },
	{ "regions", set_regions },
	{ "detectors", set_detectors },
	{ "buckets", set_buckets },
	{ "users", set_users },
	{ "tags", set_tags },
	{ "ou", set_ou },
	{ "gd_admin", set_gd_admin },
	{ "name", set_name },
	{ "sessions", set_sessions },
	{ "security_hub", set_security_hub },
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

/* Makes a new account; Organizations sends an event for it. */
static const char *create(const char *id, const json_t *value)
{
	const char *name = json_string_value(json_object_get(value, "name")),
			   *ou = json_string_value(json_object_get(value, "ou"));
	struct ou *to = ou ? find_ou(ou) : org.root;

	if (!name || !to)
		return "create: a name is needed, and an ou by id or path";
	if (!organization_add(slice_of(id), name, to))
		return "create: the id must be new and have 12 digits, and 1000 accounts can be made at "
			   "most";
	admin_event_result("CreateAccountResult",
		json_pack("{s:{s:s+,s:s,s:s,s:s,s:s,s:s}}", "createAccountStatus", "id", "car-", id,
			"state", "SUCCEEDED", "accountName", "****", "accountId", id, "requestedTimestamp",
			admin_event_time(), "completedTimestamp", admin_event_time()));
	return NULL;
}

/* Applies one change. "id" is an account id, "management", "delegated", "#N" (the Nth of
 * ListAccounts, from 0) or "*" (all). */
static const char *apply_one(const json_t *change)
{
	const char *id = json_string_value(json_object_get(change, "id"));
	const json_t *set = json_object_get(change, "set"), *fresh = json_object_get(change, "create");
	struct account *account;
	const char *error = NULL;

	if (!id || (set ? !json_is_object(set) : !fresh))
		return "id and set are needed";
	admin_events(json_is_true(json_object_get(change, "event")));
	if (fresh)
		error = create(id, fresh);
	if (error || !set)
		return error;
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
