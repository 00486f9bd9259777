/* Looks up one account and the organizational units above it, from the account up to the root. */
#ifndef REEVE_ACCOUNTS_LOOKUP_H
#define REEVE_ACCOUNTS_LOOKUP_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>

struct account;
struct aws_reader;
struct organization;

/* Reads one account and the units above it; *out is an organization that holds only these. The
 * error is ERR_AWS with the code AccountNotFoundException when the organization has no such
 * account. *out is not set after a failure. */
MAY_YIELD int organization_lookup(struct aws_reader *reader, const char *account_id, bool read_tags,
	struct organization **out, struct err *err) MUST_CHECK;

/* Reads one account and adds it to an organization that was read before, with the units above it up
 * to the first one that is known. */
MAY_YIELD int organization_add_looked_up(struct aws_reader *reader,
	struct organization *organization, const char *account_id, bool read_tags, struct account **out,
	struct err *err) MUST_CHECK;

/* Reads the organization's id, partition, management account and root unit. */
MAY_YIELD int organization_read_root(struct aws_reader *reader, struct organization *organization,
	struct err *err) MUST_CHECK;

/* Reads the tags of one account into it. */
MAY_YIELD int organization_read_tags(struct aws_reader *reader, struct account *account,
	struct err *err) MUST_CHECK;

#endif
