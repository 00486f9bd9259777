/*
 * How far the audit log is copied: one record, with a place for each destination that was ever
 * configured, so that a destination that is configured again continues where it was.
 */
#ifndef REEVE_LEDGER_AUDIT_COPY_RECORD_H
#define REEVE_LEDGER_AUDIT_COPY_RECORD_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Numbers of entries, which begin with 1; first 0: no range. */
struct audit_copy_range {
	int64_t first, last;
};

struct audit_copy_failure {
	const char *code; /* NULL: the last copy did not fail */
	const char *message;
	int64_t at_ms;
};

/* One destination. Texts are borrowed. */
struct audit_copy_place {
	const char *bucket, *prefix;
	int64_t copied; /* the last entry that was copied; 0: none */
	/* A range whose object may have been stored, although it is not yet on record as copied. */
	struct audit_copy_range pending;
	struct audit_copy_failure failed;
};

/* Texts and JSON are borrowed: from `source` in a record that was read, else from whoever filled
 * it. */
struct audit_copy_record {
	const char *log;            /* the id of the log */
	const char *current;        /* "BUCKET/PREFIX" of the configured destination; NULL: none */
	const json_t *destinations; /* by "BUCKET/PREFIX": audit_copy_place_encode */
	json_t *source;
};

/* *found is false when nothing was ever copied; audit_copy_record_release ends the record, found or
 * not. A record that can't be understood is an error (ERR_STORE). */
int audit_copy_record_read(struct store *store, struct audit_copy_record *out, bool *found,
	struct err *err) MUST_CHECK;
MAY_YIELD int audit_copy_record_write(struct store *store, const struct audit_copy_record *record,
	struct err *err) MUST_CHECK;
void audit_copy_record_release(struct audit_copy_record *record);

/* Fills *out with the place of that name, which borrows from the record. *found is false, and *out
 * zeroed, when the record has none. */
int audit_copy_record_place(const struct audit_copy_record *record, const char *name,
	struct audit_copy_place *out, bool *found, struct err *err) MUST_CHECK;
json_t *audit_copy_place_encode(const struct audit_copy_place *place) MUST_CHECK;

/* The place for `status`: {"bucket", "prefix", "copied", "last", "failed": {"at", "code",
 * "message"} or null}; `last` is the log's last entry. New reference. */
json_t *audit_copy_place_document(const struct audit_copy_place *place, int64_t last) MUST_CHECK;

#endif
