/* Strings of event patterns. */
#ifndef REEVE_CONFIG_PATTERN_TEXT_H
#define REEVE_CONFIG_PATTERN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct cidr;

/* These compare strings of valid UTF-8 and fold the case of every script, not of ASCII alone. */
bool text_equals_ignoring_case(const char *a, size_t a_length, const char *b, size_t b_length);
bool text_begins_ignoring_case(const char *text, size_t length, const char *prefix,
	size_t prefix_length);
bool text_ends_ignoring_case(const char *text, size_t length, const char *suffix,
	size_t suffix_length);

/* Checks a wildcard pattern: "*" stands for any number of characters, "\*" and "\\" for a star and
 * a backslash. Returns -1 and sets *reason ("must not …") when AWS would refuse the pattern. */
int wildcard_check(const char *pattern, const char **reason);
/* Returns whether the text matches a pattern that wildcard_check accepts. The time is linear in the
 * text's length: each part between two stars is searched once, from left to right. */
bool wildcard_matches(const char *pattern, const char *text, size_t length);
/* Reads a network such as "10.0.0.0/8" or "2001:db8::/32". Returns -1 and sets *reason ("must be
 * …") when the text is none. */
int cidr_parse(const char *text, struct cidr *out, const char **reason);
bool cidr_contains(const struct cidr *network, const char *address);

#endif
