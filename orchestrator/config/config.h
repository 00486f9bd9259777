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

struct baseline_set;

/* A baseline that the configuration may assign. The set of baselines gives these to this room,
 * which doesn't know the baselines themselves. */
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

struct config;

/* The names that records give to a system user who isn't in "people", and to somebody of whom
 * nothing is known. No person of the configuration can have such a name. */
#define PERSON_SYSTEM_PREFIX "system user "
#define PERSON_UNKNOWN "nobody"

#define CONFIG_MAX_BYTES (4 * 1024 * 1024)

/* Reads, parses and checks the file (NULL: the default places). The catalogue is borrowed for the
 * config's life. */
int config_load(const char *path, const struct catalogue *catalogue, struct config **out,
	struct err *err) MUST_CHECK;
/* Does the same from text, which need not end with a NUL; `path` names it in errors. */
int config_parse(const char *text, size_t length, const char *path,
	const struct catalogue *catalogue, struct config **out, struct err *err) MUST_CHECK;
/* Reports every error of the text, with one call of `report` each, in the order of the document's
 * sections. Returns their number; 0 means that config_parse accepts the text. */
size_t config_check(const char *text, size_t length, const char *path,
	const struct catalogue *catalogue, void (*report)(void *user, const struct err *err),
	void *user);
void config_free(struct config *config);

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

#endif
