/*
 * The desired state of an account, as it was compiled from the configuration last. The generation
 * of the configuration and the account's place in the organization tell whether it still holds.
 */
#ifndef REEVE_LEDGER_DESIRED_RECORD_H
#define REEVE_LEDGER_DESIRED_RECORD_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>

/* Texts and JSON are borrowed: from `source` in a record that was read, else from whoever filled
 * it. */
struct desired_record {
	const char *generation;  /* of the configuration */
	const char *place;       /* a digest of the account's OUs and tags */
	const json_t *baselines; /* by id: settings and tier, see config_desired */
	json_t *source;
};

/* *found is false when none is on record; desired_record_release ends the record, found or not. A
 * record that can't be understood is an error (ERR_STORE). */
int desired_record_read(struct store *store, const char *account, struct desired_record *out,
	bool *found, struct err *err) MUST_CHECK;
MAY_YIELD int desired_record_put(struct store *store, const char *account,
	const struct desired_record *record, struct err *err) MUST_CHECK;
void desired_record_release(struct desired_record *record);

#endif
