/*
 * Handles the items of a work list that belong to one cell. Each resource is observed anew, and the
 * change is made only when it is still exactly the change of the item.
 */
#include "engine/cell_work.h"

#include "approvals/approvals.h"
#include "approvals/seen.h"
#include "base/banned.h"
#include "base/clock.h"
#include "engine/cell.h"
#include "engine/rollback.h"
#include "engine/run_cells.h"
#include "engine/work.h"

static MAY_YIELD void record_without_observation(struct cell *cell, const struct work_item *item,
	const struct err *cause)
{
	struct finding finding = {
		.resource = item->resource,
		.region = item->record.region,
		.tier = cell->tier,
		.status = STATUS_UNKNOWN,
		.change = item->record.id,
		.cause = { cause->code, cause->message },
	};

	cell_record(cell, &finding);
}

static MAY_YIELD void apply_item(struct cell *cell, struct work_item *item)
{
	const char *resource = strcmp(item->resource, cell->account->account->id) == 0 ? NULL
																				   : item->resource;
	size_t before = cell->finding_count;
	struct err failure = ERR_INIT;

	cell->item = item;
	if (cell->baseline->observe(&cell->context, resource, &failure) < 0)
		cell_emit(&cell->context,
			&(struct observation){ .resource = resource, .failure = &failure });
	if (cell->finding_count == before && cell->failure.kind == ERR_NONE) {
		(void)err_set(&failure, ERR_PROTOCOL, "ResourceGone",
			"the resource was not found when it was read again");
		record_without_observation(cell, item, &failure);
	}
	cell->item = NULL;
}

/* Voids approvals for which cell_emit was not called, since it is called for existing resources
 * only: an approval is void when its resource is gone or has moved to another region. */
static MAY_YIELD int void_approval(struct cell *cell, const struct work_item *item, struct err *err)
{
	struct approvals *approvals = cell->account->run->engine.approvals;
	const struct approvals_cell place = { cell->account->account->id, cell->region,
		cell->baseline->id };

	if (strcmp(cell->item_cause, "ResourceGone") == 0) {
		if (approvals_void(approvals, item->hash, "the resource no longer exists", clock_now_ms(),
				err) < 0)
			return -1;
		return approvals_seen(approvals, &place, item->record.region, item->resource, NULL,
			clock_now_ms(), err);
	}
	if (cell->item_status == STATUS_COMPLIANT)
		return approvals_void(approvals, item->hash, "the resource is already in the desired state",
			clock_now_ms(), err);
	if (strcmp(cell->item_cause, "Moved") == 0)
		return approvals_void(approvals, item->hash,
			"the resource has changed since the approval was requested", clock_now_ms(), err);
	return 0;
}

int cell_run_work(struct cell *cell, struct err *err)
{
	const struct work *work = cell->account->run->work;
	const char *account = cell->account->account->id;

	cell->worst = STATUS_NOT_APPLICABLE;
	if (run_supersede_cell(cell->account->run, account, cell->region, cell->baseline->id, err) < 0)
		return -1;
	cell_prepare(cell, &cell->context, &cell->reader);
	cell->context.emit = cell_emit;
	cell->reader.cache = NULL; /* a change is decided by the current state, not by a cached one */
	for (struct work_item *item =
			 work_of_cell(work, account, cell->region, cell->baseline->id, NULL);
		item != NULL; item = work_of_cell(work, account, cell->region, cell->baseline->id, item)) {
		item->done = true;
		if (!work->rollback)
			apply_item(cell, item);
		else if (rollback_item(cell, item, err) < 0)
			return -1;
		if (!work->rollback && cell->failure.kind == ERR_NONE && void_approval(cell, item, err) < 0)
			return -1;
		if (cell->failure.kind != ERR_NONE)
			break;
	}
	return cell_finish(cell, err);
}
