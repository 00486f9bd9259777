/*
 * Looks up one account and the organizational units above it, from the account up to the root: for
 * an account that is new or has moved since the last walk.
 */
#include "accounts/lookup.h"

#include "accounts/organization.h"
#include "aws/client.h"
#include "aws/client_pages.h"
#include "aws/client_view.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

int organization_read_root(struct aws_reader *reader, struct organization *organization,
	struct err *err)
{
	CLEANUP_JSON json_t *output = NULL;
	CLEANUP_JSON json_t *roots = NULL;

	if (aws_read(reader, &(struct aws_call){ .operation = &aws_organizations_DescribeOrganization },
			&output, err) < 0)
		return err_prefix(err,
			"reading the organization (this needs credentials of the management account or of a "
			"delegated administrator's account)");
	const json_t *description = json_object_get(output, "Organization");
	const char *arn = json_get_string_or(description, "Arn", "");
	int partition_end = 0;

	if (sscanf(arn, "arn:%*[a-z-]%n", &partition_end) != 0 || partition_end <= 4 ||
		json_get_string(description, "Id") == NULL)
		return err_set(err, ERR_PROTOCOL, "InvalidAnswer",
			"organizations DescribeOrganization: no organization id and ARN in the answer");
	organization->id = xstrdup(json_get_string(description, "Id"));
	organization->partition = xstrndup(arn + 4, (size_t)partition_end - 4);
	organization->management_account_id =
		xstrdup(json_get_string_or(description, "MasterAccountId", ""));

	if (aws_read_all(reader, &(struct aws_call){ .operation = &aws_organizations_ListRoots }, 16,
			&roots, err) < 0)
		return -1;
	const json_t *root = json_array_get(roots, 0);
	if (json_get_string(root, "Id") == NULL)
		return err_set(err, ERR_PROTOCOL, "InvalidAnswer",
			"organizations ListRoots: the organization has no root");
	organization_add_unit(organization, json_get_string(root, "Id"),
		json_get_string_or(root, "Name", "Root"), NULL);
	return 0;
}

int organization_read_tags(struct aws_reader *reader, struct account *account, struct err *err)
{
	CLEANUP_JSON json_t *items = NULL;
	struct aws_call call = {
		.operation = &aws_organizations_ListTagsForResource,
		.params = json_pack("{s:s}", "ResourceId", account->id),
	};
	size_t index;
	json_t *item;

	if (aws_read_all(reader, &call, 1000, &items, err) < 0)
		return err_prefix(err, "reading the tags of account %s", account->id);
	account->tags = json_object();
	json_array_foreach(items, index, item) {
		const char *key = json_get_string(item, "Key"), *value = json_get_string(item, "Value");

		if (key != NULL && value != NULL)
			json_object_set_new_nocheck(account->tags, key, json_string_nocheck(value));
	}
	return 0;
}

static struct organizational_unit *find_unit(const struct organization *organization,
	const char *id)
{
	struct organizational_unit *unit = organization->units;

	while (unit != NULL && strcmp(unit->id, id) != 0)
		unit = unit->next;
	return unit;
}

/* Puts the id of the parent of an account or organizational unit into *out, as a new string. */
static MAY_YIELD int read_parent(struct aws_reader *reader, const char *child, char **out,
	struct err *err)
{
	CLEANUP_JSON json_t *parents = NULL;
	struct aws_call call = { .operation = &aws_organizations_ListParents,
		.params = json_pack("{s:s}", "ChildId", child) };

	if (aws_read_all(reader, &call, 2, &parents, err) < 0)
		return -1;
	const char *id = json_get_string(json_array_get(parents, 0), "Id");
	if (id == NULL)
		return err_set(err, ERR_PROTOCOL, "InvalidAnswer",
			"organizations ListParents: %.40s has no parent in the answer", child);
	*out = xstrdup(id);
	return 0;
}

static MAY_YIELD int read_unit_name(struct aws_reader *reader, const char *id, char **out,
	struct err *err)
{
	CLEANUP_JSON json_t *output = NULL;
	struct aws_call call = { .operation = &aws_organizations_DescribeOrganizationalUnit,
		.params = json_pack("{s:s}", "OrganizationalUnitId", id) };

	if (aws_read(reader, &call, &output, err) < 0)
		return -1;
	*out = xstrdup(json_get_string_or(json_object_get(output, "OrganizationalUnit"), "Name", id));
	return 0;
}

/* Returns the organizational unit that contains the account or unit `child`; adds it and the units
 * above it where they are unknown. */
static MAY_YIELD struct organizational_unit *unit_above(struct aws_reader *reader,
	struct organization *organization, const char *child, struct err *err)
{
	char *missing[ORGANIZATION_MAX_DEPTH] = { NULL };
	struct organizational_unit *unit = NULL;
	size_t count = 0;
	int result = 0;

	for (const char *at = child; result == 0 && unit == NULL; at = missing[count - 1]) {
		if (count == ORGANIZATION_MAX_DEPTH) {
			result = err_set(err, ERR_PROTOCOL, "InvalidAnswer",
				"organizations ListParents: found no root above %.40s", child);
			break;
		}
		result = read_parent(reader, at, &missing[count], err);
		if (result == 0)
			unit = find_unit(organization, missing[count++]);
	}
	/* The last entry is a unit that is known already; the units below it are added from the top
	 * down. */
	for (size_t i = count > 0 ? count - 1 : 0; result == 0 && i > 0; i--) {
		CLEANUP_FREE char *name = NULL;

		result = read_unit_name(reader, missing[i - 1], &name, err);
		if (result == 0)
			unit = organization_add_unit(organization, missing[i - 1], name, unit);
	}
	for (size_t i = 0; i < ORGANIZATION_MAX_DEPTH; i++)
		free(missing[i]);
	return result == 0 ? unit : NULL;
}

int organization_add_looked_up(struct aws_reader *reader, struct organization *organization,
	const char *account_id, bool read_tags, struct account **out, struct err *err)
{
	CLEANUP_JSON json_t *output = NULL;
	struct aws_call call = { .operation = &aws_organizations_DescribeAccount,
		.params = json_pack("{s:s}", "AccountId", account_id) };

	if (aws_read(reader, &call, &output, err) < 0)
		return -1;
	const json_t *described = json_object_get(output, "Account");
	if (strcmp(json_get_string_or(described, "Id", ""), account_id) != 0)
		return err_set(err, ERR_PROTOCOL, "InvalidAnswer",
			"organizations DescribeAccount: the answer is not about account %s", account_id);
	struct organizational_unit *unit = unit_above(reader, organization, account_id, err);
	if (unit == NULL)
		return -1;
	const char *state =
		json_get_string_or(described, "State", json_get_string_or(described, "Status", "UNKNOWN"));
	*out = organization_add_account(organization, account_id,
		json_get_string_or(described, "Name", ""), state, unit);
	return read_tags && account_is_active(*out) ? organization_read_tags(reader, *out, err) : 0;
}

int organization_lookup(struct aws_reader *reader, const char *account_id, bool read_tags,
	struct organization **out, struct err *err)
{
	struct organization *organization = xcalloc(1, sizeof *organization);
	struct account *account;

	if (organization_read_root(reader, organization, err) < 0 ||
		organization_add_looked_up(reader, organization, account_id, read_tags, &account, err) <
			0) {
		organization_free(organization);
		return -1;
	}
	*out = organization;
	return 0;
}
