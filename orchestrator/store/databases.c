#include "store/databases.h"

#include "base/banned.h"
#include "store/errors.h"
#include "store/internal.h"

static const char *const database_names[] = {
#define STORE_DATABASE(symbol, name, key_form) [STORE_##symbol] = name,
#include "store/databases.def"
#undef STORE_DATABASE
};

struct store_key store_schema_key(void)
{
	return STORE_KEY("schema");
}

static int read_schema(struct store *store, MDB_txn *txn, int *schema, struct err *err)
{
	struct store_key key = store_schema_key();
	MDB_val name = { key.length, key.bytes }, value;
	char text[16] = "";
	int rc = mdb_get(txn, store->handles[STORE_META], &name, &value);

	if (rc == 0 && value.mv_size < sizeof(text))
		memcpy(text, value.mv_data, value.mv_size);
	else if (rc != 0 && rc != MDB_NOTFOUND)
		return store_error(store, rc, "read", err);
	long found = strtol(text, NULL, 10);
	if (found <= 0)
		return err_set(err, ERR_STORE, "NotAStore",
			"state folder %s holds a database of another program; use another --state",
			store->folder);
	if (found > STORE_SCHEMA)
		return err_set(err, ERR_STORE, "NewerVersion",
			"state folder %s was written by a newer version of reeve (schema %ld; this one knows "
			"up "
			"to %d); use that version, or another --state",
			store->folder, found, STORE_SCHEMA);
	*schema = (int)found;
	return 0;
}

/* A store of ours is never without meta, since its databases are made in one transaction. */
int store_open_databases(struct store *store, MDB_txn *txn, int *schema, struct err *err)
{
	MDB_dbi main_database;
	MDB_stat entries;
	int rc;

	if ((rc = mdb_dbi_open(txn, NULL, 0, &main_database)) != 0 ||
		(rc = mdb_stat(txn, main_database, &entries)) != 0)
		return store_error(store, rc, "read", err);
	*schema = 0;
	for (size_t i = 0; i < STORE_DATABASE_COUNT; i++) {
		rc = mdb_dbi_open(txn, database_names[i], 0, &store->handles[i]);
		store->present[i] = rc == 0;
		if (rc != 0 && rc != MDB_NOTFOUND && rc != MDB_INCOMPATIBLE)
			return store_error(store, rc, "read", err);
	}
	if (entries.ms_entries == 0)
		return 0;
	if (!store->present[STORE_META])
		return err_set(err, ERR_STORE, "NotAStore",
			"state folder %s holds a database of another program; use another --state",
			store->folder);
	return read_schema(store, txn, schema, err);
}

int store_create_databases(struct store *store, MDB_txn *txn)
{
	int rc = 0;

	for (size_t i = 0; i < STORE_DATABASE_COUNT && rc == 0; i++)
		rc = mdb_dbi_open(txn, database_names[i], MDB_CREATE, &store->handles[i]);
	return rc;
}

int store_add_databases(struct store *store, bool empty, struct err *err)
{
	struct store_key key = store_schema_key();
	char schema[16];
	MDB_val name = { key.length, key.bytes };
	MDB_val value = { (size_t)snprintf(schema, sizeof(schema), "%d", STORE_SCHEMA), schema };
	MDB_txn *txn;
	int rc = mdb_txn_begin(store->env, NULL, 0, &txn);

	if (rc != 0)
		return store_error(store, rc, "write", err);
	rc = store_create_databases(store, txn);
	if (rc == 0 && empty)
		rc = mdb_put(txn, store->handles[STORE_META], &name, &value, 0);
	if (rc != 0)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	if (rc != 0)
		return store_error(store, rc, "write", err);
	for (size_t i = 0; i < STORE_DATABASE_COUNT; i++)
		store->present[i] = true;
	return 0;
}
