/* Where the configuration applies: which accounts are in scope, and their regions, roles and waves.
 */
#include "config/scope.h"

#include "config/checks.h"
#include "config/internal.h"
#include "config/target.h"
#include "config/values.h"

#include "base/banned.h"
#include "base/json.h"

static const struct where top = { .up = NULL };

void account_roles_check(const json_t *organization, struct complaints *complaints)
{
	const struct where section = { .up = &top, .key = "organization" };
	const struct where where = { .up = &section, .key = "account_roles" };
	const json_t *roles = json_object_get(organization, "account_roles");
	const char *account, *reason;
	json_t *role;

	if (!expect_object(roles, &where, complaints))
		return;
	json_object_foreach((json_t *)roles, account, role) {
		struct where place = { .up = &where, .key = account };

		if (check_account(account, &reason) < 0)
			complain_key(complaints, &place, "BadValue", "%s %s", quote(account).text, reason);
		if (json_is_null(role))
			continue;
		if (!json_is_string(role))
			complain(complaints, &place, "WrongType", "must be a string or null, not %s",
				json_kind(role));
		else if (check_role_name(json_string_value(role), &reason) < 0)
			complain(complaints, &place, "BadValue", "%s %s", quote(json_string_value(role)).text,
				reason);
	}
}

const char *config_account_role(const struct config *config, const char *account)
{
	const json_t *organization = config_get(config, "organization");
	const json_t *role = json_object_get(json_object_get(organization, "account_roles"), account);

	return role != NULL ? json_string_value(role)
						: json_get_string(organization, "remediation_role");
}

/* --- regions --- */

static void check_regions(const json_t *regions, const struct where *where,
	struct complaints *complaints)
{
	size_t index;
	json_t *region, *seen;
	const char *reason;

	if (json_is_string(regions) && strcmp(json_string_value(regions), "enabled") == 0)
		return;
	if (!json_is_array(regions)) {
		complain(complaints, where, "WrongType", "must be \"enabled\" or a list of regions, not %s",
			json_is_string(regions) ? quote(json_string_value(regions)).text : json_kind(regions));
		return;
	}
	if (json_array_size(regions) == 0)
		complain(complaints, where, "OutOfRange",
			"must name at least one region; to leave accounts out, name them in \"exclude\"");
	seen = json_object();
	json_array_foreach(regions, index, region) {
		struct where place = { .up = where, .index = index };
		const char *name = json_string_value(region);

		if (name == NULL)
			complain(complaints, &place, "WrongType", "must be the code of a region, not %s",
				json_kind(region));
		else if (check_region(name, &reason) < 0)
			complain(complaints, &place, "BadValue", "%s %s", quote(name).text, reason);
		else if (json_object_get(seen, name) != NULL)
			complain(complaints, &place, "Duplicate", "%s is in the list already",
				quote(name).text);
		else
			json_object_set_new(seen, name, json_true());
	}
	json_decref(seen);
}

/* Checks an item {"target", "regions"} and adds it to the index. Returns the item with its
 * defaults, a new reference. */
static json_t *take_region_list(struct config *config, const json_t *item, size_t number,
	const json_t *earlier, const struct where *where, struct complaints *complaints)
{
	json_t *resolved = json_object();
	size_t before = complaints->count;

	settings_collect(region_list_rows, item, where, true, complaints, resolved);
	const json_t *regions = json_object_get(resolved, "regions");
	check_regions(regions, &(struct where){ .up = where, .key = "regions" }, complaints);
	if (complaints->count > before)
		return resolved;
	const char *target = json_get_string(resolved, "target");
	const json_t *same = json_array_get(json_object_get(config->region_lists, target), 0);
	const json_t *other = same != NULL ? json_array_get(earlier, (size_t)json_integer_value(same))
									   : NULL;
	if (other != NULL && !json_equal(json_object_get(other, "regions"), regions))
		complain(complaints, where, "Conflict",
			"%s has other regions already, in /scope/regions/%" JSON_INTEGER_FORMAT,
			quote(target).text, json_integer_value(same));
	target_index_add(config->region_lists, target, number);
	return resolved;
}

static void build_regions(struct config *config, json_t *scope, const struct where *section,
	struct complaints *complaints)
{
	const struct where where = { .up = section, .key = "regions" };
	json_t *regions = json_object_get(scope, "regions"), *item, *lists;
	size_t index;

	if (!json_is_object(json_array_get(regions, 0))) {
		check_regions(regions, &where, complaints);
		return;
	}
	config->region_lists = target_index_new();
	lists = json_array();
	json_array_foreach(regions, index, item) {
		struct where place = { .up = &where, .index = index };

		if (json_is_object(item))
			json_array_append_new(lists,
				take_region_list(config, item, index, lists, &place, complaints));
		else
			complain(complaints, &place, "WrongType",
				"must be an object, {…}, as the first of the list is, not %s", json_kind(item));
	}
	json_object_set_new(scope, "regions", lists);
}

static const json_t *region_list(const struct config *config, size_t number)
{
	const json_t *lists = json_object_get(config_get(config, "scope"), "regions");

	return json_object_get(json_array_get(lists, number), "regions");
}

const json_t *config_regions(const struct config *config, const struct org_place *place)
{
	const json_t *regions = json_object_get(config_get(config, "scope"), "regions");
	struct target_matches matches;

	if (config->region_lists == NULL)
		return json_is_array(regions) ? regions : NULL;
	target_index_match(config->region_lists, place, config->uses_tags, &matches);
	regions = matches.count > 0 ? region_list(config, matches.items[matches.count - 1].index)
								: NULL;
	target_matches_release(&matches);
	return json_is_array(regions) ? regions : NULL;
}

int regions_check(const struct config *config, const struct org_place *place, struct err *err)
{
	struct target_matches matches;
	int result = 0;

	if (config->region_lists == NULL)
		return 0;
	target_index_match(config->region_lists, place, config->uses_tags, &matches);
	for (size_t i = 1; i < matches.count && result == 0; i++) {
		struct target_match a = matches.items[i - 1], b = matches.items[i];

		if (a.level == b.level &&
			!json_equal(region_list(config, a.index), region_list(config, b.index)))
			result = err_set(err, ERR_CONFIG, "Conflict",
				"%s: account %s: /scope/regions/%zu and /scope/regions/%zu stand at the same level "
				"and "
				"name different regions: make them agree",
				config->path, place->account, a.index, b.index);
	}
	target_matches_release(&matches);
	return result;
}

/* --- accounts --- */

static json_t *build_index(const json_t *targets)
{
	json_t *index = target_index_new(), *target;
	size_t i;

	json_array_foreach(targets, i, target)
		target_index_add(index, json_string_value(target), i);
	return index;
}

void scope_build(struct config *config, struct complaints *complaints)
{
	const struct where section = { .up = &top, .key = "scope" };
	json_t *scope = json_object_get(config->sections, "scope");

	config->include = build_index(json_object_get(scope, "include"));
	config->exclude = build_index(json_object_get(scope, "exclude"));
	build_regions(config, scope, &section, complaints);
}

static bool any_matches(const struct config *config, const json_t *index,
	const struct org_place *place)
{
	struct target_matches matches;
	bool found;

	target_index_match(index, place, config->uses_tags, &matches);
	found = matches.count > 0;
	target_matches_release(&matches);
	return found;
}

bool config_in_scope(const struct config *config, const struct org_place *place)
{
	if (json_object_size(config->include) > 0 && !any_matches(config, config->include, place))
		return false;
	return !any_matches(config, config->exclude, place);
}

/* --- waves --- */

void rollout_build(struct config *config, struct complaints *complaints)
{
	const struct where section = { .up = &top, .key = "rollout" };
	CLEANUP_JSON json_t *seen = json_object();
	size_t number, i;
	json_t *wave, *target;

	config->waves = target_index_new();
	json_array_foreach(json_object_get(config->sections, "rollout"), number, wave) {
		struct where item = { .up = &section, .index = number },
					 where = { .up = &item, .key = "wave" };
		const char *name = json_get_string(wave, "wave");

		if (name != NULL && json_object_get(seen, name) != NULL)
			complain(complaints, &where, "Duplicate", "there is a wave %s already",
				quote(name).text);
		if (name != NULL)
			json_object_set_new(seen, name, json_true());
		json_array_foreach(json_object_get(wave, "targets"), i, target)
			target_index_add(config->waves, json_string_value(target), number);
	}
}

size_t config_wave(const struct config *config, const struct org_place *place)
{
	struct target_matches matches;
	size_t wave = json_array_size(config_get(config, "rollout"));

	target_index_match(config->waves, place, config->uses_tags, &matches);
	for (size_t i = 0; i < matches.count; i++)
		if (matches.items[i].index < wave)
			wave = matches.items[i].index;
	target_matches_release(&matches);
	return wave;
}
