/*
 * How long runs, their coverage and their changes are kept. This is applied at the end of each run.
 */
#ifndef REEVE_LEDGER_RETENTION_H
#define REEVE_LEDGER_RETENTION_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

#define RETENTION_RUNS 1000 /* the latest; older ones as long as they have changes on record */
#define RETENTION_CHANGES_DAYS 400 /* an auditor looks back a year */
#define RETENTION_LEDGERS 20       /* of sweeps and other runs that a person asked for */
#define RETENTION_EVENT_LEDGERS 5  /* of the runs of events, of which there are many */

/* Removes what is older. A change whose outcome is not known stays. */
MAY_YIELD int retention_apply(struct store *store, int64_t now_ms, struct err *err) MUST_CHECK;

#endif
