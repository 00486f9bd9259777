/*
 * The organization as the walk found it: the tree of organizational units, and each
 * account with its place, state and tags. The walk returns what it found; the engine
 * persists it.
 */
#ifndef REEVE_ACCOUNTS_ORGANIZATION_H
#define REEVE_ACCOUNTS_ORGANIZATION_H

#include "aws/client.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define ORGANIZATION_MAX_DEPTH 8 /* the root, AWS's five levels below it, and room for two more */

struct organizational_unit {
	char *id, *name;
	struct organizational_unit *parent; /* NULL: this is the root */
	size_t depth;
	struct organizational_unit *next;
};

struct account {
	char *id, *name;
	char *state; /* as AWS names it: "ACTIVE", "SUSPENDED", ... */
	struct organizational_unit *parent;
	json_t *tags; /* {"key": "value"}, or NULL when tags were not read */
	struct account *next;
};

struct organization {
	char *id; /* "o-…" */
	char *management_account_id;
	char *partition;                   /* from the organization's ARN */
	struct organizational_unit *units; /* parents before children */
	struct account *accounts;          /* in the order of their ids */
	size_t unit_count, account_count;
	int more_holders; /* references beyond the first */
};

struct organization_walk_options {
	bool read_tags;
	/* Called for each account once all of it is known, so that work can start while the walk goes
	 * on; NULL: not called. May yield. */
	MAY_YIELD void (*found)(void *argument, struct organization *organization,
		struct account *account);
	void *argument;
};

struct organization *organization_retain(struct organization *organization); /* NULL is allowed */
void organization_free(struct organization *organization); /* drops one reference and frees with the
															  last; NULL is allowed */

bool account_is_active(const struct account *account);

/* The account's place in the organization, in the form that the configuration's targets are matched
 * with. account_place fills `storage` and returns its `place`, which borrows `units` and `tags`. */
struct account_place {
	struct org_unit units[ORGANIZATION_MAX_DEPTH];
	struct org_tag tags[64];
	struct org_place place;
};
const struct org_place *account_place(const struct account *account, struct account_place *storage);

/* Returns the path of the account's OUs, "Root/Workloads"; a "/" in a name is written "\/". The
 * caller frees it. */
char *account_path(const struct account *account);

/* Returns {"id","name","state","path","parent","units":[{"id","name"}],"tags"}. */
json_t *account_to_json(const struct account *account);

/* Add to the organization, which owns the result; the texts are copied. parent NULL: the root. */
struct organizational_unit *organization_add_unit(struct organization *organization, const char *id,
	const char *name, struct organizational_unit *parent);
struct account *organization_add_account(struct organization *organization, const char *id,
	const char *name, const char *state, struct organizational_unit *parent);

#endif
