/* Matches an event with a pattern. */
#ifndef REEVE_CONFIG_PATTERN_MATCH_H
#define REEVE_CONFIG_PATTERN_MATCH_H

#include <jansson.h>
#include <stdbool.h>

/* Returns whether a checked pattern matches the event. The work is bounded, so that a hostile
 * event can't make it slow; an event that could not be decided within the bound does not match.
 * The recursion is never deeper than the pattern is nested. */
bool pattern_matches(const json_t *pattern, const json_t *event);

#endif
