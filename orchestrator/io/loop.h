/*
 * The loop: libevent, the ready queue of fibers, and timers. One per process, on one
 * thread. The loop is run by loop_run until every fiber has ended.
 */
#ifndef REEVE_IO_LOOP_H
#define REEVE_IO_LOOP_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct loop;

struct loop_options {
	size_t fiber_cap;         /* hard maximum of fibers alive; 0: 1024 */
	size_t fiber_stack_bytes; /* 0: 128 KiB (512 KiB under sanitizers and valgrind) */
};

/* Ignores SIGPIPE from now on; a program that is started must have it reset. */
int loop_new(const struct loop_options *options, struct loop **out, struct err *err) MUST_CHECK;
void loop_free(struct loop *loop); /* NULL is fine; no fiber may be alive */

/* Runs until no fiber is alive. Ready fibers are resumed here, outside every callback. */
void loop_run(struct loop *loop);

/* Cancels every wait of every unshielded fiber, now and later: a cooperative stop. */
void loop_cancel(struct loop *loop);
bool loop_cancelled(const struct loop *loop);

struct event_base *loop_event_base(struct loop *loop);

/* Runs task(argument) on the loop's own stack, from the ready queue. For parsing, which
 * must not run on a fiber's small stack, nor inside a libcurl callback. */
void loop_post(struct loop *loop, void (*task)(void *argument), void *argument);

/* Does the same from another thread and wakes the loop. It is not async-signal-safe. */
void loop_post_from_thread(struct loop *loop, void (*task)(void *argument), void *argument);

/* The longest time in microseconds that one turn of the loop kept everything else
 * waiting, since the last call of loop_reset_lag. An event that was put on
 * loop_event_base directly counts from the moment it wakes a fiber or posts a task. */
int64_t loop_max_lag_us(const struct loop *loop);
void loop_reset_lag(struct loop *loop);

size_t loop_fibers_alive(const struct loop *loop);
size_t loop_fibers_peak(const struct loop *loop);

#endif
