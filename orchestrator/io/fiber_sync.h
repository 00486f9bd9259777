/* Semaphore, group and once, by which fibers wait for each other. */
#ifndef REEVE_IO_FIBER_SYNC_H
#define REEVE_IO_FIBER_SYNC_H

#include "base/compiler.h"

#include <stdbool.h>

struct fiber_group;
struct fiber_once;
struct fiber_semaphore;
struct loop;

void fiber_semaphore_init(struct fiber_semaphore *semaphore, struct loop *loop, int count);
/* Waits for a place. Returns 0, or FIBER_CANCELLED. */
MAY_YIELD int fiber_semaphore_acquire(struct fiber_semaphore *semaphore) MUST_CHECK;
void fiber_semaphore_release(struct fiber_semaphore *semaphore);
void fiber_group_init(struct fiber_group *group);
void fiber_group_add(struct fiber_group *group);
void fiber_group_done(struct fiber_group *group);
/* Waits for all, even when cancelled: they must have ended before their memory is freed. */
MAY_YIELD void fiber_group_wait(struct fiber_group *group);
MAY_YIELD bool fiber_once_begin(struct fiber_once *once);
void fiber_once_finish(struct fiber_once *once);
/* Allows the work to be done again, e.g. to renew its outcome; only in state DONE. */
void fiber_once_reset(struct fiber_once *once);

#endif
