/* The desired state of one account, from the assignments that reach it. */
#ifndef REEVE_CONFIG_DESIRED_H
#define REEVE_CONFIG_DESIRED_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct config;
struct org_place;

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

#endif
