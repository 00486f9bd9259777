/* The walk of the OU tree. */
#ifndef REEVE_ACCOUNTS_WALK_H
#define REEVE_ACCOUNTS_WALK_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>

struct account;
struct aws_permission;
struct aws_reader;
struct organization;
struct organization_walk_options;
struct organizational_unit;

/* Returns the permissions that the walk and the look-up of one account need; they belong in the
 * policy of the orchestrator or of the reader role. Reading account tags needs one more. */
const struct aws_permission *organization_permissions(bool with_tags);

/* Walks the tree, several OUs at once, within the limits of the Organizations API. *out is set
 * before the first call of `found`. The caller frees it, after a failure too. */
MAY_YIELD int organization_walk(struct aws_reader *reader,
	const struct organization_walk_options *options, struct organization **out, struct err *err)
	MUST_CHECK;

/* Reads the organization's id, partition, management account and root unit. */
MAY_YIELD int organization_read_root(struct aws_reader *reader, struct organization *organization,
	struct err *err) MUST_CHECK;

struct organizational_unit *organization_add_unit(struct organization *organization, const char *id,
	const char *name, struct organizational_unit *parent);
struct account *organization_add_account(struct organization *organization, const char *id,
	const char *name, const char *state, struct organizational_unit *parent);
MAY_YIELD int organization_read_tags(struct aws_reader *reader, struct account *account,
	struct err *err) MUST_CHECK;

#endif
