/* What the files of the pattern language share. */
#ifndef REEVE_CONFIG_PATTERN_INTERNAL_H
#define REEVE_CONFIG_PATTERN_INTERNAL_H

#include "config/document/complain.h"
#include "config/pattern/pattern.h"

#include <stdint.h>

#define PATTERN_LARGEST_NUMBER \
	5e9 /* the most that a number can be compared with, either way; AWS's */

/* Complains about everything that is wrong with the pattern at `where`. */
void pattern_complain(const json_t *pattern, const struct where *where,
	struct complaints *complaints);

/* The work that may still be done to decide on one event. A unit is a look at a member or an
 * element, or 32 bytes of a string. */
struct pattern_work {
	size_t left;
};
/* Takes units; false when none are left. */
bool pattern_spend(struct pattern_work *work, size_t units);

/* Whether a value of the event (no object, no array) is one that the alternative, an item of a
 * pattern's list, asks for. */
bool pattern_value_matches(struct pattern_work *work, const json_t *alternative,
	const json_t *value);

/* --- pattern_text.c --- */

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

struct cidr {
	int family;        /* AF_INET or AF_INET6 */
	unsigned int bits; /* of the network */
	uint8_t address[16];
};
/* "10.0.0.0/8", "2001:db8::/32". -1 with *reason ("must be …"). */
int cidr_parse(const char *text, struct cidr *out, const char **reason);
bool cidr_contains(const struct cidr *network, const char *address);

#endif
