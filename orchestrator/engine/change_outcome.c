#include "engine/change_outcome.h"

#include "approvals/approvals.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "guards/attempts.h"
#include "ledger/held_change.h"
#include "ledger/journal.h"

/* image: NULL when nothing can be approved for what was seen. */
static MAY_YIELD int tell_approvals(struct account_run *account, const json_t *record,
	const json_t *image, struct err *err)
{
	const struct approvals_cell cell = { account->account->id,
		json_get_string_or(record, "cell_region", ""), json_get_string_or(record, "baseline", "") };

	return approvals_seen(account->run->engine.approvals, &cell,
		json_get_string_or(record, "region", ""), json_get_string_or(record, "resource", ""), image,
		clock_now_ms(), err);
}

int change_verified(struct account_run *account, const json_t *record, struct err *err)
{
	const struct engine *engine = &account->run->engine;
	const char *hash = json_get_string_or(record, "hash", "");
	struct attempts_key key = { account->account->id, json_get_string_or(record, "region", ""),
		json_get_string_or(record, "baseline", ""), json_get_string_or(record, "resource", "") };

	if (attempts_record(engine->store, engine->config, &key, clock_now_ms(), err) < 0 ||
		approvals_done(engine->approvals, hash, json_get_string_or(record, "id", ""),
			clock_now_ms(), err) < 0 ||
		tell_approvals(account, record, NULL, err) < 0)
		return -1;
	return held_change_remove(engine->store, hash, err);
}

int change_undone(struct account_run *account, const json_t *record, struct err *err)
{
	struct store *store = account->run->engine.store;
	CLEANUP_JSON json_t *copy = json_deep_copy(record);

	if (held_change_put(store, json_get_string_or(record, "hash", ""), "RolledBack",
			json_get_string_or(record, "id", ""), err) < 0)
		return -1;
	return journal_move(store, copy, "rolled_back", NULL, NULL, err);
}

int change_resource_read(struct account_run *account, const json_t *record,
	const struct live_read *reading, struct err *err)
{
	if (reading->image == NULL && strcmp(reading->failure.code, "ResourceGone") != 0)
		return 0;
	return tell_approvals(account, record,
		reading->outcome == OUTCOME_DRIFTED ? reading->image : NULL, err);
}
