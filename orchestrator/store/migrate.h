#ifndef REEVE_STORE_MIGRATE_H
#define REEVE_STORE_MIGRATE_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <stddef.h>

struct store;
struct store_migration;

/* Brings a store of an earlier schema to this one, after a copy of its folder was made. The handles
 * of all databases are set then. */
int store_migrate(struct store *store, int schema, struct err *err) MUST_CHECK;

/* Calls each(argument, key, value) for every record of a database, which this program need not
 * know any more. Does nothing when there is no such database. A result other than 0 ends the
 * walk. */
int store_migration_each(struct store_migration *migration, const char *database,
	int (*each)(void *argument, const struct store_key *key, const void *value, size_t length,
		struct err *err),
	void *argument, struct err *err) MUST_CHECK;
int store_migration_put(struct store_migration *migration, enum store_database database,
	const struct store_key *key, const void *value, size_t length, struct err *err) MUST_CHECK;
int store_migration_drop(struct store_migration *migration, const char *database, struct err *err)
	MUST_CHECK;

#endif
