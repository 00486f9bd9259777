/*
 * What was imported into Security Hub last: one record for each finding, account and region, so
 * that an unchanged finding is not sent again, and one whose resource is gone is archived.
 */
#ifndef REEVE_LEDGER_HUB_IMPORT_RECORD_H
#define REEVE_LEDGER_HUB_IMPORT_RECORD_H

#include "base/compiler.h"
#include "base/err.h"
#include "ledger/finding.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Texts and JSON are borrowed: from `source` in a record that was read, else from whoever filled
 * it. */
struct hub_import_record {
	const char *region;     /* that it was sent to */
	const char *told;       /* hub_told of the finding as it was sent */
	const char *first_seen; /* RFC 3339: the time that the import gave as CreatedAt */
	int64_t sent_ms;
	const json_t *finding_json; /* finding_brief */
	struct finding finding;     /* the same, of a record that was read */
	json_t *source;
};

/* A finding is known by its account, the region that it is sent to, and its id in Security Hub.
 * *found is false when it was never imported; hub_import_record_release ends the record, found or
 * not. A record that can't be understood is an error (ERR_STORE). */
int hub_import_record_read(struct store *store, const char *account, const char *region,
	const char *id, struct hub_import_record *out, bool *found, struct err *err) MUST_CHECK;
MAY_YIELD int hub_import_record_put(struct store *store, const char *account, const char *id,
	const struct hub_import_record *record, struct err *err) MUST_CHECK;
MAY_YIELD int hub_import_record_delete(struct store *store, const char *account, const char *region,
	const char *id, struct err *err) MUST_CHECK;
void hub_import_record_release(struct hub_import_record *record); /* a zeroed one is fine */
/* A record of its own of one that was read; it shares the JSON. */
void hub_import_record_copy(const struct hub_import_record *record, struct hub_import_record *out);

/* Calls each(argument, record) for all that was imported of the account: 0 to go on, 1 to stop. It
 * may not yield. */
int hub_import_record_each(struct store *store, const char *account,
	int (*each)(void *argument, const struct hub_import_record *record), void *argument,
	struct err *err) MUST_CHECK;

/* Returns whether that run has found that the account has no Security Hub in that region. */
int hub_absence_read(struct store *store, const char *account, const char *region, const char *run,
	bool *absent, struct err *err) MUST_CHECK;
MAY_YIELD int hub_absence_put(struct store *store, const char *account, const char *region,
	const char *run, struct err *err) MUST_CHECK;

#endif
