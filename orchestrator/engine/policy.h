/*
 * The IAM policies that Reeve needs, generated from what baselines, walk and sessions
 * declare: nothing that is not declared is granted, and nothing undeclared can be called.
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

/* `config` may be NULL: then the defaults apply (role name, partition aws, no tags). New
 * reference. */
json_t *policy_document(enum policy_kind kind, const struct baseline_set *baselines,
	const struct config *config);

#endif
