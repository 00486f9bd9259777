/*
 * The organization as it was last seen, for a process that serves: the last walk, and the accounts
 * that were looked at since because an event told of them.
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

/* Walks the organization and keeps it. `run` is whose sessions are used. */
MAY_YIELD int directory_walk(struct directory *directory, struct run *run, struct err *err)
	MUST_CHECK;
/* A walk that began at that time has ended: what was looked at before is in it. The organization is
 * retained. */
void directory_set(struct directory *directory, struct organization *organization,
	int64_t began_ms);
/* The last walk's; NULL before the first. Borrowed until the next yield. */
struct organization *directory_organization(const struct directory *directory);

/* The account, with the organization that holds it retained in *holder (organization_free ends
 * that); NULL when the organization has no such account, as far as is known. */
struct account *directory_find(const struct directory *directory, const char *account_id,
	struct organization **holder);

/* Looks at the account anew in AWS: it is new, has moved, or was closed. 0 also when it is gone.
 * `run` is whose sessions are used. */
MAY_YIELD int directory_look(struct directory *directory, struct run *run, const char *account_id,
	struct err *err) MUST_CHECK;

#endif
