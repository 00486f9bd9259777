/*
 * Rolls back one change, only if the resource is still as the change left it (or --force was
 * given). The rollback is journaled as a change of its own, and verified by reading the
 * before-image back.
 */
#include "engine/rollback.h"

#include "aws/errors.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/metrics.h"
#include "engine/cell.h"
#include "engine/change_calls.h"
#include "engine/change_outcome.h"
#include "engine/live_read.h"
#include "engine/work.h"
#include "io/fiber.h"
#include "ledger/journal.h"

static MAY_YIELD void record_finding(struct cell *cell, const struct work_item *item,
	const struct change_record *undo, enum status status, const struct live_read *reading,
	const char *code, const char *message)
{
	struct finding finding = {
		.resource = item->resource,
		.region = item->record.region,
		.tier = cell->tier,
		.status = status,
		.observed = reading->state,
		.desired = item->record.before,
		.request_ids = reading->request_ids,
		.change = undo != NULL ? undo->id : item->record.id,
		.cause = { code, message },
	};

	cell_record(cell, &finding);
}

static bool image_is(const struct live_read *reading, const void *wanted)
{
	return reading->image != NULL && json_equal(reading->image, wanted);
}

/* Returns the image that the change left: the verified one, or the intended one if it was never
 * verified. */
static json_t *left_image(const struct change_record *record)
{
	json_t *image;

	if (record->result != NULL)
		return json_deep_copy(record->result);
	image = json_deep_copy(record->before);
	json_object_update(image, (json_t *)record->after);
	return image;
}

static MAY_YIELD int restore(struct cell *cell, const struct work_item *item,
	const struct change_record *undo, struct err *err)
{
	struct change_calls calls = {
		.cell = cell,
		.action = "rollback",
		.change = undo->id,
		.resource = item->resource,
		.region = item->record.region,
		.rule = cell->account->run->work->force ? "--force"
												: "the resource is as the change left it",
		.before = undo->before,
		.after = undo->after,
	};
	struct change change = {
		.id = undo->id,
		.resource = item->resource,
		.region = item->record.region,
		.before = item->record.before,
		.after = item->record.after,
		.calls = item->record.calls,
		.client_token = undo->id,
	};

	change_calls_prepare(&calls);
	return cell->baseline->rollback(&calls.context, &calls.writer, &change, err);
}

static MAY_YIELD int undo_and_prove(struct cell *cell, struct work_item *item,
	struct change_record *undo, struct err *err)
{
	struct store *store = cell->account->run->engine.store;
	struct live_read reading = { 0 };
	struct err failure = ERR_INIT;
	int result = 0;

	if (journal_move(store, undo, CHANGE_INTENT, NULL, NULL, err) < 0)
		return -1;
	int made = restore(cell, item, undo, &failure);
	if (made < 0 && (failure.kind == ERR_STORE || failure.kind == ERR_CANCELLED)) {
		*err = failure;
		return -1;
	}
	/* When the answer was lost, reading the resource is the only way to find out whether the
	 * call took effect. */
	if (made < 0 && aws_error_had_no_effect(&failure)) {
		record_finding(cell, item, undo, STATUS_DRIFTED, &reading, failure.code, failure.message);
		return journal_move(store, undo, CHANGE_FAILED, &failure, NULL, err);
	}
	if (journal_move(store, undo, CHANGE_APPLIED, NULL, NULL, err) < 0)
		return -1;
	live_read_until(cell, item->resource, clock_now_ms(), image_is, item->record.before, &reading);
	if (change_resource_read(cell->account, &item->record, &reading, err) < 0) {
		result = -1;
	} else if (image_is(&reading, item->record.before)) {
		metric_add(METRIC_CHANGES, METRIC_LABELS(cell->baseline->id, "rolled_back"), 1);
		record_finding(cell, item, undo, STATUS_REMEDIATED, &reading, "RolledBack",
			"rolled back: the resource is again as it was before the change");
		result = change_undone(cell->account, &item->record, err) < 0 ||
				journal_move(store, undo, CHANGE_VERIFIED, NULL, reading.image, err) < 0
			? -1
			: 0;
	} else {
		(void)err_set(&failure, ERR_PROTOCOL, "NotVerified",
			"the rollback was made, but the resource is not as it was before the change: %s",
			reading.failure.kind != ERR_NONE ? reading.failure.message
											 : "at least one field differs");
		record_finding(cell, item, undo, STATUS_DRIFTED, &reading, failure.code, failure.message);
		result = journal_move(store, undo, CHANGE_FAILED, &failure, reading.image, err);
	}
	live_read_release(&reading);
	return result;
}

static MAY_YIELD int undo_item(struct cell *cell, struct work_item *item, struct live_read *reading,
	struct err *err)
{
	struct run *run = cell->account->run;
	const json_t *before = item->record.before;
	CLEANUP_JSON json_t *left = left_image(&item->record);

	if (reading->image == NULL) {
		record_finding(cell, item, NULL, STATUS_UNKNOWN, reading, reading->failure.code,
			reading->failure.message);
		return 0;
	}
	if (json_equal(reading->image, before)) {
		record_finding(cell, item, NULL, STATUS_REMEDIATED, reading, "RolledBack",
			"the resource is already as it was before the change");
		return change_undone(cell->account, &item->record, err);
	}
	if (!json_equal(reading->image, left) && !run->work->force) {
		record_finding(cell, item, NULL, STATUS_DRIFTED, reading, "Moved",
			"the resource has changed since the change was made, so a rollback would also undo "
			"somebody else's change; --force rolls back anyway");
		return 0;
	}
	struct change_record undo;
	char id[CHANGE_ID_SIZE];
	journal_plan_rollback(&undo, run->id, &item->record, reading->image, id);
	fiber_shield();
	run->changes_made++;
	int result = change_audit_decision(cell, "rollback", "allowed", id, item->resource,
		item->record.region, run->work->force ? "--force" : "the resource is as the change left it",
		item->record.id, err);
	if (result == 0)
		result = undo_and_prove(cell, item, &undo, err);
	fiber_unshield();
	change_record_release(&undo);
	return result;
}

int rollback_item(struct cell *cell, struct work_item *item, struct err *err)
{
	struct live_read reading = { 0 };

	if (cell->baseline->rollback == NULL) {
		record_finding(cell, item, NULL, STATUS_DRIFTED, &reading, "NotReversible",
			"the baseline has no rollback; undo the change by hand");
		return 0;
	}
	live_read_resource(cell, item->resource, &reading);
	int result = change_resource_read(cell->account, &item->record, &reading, err) < 0 ||
			undo_item(cell, item, &reading, err) < 0
		? -1
		: 0;
	live_read_release(&reading);
	return result;
}
