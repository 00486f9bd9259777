/*
 * Loads a store from the text that `mdb_dump -a` wrote into a new folder, without the store's own
 * code. Tests use it for stores that an earlier version of reeve made.
 */
#ifndef REEVE_TEST_STORE_DUMP_H
#define REEVE_TEST_STORE_DUMP_H

#include <ctype.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct store_dump {
	MDB_txn *txn;
	MDB_dbi handle;
	bool in_data, has_key;
	char *key, *line;
	size_t key_length, capacity;
};

static inline int dump_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c - 'a' + 10;
}

/* Decodes a line of data in place: a blank, then two hexadecimal digits for each byte. Returns the
 * number of bytes. */
static inline size_t dump_bytes(char *line)
{
	size_t length = 0;

	for (const char *in = line + 1; isxdigit((unsigned char)in[0]) && in[1] != '\0'; in += 2)
		line[length++] = (char)(dump_digit(in[0]) << 4 | dump_digit(in[1]));
	return length;
}

static inline int dump_take_data(struct store_dump *dump)
{
	size_t length = dump_bytes(dump->line);

	if (!dump->has_key) {
		free(dump->key);
		dump->key = malloc(length + 1);
		if (dump->key == NULL)
			return -1;
		memcpy(dump->key, dump->line, length);
		dump->key_length = length;
		dump->has_key = true;
		return 0;
	}
	MDB_val key = { dump->key_length, dump->key }, value = { length, dump->line };
	dump->has_key = false;
	return mdb_put(dump->txn, dump->handle, &key, &value, 0);
}

static inline int dump_take_line(struct store_dump *dump)
{
	char name[64];

	if (sscanf(dump->line, "database=%63s", name) == 1)
		return mdb_dbi_open(dump->txn, name, MDB_CREATE, &dump->handle);
	if (strcmp(dump->line, "HEADER=END\n") == 0 || strcmp(dump->line, "DATA=END\n") == 0)
		dump->in_data = dump->line[0] == 'H';
	return dump->in_data && dump->line[0] == ' ' ? dump_take_data(dump) : 0;
}

/* Returns 0, or the error number of LMDB or the system. */
static inline int store_dump_load(const char *path, const char *folder)
{
	struct store_dump dump = { .txn = NULL };
	FILE *file = fopen(path, "re");
	MDB_env *env = NULL;
	int rc = file != NULL ? mkdir(folder, 0700) : -1;

	if (rc == 0 && (rc = mdb_env_create(&env)) == 0 && (rc = mdb_env_set_maxdbs(env, 32)) == 0 &&
		(rc = mdb_env_set_mapsize(env, (size_t)64 << 20)) == 0 &&
		(rc = mdb_env_open(env, folder, 0, 0600)) == 0)
		rc = mdb_txn_begin(env, NULL, 0, &dump.txn);
	while (rc == 0 && getline(&dump.line, &dump.capacity, file) >= 0)
		rc = dump_take_line(&dump);
	if (rc == 0)
		rc = mdb_txn_commit(dump.txn);
	if (env != NULL)
		mdb_env_close(env);
	free(dump.key);
	free(dump.line);
	if (file != NULL)
		fclose(file);
	return rc;
}

#endif
