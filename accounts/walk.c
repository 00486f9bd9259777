/*
 * The walk of the OU tree. A fiber lists each OU; the rate limiter of the AWS client keeps to the
 * limits of the Organizations API, so more fibers would only queue. Accounts come from
 * ListAccountsForParent, which tells their place in the tree. ListAccounts, called at the same
 * time, lists accounts that the walk missed because they moved meanwhile.
 */
#include "accounts/walk.h"

#include "accounts/lookup.h"
#include "accounts/organization.h"
#include "aws/client.h"
#include "aws/client_pages.h"
#include "aws/client_view.h"
#include "aws/errors.h"
#include "aws/for_each.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

#include <uthash.h>

const struct aws_permission *organization_permissions(bool with_tags)
{
	static const struct aws_permission all[] = {
		{ .action = "organizations:ListTagsForResource",
			.why = "reads the accounts' tags, since the configuration names one" },
		{ .action = "organizations:DescribeOrganization",
			.why = "reads the organization's id and management account" },
		{ .action = "organizations:ListRoots",
			.why = "finds the root of the organizational units" },
		{ .action = "organizations:ListOrganizationalUnitsForParent",
			.why = "lists the organizational units below the root" },
		{ .action = "organizations:ListAccountsForParent",
			.why = "lists the accounts and their state" },
		{ .action = "organizations:ListAccounts",
			.why = "lists all accounts, so that one that moves during the walk is not missed" },
		{ .action = "organizations:DescribeAccount",
			.why = "reads one account that is new, or that the walk missed" },
		{ .action = "organizations:ListParents",
			.why = "finds the organizational unit of that account" },
		{ .action = "organizations:DescribeOrganizationalUnit",
			.why = "reads the name of a unit above that account" },
		AWS_PERMISSIONS_END,
	};

	return with_tags ? all : all + 1;
}

struct seen {
	UT_hash_handle hh;
	char id[];
};

struct walk {
	struct aws_reader *reader;
	const struct organization_walk_options *options;
	struct organization *organization;
	struct organizational_unit **level; /* the OUs whose children are being listed */
	size_t level_count;
	struct seen *seen;  /* ids of listed accounts: an account that moves during the walk may be
						   listed twice */
	json_t *all;        /* ids that ListAccounts returned */
	struct err failure; /* the first failure of any fiber */
};

struct unit_walk {
	struct walk *walk;
	struct organizational_unit *unit;
};

/* Returns false when the account was listed already. */
static bool mark_seen(struct walk *walk, const char *id)
{
	struct seen *entry;
	size_t length = strlen(id);

	HASH_FIND(hh, walk->seen, id, length, entry);
	if (entry != NULL)
		return false;
	entry = xcalloc(1, sizeof *entry + length + 1);
	memcpy(entry->id, id, length);
	HASH_ADD(hh, walk->seen, id, length, entry);
	return true;
}

static bool is_account_id(const char *id)
{
	return strlen(id) == 12 && strspn(id, "0123456789") == 12;
}

static MAY_YIELD int accounts_page(void *argument, const json_t *page, struct err *err)
{
	const json_t *accounts = json_object_get(page, "Accounts");
	struct unit_walk *task = argument;
	struct walk *walk = task->walk;
	size_t index;
	json_t *item;

	json_array_foreach(accounts, index, item) {
		const char *id = json_get_string_or(item, "Id", "");
		/* AWS has replaced Status by State; an older service answers with Status alone. */
		const char *state =
			json_get_string_or(item, "State", json_get_string_or(item, "Status", "UNKNOWN"));

		if (!is_account_id(id))
			return err_set(err, ERR_PROTOCOL, "InvalidAccountId",
				"organizations ListAccountsForParent: '%.40s' is not an account id", id);
		if (!mark_seen(walk, id))
			continue;
		struct account *account = organization_add_account(walk->organization, id,
			json_get_string_or(item, "Name", ""), state, task->unit);
		if (walk->options->read_tags && account_is_active(account) &&
			organization_read_tags(walk->reader, account, err) < 0)
			return -1;
		if (walk->options->found != NULL)
			walk->options->found(walk->options->argument, walk->organization, account);
	}
	return 0;
}

static MAY_YIELD int units_page(void *argument, const json_t *page, struct err *err)
{
	const json_t *units = json_object_get(page, "OrganizationalUnits");
	struct unit_walk *task = argument;
	size_t index;
	json_t *item;

	json_array_foreach(units, index, item) {
		const char *id = json_get_string(item, "Id");

		if (id == NULL)
			return err_set(err, ERR_PROTOCOL, "InvalidAnswer",
				"organizations ListOrganizationalUnitsForParent: a unit has no Id");
		if (task->unit->depth + 2 > ORGANIZATION_MAX_DEPTH)
			return err_set(err, ERR_LIMIT, "TooDeep",
				"organizational unit %.60s is nested deeper than %d levels", id,
				ORGANIZATION_MAX_DEPTH);
		organization_add_unit(task->walk->organization, id, json_get_string_or(item, "Name", id),
			task->unit);
	}
	return 0;
}

static void keep_first_failure(struct walk *walk, const struct err *err)
{
	if (walk->failure.kind == ERR_NONE)
		walk->failure = *err;
}

static MAY_YIELD void list_children(void *argument, size_t index)
{
	struct walk *walk = argument;
	/* Lists all the OUs of a level first and all its accounts afterwards: each of the two
	 * operations has its own rate limit. */
	bool accounts = index >= walk->level_count;
	struct unit_walk task = { walk, walk->level[accounts ? index - walk->level_count : index] };
	struct aws_call call = {
		.operation = accounts ? &aws_organizations_ListAccountsForParent
							  : &aws_organizations_ListOrganizationalUnitsForParent,
		.params = json_pack("{s:s}", "ParentId", task.unit->id),
	};
	struct err err = ERR_INIT;

	if (aws_read_pages(walk->reader, &call, accounts ? accounts_page : units_page, &task, &err) < 0)
		keep_first_failure(walk, &err);
}

/* --- accounts that the walk missed --- */

static MAY_YIELD int all_accounts_page(void *argument, const json_t *page, struct err *err)
{
	const json_t *accounts = json_object_get(page, "Accounts");
	json_t *all = argument;
	size_t index;
	json_t *item;

	json_array_foreach(accounts, index, item) {
		const char *id = json_get_string_or(item, "Id", "");

		if (!is_account_id(id))
			return err_set(err, ERR_PROTOCOL, "InvalidAccountId",
				"organizations ListAccounts: '%.40s' is not an account id", id);
		json_object_set_new(all, id, json_null());
	}
	return 0;
}

/* Adds the accounts that only ListAccounts returned. The walk misses an account that moves to an OU
 * whose accounts were listed already. */
static MAY_YIELD int find_missed(struct walk *walk, struct err *err)
{
	const struct organization_walk_options *options = walk->options;
	const char *id;
	json_t *unused;

	json_object_foreach(walk->all, id, unused) {
		struct account *account = NULL;

		if (!mark_seen(walk, id))
			continue;
		if (organization_add_looked_up(walk->reader, walk->organization, id, options->read_tags,
				&account, err) < 0) {
			if (!aws_error_is_not_found(err, "AccountNotFoundException"))
				return -1;
			err_clear(err); /* the account has left the organization since */
			continue;
		}
		if (options->found != NULL)
			options->found(options->argument, walk->organization, account);
	}
	return 0;
}

/* Collects the OUs of one depth, in the order in which they were found. */
static size_t units_at_depth(struct organization *organization, size_t depth,
	struct organizational_unit **out)
{
	size_t count = 0;

	for (struct organizational_unit *unit = organization->units; unit != NULL; unit = unit->next)
		if (unit->depth == depth)
			out[count++] = unit;
	return count;
}

static MAY_YIELD int walk_levels(struct walk *walk, struct err *err)
{
	for (size_t depth = 0;; depth++) {
		struct organizational_unit **level = xcalloc(walk->organization->unit_count, sizeof *level);
		size_t count = units_at_depth(walk->organization, depth, level);

		walk->level = level;
		walk->level_count = count;
		aws_for_each(walk->reader->aws, 2 * count, list_children, walk);
		free(level);
		if (walk->failure.kind != ERR_NONE) {
			*err = walk->failure;
			return -1;
		}
		if (count == 0)
			return 0;
	}
}

static int compare_accounts(struct account *left, struct account *right)
{
	return strcmp(left->id, right->id);
}

/* Sorts the list by id (merge sort), so that output and tests have one order. */
static struct account *sorted(struct account *list)
{
	struct account *slow = list, *fast = list, *result = NULL, **end = &result;

	if (list == NULL || list->next == NULL)
		return list;
	while (fast->next != NULL && fast->next->next != NULL) {
		slow = slow->next;
		fast = fast->next->next;
	}
	struct account *right = sorted(slow->next);
	slow->next = NULL;
	struct account *left = sorted(list);
	while (left != NULL && right != NULL) {
		struct account **least = compare_accounts(left, right) <= 0 ? &left : &right;

		*end = *least;
		end = &(*end)->next;
		*least = (*least)->next;
	}
	*end = left != NULL ? left : right;
	return result;
}

/* Reads the tree and the plain list at the same time: each has its own rate limit. */
static MAY_YIELD void list_both(void *argument, size_t index)
{
	struct walk *walk = argument;
	struct err err = ERR_INIT;
	int result = index == 0
		? walk_levels(walk, &err)
		: aws_read_pages(walk->reader,
			  &(struct aws_call){ .operation = &aws_organizations_ListAccounts }, all_accounts_page,
			  walk->all, &err);

	if (result < 0)
		keep_first_failure(walk, &err);
}

static MAY_YIELD int walk_all(struct walk *walk, struct err *err)
{
	if (organization_read_root(walk->reader, walk->organization, err) < 0)
		return -1;
	aws_for_each(walk->reader->aws, 2, list_both, walk);
	if (walk->failure.kind != ERR_NONE) {
		*err = walk->failure;
		return -1;
	}
	return find_missed(walk, err);
}

int organization_walk(struct aws_reader *reader, const struct organization_walk_options *options,
	struct organization **out, struct err *err)
{
	struct walk walk = { .reader = reader,
		.options = options,
		.organization = xcalloc(1, sizeof *walk.organization),
		.all = json_object() };
	struct seen *entry, *next;

	*out = walk.organization;
	int result = walk_all(&walk, err);
	walk.organization->accounts = sorted(walk.organization->accounts);
	HASH_ITER(hh, walk.seen, entry, next) {
		HASH_DEL(walk.seen, entry);
		free(entry);
	}
	json_decref(walk.all);
	return result;
}
