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

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/setting.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tier { TIER_AUTO, TIER_APPROVAL, TIER_ALERT };
#define TIER_COUNT 3
extern const char *const tier_names[TIER_COUNT]; /* in the order of the enum */
const char *tier_name(enum tier tier);
int tier_parse(const char *name, enum tier *out) MUST_CHECK;

struct baseline_set;

/* What the configuration may assign: the set of baselines hands these in, since this room knows
 * none of them. */
struct catalogue_entry {
	const char *id;
	const struct setting *settings; /* ends with a row whose name is NULL */
	enum tier tier;
};
struct catalogue {
	const struct catalogue_entry *entries;
	size_t count;
	const struct baseline_set *baselines; /* the set whose catalogue it is; not used here */
};

/* A part of the document, as data for documentation; the list ends with a NULL name. */
struct config_section {
	const char *name;
	bool list; /* a list of objects that have the rows; else one such object */
	const struct setting *rows;
	const char *help;
};
const struct config_section *config_sections(void);

struct config;

/* The names that records give to a system user who isn't in "people", and to somebody of whom
 * nothing is known. No person of the configuration can have such a name. */
#define PERSON_SYSTEM_PREFIX "system user "
#define PERSON_UNKNOWN "nobody"

#define CONFIG_MAX_BYTES (4 * 1024 * 1024)

/* Reads the file into `text` (initialized by the caller with CONFIG_MAX_BYTES). A path of NULL
 * means the default places, ./reeve.json and then /etc/reeve/reeve.json. *found is the path that
 * was read; static or `path`. */
int config_read(const char *path, struct buf *text, const char **found, struct err *err) MUST_CHECK;
/* Reads, parses and checks the file (NULL: the default places). The catalogue is borrowed for the
 * config's life. */
int config_load(const char *path, const struct catalogue *catalogue, struct config **out,
	struct err *err) MUST_CHECK;
/* The same from text, which need not end with a NUL; `path` names it in errors. */
int config_parse(const char *text, size_t length, const char *path,
	const struct catalogue *catalogue, struct config **out, struct err *err) MUST_CHECK;
/* Reports every error of the text, with one call of `report` each, in the order of the document's
 * sections. Returns their number; 0 means that config_parse accepts the text. */
size_t config_check(const char *text, size_t length, const char *path,
	const struct catalogue *catalogue, void (*report)(void *user, const struct err *err),
	void *user);
void config_free(struct config *config);

/* The catalogue that the configuration was read with. */
const struct catalogue *config_catalogue(const struct config *config);
/* The path of the file that it was read from. */
const char *config_path(const struct config *config);
/* Every top-level key with its settings resolved to typed values with defaults filled in, as a
 * json_t of the form of the contract: config_get(config, "limits") -> {"in_flight": 256, ...};
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

/* The role to assume in the account ("organization": account_roles, else remediation_role); NULL
 * means that the caller's own credentials serve there. */
const char *config_account_role(const struct config *config, const char *account);

/* SHA-256 over the canonical form of everything that decides the desired state (the sections
 * organization, scope, baselines, tiers and exceptions, and the catalogue's defaults); 64 hex
 * digits. */
const char *config_generation(const struct config *config);

/* Whether any target in scope, baselines, tiers, rollout, windows or exceptions names a tag, so
 * that tags have to be read. */
bool config_uses_tags(const struct config *config);

/* Calls `each` with every target that the configuration names and its JSON pointer, so that targets
 * which match no account can be reported. */
void config_each_target(const struct config *config,
	void (*each)(void *user, const char *pointer, const char *target), void *user);

/* --- where an account stands in the organization --- */

struct org_tag {
	const char *key, *value;
};
struct org_unit {
	const char *id;   /* "ou-…" or "r-…" */
	const char *name; /* a segment of a path; '/' in a name is written "\/" in targets */
};
struct org_place {
	const char *account;          /* 12 digits */
	const struct org_unit *units; /* from the root (units[0]) down to the account's parent */
	size_t unit_count;
	const struct org_tag *tags;
	size_t tag_count;
};

/* Whether the scope takes the account in: (no include, or one matches) and no exclude matches. */
bool config_in_scope(const struct config *config, const struct org_place *place);
/* Whether the text is a target: "root", "ou:ID", "ou:PATH", "account:ID", "tag:KEY",
 * "tag:KEY=VALUE". In a path "\/" and "\\" stand for a slash and a backslash in a name, in a tag's
 * key "\=" and "\\" for an equals sign and a backslash. Returns -1 with *reason (static text, "must
 * be …"). For --account, --ou selectors too. */
int config_target_check(const char *target, const char **reason) MUST_CHECK;
/* Whether a target matches the account. False for a text that is no target. */
bool config_target_matches(const char *target, const struct org_place *place);

/* The regions for the account: NULL for its enabled ones, else a list (borrowed array of strings).
 */
const json_t *config_regions(const struct config *config, const struct org_place *place);

/* The number of the account's wave in "rollout", or that list's length when no wave names it. */
size_t config_wave(const struct config *config, const struct org_place *place);

/* The desired state of one account:
 *   {"<baseline>": {"settings": {all settings, defaults filled in}, "tier": "auto",
 *                   "decided_by": {"assign": "ou:Workloads/Prod", "tier": "root" | "default"}},
 * ...} Inheritance: root, each OU on the way down, tags, the account; the nearest wins, per
 * setting; a setting of null is its default again; "unset" removes an inherited baseline with the
 * settings it had. Two assignments of the same level that disagree are an error that names both
 * (lists of regions in "scope" too). A new reference in *out; accounts share it, so it must not be
 * changed. */
int config_desired(const struct config *config, const struct org_place *place, json_t **out,
	struct err *err) MUST_CHECK;

/* --- exceptions --- */

/* The exception in force at now_ms that covers the resource, or NULL; borrowed. `region` "*" etc.
 * are globs. */
const json_t *config_exception(const struct config *config, const struct org_place *place,
	const char *region, const char *baseline, const char *resource, int64_t now_ms);
/* When an exception (an item of config_get(config, "exceptions")) ends. A date counts to its end,
 * in UTC. */
int64_t config_exception_expires_ms(const json_t *exception);
/* Checks one exception that comes from elsewhere, as those of the file are checked. *out is the
 * resolved exception, a new reference. */
int config_exception_resolve(const struct catalogue *catalogue, const json_t *given, json_t **out,
	struct err *err) MUST_CHECK;
/* Whether a resolved exception is in force at now_ms and covers the resource. */
bool config_exception_covers(const json_t *exception, const struct org_place *place,
	const char *region, const char *baseline, const char *resource, int64_t now_ms);

/* Checks the address of a webhook that isn't in the configuration itself: https, or http to this
 * machine. Returns -1 with *reason (static text, "must be …"). */
int config_webhook_url_check(const char *url, const char **reason) MUST_CHECK;

/* The JSON Schema (draft 2020-12) of the configuration, generated from the rows and the catalogue;
 * new reference. */
json_t *config_schema(const struct catalogue *catalogue);

#endif
