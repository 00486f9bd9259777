/*
 * The databases of an LMDB environment. What they hold is described by databases.def; the version
 * of that, the schema, stands in meta.
 */
#ifndef REEVE_STORE_DATABASES_H
#define REEVE_STORE_DATABASES_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <lmdb.h>
#include <stdbool.h>

struct store;

/* Opens the databases that are there. *schema is the version that the store was written by; 0 for
 * an environment that nobody has used. */
int store_open_databases(struct store *store, MDB_txn *txn, int *schema, struct err *err)
	MUST_CHECK;

/* Makes the databases that are missing, in a transaction of its own; in an empty environment writes
 * the schema too. */
int store_add_databases(struct store *store, bool empty, struct err *err) MUST_CHECK;

/* Returns the key of the schema's version in meta. */
struct store_key store_schema_key(void);
/* Makes the databases that are missing, in a write transaction. Returns LMDB's result. */
int store_create_databases(struct store *store, MDB_txn *txn) MUST_CHECK;

#endif
