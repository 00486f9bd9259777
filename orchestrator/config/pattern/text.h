/* Strings of event patterns. */
#ifndef REEVE_CONFIG_PATTERN_TEXT_H
#define REEVE_CONFIG_PATTERN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct cidr;

/* Both are valid UTF-8. Letters of other scripts have cases, too. */
bool text_equals_ignoring_case(const char *a, size_t a_length, const char *b, size_t b_length);
bool text_begins_ignoring_case(const char *text, size_t length, const char *prefix,
	size_t prefix_length);
bool text_ends_ignoring_case(const char *text, size_t length, const char *suffix,
	size_t suffix_length);

/* "*" stands for any characters, "\*" and "\\" for a star and a backslash. -1 with *reason ("must
 * not …"). */
int wildcard_check(const char *pattern, const char **reason);
/* Linear in the text: the parts between the stars are looked for from left to right, and never
 * again. */
bool wildcard_matches(const char *pattern, const char *text, size_t length);
/* "10.0.0.0/8", "2001:db8::/32". -1 with *reason ("must be …"). */
int cidr_parse(const char *text, struct cidr *out, const char **reason);
bool cidr_contains(const struct cidr *network, const char *address);

#endif
