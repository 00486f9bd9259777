/*
 * The configuration: reading, checking, and the desired state of one account.
 *
 * Settings are data (struct setting rows): the parser, the error messages, the
 * published JSON Schema (reeve.schema.json) and the documentation read the rows.
 * An error names the file, the place (a JSON pointer and, where known, line and
 * column), what is wrong and what to write instead, with the nearest known name.
 */
#ifndef REEVE_CONFIG_CONFIG_H
#define REEVE_CONFIG_CONFIG_H

#include "base/compiler.h"
#include "base/err.h"
#include "config/setting.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tier { TIER_AUTO, TIER_APPROVAL, TIER_ALERT };
const char *tier_name(enum tier tier);
int tier_parse(const char *name, enum tier *out) MUST_CHECK;

/* What the configuration may assign: the registry of baselines hands these in,
 * since this room knows none of them. */
struct catalogue_entry {
	const char *id;
	const struct setting *settings; /* ends with a row whose name is NULL */
	enum tier tier;
};
struct catalogue {
	const struct catalogue_entry *entries;
	size_t count;
};

struct config;

/* Reads, parses and checks the file. The catalogue is borrowed for the config's life. */
int config_load(const char *path, const struct catalogue *catalogue, struct config **out, struct err *err) MUST_CHECK;
/* The same from text; `path` names it in errors. */
int config_parse(const char *text, size_t length, const char *path, const struct catalogue *catalogue,
                 struct config **out, struct err *err) MUST_CHECK;
void config_free(struct config *config);

/* Every top-level key with its settings resolved to typed values with defaults filled in, as a
 * json_t of the form of the contract: config_get(config, "limits") -> {"in_flight": 256, ...}; borrowed. */
const json_t *config_get(const struct config *config, const char *section);
/* Shorthands: config_integer(config, "limits", "in_flight"). The key must be one of the rows (asserted). */
const char *config_string(const struct config *config, const char *section, const char *key); /* NULL when null */
int64_t config_integer(const struct config *config, const char *section, const char *key);

/* SHA-256 over the canonical form of everything that decides the desired state; 64 hex digits. */
const char *config_generation(const struct config *config);

/* Whether any target in scope, baselines, tiers, rollout or exceptions names a tag, so that tags have to be read. */
bool config_uses_tags(const struct config *config);

/* --- where an account stands in the organization --- */

struct org_tag {
	const char *key, *value;
};
struct org_unit {
	const char *id;   /* "ou-…" or "r-…" */
	const char *name; /* a segment of a path; '/' in a name is written "\/" in targets */
};
struct org_place {
	const char *account;           /* 12 digits */
	const struct org_unit *units;  /* from the root (units[0]) down to the account's parent */
	size_t unit_count;
	const struct org_tag *tags;
	size_t tag_count;
};

/* Whether the scope takes the account in: (no include, or one matches) and no exclude matches. */
bool config_in_scope(const struct config *config, const struct org_place *place);
/* Whether one target ("root", "ou:ID or path", "account:ID", "tag:KEY=VALUE", "tag:KEY") matches.
 * For --account, --ou selectors too. Targets were checked at load. */
bool config_target_matches(const char *target, const struct org_place *place);

/* The regions for the account: NULL for its enabled ones, else a list (borrowed array of strings). */
const json_t *config_regions(const struct config *config, const struct org_place *place);

/* The desired state of one account:
 *   {"<baseline>": {"settings": {all settings, defaults filled in}, "tier": "auto",
 *                   "decided_by": {"assign": "ou:Workloads/Prod", "tier": "root" | "default"}}, ...}
 * Inheritance: root, each OU on the way down, tags, the account; the nearest wins, per setting; "unset"
 * removes an inherited baseline. Two assignments of the same level that disagree are an error that
 * names both. A new reference in *out. */
int config_desired(const struct config *config, const struct org_place *place, json_t **out, struct err *err) MUST_CHECK;

/* The exception in force at now_ms that covers the resource, or NULL; borrowed. `region` "*" etc. are globs. */
const json_t *config_exception(const struct config *config, const struct org_place *place, const char *region,
                               const char *baseline, const char *resource, int64_t now_ms);

/* The JSON Schema (draft 2020-12) of the configuration, generated from the rows and the catalogue; new reference. */
json_t *config_schema(const struct catalogue *catalogue);

#endif
