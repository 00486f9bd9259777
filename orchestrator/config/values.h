/* The values of a configuration that was read. */
#ifndef REEVE_CONFIG_VALUES_H
#define REEVE_CONFIG_VALUES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct catalogue;
struct config;

/* Returns the catalogue that the configuration was read with. */
const struct catalogue *config_catalogue(const struct config *config);
/* Returns the path of the file that it was read from. */
const char *config_path(const struct config *config);
/* Returns every top-level key with its settings resolved to typed values with defaults filled in,
 * as a json_t of the form of the contract: config_get(config, "limits") -> {"in_flight": 256, ...};
 * borrowed. */
const json_t *config_get(const struct config *config, const char *section);
/* Shorthands: config_integer(config, "limits", "in_flight"). The key must be one of the rows
 * (asserted). */
const char *config_string(const struct config *config, const char *section,
	const char *key); /* NULL
						 when
						 null
					   */
int64_t config_integer(const struct config *config, const char *section, const char *key);
double config_number(const struct config *config, const char *section, const char *key);

/* Returns SHA-256 over the canonical form of everything that decides the desired state (the
 * sections organization, scope, baselines, tiers and exceptions, and the catalogue's defaults); 64
 * hex digits. */
const char *config_generation(const struct config *config);

/* Returns whether any target in scope, baselines, tiers, rollout, windows or exceptions names a
 * tag, so that tags have to be read. */
bool config_uses_tags(const struct config *config);

#endif
