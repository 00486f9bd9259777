/* Compares one value with one alternative of a pattern. */
#ifndef REEVE_CONFIG_PATTERN_VALUE_H
#define REEVE_CONFIG_PATTERN_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct pattern_work;

/* Takes units of work. Returns false when fewer are left. */
bool pattern_spend(struct pattern_work *work, size_t units);

/* Returns whether a value of the event (no object, no array) is one that the alternative, an item
 * of a pattern's list, asks for. */
bool pattern_value_matches(struct pattern_work *work, const json_t *alternative,
	const json_t *value);

#endif
