/* The enabled regions of an account that is being swept: the configured ones, those that are on
 * record, or those that AWS returns. */
#ifndef REEVE_ENGINE_ACCOUNT_REGIONS_H
#define REEVE_ENGINE_ACCOUNT_REGIONS_H

#include "engine/account_sweep.h"

/* Sets account->regions, or account->regional_cause when they can't be read. Asks AWS only when
 * some cell of the account depends on its regions. */
MAY_YIELD void account_regions_find(struct account_sweep *account);

/* Takes the regions of an earlier run when they can't be read now, so that the coverage ledger
 * still counts the account's cells. -1 when the store failed. */
int account_regions_recall(struct account_sweep *account, struct err *err) MUST_CHECK;

/* Stores the account's record with its regions. */
MAY_YIELD int account_regions_store(struct account_sweep *account, struct err *err) MUST_CHECK;

#endif
