/* Reading one resource again, past every cache. */
#ifndef REEVE_ENGINE_LIVE_READ_H
#define REEVE_ENGINE_LIVE_READ_H

#include "engine/cell_view.h"

/* The outcome of one resource, read live. */
struct live_read {
	enum outcome outcome;
	bool found;
	json_t *state;
	json_t *image; /* of the state */
	json_t *request_ids;
	struct err failure;
};
MAY_YIELD void live_read_resource(struct cell *cell, const char *resource,
	struct live_read *reading);
void live_read_release(struct live_read *reading);

/* Reads until `settled` says that the reading is what is waited for, or until the baseline's
 * inconsistency window (from since_ms, wall time) has passed; with backoff. */
MAY_YIELD void live_read_until(struct cell *cell, const char *resource, int64_t since_ms,
	bool (*settled)(const struct live_read *reading, const void *argument), const void *argument,
	struct live_read *reading);

/* How long a read may show the old state: the baseline's, or REEVE_TEST_INCONSISTENCY_MS in a build
 * with test hooks. */
int64_t inconsistency_ms(const struct baseline *baseline);

#endif
