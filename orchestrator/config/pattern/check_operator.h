/* Checks the operators of patterns and what they are applied to. */
#ifndef REEVE_CONFIG_PATTERN_CHECK_OPERATOR_H
#define REEVE_CONFIG_PATTERN_CHECK_OPERATOR_H

#include <jansson.h>
#include <stdbool.h>

struct complaints;
struct where;

/* Returns whether an operator has this name. */
bool pattern_is_operator(const char *name);
/* Complains unless the object, an item of a field's list, has exactly one operator, which is known
 * and has an operand that it can take. */
void pattern_check_operator(const json_t *object, const struct where *where,
	struct complaints *complaints);

#endif
