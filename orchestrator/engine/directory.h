/*
 * The organization as a process that serves knows it: the result of the last walk, and of lookups
 * of single accounts that events have named since.
 */
#ifndef REEVE_ENGINE_DIRECTORY_H
#define REEVE_ENGINE_DIRECTORY_H

#include "accounts/organization.h"
#include "base/compiler.h"
#include "base/err.h"
#include "engine/run.h"

struct directory;

struct directory *directory_new(void);
void directory_free(struct directory *directory); /* NULL is fine */

/* Walks the organization and keeps the result. The sessions of `run` are used. */
MAY_YIELD int directory_walk(struct directory *directory, struct run *run, struct err *err)
	MUST_CHECK;
/* Takes over the result of a walk that began at that time; earlier lookups of single accounts
 * are dropped. The organization is retained. */
void directory_set(struct directory *directory, struct organization *organization,
	int64_t began_ms);
/* Returns the organization of the last walk; NULL before the first. Borrowed until the next yield.
 */
struct organization *directory_organization(const struct directory *directory);

/* Finds the account. *holder is the organization that it belongs to, retained (organization_free
 * releases it). NULL when the organization is not known to have such an account. */
struct account *directory_find(const struct directory *directory, const char *account_id,
	struct organization **holder);

/* Reads the account again from AWS, since an event says that it is new, has moved, or was
 * closed. 0 also when the account is gone. The sessions of `run` are used. */
MAY_YIELD int directory_lookup(struct directory *directory, struct run *run, const char *account_id,
	struct err *err) MUST_CHECK;

#endif
