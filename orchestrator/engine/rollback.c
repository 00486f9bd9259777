/*
 * Undoing one change: only where the resource is still as the change left it (or forced),
 * journaled as a change of its own, and proved by reading the before-image back.
 */
#include "engine/rollback.h"

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
	const json_t *undo, enum status status, const struct live_read *reading, const char *code,
	const char *message)
{
	struct finding finding = {
		.resource = item->resource,
		.region = json_get_string_or(item->record, "region", cell->region),
		.tier = cell->tier,
		.status = status,
		.observed = reading->state,
		.desired = json_object_get(item->record, "before"),
		.request_ids = reading->request_ids,
		.change = json_get_string(undo != NULL ? undo : item->record, "id"),
		.cause = { code, message },
	};

	cell_record(cell, &finding);
}

static bool image_is(const struct live_read *reading, const void *wanted)
{
	return reading->image != NULL && json_equal(reading->image, wanted);
}

/* The image that the change left: recorded when it was verified, else what it was to be. */
static json_t *left_image(const json_t *record)
{
	const json_t *result = json_object_get(record, "result");
	json_t *image;

	if (json_is_object(result))
		return json_deep_copy(result);
	image = json_deep_copy(json_object_get(record, "before"));
	json_object_update(image, json_object_get(record, "after"));
	return image;
}

static MAY_YIELD int restore(struct cell *cell, const struct work_item *item, const json_t *undo,
	struct err *err)
{
	struct change_calls calls = {
		.cell = cell,
		.action = "rollback",
		.change = json_get_string_or(undo, "id", ""),
		.resource = item->resource,
		.region = json_get_string_or(item->record, "region", cell->region),
		.rule = cell->account->run->work->force ? "--force"
												: "the resource is as the change left it",
		.before = json_object_get(undo, "before"),
		.after = json_object_get(undo, "after"),
	};
	struct change change = {
		.id = json_get_string_or(undo, "id", ""),
		.resource = item->resource,
		.region = json_get_string_or(item->record, "region", cell->region),
		.before = json_object_get(item->record, "before"),
		.after = json_object_get(item->record, "after"),
		.calls = json_object_get(item->record, "calls"),
		.client_token = json_get_string_or(undo, "id", ""),
	};

	change_calls_prepare(&calls);
	return cell->baseline->rollback(&calls.context, &calls.writer, &change, err);
}

static MAY_YIELD int undo_and_prove(struct cell *cell, struct work_item *item, json_t *undo,
	struct err *err)
{
	struct store *store = cell->account->run->engine.store;
	struct live_read reading = { 0 };
	struct err failure = ERR_INIT;
	int result = 0;

	if (journal_move(store, undo, "intent", NULL, NULL, err) < 0)
		return -1;
	int made = restore(cell, item, undo, &failure);
	if (made < 0 && (failure.kind == ERR_STORE || failure.kind == ERR_CANCELLED)) {
		*err = failure;
		return -1;
	}
	/* Where the answer was lost, only the resource itself tells whether the call took effect. */
	if (made < 0 && aws_error_had_no_effect(&failure)) {
		record_finding(cell, item, undo, STATUS_DRIFTED, &reading, failure.code, failure.message);
		return journal_move(store, undo, "failed", &failure, NULL, err);
	}
	if (journal_move(store, undo, "applied", NULL, NULL, err) < 0)
		return -1;
	live_read_until(cell, item->resource, clock_now_ms(), image_is,
		json_object_get(item->record, "before"), &reading);
	if (change_resource_read(cell->account, item->record, &reading, err) < 0) {
		result = -1;
	} else if (image_is(&reading, json_object_get(item->record, "before"))) {
		metric_add(METRIC_CHANGES, METRIC_LABELS(cell->baseline->id, "rolled_back"), 1);
		record_finding(cell, item, undo, STATUS_REMEDIATED, &reading, "RolledBack",
			"restored to what it was before the change");
		result = change_undone(cell->account, item->record, err) < 0 ||
				journal_move(store, undo, "verified", NULL, reading.image, err) < 0
			? -1
			: 0;
	} else {
		(void)err_set(&failure, ERR_PROTOCOL, "NotVerified",
			"the rollback was made, but the resource is not as before: %s",
			reading.failure.kind != ERR_NONE ? reading.failure.message : "some field differs");
		record_finding(cell, item, undo, STATUS_DRIFTED, &reading, failure.code, failure.message);
		result = journal_move(store, undo, "failed", &failure, reading.image, err);
	}
	live_read_release(&reading);
	return result;
}

static MAY_YIELD int undo_item(struct cell *cell, struct work_item *item, struct live_read *reading,
	struct err *err)
{
	struct run *run = cell->account->run;
	const json_t *before = json_object_get(item->record, "before");
	CLEANUP_JSON json_t *left = left_image(item->record);

	if (reading->image == NULL) {
		record_finding(cell, item, NULL, STATUS_UNKNOWN, reading, reading->failure.code,
			reading->failure.message);
		return 0;
	}
	if (json_equal(reading->image, before)) {
		record_finding(cell, item, NULL, STATUS_REMEDIATED, reading, "RolledBack",
			"it is what it was before the change already");
		return change_undone(cell->account, item->record, err);
	}
	if (!json_equal(reading->image, left) && !run->work->force) {
		record_finding(cell, item, NULL, STATUS_DRIFTED, reading, "Moved",
			"the resource has changed since, so that undoing the change would undo somebody else's "
			"too; --force does it all the same");
		return 0;
	}
	CLEANUP_JSON json_t *undo = journal_rollback_record(run, item->record, reading->image);
	const char *id = json_get_string_or(undo, "id", "");
	fiber_shield();
	run->changes_made++;
	int result = change_audit_decision(cell, "rollback", "allowed", id, item->resource,
		json_get_string(item->record, "region"),
		run->work->force ? "--force" : "the resource is as the change left it",
		json_get_string(item->record, "id"), err);
	if (result == 0)
		result = undo_and_prove(cell, item, undo, err);
	fiber_unshield();
	return result;
}

int rollback_item(struct cell *cell, struct work_item *item, struct err *err)
{
	struct live_read reading = { 0 };

	if (cell->baseline->rollback == NULL) {
		record_finding(cell, item, NULL, STATUS_DRIFTED, &reading, "NotReversible",
			"the baseline has no rollback");
		return 0;
	}
	live_read_resource(cell, item->resource, &reading);
	int result = change_resource_read(cell->account, item->record, &reading, err) < 0 ||
			undo_item(cell, item, &reading, err) < 0
		? -1
		: 0;
	live_read_release(&reading);
	return result;
}
