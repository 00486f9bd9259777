/* The JSON Schema (draft 2020-12) of the configuration, made from its rows. */
#ifndef REEVE_CONFIG_SCHEMA_H
#define REEVE_CONFIG_SCHEMA_H

#include <jansson.h>

struct catalogue;

/* Returns the JSON Schema (draft 2020-12) of the configuration, generated from the rows and the
 * catalogue; new reference. */
json_t *config_schema(const struct catalogue *catalogue);

#endif
