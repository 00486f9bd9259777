/*
 * Migration: a store of an earlier schema is brought to this program's by a table of steps, one for
 * each schema. A copy of the folder is made first. All steps and the new schema are one
 * transaction, so that a kill at any moment leaves the store as it was, and the next writer begins
 * anew.
 */
#include "store/migrate.h"

#include "store/copy.h"
#include "store/databases.h"
#include "store/errors.h"
#include "store/internal.h"

#include "base/banned.h"
#include "base/log.h"
#include "base/mem.h"

struct store_migration {
	struct store *store;
	MDB_txn *txn;
};

static int failed(const struct store_migration *migration, int rc, struct err *err)
{
	return store_error(migration->store, rc, "migrate", err);
}

int store_migration_each(struct store_migration *migration, const char *database,
	int (*each)(void *argument, const struct store_key *key, const void *value, size_t length,
		struct err *err),
	void *argument, struct err *err)
{
	MDB_dbi handle;
	MDB_cursor *cursor;
	MDB_val key, value;
	struct store_key copy;
	int result = 0, rc = mdb_dbi_open(migration->txn, database, 0, &handle);

	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0 || (rc = mdb_cursor_open(migration->txn, handle, &cursor)) != 0)
		return failed(migration, rc, err);
	while (result == 0 && (rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		copy.length = key.mv_size <= sizeof(copy.bytes) ? key.mv_size : sizeof(copy.bytes);
		memcpy(copy.bytes, key.mv_data, copy.length);
		result = each(argument, &copy, value.mv_data, value.mv_size, err);
	}
	mdb_cursor_close(cursor);
	return result == 0 && rc != MDB_NOTFOUND ? failed(migration, rc, err) : result;
}

int store_migration_put(struct store_migration *migration, enum store_database database,
	const struct store_key *key, const void *value, size_t length, struct err *err)
{
	MDB_val name = { key->length, (void *)key->bytes }, data = { length, (void *)value };
	int rc = mdb_put(migration->txn, migration->store->handles[database], &name, &data, 0);

	return rc != 0 ? failed(migration, rc, err) : 0;
}

int store_migration_drop(struct store_migration *migration, const char *database, struct err *err)
{
	enum { DELETE_IT = 1 };
	MDB_dbi handle;
	int rc = mdb_dbi_open(migration->txn, database, 0, &handle);

	if (rc == MDB_NOTFOUND)
		return 0;
	rc = rc != 0 ? rc : mdb_drop(migration->txn, handle, DELETE_IT);
	return rc != 0 ? failed(migration, rc, err) : 0;
}

static int put_schema(struct store_migration *migration, struct err *err)
{
	struct store_key key = store_schema_key();
	char schema[16];
	int length = snprintf(schema, sizeof(schema), "%d", STORE_SCHEMA);

	return store_migration_put(migration, STORE_META, &key, schema, (size_t)length, err);
}

static int run_steps(struct store_migration *migration, int schema, struct err *err)
{
	const struct store *store = migration->store;
	int rc = store_create_databases(migration->store, migration->txn);

	if (rc != 0)
		return failed(migration, rc, err);
	for (int i = schema; i < STORE_SCHEMA; i++)
		if (store->steps[i - 1](migration, err) < 0)
			return err_prefix(err, "can't bring state folder %s from schema %d to %d",
				store->folder, i, i + 1);
	return put_schema(migration, err);
}

static int migrate(struct store *store, int schema, struct err *err)
{
	struct store_migration migration = { .store = store };
	int rc = mdb_txn_begin(store->env, NULL, 0, &migration.txn);

	if (rc != 0)
		return failed(&migration, rc, err);
	if (run_steps(&migration, schema, err) < 0) {
		mdb_txn_abort(migration.txn);
		return -1;
	}
	rc = mdb_txn_commit(migration.txn);
	if (rc != 0)
		return failed(&migration, rc, err);
	for (size_t i = 0; i < STORE_DATABASE_COUNT; i++)
		store->present[i] = true;
	return 0;
}

int store_migrate(struct store *store, int schema, struct err *err)
{
	char *made = NULL;
	int result = store_copy_folder(store, schema, &made, err);
	CLEANUP_FREE char *copy = made;

	if (result < 0 || migrate(store, schema, err) < 0)
		return -1;
	log_warning("state folder %s was written by an earlier version of reeve: it was copied to %s "
				"and brought from schema %d to %d; remove the copy once all is well",
		store->folder, copy, schema, STORE_SCHEMA);
	return 0;
}
