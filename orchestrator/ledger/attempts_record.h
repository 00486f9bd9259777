/*
 * The record of the attempts on one resource: when its remediations were verified, and when the
 * resource was last found drifted and held because its remediations keep being undone
 * (guards/attempts.h).
 */
#ifndef REEVE_LEDGER_ATTEMPTS_RECORD_H
#define REEVE_LEDGER_ATTEMPTS_RECORD_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <stddef.h>
#include <stdint.h>

#define ATTEMPTS_KEPT 100 /* as many as limits.attempts_per_resource can ask for */

struct attempts_key {
	const char *account, *region, *baseline, *resource; /* region: the resource's */
};

struct attempts_record {
	size_t count;
	int64_t times_ms[ATTEMPTS_KEPT]; /* of verified remediations, the oldest first */
	int64_t held_ms;                 /* 0: not held */
};

/* Fills *out, which is empty when nothing is on record. ERR_STORE for a record that can't be read.
 */
int attempts_record_read(struct store *store, const struct attempts_key *key,
	struct attempts_record *out, struct err *err) MUST_CHECK;
MAY_YIELD int attempts_record_write(struct store *store, const struct attempts_key *key,
	const struct attempts_record *record, struct err *err) MUST_CHECK;
MAY_YIELD int attempts_record_delete(struct store *store, const struct attempts_key *key,
	struct err *err) MUST_CHECK;

#endif
