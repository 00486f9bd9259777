/* The LMDB environment of a state folder. */
#ifndef REEVE_STORE_ENVIRONMENT_H
#define REEVE_STORE_ENVIRONMENT_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <lmdb.h>

struct store;

/* Opens the files of the folder, whose lock is taken by now, and their databases. */
int store_environment_open(struct store *store, struct err *err) MUST_CHECK;

/* The key of the schema's version in meta. */
struct store_key store_schema_key(void);
/* Makes the databases that are missing, in a write transaction. Returns LMDB's result. */
int store_create_databases(struct store *store, MDB_txn *txn) MUST_CHECK;

#endif
