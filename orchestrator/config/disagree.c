/*
 * Finds assignments of one level that contradict each other. The value that an assignment gives is
 * kept by its key (the baseline, or one of its settings) together with the number of the first
 * assignment that gave it. So the work grows with the number of settings and not with its square.
 */
#include "config/disagree.h"

#include "config/catalogue.h"
#include "config/internal.h"

#include "base/banned.h"
#include "base/mem.h"

#define WORDS_MAX_BYTES 400

struct said {
	json_t *by_key; /* key -> [number, value] */
	struct disagreement *found;
};

/* Records that the assignment `number` gives `value` (a reference that is taken over) to the key.
 * Returns an earlier, different value of the key, or NULL. */
static const json_t *say(struct said *said, const char *key, size_t number, json_t *value)
{
	const json_t *earlier = json_object_get(said->by_key, key);

	if (earlier == NULL) {
		json_object_set_new(said->by_key, key, json_pack("[I,o]", (json_int_t)number, value));
		return NULL;
	}
	bool same = json_equal(json_array_get(earlier, 1), value);
	json_decref(value);
	if (same)
		return NULL;
	said->found->first = (size_t)json_integer_value(json_array_get(earlier, 0));
	said->found->second = number;
	return json_array_get(earlier, 1);
}

static bool say_settings(struct said *said, const char *id, size_t number, const json_t *settings)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)settings, name, value) {
		CLEANUP_FREE char *key = xasprintf("%s/%s", id, name);
		const json_t *earlier = say(said, key, number, json_incref(value));

		if (earlier == NULL)
			continue;
		buf_add_format(&said->found->what, "the setting \"%s\" of %s: %s and %s", name,
			quote(id).text, quote_json(earlier).text, quote_json(value).text);
		return true;
	}
	return false;
}

static bool say_assigned(struct said *said, const char *id, size_t number,
	const struct assigned *assigned)
{
	struct buf *what = &said->found->what;

	if (assigned->kind == ASSIGN_TIER) {
		const json_t *earlier = say(said, id, number, json_string(tier_name(assigned->tier)));

		if (earlier != NULL)
			buf_add_format(what, "the tier of %s: %s and \"%s\"", quote(id).text,
				quote_json(earlier).text, tier_name(assigned->tier));
		return earlier != NULL;
	}
	if (say(said, id, number, json_boolean(assigned->kind == ASSIGN_SET)) != NULL) {
		buf_add_format(what, "%s, which one of them sets and the other unsets", quote(id).text);
		return true;
	}
	return assigned->kind == ASSIGN_SET && say_settings(said, id, number, assigned->settings);
}

bool assignments_disagree(const struct config *config, const struct assignments *assignments,
	const size_t *numbers, size_t count, struct disagreement *found)
{
	struct said said = { .found = found };
	bool disagree = false;

	if (count < 2)
		return false;
	said.by_key = json_object();
	buf_init(&found->what, WORDS_MAX_BYTES);
	for (size_t i = 0; i < count && !disagree; i++) {
		const struct assignment *assignment = &assignments->items[numbers[i]];

		for (size_t j = 0; j < assignment->count && !disagree; j++) {
			const struct assigned *assigned = &assignment->items[j];

			disagree = say_assigned(&said, config->catalogue->entries[assigned->entry].id,
				numbers[i], assigned);
		}
	}
	json_decref(said.by_key);
	if (!disagree)
		buf_release(&found->what);
	return disagree;
}
