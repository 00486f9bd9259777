/*
 * Reads one resource again, live: to verify a change, for a rollback, and to find out whether a
 * change that was in flight when a process ended took effect.
 */
#include "engine/live_read.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/test_hook.h"
#include "baselines/verdict.h"
#include "io/fiber.h"

#define FIRST_WAIT_MS 100
#define LONGEST_WAIT_MS 10000

struct live {
	struct cell *cell;
	const char *resource;
	struct live_read *reading;
};

static void keep_reading(struct baseline_context *context, const struct observation *observation)
{
	struct live *live = context->engine;
	struct live_read *reading = live->reading;
	const char *resource = observation->resource != NULL ? observation->resource
														 : context->place.account_id;
	struct verdict verdict = { 0 };

	if (strcmp(resource, live->resource) != 0 || reading->found)
		return;
	reading->found = true;
	if (observation->trace != NULL)
		reading->request_ids = json_deep_copy(observation->trace->request_ids);
	if (observation->failure != NULL) {
		reading->failure = *observation->failure;
		return;
	}
	live->cell->baseline->diff(&context->place, resource,
		observation->region != NULL ? observation->region : context->place.region,
		observation->state, context->settings, &verdict);
	reading->outcome = verdict.outcome;
	reading->state = json_deep_copy(observation->state);
	reading->image = baseline_image(live->cell->baseline, observation->state);
	verdict_release(&verdict);
}

static MAY_YIELD struct aws_reader *live_reader_in(struct baseline_context *context,
	const char *account_id, struct err *err)
{
	struct live *live = context->engine;

	return live->cell->context.reader_in(&live->cell->context, account_id, err);
}

void live_read_resource(struct cell *cell, const char *resource, struct live_read *reading)
{
	struct live live = { cell, resource, reading };
	struct baseline_context context;
	struct aws_reader reader;
	struct err failure = ERR_INIT;

	*reading = (struct live_read){ .outcome = OUTCOME_UNKNOWN };
	cell_prepare(cell, &context, &reader);
	reader.cache = NULL; /* a verification never reads from a cache */
	context.engine = &live;
	context.emit = keep_reading;
	context.reader_in = live_reader_in;
	if (cell->baseline->observe(&context,
			strcmp(resource, cell->account->account->id) == 0 ? NULL : resource, &failure) < 0 &&
		!reading->found)
		reading->failure = failure;
	else if (!reading->found)
		(void)err_set(&reading->failure, ERR_PROTOCOL, "ResourceGone",
			"%.200s was not found when it was read again", resource);
}

void live_read_release(struct live_read *reading)
{
	json_decref(reading->state);
	json_decref(reading->image);
	json_decref(reading->request_ids);
	*reading = (struct live_read){ 0 };
}

int64_t inconsistency_ms(const struct baseline *baseline)
{
	return test_hook("REEVE_TEST_INCONSISTENCY_MS", baseline->inconsistency_ms);
}

void live_read_until(struct cell *cell, const char *resource, int64_t since_ms,
	bool (*settled)(const struct live_read *reading, const void *argument), const void *argument,
	struct live_read *reading)
{
	int64_t left_ms = since_ms + inconsistency_ms(cell->baseline) - clock_now_ms();
	int64_t window_ms = inconsistency_ms(cell->baseline);
	/* The wall clock may have jumped, so the wait is limited to the window. */
	int64_t deadline_us = clock_monotonic_us() + 1000 * (left_ms > window_ms ? window_ms : left_ms);
	int64_t wait_ms = FIRST_WAIT_MS;

	for (;;) {
		live_read_resource(cell, resource, reading);
		if (settled(reading, argument) || clock_monotonic_us() >= deadline_us)
			return;
		live_read_release(reading);
		if (fiber_sleep(wait_ms) == FIBER_CANCELLED)
			deadline_us = 0; /* read once more, so that the outcome is recorded correctly */
		wait_ms = wait_ms * 2 > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : wait_ms * 2;
	}
}
