/* Scheduled work: sweeps, approved changes, the removal of old events. */
#ifndef REEVE_DAEMON_SCHEDULE_H
#define REEVE_DAEMON_SCHEDULE_H

#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdint.h>

struct daemon;
struct person;
struct schedule;

struct schedule *schedule_new(struct daemon *daemon);
void schedule_free(struct schedule *schedule);
/* Begins sweeps and changes that are due; called by the clock. */
void schedule_tick(struct schedule *schedule);
/* Computes the time of the next sweep again, after the configuration has changed. */
void schedule_reload(struct schedule *schedule);
int schedule_sweep_now(void *daemon, const struct person *person, struct err *err);
/* Returns {"run", "started", "accounts_done", …} of the running sweep, or null. */
json_t *schedule_sweep_to_json(const struct schedule *schedule);
/* Returns the time at which the next sweep starts; INT64_MAX: never. */
int64_t schedule_next_ms(const struct schedule *schedule);

#endif
