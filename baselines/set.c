#include "baselines/set.h"

#include "base/banned.h"
#include "base/mem.h"
#include "config/values.h"

#include <assert.h>
#include <ctype.h>

struct member {
	const struct baseline *baseline;
	void (*release)(const struct baseline *baseline);
};

struct baseline_set {
	int holders;
	size_t count;
	struct member members[BASELINE_SET_MAX];
	struct catalogue_entry entries[BASELINE_SET_MAX]; /* of `catalogue`, in the same order */
	struct catalogue catalogue;
	bool closed; /* the catalogue was handed out, so no baseline may be added */
};

static const struct baseline *const built_in[] = {
#define BASELINE(symbol) &baseline_##symbol,
#include "baselines/baselines.def"
#undef BASELINE
};

struct baseline_set *baseline_set_new(void)
{
	struct baseline_set *set = xcalloc(1, sizeof *set);

	set->holders = 1;
	return set;
}

int baseline_set_new_built_in(struct baseline_set **out, struct err *err)
{
	struct baseline_set *set = baseline_set_new();

	for (size_t i = 0; i < ARRAY_LENGTH(built_in); i++) {
		if (baseline_set_add(set, built_in[i], NULL, err) < 0) {
			baseline_set_free(set);
			return -1;
		}
	}
	*out = set;
	return 0;
}

struct baseline_set *baseline_set_retain(struct baseline_set *set)
{
	set->holders++;
	return set;
}

void baseline_set_free(struct baseline_set *set)
{
	if (set == NULL || --set->holders > 0)
		return;
	for (size_t i = 0; i < set->count; i++)
		if (set->members[i].release != NULL)
			set->members[i].release(set->members[i].baseline);
	free(set);
}

/* Returns whether the text is "service.rule": lower-case words, joined by hyphens and by at least
 * one dot. */
static bool is_id(const char *id)
{
	bool dot = false;

	if (id == NULL || !islower((unsigned char)id[0]))
		return false;
	for (const char *c = id; *c != '\0'; c++) {
		if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-' && *c != '.')
			return false;
		if (*c == '.' && (c[1] == '\0' || c[1] == '.'))
			return false;
		dot = dot || *c == '.';
	}
	return dot && strlen(id) <= BASELINE_ID_MAX;
}

static bool is_trigger(const struct trigger *trigger)
{
	const char *star = strchr(trigger->type, '*');

	return trigger->source < SIGNAL_SOURCE_COUNT && trigger->type[0] != '\0' &&
		trigger->type[0] != '*' && strlen(trigger->type) <= TRIGGER_TYPE_MAX &&
		(star == NULL || star[1] == '\0') && trigger->why != NULL && trigger->why[0] != '\0' &&
		strlen(trigger->why) <= TRIGGER_WHY_MAX;
}

/* Returns what is wrong with the parts of the baseline, or NULL. The engine relies on every part.
 */
static const char *fault_of(const struct baseline *baseline)
{
	const struct {
		bool right;
		const char *fault;
	} rules[] = {
		{ baseline->title != NULL, "has no title" },
		{ baseline->rationale != NULL, "has no rationale" },
		{ baseline->service != NULL, "has no service" },
		{ baseline->reads != NULL, "has no reads" },
		{ baseline->writes != NULL, "has no writes; a list may be empty" },
		{ baseline->controls != NULL, "has no controls; a list may be empty" },
		{ baseline->triggers != NULL, "has no triggers; a list may be empty" },
		{ baseline->settings != NULL, "has no settings; a list may be empty" },
		{ baseline->image_fields != NULL, "has no image_fields; a list may be empty" },
		{ baseline->observe != NULL, "has no observe" },
		{ baseline->diff != NULL, "has no diff" },
		{ (baseline->remediate == NULL) == (baseline->rollback == NULL),
			"has one of remediate and rollback; it needs both or neither" },
		{ baseline->remediate == NULL ||
				(baseline->writes != NULL && baseline->writes[0].action != NULL),
			"has a remediate and no writes" },
		{ baseline->irreversible == NULL || baseline->tier != TIER_AUTO,
			"can't be rolled back (irreversible), so its tier must be approval or alert" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
		if (!rules[i].right)
			return rules[i].fault;
	for (const struct trigger *trigger = baseline->triggers; trigger->type != NULL; trigger++)
		if (!is_trigger(trigger))
			return "has a trigger whose type or reason is empty or too long, or whose type has a "
				   "'*' before its end";
	return NULL;
}

static int check(const struct baseline_set *set, const struct baseline *baseline, struct err *err)
{
	if (!is_id(baseline->id))
		return err_set(err, ERR_CONFIG, "Malformed",
			"baseline '%.80s': an id must be service.rule, in lower case with hyphens and at most "
			"%d characters, e.g. s3.account-public-access-block",
			baseline->id != NULL ? baseline->id : "", BASELINE_ID_MAX);
	if (baseline_set_find(set, baseline->id) != NULL)
		return err_set(err, ERR_CONFIG, "Duplicate",
			"two baselines have the id %s; give one of them another id", baseline->id);
	const char *fault = fault_of(baseline);
	if (fault != NULL)
		return err_set(err, ERR_CONFIG, "Malformed", "baseline %s %s", baseline->id, fault);
	if (set->count == BASELINE_SET_MAX)
		return err_set(err, ERR_CONFIG, "TooMany",
			"baseline %s can't be added: a set has at most %d baselines", baseline->id,
			BASELINE_SET_MAX);
	return 0;
}

int baseline_set_add(struct baseline_set *set, const struct baseline *baseline,
	void (*release)(const struct baseline *baseline), struct err *err)
{
	assert(!set->closed);
	if (check(set, baseline, err) < 0) {
		if (release != NULL)
			release(baseline);
		return -1;
	}
	set->members[set->count] = (struct member){ baseline, release };
	set->entries[set->count] =
		(struct catalogue_entry){ baseline->id, baseline->settings, baseline->tier };
	set->count++;
	return 0;
}

size_t baseline_set_count(const struct baseline_set *set)
{
	return set->count;
}

const struct baseline *baseline_set_at(const struct baseline_set *set, size_t index)
{
	return index < set->count ? set->members[index].baseline : NULL;
}

const struct baseline *baseline_set_find(const struct baseline_set *set, const char *id)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->members[i].baseline->id, id) == 0)
			return set->members[i].baseline;
	return NULL;
}

size_t baseline_set_index(const struct baseline_set *set, const struct baseline *baseline)
{
	size_t index = 0;

	while (index < set->count && set->members[index].baseline != baseline)
		index++;
	assert(index < set->count);
	return index;
}

const struct catalogue *baseline_set_catalogue(struct baseline_set *set)
{
	set->closed = true;
	set->catalogue = (struct catalogue){ set->entries, set->count, set };
	return &set->catalogue;
}

const struct baseline_set *baselines_of(const struct config *config)
{
	const struct baseline_set *set = config_catalogue(config)->baselines;

	assert(set != NULL);
	return set;
}
