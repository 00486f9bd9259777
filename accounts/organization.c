#include "accounts/organization.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/mem.h"

struct organization *organization_retain(struct organization *organization)
{
	if (organization != NULL)
		organization->more_holders++;
	return organization;
}

void organization_free(struct organization *organization)
{
	if (organization == NULL || organization->more_holders-- > 0)
		return;
	for (struct account *account = organization->accounts, *next; account != NULL; account = next) {
		next = account->next;
		free(account->id);
		free(account->name);
		free(account->state);
		json_decref(account->tags);
		free(account);
	}
	for (struct organizational_unit *unit = organization->units, *next; unit != NULL; unit = next) {
		next = unit->next;
		free(unit->id);
		free(unit->name);
		free(unit);
	}
	free(organization->id);
	free(organization->management_account_id);
	free(organization->partition);
	free(organization);
}

bool account_is_active(const struct account *account)
{
	return strcmp(account->state, "ACTIVE") == 0;
}

const struct org_place *account_place(const struct account *account, struct account_place *storage)
{
	const struct organizational_unit *unit = account->parent;
	size_t count = unit != NULL ? unit->depth + 1 : 0, used = 0;
	const char *key;
	json_t *value;

	for (size_t i = count; i > 0; i--, unit = unit->parent)
		storage->units[i - 1] = (struct org_unit){ unit->id, unit->name };
	json_object_foreach(account->tags, key, value) {
		if (used == ARRAY_LENGTH(storage->tags))
			break;
		storage->tags[used++] = (struct org_tag){ key, json_string_value(value) };
	}
	storage->place = (struct org_place){
		.account = account->id,
		.units = storage->units,
		.unit_count = count,
		.tags = storage->tags,
		.tag_count = used,
	};
	return &storage->place;
}

/* Returns the account's place for people, e.g. "Root/Workloads/Prod"; the caller frees it. */
char *account_path(const struct account *account)
{
	struct account_place storage;
	const struct org_place *place = account_place(account, &storage);
	struct buf path;

	buf_init(&path, 4096);
	for (size_t i = 0; i < place->unit_count; i++) {
		if (i > 0)
			buf_add_char(&path, '/');
		for (const char *c = place->units[i].name; *c != '\0'; c++) {
			if (*c == '/')
				buf_add_char(&path, '\\');
			buf_add_char(&path, *c);
		}
	}
	return buf_detach(&path);
}

json_t *account_to_json(const struct account *account)
{
	struct account_place storage;
	const struct org_place *place = account_place(account, &storage);
	CLEANUP_FREE char *path = account_path(account);
	json_t *units = json_array();

	for (size_t i = 0; i < place->unit_count; i++)
		json_array_append_new(units,
			json_pack("{s:s, s:s}", "id", place->units[i].id, "name", place->units[i].name));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:O?}", "id", account->id, "name", account->name,
		"state", account->state, "path", path, "units", units, "tags", account->tags);
}

struct organizational_unit *organization_add_unit(struct organization *organization, const char *id,
	const char *name, struct organizational_unit *parent)
{
	struct organizational_unit *unit = xcalloc(1, sizeof *unit), **end = &organization->units;

	unit->id = xstrdup(id);
	unit->name = xstrdup(name);
	unit->parent = parent;
	unit->depth = parent != NULL ? parent->depth + 1 : 0;
	while (*end != NULL)
		end = &(*end)->next;
	*end = unit;
	organization->unit_count++;
	return unit;
}

struct account *organization_add_account(struct organization *organization, const char *id,
	const char *name, const char *state, struct organizational_unit *parent)
{
	struct account *account = xcalloc(1, sizeof *account);

	account->id = xstrdup(id);
	account->name = xstrdup(name);
	account->state = xstrdup(state);
	account->parent = parent;
	account->next = organization->accounts;
	organization->accounts = account;
	organization->account_count++;
	return account;
}
