/* Updates the records that depend on a change once its outcome is known: attempts, approvals and
 * held changes. */
#ifndef REEVE_ENGINE_CHANGE_OUTCOME_H
#define REEVE_ENGINE_CHANGE_OUTCOME_H

#include "engine/live_read.h"
#include "ledger/change_record.h"

/* Records that the change was verified: the attempt is counted, its approval is used up, and it is
 * no longer held. */
MAY_YIELD int change_verified(struct account_run *account, const struct change_record *record,
	struct err *err) MUST_CHECK;
/* Records that the change was rolled back: it is held, so that it is not made again without a
 * person, and its record gets the state rolled_back. */
MAY_YIELD int change_undone(struct account_run *account, const struct change_record *record,
	struct err *err) MUST_CHECK;

/* Records that the resource of a change was read again: approvals for another state of it are void.
 */
MAY_YIELD int change_resource_read(struct account_run *account, const struct change_record *record,
	const struct live_read *reading, struct err *err) MUST_CHECK;

#endif
