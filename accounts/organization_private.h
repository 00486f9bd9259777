/* Private to walk.c and lookup.c: the functions by which both build an organization. */
#ifndef REEVE_ACCOUNTS_ORGANIZATION_PRIVATE_H
#define REEVE_ACCOUNTS_ORGANIZATION_PRIVATE_H

#include "accounts/organization.h"

/* Id, partition, management account and the root unit. */
MAY_YIELD int organization_read_root(struct aws_reader *reader, struct organization *organization,
	struct err *err) MUST_CHECK;

struct organizational_unit *organization_add_unit(struct organization *organization, const char *id,
	const char *name, struct organizational_unit *parent);
struct account *organization_add_account(struct organization *organization, const char *id,
	const char *name, const char *state, struct organizational_unit *parent);
MAY_YIELD int organization_read_tags(struct aws_reader *reader, struct account *account,
	struct err *err) MUST_CHECK;

#endif
