/*
 * An account of the organization, as the last walk found it, with the regions that its last run
 * found enabled.
 */
#ifndef REEVE_LEDGER_ACCOUNT_RECORD_H
#define REEVE_LEDGER_ACCOUNT_RECORD_H

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Texts and JSON are borrowed: from `source` in a record that was read, else from whoever filled
 * it. */
struct account_record {
	const char *id, *name;
	const char *state;      /* as AWS names it: "ACTIVE", "SUSPENDED", ... */
	const char *path;       /* the names of its OUs, "Root/Workloads" */
	struct org_unit *units; /* its OUs, from the root down */
	size_t units_count;
	const json_t *tags;    /* {"key": "value"}; NULL: they were not read */
	const json_t *regions; /* names of enabled regions; NULL: not known */
	json_t *source;
};

/* *found is false when the account is not on record; account_record_release ends the record, found
 * or not. A record that can't be understood is an error (ERR_STORE). */
int account_record_read(struct store *store, const char *id, struct account_record *out,
	bool *found, struct err *err) MUST_CHECK;
MAY_YIELD int account_record_put(struct store *store, const struct account_record *record,
	struct err *err) MUST_CHECK;
int account_record_decode(const json_t *json, struct account_record *out, struct err *err)
	MUST_CHECK;
void account_record_release(struct account_record *record);
/* Returns the record as documents show it. New reference. */
json_t *account_record_document(const struct account_record *record) MUST_CHECK;

#endif
