/* Scheduled work. */
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
/* The configuration has changed: computes the time of the next sweep again. */
void schedule_reload(struct schedule *schedule);
int schedule_sweep_now(void *daemon, const struct person *person, struct err *err);
/* {"run", "started", "accounts_done", …} of the running sweep or null, and when the next starts. */
json_t *schedule_sweep_to_json(const struct schedule *schedule);
int64_t schedule_next_ms(const struct schedule *schedule); /* INT64_MAX: never */

#endif
