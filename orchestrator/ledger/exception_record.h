/*
 * An exception that was added with `reeve exceptions add`: what was given, and who added and ended
 * it. What an exception means is known to config/exception.h and guards/exceptions.h.
 */
#ifndef REEVE_LEDGER_EXCEPTION_RECORD_H
#define REEVE_LEDGER_EXCEPTION_RECORD_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct exception_end {
	int64_t at_ms; /* 0: nobody has ended it */
	const char *by;
};

/* Texts and JSON are borrowed: from `source` in a record that was read, else from whoever filled
 * it. */
struct exception_record {
	const json_t *exception; /* with the keys of the configuration, resolved */
	int64_t at_ms;           /* when it was added */
	const char *by;
	struct exception_end ended; /* before its expiry */
	const char *id;             /* "x-…" */
	json_t *source;
};

MAY_YIELD int exception_record_put(struct store *store, const struct exception_record *record,
	struct err *err) MUST_CHECK;
/* *found is false when there is no such exception; exception_record_release ends the record, found
 * or not. A record that can't be understood is an error (ERR_STORE). */
int exception_record_read(struct store *store, const char *id, struct exception_record *out,
	bool *found, struct err *err) MUST_CHECK;
void exception_record_release(struct exception_record *record);

/* Calls each(argument, record) for every stored exception, in the order of ids: 0 to go on, 1 to
 * stop. It may not yield. */
int exception_record_each(struct store *store,
	int (*each)(void *argument, const struct exception_record *record), void *argument,
	struct err *err) MUST_CHECK;

/* What documents show of who added and ended it: {"added", "by", "ended": {"at", "by"} or null},
 * all null in a zeroed record. New reference. */
json_t *exception_record_origin(const struct exception_record *record) MUST_CHECK;

#endif
