/* Checks the strings of patterns. */
#ifndef REEVE_CONFIG_PATTERN_CHECK_TEXT_H
#define REEVE_CONFIG_PATTERN_CHECK_TEXT_H

#include <jansson.h>

struct complaints;
struct where;

/* Returns why a string is refused, as the end of a sentence ("must not ..."); NULL when it is
 * accepted. */
typedef const char *pattern_text_fault(const char *text);

/* Accepts every string. */
const char *pattern_text_any(const char *text);
/* Refuses the empty string, since every string begins and ends with it. */
const char *pattern_text_not_empty(const char *text);
/* Refuses a string that is no wildcard pattern. */
const char *pattern_text_wildcard(const char *text);

/* Complains unless the value is a string that `fault` accepts. */
void pattern_check_text(const json_t *value, pattern_text_fault *fault, const struct where *where,
	struct complaints *complaints);
/* Complains unless the value is such a string or a list of at least one of them. */
void pattern_check_texts(const json_t *value, pattern_text_fault *fault, const struct where *where,
	struct complaints *complaints);
/* Like pattern_check_text; the complaint about a list says how the operator, which takes one
 * string only, is written for several. */
void pattern_check_one_text(const char *operator, const json_t * operand, pattern_text_fault *fault,
	const struct where *where, struct complaints *complaints);

#endif
