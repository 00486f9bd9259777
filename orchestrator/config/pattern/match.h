/* Matching an event with a pattern. */
#ifndef REEVE_CONFIG_PATTERN_MATCH_H
#define REEVE_CONFIG_PATTERN_MATCH_H

#include <jansson.h>
#include <stdbool.h>

/* Whether a checked pattern matches the event. Bounded in time: a hostile event can't make it slow,
 * and what could not be decided within the bound does not match. Never recurses deeper than the
 * pattern is nested. */
bool pattern_matches(const json_t *pattern, const json_t *event);

#endif
