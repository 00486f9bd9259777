/*
 * Two times in the meta database that decide when a run goes on: when the last scheduled sweep was
 * due, and when a wave of the rollout last changed something.
 */
#ifndef REEVE_LEDGER_SCHEDULE_RECORD_H
#define REEVE_LEDGER_SCHEDULE_RECORD_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/* *found is false when no sweep was scheduled yet. A record that can't be understood is an error
 * (ERR_STORE). */
int schedule_due_read(struct store *store, int64_t *due_ms, bool *found, struct err *err)
	MUST_CHECK;
MAY_YIELD int schedule_due_put(struct store *store, int64_t due_ms, struct err *err) MUST_CHECK;

/* *ended_ms is 0 when the wave has never changed anything. A record that can't be understood is an
 * error (ERR_STORE). */
int wave_ended_read(struct store *store, const char *wave, int64_t *ended_ms, struct err *err)
	MUST_CHECK;
MAY_YIELD int wave_ended_put(struct store *store, const char *wave, int64_t ended_ms,
	struct err *err) MUST_CHECK;

#endif
