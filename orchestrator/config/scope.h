/* Where the configuration applies. */
#ifndef REEVE_CONFIG_SCOPE_H
#define REEVE_CONFIG_SCOPE_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct complaints;
struct config;
struct org_place;

/* Returns the role to assume in the account ("organization": account_roles, else remediation_role);
 * NULL means that the caller's own credentials serve there. */
const char *config_account_role(const struct config *config, const char *account);

/* Returns whether the scope takes the account in: (no include, or one matches) and no exclude
 * matches. */
bool config_in_scope(const struct config *config, const struct org_place *place);

/* Returns the regions for the account: NULL for its enabled ones, else a list (borrowed array of
 * strings).
 */
const json_t *config_regions(const struct config *config, const struct org_place *place);

/* Returns the number of the account's wave in "rollout", or that list's length when no wave names
 * it. */
size_t config_wave(const struct config *config, const struct org_place *place);

void account_roles_check(const json_t *organization, struct complaints *complaints);
void scope_build(struct config *config, struct complaints *complaints);
void rollout_build(struct config *config, struct complaints *complaints);
/* Refuses lists of regions of one level that differ; the error names both. */
int regions_check(const struct config *config, const struct org_place *place, struct err *err)
	MUST_CHECK;

#endif
