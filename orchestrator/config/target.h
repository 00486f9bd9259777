#ifndef REEVE_CONFIG_TARGET_H
#define REEVE_CONFIG_TARGET_H

#include "base/compiler.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct org_place;
struct target_matches;

/* Returns whether the text is a target: "root", "ou:ID", "ou:PATH", "account:ID", "tag:KEY",
 * "tag:KEY=VALUE". In a path "\/" and "\\" stand for a slash and a backslash in a name, in a tag's
 * key "\=" and "\\" for an equals sign and a backslash. Returns -1 with *reason (static text, "must
 * be …"). For --account, --ou selectors too. */
int config_target_check(const char *target, const char **reason) MUST_CHECK;
/* Returns whether a target matches the account. False for a text that is no target. */
bool config_target_matches(const char *target, const struct org_place *place);
int check_unit(const char *value, const char **reason); /* a target without its "ou:" */
int check_tag(const char *value, const char **reason);  /* a target without its "tag:" */

/* Returns whether a target, which was checked, matches the account. */
bool target_matches(const char *target, const struct org_place *place);
bool target_is_tag(const char *target);
json_t *target_index_new(void);
void target_index_add(json_t *index, const char *target, size_t number);
void target_index_match(const json_t *index, const struct org_place *place, bool tags,
	struct target_matches *out);
void target_matches_release(struct target_matches *matches);

#endif
