/*
 * A finding: the outcome for one resource of a cell, as it is stored and printed.
 */
#ifndef REEVE_LEDGER_FINDING_H
#define REEVE_LEDGER_FINDING_H

#include "base/buf.h"
#include "baselines/baseline.h"
#include "config/config.h"
#include "ledger/status.h"
#include "store/store.h"

#include <jansson.h>

struct finding {
	const char *account, *account_name;
	const char *cell_region; /* the cell's: part of the key */
	const char *region;      /* the resource's */
	const struct baseline *baseline;
	const char *resource;
	enum status status;
	enum tier tier;
	const char *decided_by;           /* the rule that decided the tier */
	const json_t *observed, *desired; /* may be NULL */
	const char *change;               /* id or NULL */
	const json_t *proposal; /* the change as a journal record, for whoever reviews it; NULL: none */
	const char *cause_code, *cause_message; /* NULL: none */
	const json_t *request_ids;              /* may be NULL */
	int64_t observed_ms;
	const char *run;
};

/* The document's finding object, in compact form. */
void finding_add_json(struct buf *out, const struct finding *finding);

MAY_YIELD int finding_store(struct store *store, const struct finding *finding, struct err *err)
	MUST_CHECK;

/* Removes what was known of the cell, before it is observed anew. */
MAY_YIELD int finding_forget_cell(struct store *store, const char *account, const char *cell_region,
	const char *baseline, struct err *err) MUST_CHECK;

#endif
