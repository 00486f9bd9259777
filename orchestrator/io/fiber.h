/*
 * Fibers: stackful coroutines on ucontext, so that code which waits reads from
 * top to bottom. All fibers of a loop run on the loop's thread, one at a time.
 *
 * There is one primitive that yields, fiber_wait. A wait has a generation: a wake
 * for an older wait is dropped, so that a timeout and a completion cannot both
 * resume it. A wake never resumes at once: it puts the fiber on the loop's ready
 * queue, which the loop drains outside any libevent or libcurl callback.
 *
 * Stacks come from a LIFO pool with a hard cap, are mapped with a guard page below,
 * and carry AddressSanitizer's fiber and valgrind's stack annotations.
 */
#ifndef REEVE_IO_FIBER_H
#define REEVE_IO_FIBER_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct fiber;

/* Names one wait of one fiber; plain data, may be copied and may outlive the fiber. */
struct fiber_ticket {
	struct fiber *fiber;
	uint64_t generation;
};

enum {
	FIBER_TIMED_OUT = -1,
	FIBER_CANCELLED = -2,
};
#define FIBER_FOREVER (-1)

/* Starts a fiber that runs body(argument). It is put on the ready queue; the caller goes on.
 * Fails (ERR_LIMIT) when the pool's cap is reached. `name` is borrowed for the fiber's life. */
int fiber_spawn(struct loop *loop, const char *name, void (*body)(void *argument), void *argument,
	struct err *err) MUST_CHECK;

/* Returns whether the pool has room for another fiber. */
bool fiber_available(const struct loop *loop);

/* The running fiber, or NULL on the loop's own stack. */
struct fiber *fiber_self(void);

/* The time, in the clock of clock_monotonic_us, at which the running fiber was resumed. It costs
 * nothing and is a fraction of a millisecond old. Outside a fiber the clock is read. */
int64_t fiber_now_us(void);

/* The ticket of the next wait of the running fiber. Take it before arming what will wake it. */
struct fiber_ticket fiber_ticket(void);

/* Suspends the running fiber until a wake with its current ticket (returns that wake's
 * result, >= 0), timeout_ms passed (FIBER_TIMED_OUT), or the loop or this fiber was
 * cancelled (FIBER_CANCELLED; from then on every wait returns it at once, except in a
 * fiber that is shielded). The ticket is spent when this returns. */
MAY_YIELD int fiber_wait(int64_t timeout_ms) MUST_CHECK;

/* Puts the fiber on the ready queue with `result` (>= 0); nothing happens when that wait is
 * over. May be called from any callback on the loop's thread and from another fiber. */
void fiber_wake(struct fiber_ticket ticket, int result);

/* Sleeps. Returns 0, or FIBER_CANCELLED. */
MAY_YIELD int fiber_sleep(int64_t ms) MUST_CHECK;

/* Names one fiber from its start to its end; plain data, may outlive it. */
struct fiber_ref {
	struct fiber *fiber; /* NULL: none */
	uint64_t life;
};
/* Returns the reference of the running fiber. */
struct fiber_ref fiber_ref(void);
/* Cancels one fiber as loop_cancel cancels all; does nothing when it has ended. May be called from
 * any callback on the loop's thread and from another fiber. */
void fiber_cancel(struct fiber_ref ref);
/* Returns whether a wait of the running fiber would return FIBER_CANCELLED at once. For work that
 * runs long without a wait. */
bool fiber_stopping(void);

/* The waits of a shielded fiber ignore cancellation, so that a mutation under way is completed.
 * Calls nest. */
void fiber_shield(void);
void fiber_unshield(void);

/* --- built on fiber_wait --- */

/* A counting semaphore with a FIFO queue. */
struct fiber_semaphore {
	struct loop *loop;
	int available;
	struct fiber_waiter *first, *last;
};

/* Counts running fibers; one fiber waits for all of them. */
struct fiber_group {
	int running;
	bool waiting;
	struct fiber_ticket waiter;
};

/* One read that many want: the first caller does it, the others wait for its outcome.
 * begin returns true to the fiber that must do the work and then call finish; false to
 * those who waited (after finish). The doer is never one of the waiters, so waiters at the
 * fiber cap can't keep it from running. */
struct fiber_once {
	enum { FIBER_ONCE_NEW, FIBER_ONCE_RUNNING, FIBER_ONCE_DONE } state;
	struct fiber_waiter *first, *last;
};

#endif
