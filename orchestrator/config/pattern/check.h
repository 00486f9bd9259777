/* Checks patterns. */
#ifndef REEVE_CONFIG_PATTERN_CHECK_H
#define REEVE_CONFIG_PATTERN_CHECK_H

#include "base/compiler.h"
#include "base/err.h"
#include "config/pattern/pattern.h"

#include <jansson.h>

struct complaints;
struct where;

/* Complains about everything that is wrong with the pattern at `where`. */
void pattern_complain(const json_t *pattern, const struct where *where,
	struct complaints *complaints);
int pattern_check(const json_t *pattern, char pointer[PATTERN_POINTER_SIZE], struct err *err)
	MUST_CHECK;

#endif
