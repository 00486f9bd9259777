/*
 * Reading: one read-only transaction, renewed for each call and reset after it, so that
 * no snapshot is held across a yield. A read from inside store_each shares its snapshot.
 */
#include "store/read.h"

#include "base/json_read.h"
#include "store/errors.h"
#include "store/internal.h"

#include "base/banned.h"

#include <assert.h>

static const char *const database_names[] = {
#define STORE_DATABASE(symbol, name, key_form) [STORE_##symbol] = "record of the state's " name,
#include "store/databases.def"
#undef STORE_DATABASE
};

static int renew(struct store *store)
{
	int rc = store->read_txn != NULL
		? mdb_txn_renew(store->read_txn)
		: mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->read_txn);

	if (rc != 0 && store->read_txn != NULL)
		store_read_end(store);
	return rc;
}

static int begin(struct store *store, struct err *err)
{
	int rc;

	if (store->reading++ > 0)
		return 0;
	rc = renew(store);
	if (rc == MDB_MAP_RESIZED) { /* another process has made the map larger, so its size is taken */
		store_read_end(store);
		rc = mdb_env_set_mapsize(store->env, 0);
		rc = rc != 0 ? rc : renew(store);
	} else if (rc == MDB_READERS_FULL) {
		mdb_reader_check(store->env, NULL);
		rc = renew(store);
	}
	if (rc == 0)
		return 0;
	store->reading--;
	return store_error(store, rc, "read", err);
}

static void end(struct store *store)
{
	if (--store->reading == 0)
		mdb_txn_reset(store->read_txn);
}

void store_read_end(struct store *store)
{
	if (store->read_txn != NULL)
		mdb_txn_abort(store->read_txn);
	store->read_txn = NULL;
}

static int parse(struct store *store, enum store_database database, const MDB_val *value,
	json_t **out, struct err *err)
{
	if (json_parse(value->mv_data, value->mv_size, database_names[database], out, err) == 0)
		return 0;
	err_prefix(err, "state folder %s is damaged", store->folder);
	if (err != NULL)
		err->kind = ERR_STORE;
	return -1;
}

int store_get_json(struct store *store, enum store_database database, const struct store_key *key,
	json_t **out, struct err *err)
{
	MDB_val name = { key->length, (void *)key->bytes }, value;
	int result = 0;

	*out = NULL;
	if (!store->present[database])
		return 0;
	if (begin(store, err) < 0)
		return -1;
	int rc = mdb_get(store->read_txn, store->handles[database], &name, &value);
	if (rc == 0)
		result = parse(store, database, &value, out, err);
	else if (rc != MDB_NOTFOUND)
		result = store_error(store, rc, "read", err);
	end(store);
	return result;
}

/* --- iteration --- */

/* Calls `each` for one value. Returns 0 to go on, 1 to stop, and -1 with *err. */
typedef int visit_fn(void *visit, const struct store_key *key, const MDB_val *value,
	struct err *err);

static bool has_prefix(const MDB_val *key, const struct store_key *prefix)
{
	return prefix == NULL ||
		(key->mv_size >= prefix->length &&
			memcmp(key->mv_data, prefix->bytes, prefix->length) == 0);
}

static int walk(struct store *store, MDB_cursor *cursor, const struct store_key *prefix,
	visit_fn *visit, void *argument, struct err *err)
{
	struct store_key copy;
	MDB_val key = { 0 }, value;
	bool seek = prefix != NULL && prefix->length > 0;

	if (seek)
		key = (MDB_val){ prefix->length, (void *)prefix->bytes };
	int rc = mdb_cursor_get(cursor, &key, &value, seek ? MDB_SET_RANGE : MDB_FIRST);
	while (rc == 0 && has_prefix(&key, prefix)) {
		copy.length = key.mv_size <= sizeof(copy.bytes) ? key.mv_size : sizeof(copy.bytes);
		memcpy(copy.bytes, key.mv_data, copy.length);
		int stop = visit(argument, &copy, &value, err);
		if (stop != 0)
			return stop;
		rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	return rc == 0 || rc == MDB_NOTFOUND ? 0 : store_error(store, rc, "read", err);
}

static int each(struct store *store, enum store_database database, const struct store_key *prefix,
	visit_fn *visit, void *argument, struct err *err)
{
	MDB_cursor *cursor;
	int result;

	if (prefix != NULL && prefix->length > STORE_KEY_KEPT)
		return err_set(err, ERR_LIMIT, "PrefixTooLong",
			"a key prefix of %zu bytes is too long (at most %zu)", prefix->length, STORE_KEY_KEPT);
	if (!store->present[database])
		return 0;
	if (begin(store, err) < 0)
		return -1;
	int rc = mdb_cursor_open(store->read_txn, store->handles[database], &cursor);
	if (rc == 0) {
		result = walk(store, cursor, prefix, visit, argument, err);
		mdb_cursor_close(cursor);
	} else {
		result = store_error(store, rc, "read", err);
	}
	end(store);
	return result < 0 ? -1 : 0;
}

struct plain_visit {
	int (*each)(void *argument, const struct store_key *key, const void *value, size_t length);
	void *argument;
};

static int visit_plain(void *argument, const struct store_key *key, const MDB_val *value,
	struct err *err)
{
	struct plain_visit *visit = argument;

	(void)err;
	return visit->each(visit->argument, key, value->mv_data, value->mv_size) != 0;
}

int store_each(struct store *store, enum store_database database, const struct store_key *prefix,
	int (*callback)(void *argument, const struct store_key *key, const void *value, size_t length),
	void *argument, struct err *err)
{
	struct plain_visit visit = { callback, argument };

	return each(store, database, prefix, visit_plain, &visit, err);
}

struct json_visit {
	struct store *store;
	enum store_database database;
	int (*each)(void *argument, const struct store_key *key, const json_t *value);
	void *argument;
};

static int visit_json(void *argument, const struct store_key *key, const MDB_val *value,
	struct err *err)
{
	struct json_visit *visit = argument;
	json_t *parsed;

	if (parse(visit->store, visit->database, value, &parsed, err) < 0)
		return -1;
	int stop = visit->each(visit->argument, key, parsed) != 0;
	json_decref(parsed);
	return stop;
}

int store_each_json(struct store *store, enum store_database database,
	const struct store_key *prefix,
	int (*callback)(void *argument, const struct store_key *key, const json_t *value),
	void *argument, struct err *err)
{
	struct json_visit visit = { store, database, callback, argument };

	return each(store, database, prefix, visit_json, &visit, err);
}
