/*
 * Matches an event with a pattern. Objects of the pattern that are about the same object of the
 * event must match it together, even when they come from different "$or", so that the elements of
 * an array stay together as in AWS's own matcher. A field that must be absent is looked for in the
 * array element that the other fields match. Where AWS's matcher has not chosen an element yet, it
 * looks in all of them.
 */
#include "config/pattern/match.h"

#include "base/banned.h"
#include "config/pattern/internal.h"
#include "config/pattern/value.h"

#define WORK_UNITS 1000000 /* some ten milliseconds */
#define ARRAY_LEVELS 8     /* levels of arrays directly in arrays; deeper elements are ignored */

/* An object of the pattern that the same object of the event must satisfy; a list on the stack. */
struct part {
	const json_t *pattern;
	const struct part *next;
};

/* A walk over the elements of an array and of the arrays in it, without recursion: the event says
 * how deep they are. */
struct walk {
	struct {
		const json_t *array;
		size_t next;
	} levels[ARRAY_LEVELS];
	size_t depth;
};

static void walk_start(struct walk *walk, const json_t *array)
{
	walk->levels[0].array = array;
	walk->levels[0].next = 0;
	walk->depth = 1;
}

static const json_t *walk_next(struct walk *walk, struct pattern_work *work)
{
	while (walk->depth > 0) {
		const json_t *element = json_array_get(walk->levels[walk->depth - 1].array,
			walk->levels[walk->depth - 1].next++);

		if (!pattern_spend(work, 1))
			return NULL;
		if (element == NULL) {
			walk->depth--;
		} else if (!json_is_array(element)) {
			return element;
		} else if (walk->depth < ARRAY_LEVELS) {
			walk->levels[walk->depth].array = element;
			walk->levels[walk->depth++].next = 0;
		}
	}
	return NULL;
}

/* --- a field that the pattern has a list for --- */

static bool is_value(const json_t *value)
{
	return value != NULL && !json_is_object(value) && !json_is_array(value);
}

static bool match_one(struct pattern_work *work, const json_t *alternatives, const json_t *value)
{
	size_t index;
	json_t *alternative;

	json_array_foreach(alternatives, index, alternative)
		if (pattern_value_matches(work, alternative, value))
			return true;
	return false;
}

static bool asks_for(const json_t *alternatives, bool present)
{
	size_t index;
	json_t *alternative;

	json_array_foreach(alternatives, index, alternative) {
		const json_t *exists = json_object_get(alternative, "exists");

		if (json_is_boolean(exists) && json_is_true(exists) == present)
			return true;
	}
	return false;
}

static bool match_leaf(struct pattern_work *work, const json_t *alternatives, const json_t *field)
{
	bool present = is_value(field);
	struct walk walk;

	if (present && match_one(work, alternatives, field))
		return true;
	if (json_is_array(field)) {
		walk_start(&walk, field);
		for (const json_t *element; (element = walk_next(&walk, work)) != NULL;) {
			if (!is_value(element))
				continue;
			present = true;
			if (match_one(work, alternatives, element))
				return true;
		}
	}
	return work->left > 0 && asks_for(alternatives, present);
}

/* --- objects --- */

static bool match_parts(struct pattern_work *work, const struct part *pending,
	const struct part *ready, const json_t *object);

/* Matches the object, one of the objects in the array, or no object at all: members may be required
 * not to exist. */
static bool match_field(struct pattern_work *work, const struct part *parts, const json_t *field)
{
	bool had_object = false;
	struct walk walk;

	if (!json_is_array(field))
		return match_parts(work, parts, NULL, json_is_object(field) ? field : NULL);
	walk_start(&walk, field);
	for (const json_t *element; (element = walk_next(&walk, work)) != NULL;) {
		if (!json_is_object(element))
			continue;
		had_object = true;
		if (match_parts(work, parts, NULL, element))
			return true;
	}
	return !had_object && work->left > 0 && match_parts(work, parts, NULL, NULL);
}

/* Collects what all parts require of the key, and matches the field against all of it. */
static bool match_below(struct pattern_work *work, const struct part *parts, const char *key,
	const struct part *below, const json_t *field)
{
	for (; parts != NULL; parts = parts->next) {
		const json_t *wanted = json_object_get(parts->pattern, key);

		if (json_is_object(wanted)) {
			const struct part more = { wanted, below };

			return match_below(work, parts->next, key, &more, field);
		}
	}
	return match_field(work, below, field);
}

static bool had_below(const struct part *parts, const struct part *end, const char *key)
{
	for (; parts != end; parts = parts->next)
		if (json_is_object(json_object_get(parts->pattern, key)))
			return true;
	return false;
}

static bool match_fields(struct pattern_work *work, const struct part *parts, const json_t *object)
{
	const char *key;
	json_t *wanted;

	for (const struct part *part = parts; part != NULL; part = part->next) {
		json_object_foreach((json_t *)part->pattern, key, wanted) {
			const json_t *field = json_object_get(object, key);

			if (!pattern_spend(work, 1))
				return false;
			if (strcmp(key, "$or") == 0)
				continue;
			if (json_is_object(wanted)) {
				if (!had_below(parts, part, key) && !match_below(work, part, key, NULL, field))
					return false;
			} else if (!match_leaf(work, wanted, field)) {
				return false;
			}
		}
	}
	return true;
}

/* Tries every combination of one branch of each "$or" in the pending parts. Once all are chosen,
 * it matches the fields. */
static bool match_parts(struct pattern_work *work, const struct part *pending,
	const struct part *ready, const json_t *object)
{
	size_t index;
	json_t *branch;

	if (pending == NULL)
		return match_fields(work, ready, object);
	const struct part now = { pending->pattern, ready };
	const json_t *branches = json_object_get(pending->pattern, "$or");
	if (branches == NULL)
		return match_parts(work, pending->next, &now, object);
	json_array_foreach(branches, index, branch) {
		const struct part chosen = { branch, pending->next };

		if (pattern_spend(work, 1) && match_parts(work, &chosen, &now, object))
			return true;
	}
	return false;
}

bool pattern_matches(const json_t *pattern, const json_t *event)
{
	struct pattern_work work = { WORK_UNITS };
	const struct part whole = { pattern, NULL };

	if (!json_is_object(pattern) || !json_is_object(event))
		return false;
	return match_parts(&work, &whole, NULL, event) && work.left > 0;
}
