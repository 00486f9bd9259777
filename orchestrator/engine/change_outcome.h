/* What is remembered of a change once its outcome is known. */
#ifndef REEVE_ENGINE_CHANGE_OUTCOME_H
#define REEVE_ENGINE_CHANGE_OUTCOME_H

#include "engine/live_read.h"
#include "ledger/change_record.h"

/* What is remembered of a change that was verified: the attempt counts, its approval is used up, it
 * is not held any more. */
MAY_YIELD int change_verified(struct account_run *account, const struct change_record *record,
	struct err *err) MUST_CHECK;
/* The same of a change that was undone, by its record as it was read: it is held, and rolled back
 * on record. */
MAY_YIELD int change_undone(struct account_run *account, const struct change_record *record,
	struct err *err) MUST_CHECK;

/* The resource of a change was read again: what was approved for another state of it is void. */
MAY_YIELD int change_resource_read(struct account_run *account, const struct change_record *record,
	const struct live_read *reading, struct err *err) MUST_CHECK;

#endif
