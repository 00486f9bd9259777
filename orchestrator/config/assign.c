/* Turns the checked items of the sections `baselines` and `tiers` into the assignments that
 * config_desired works with. */
#include "config/assign.h"

#include "config/catalogue.h"
#include "config/disagree.h"
#include "config/document/nearest.h"
#include "config/internal.h"
#include "config/target.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

static const struct where top = { .up = NULL };

static void add_assigned(struct assignment *assignment, struct assigned assigned)
{
	/* The array grows when the count reaches a power of two. */
	if ((assignment->count & (assignment->count - 1)) == 0)
		assignment->items = xrealloc(assignment->items,
			(assignment->count ? 2 * assignment->count : 1) * sizeof *assignment->items);
	assignment->items[assignment->count++] = assigned;
}

/* Takes "set" of an item in `baselines`, {id: {setting: value}}, and replaces it by the settings as
 * their rows resolved them. */
static void take_settings(struct config *config, json_t *item, const struct where *where,
	struct complaints *complaints, struct assignment *out)
{
	const struct where set_place = { .up = where, .key = "set" };
	json_t *set = json_object(), *given = json_object_get(item, "set"), *value;
	const char *id;

	json_object_foreach(given, id, value) {
		struct where place = { .up = &set_place, .key = id };
		long entry = entry_number(config, id, &place, complaints);

		if (entry < 0)
			continue;
		json_t *settings = json_object();
		settings_collect(config->catalogue->entries[entry].settings, value, &place, false,
			complaints, settings);
		json_object_set_new(set, id, settings);
		add_assigned(out,
			(struct assigned){ .kind = ASSIGN_SET, .entry = (size_t)entry, .settings = settings });
	}
	json_object_set_new(item, "set", set);
}

static void take_unset(struct config *config, json_t *item, const struct where *where,
	struct complaints *complaints, struct assignment *out)
{
	const struct where unset_place = { .up = where, .key = "unset" };
	json_t *id;
	size_t index;

	json_array_foreach(json_object_get(item, "unset"), index, id) {
		struct where place = { .up = &unset_place, .index = index };
		const char *name = json_string_value(id);
		long entry = entry_number(config, name, &place, complaints);

		if (entry < 0)
			continue;
		if (json_object_get(json_object_get(item, "set"), name) != NULL)
			complain(complaints, &place, "Conflict", "%s is in \"set\" of the same item",
				quote(name).text);
		add_assigned(out, (struct assigned){ .kind = ASSIGN_UNSET, .entry = (size_t)entry });
	}
}

static int check_tier(const json_t *value, const struct where *where, struct complaints *complaints,
	enum tier *tier)
{
	const char *text = json_string_value(value);
	struct nearest nearest;

	if (text == NULL)
		return complain(complaints, where, "WrongType",
			"must be \"auto\", \"approval\" or \"alert\", or null for the baseline's default, not "
			"%s",
			json_kind(value));
	if (tier_parse(text, tier) == 0)
		return 0;
	nearest_init(&nearest, text);
	for (enum tier known = TIER_AUTO; known <= TIER_ALERT; known++)
		nearest_offer(&nearest, tier_name(known));
	if (nearest.best != NULL)
		return complain(complaints, where, "UnknownChoice", "unknown tier %s; did you mean \"%s\"?",
			quote(text).text, nearest.best);
	return complain(complaints, where, "UnknownChoice",
		"must be \"auto\", \"approval\" or \"alert\", not %s", quote(text).text);
}

static void take_tiers(struct config *config, json_t *item, const struct where *where,
	struct complaints *complaints, struct assignment *out)
{
	const struct where set_place = { .up = where, .key = "set" };
	const char *id;
	json_t *value;

	json_object_foreach(json_object_get(item, "set"), id, value) {
		struct where place = { .up = &set_place, .key = id };
		long entry = entry_number(config, id, &place, complaints);
		enum tier tier;

		if (entry < 0)
			continue;
		if (json_is_null(value))
			tier = config->catalogue->entries[entry].tier;
		else if (check_tier(value, &place, complaints, &tier) < 0)
			continue;
		add_assigned(out,
			(struct assigned){ .kind = ASSIGN_TIER, .entry = (size_t)entry, .tier = tier });
	}
}

/* The same target may stand more than once, as long as the items agree. */
static void check_same_targets(const struct config *config, const char *section,
	const struct assignments *assignments, struct complaints *complaints)
{
	const struct where list = { .up = &top, .key = section };
	size_t *numbers = xcalloc(assignments->count, sizeof *numbers), i;
	const char *target;
	json_t *items, *item;

	json_object_foreach(assignments->index, target, items) {
		struct disagreement found;

		json_array_foreach(items, i, item)
			numbers[i] = (size_t)json_integer_value(item);
		if (!assignments_disagree(config, assignments, numbers, json_array_size(items), &found))
			continue;
		struct where place = { .up = &list, .index = found.second };
		complain(complaints, &place, "Conflict",
			"%s is assigned in /%s/%zu too, and the two disagree on %s", quote(target).text,
			section, found.first, found.what.data);
		buf_release(&found.what);
	}
	free(numbers);
}

void assignments_build(struct config *config, const char *section, struct complaints *complaints,
	struct assignments *out)
{
	const struct where list = { .up = &top, .key = section };
	json_t *items = json_object_get(config->sections, section), *item;
	bool tiers = strcmp(section, "tiers") == 0;
	size_t number;

	*out = (struct assignments){ .count = json_array_size(items), .index = target_index_new() };
	out->items = xcalloc(out->count, sizeof *out->items);
	json_array_foreach(items, number, item) {
		struct where where = { .up = &list, .index = number };
		struct where set = { .up = &where, .key = "set" };
		struct assignment *assignment = &out->items[number];

		assignment->target = json_get_string(item, "assign");
		if (assignment->target != NULL)
			target_index_add(out->index, assignment->target, number);
		if (!expect_object(json_object_get(item, "set"), &set, complaints))
			json_object_set_new(item, "set", json_object());
		if (tiers) {
			take_tiers(config, item, &where, complaints, assignment);
		} else {
			take_settings(config, item, &where, complaints, assignment);
			take_unset(config, item, &where, complaints, assignment);
		}
	}
	check_same_targets(config, section, out, complaints);
}

void assignments_release(struct assignments *assignments)
{
	for (size_t i = 0; i < assignments->count; i++)
		free(assignments->items[i].items);
	free(assignments->items);
	json_decref(assignments->index);
	*assignments = (struct assignments){ 0 };
}
