#include "engine/change_outcome.h"

#include "approvals/approvals.h"
#include "approvals/seen.h"
#include "base/banned.h"
#include "base/clock.h"
#include "guards/attempts.h"
#include "ledger/held_change.h"
#include "ledger/journal.h"

/* Voids the approvals for other states of the resource. `image` is the state that can still be
 * approved; NULL when there is none. */
static MAY_YIELD int update_approvals(struct account_run *account,
	const struct change_record *record, const json_t *image, struct err *err)
{
	const struct approvals_cell cell = { account->account->id, record->cell_region,
		record->baseline };

	return approvals_seen(account->run->engine.approvals, &cell, record->region, record->resource,
		image, clock_now_ms(), err);
}

int change_verified(struct account_run *account, const struct change_record *record,
	struct err *err)
{
	const struct engine *engine = &account->run->engine;
	struct attempts_key key = { account->account->id, record->region, record->baseline,
		record->resource };

	if (attempts_record(engine->store, engine->config, &key, clock_now_ms(), err) < 0 ||
		approvals_done(engine->approvals, record->hash, record->id, clock_now_ms(), err) < 0 ||
		update_approvals(account, record, NULL, err) < 0)
		return -1;
	return held_change_remove(engine->store, record->hash, err);
}

int change_undone(struct account_run *account, const struct change_record *record, struct err *err)
{
	struct store *store = account->run->engine.store;
	struct change_record copy;

	if (held_change_put(store, record->hash, HELD_ROLLED_BACK, record->id, err) < 0 ||
		change_record_decode(record->source, &copy, err) < 0)
		return -1;
	int result = journal_move(store, &copy, CHANGE_ROLLED_BACK, NULL, NULL, err);
	change_record_release(&copy);
	return result;
}

int change_resource_read(struct account_run *account, const struct change_record *record,
	const struct live_read *reading, struct err *err)
{
	if (reading->image == NULL && strcmp(reading->failure.code, "ResourceGone") != 0)
		return 0;
	return update_approvals(account, record,
		reading->outcome == OUTCOME_DRIFTED ? reading->image : NULL, err);
}
