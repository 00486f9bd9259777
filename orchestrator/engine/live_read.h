/* Reads one resource again, without any cache. */
#ifndef REEVE_ENGINE_LIVE_READ_H
#define REEVE_ENGINE_LIVE_READ_H

#include "engine/cell_view.h"

/* The state of one resource that was read live. */
struct live_read {
	enum outcome outcome;
	bool found;
	json_t *state;
	json_t *image; /* the image of the state */
	json_t *request_ids;
	struct err failure;
};
MAY_YIELD void live_read_resource(struct cell *cell, const char *resource,
	struct live_read *reading);
void live_read_release(struct live_read *reading);

/* Reads repeatedly, with backoff, until `settled` accepts the state, or until the baseline's
 * inconsistency window (counted from since_ms, wall time) has passed. */
MAY_YIELD void live_read_until(struct cell *cell, const char *resource, int64_t since_ms,
	bool (*settled)(const struct live_read *reading, const void *argument), const void *argument,
	struct live_read *reading);

/* Returns for how many milliseconds AWS may still return the old state after a change: the value of
 * the baseline, or REEVE_TEST_INCONSISTENCY_MS in a build with test hooks. */
int64_t inconsistency_ms(const struct baseline *baseline);

#endif
