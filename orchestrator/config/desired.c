/* The desired state of one account, from the assignments that reach it. */
#include "config/desired.h"

#include "config/catalogue.h"
#include "config/disagree.h"
#include "config/internal.h"
#include "config/scope.h"
#include "config/target.h"

#include "base/banned.h"
#include "base/mem.h"

/* Accounts that the same assignments reach share one result. An organization has few different
 * ones. Where every account has its own, keeping them would cost more than it saves. */
#define CACHE_MAX_RESULTS 1024

/* The state of one baseline on the way down from the root. */
struct standing {
	json_t *settings;                  /* what has been set so far; NULL: not assigned */
	const char *assigned_by, *tier_by; /* targets */
	size_t assigned_level;
	enum tier tier;
};

static void apply(struct standing *standing, const struct assigned *assigned, const char *target,
	size_t level)
{
	switch (assigned->kind) {
	case ASSIGN_SET:
		if (standing->settings == NULL) {
			standing->settings = json_object();
			standing->assigned_by = NULL;
		}
		json_object_update(standing->settings, (json_t *)assigned->settings);
		/* The assignments of one level agree with each other, so the first one in the file is
		 * taken. */
		if (standing->assigned_by == NULL || standing->assigned_level != level)
			standing->assigned_by = target;
		standing->assigned_level = level;
		break;
	case ASSIGN_UNSET:
		json_decref(standing->settings);
		standing->settings = NULL;
		break;
	case ASSIGN_TIER:
		standing->tier = assigned->tier;
		standing->tier_by = target;
		break;
	}
}

static int check_levels(const struct config *config, const char *section,
	const struct assignments *assignments, const struct target_matches *matches,
	const char *account, struct err *err)
{
	size_t *numbers = xcalloc(matches->count, sizeof *numbers), count = 0;
	int result = 0;

	for (size_t i = 0; i < matches->count && result == 0; i++) {
		const struct target_match *match = &matches->items[i];
		struct disagreement found;

		numbers[count++] = match->index;
		if (i + 1 < matches->count && match[1].level == match->level)
			continue;
		if (assignments_disagree(config, assignments, numbers, count, &found)) {
			result = err_set(err, ERR_CONFIG, "Conflict",
				"%s: account %s: /%s/%zu (%s) and /%s/%zu (%s) stand at the same level and "
				"disagree on "
				"%s: make them agree",
				config->path, account, section, found.first,
				quote(assignments->items[found.first].target).text, section, found.second,
				quote(assignments->items[found.second].target).text, found.what.data);
			buf_release(&found.what);
		}
		count = 0;
	}
	free(numbers);
	return result;
}

static void apply_all(const struct assignments *assignments, const struct target_matches *matches,
	struct standing *standings)
{
	for (size_t i = 0; i < matches->count; i++) {
		const struct assignment *assignment = &assignments->items[matches->items[i].index];

		for (size_t j = 0; j < assignment->count; j++)
			apply(&standings[assignment->items[j].entry], &assignment->items[j], assignment->target,
				matches->items[i].level);
	}
}

/* Fills in the defaults of the settings that were not set. NULL and *err when a setting has neither
 * a value nor a default. */
static json_t *full_settings(const struct config *config, size_t entry,
	const struct standing *standing, struct err *err)
{
	const struct catalogue_entry *known = &config->catalogue->entries[entry];
	json_t *settings = json_copy(config->entry_defaults[entry]);

	json_object_update(settings, standing->settings);
	for (const struct setting *row = known->settings; row != NULL && row->name != NULL; row++) {
		if (json_object_get(settings, row->name) != NULL)
			continue;
		(void)err_set(err, ERR_CONFIG, "MissingKey",
			"%s: %s is assigned by %s without its setting \"%s\", which has no default: %s",
			config->path, known->id, quote(standing->assigned_by).text, row->name, row->help);
		json_decref(settings);
		return NULL;
	}
	return settings;
}

static int describe(const struct config *config, const struct standing *standings, json_t *out,
	struct err *err)
{
	for (size_t i = 0; i < config->catalogue->count; i++) {
		const struct standing *standing = &standings[i];

		if (standing->settings == NULL)
			continue;
		json_t *settings = full_settings(config, i, standing, err);
		if (settings == NULL)
			return -1;
		json_object_set_new(out, config->catalogue->entries[i].id,
			json_pack("{s:o,s:s,s:{s:s,s:s}}", "settings", settings, "tier",
				tier_name(standing->tier), "decided_by", "assign", standing->assigned_by, "tier",
				standing->tier_by != NULL ? standing->tier_by : "default"));
	}
	return 0;
}

static int compile(const struct config *config, const char *account,
	const struct target_matches *baselines, const struct target_matches *tiers, json_t **out,
	struct err *err)
{
	struct standing *standings;
	int result;

	if (check_levels(config, "baselines", &config->baselines, baselines, account, err) < 0 ||
		check_levels(config, "tiers", &config->tiers, tiers, account, err) < 0)
		return -1;
	standings = xcalloc(config->catalogue->count, sizeof *standings);
	for (size_t i = 0; i < config->catalogue->count; i++)
		standings[i].tier = config->catalogue->entries[i].tier;
	apply_all(&config->baselines, baselines, standings);
	apply_all(&config->tiers, tiers, standings);
	*out = json_object();
	result = describe(config, standings, *out, err);
	for (size_t i = 0; i < config->catalogue->count; i++)
		json_decref(standings[i].settings);
	free(standings);
	if (result < 0) {
		json_decref(*out);
		*out = NULL;
	}
	return result;
}

/* The key of the cache: which assignments reach the account, and which of them stand at one level.
 * Nothing else decides the result. */
static void add_signature(struct buf *out, const struct target_matches *matches)
{
	for (size_t i = 0; i < matches->count; i++)
		buf_add_format(out, "%c%zu",
			i > 0 && matches->items[i].level == matches->items[i - 1].level ? ',' : '/',
			matches->items[i].index);
	buf_add_char(out, ';');
}

int config_desired(const struct config *config, const struct org_place *place, json_t **out,
	struct err *err)
{
	struct target_matches baselines, tiers;
	CLEANUP_BUF struct buf signature = BUF_INIT(SIZE_MAX);
	int result = 0;

	if (regions_check(config, place, err) < 0)
		return -1;
	target_index_match(config->baselines.index, place, config->uses_tags, &baselines);
	target_index_match(config->tiers.index, place, config->uses_tags, &tiers);
	add_signature(&signature, &baselines);
	add_signature(&signature, &tiers);
	*out = json_incref(json_object_get(config->desired_cache, signature.data));
	if (*out == NULL) {
		result = compile(config, place->account, &baselines, &tiers, out, err);
		if (json_object_size(config->desired_cache) >= CACHE_MAX_RESULTS)
			json_object_clear(config->desired_cache);
		if (result == 0)
			json_object_set(config->desired_cache, signature.data, *out);
	}
	target_matches_release(&baselines);
	target_matches_release(&tiers);
	return result;
}
