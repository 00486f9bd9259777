/*
 * Reads a database of the store in short turns, so that a long list does not hold up the event
 * loop: after some hundred records the fiber sleeps, and the scan goes on from the key where it
 * was.
 */
#ifndef REEVE_LEDGER_SCAN_H
#define REEVE_LEDGER_SCAN_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define LEDGER_TURN_RECORDS 500 /* read in one turn */

struct ledger_scan {
	struct store *store;
	enum store_database database;
	const struct store_key *prefix; /* NULL: everything */
	struct store_key after; /* the last key that was read; a length of 0: begin with the first */
	size_t records;         /* how many records may still be read */
	size_t unrested;        /* used by the scan: the work since the fiber slept */
	bool ended;             /* everything was read */
	/* Returns whether the record of that key is wanted; others are passed over unread. NULL: all
	 * are. */
	bool (*wants)(void *argument, const struct store_key *key);
	/* Returns 0 to go on, 1 to end after this record. `bytes` is its size in the store. It may not
	 * yield. */
	int (*each)(void *argument, const struct store_key *key, const json_t *record, size_t bytes);
	void *argument;
};
/* Reads on from scan->after in the order of keys, until the end of the database, until `each` ends
 * it, or until scan->records have been read. On a fiber it sleeps after each LEDGER_TURN_RECORDS:
 * what is written meanwhile may or may not be seen. */
MAY_YIELD int ledger_scan(struct ledger_scan *scan, struct err *err) MUST_CHECK;

/* Copies the nth part of a key (from 0), cut to the size; "" when the key has no such part. */
void ledger_key_part(const struct store_key *key, size_t n, char *out, size_t size);

#define LEDGER_PART_SIZE 13
#define LEDGER_ACCOUNT_SIZE LEDGER_PART_SIZE
/* Finds the least first part of a key that is larger than `after` ("": the least of all); `out`,
 * which may be `after`, is "" when there is none. This is for databases whose keys begin with
 * numbers of one length, such as an account's id or a day. */
int ledger_next_part(struct store *store, enum store_database database, const char *after,
	char out[LEDGER_PART_SIZE], struct err *err) MUST_CHECK;

#endif
