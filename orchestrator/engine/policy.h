/*
 * The IAM policies that Reeve needs. They are generated from the permissions that the baselines,
 * the walk of the organization and the sessions declare: only declared permissions are granted, and
 * the clients refuse a call that is not declared.
 */
#ifndef REEVE_ENGINE_POLICY_H
#define REEVE_ENGINE_POLICY_H

#include "base/err.h"
#include "config/config.h"

#include <jansson.h>

enum policy_kind {
	POLICY_ROLE,         /* the remediation role in each account */
	POLICY_READ_ONLY,    /* its read-only form */
	POLICY_ORCHESTRATOR, /* the orchestrator's own */
};

/* Returns the policy. `config` may be NULL: then the defaults apply (role name, partition aws, no
 * tags). New reference. */
json_t *policy_document(enum policy_kind kind, const struct baseline_set *baselines,
	const struct config *config);

#endif
