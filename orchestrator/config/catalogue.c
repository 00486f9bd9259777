/* The things that may be assigned: the baselines of the catalogue, which are looked up by id,
 * and tiers. */
#include "config/catalogue.h"

#include "config/document/nearest.h"
#include "config/internal.h"

#include "base/banned.h"
#include "base/mem.h"

const char *const tier_names[TIER_COUNT] = { "auto", "approval", "alert" };

const char *tier_name(enum tier tier)
{
	return tier_names[tier];
}

int tier_parse(const char *name, enum tier *out)
{
	for (enum tier tier = TIER_AUTO; tier <= TIER_ALERT; tier++) {
		if (strcmp(name, tier_name(tier)) == 0) {
			*out = tier;
			return 0;
		}
	}
	return -1;
}

long entry_number(const struct config *config, const char *id, const struct where *where,
	struct complaints *complaints)
{
	const json_t *number = json_object_get(config->entry_numbers, id);
	struct nearest nearest;

	if (number != NULL)
		return (long)json_integer_value(number);
	if (complaints == NULL || complaints_full(complaints))
		return -1;
	nearest_init(&nearest, id);
	for (size_t i = 0; i < config->catalogue->count; i++)
		nearest_offer(&nearest, config->catalogue->entries[i].id);
	if (nearest.best != NULL)
		return complain_key(complaints, where, "UnknownBaseline",
			"unknown baseline %s; did you mean \"%s\"?", quote(id).text, nearest.best);
	return complain_key(complaints, where, "UnknownBaseline",
		"unknown baseline %s; `reeve baselines` lists the known ones", quote(id).text);
}

void catalogue_take(struct config *config, const struct catalogue *catalogue)
{
	config->catalogue = catalogue;
	config->entry_numbers = json_object();
	config->entry_defaults = xcalloc(catalogue->count, sizeof *config->entry_defaults);
	for (size_t i = 0; i < catalogue->count; i++) {
		const struct catalogue_entry *entry = &catalogue->entries[i];

		json_object_set_new(config->entry_numbers, entry->id, json_integer((json_int_t)i));
		config->entry_defaults[i] = json_object();
		for (const struct setting *row = entry->settings; row != NULL && row->name != NULL; row++)
			if (row->default_json != NULL)
				json_object_set_new(config->entry_defaults[i], row->name, setting_default(row));
	}
}
