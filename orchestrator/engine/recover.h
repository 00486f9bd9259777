/* Settles the changes that were in flight when a process ended. */
#ifndef REEVE_ENGINE_RECOVER_H
#define REEVE_ENGINE_RECOVER_H

#include "engine/cell_view.h"

/* Finds out whether the account's changes that were in flight when a process ended took effect, by
 * reading their resources again, and records it in the journal. No call is repeated: a change that
 * had no effect is drift, and is handled as such. A change whose baseline this program doesn't know
 * stays in flight. */
MAY_YIELD int recover_account(struct account_run *account, struct err *err) MUST_CHECK;

/* Records a finding (drifted, with the cause UnknownBaseline) for each of the account's changes
 * that stay in flight since this program doesn't know their baseline. For a sweep of the whole
 * account, after recover_account. */
MAY_YIELD int recover_report_unknown(struct account_run *account, struct err *err) MUST_CHECK;

#endif
