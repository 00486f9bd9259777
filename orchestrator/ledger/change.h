/*
 * The hash and the id of a change. The hash covers the fields that an approval is bound to, so that
 * it is the same whenever the same resource drifts in the same way; the id is new in every run.
 */
#ifndef REEVE_LEDGER_CHANGE_H
#define REEVE_LEDGER_CHANGE_H

#include "ledger/change_record.h"

/* Computes the SHA-256 over the form of RFC 8785 of the record's account, region, baseline,
 * resource, before, after and calls (null where there is none). */
void change_hash(const struct change_record *record, char out[CHANGE_HASH_SIZE]);

/* Makes the id of a run's change from its hash or, for a rollback, from the id of the change that
 * it undoes. */
void change_make_id(const char *run_id, const char *of, char out[CHANGE_ID_SIZE]);

#endif
