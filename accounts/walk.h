/* The walk of the OU tree. */
#ifndef REEVE_ACCOUNTS_WALK_H
#define REEVE_ACCOUNTS_WALK_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>

struct aws_permission;
struct aws_reader;
struct organization;
struct organization_walk_options;

/* Returns the permissions that the walk and the look-up of one account need; they belong in the
 * policy of the orchestrator or of the reader role. Reading account tags needs one more. */
const struct aws_permission *organization_permissions(bool with_tags);

/* Walks the tree, several OUs at once, within the limits of the Organizations API. *out is set
 * before the first call of `found`. The caller frees it, after a failure too. */
MAY_YIELD int organization_walk(struct aws_reader *reader,
	const struct organization_walk_options *options, struct organization **out, struct err *err)
	MUST_CHECK;

#endif
