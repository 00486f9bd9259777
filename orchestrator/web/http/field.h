/* Checks a value against the subset of JSON Schema that the table of routes uses. */
#ifndef REEVE_WEB_HTTP_FIELD_H
#define REEVE_WEB_HTTP_FIELD_H

#include "base/compiler.h"

#include <jansson.h>

struct refusal;

/* The subset of JSON Schema that is checked: type, enum, minLength, maxLength, minimum, maximum,
 * minItems, maxItems, items. The refusal names the field by `name`. */
int field_check(const char *name, const json_t *schema, const json_t *value,
	struct refusal *refusal) MUST_CHECK;

#endif
